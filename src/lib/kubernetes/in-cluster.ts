import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeatrialError } from '../errors.ts';
import { type Access, parseAddress, parseKubeconfig } from './kubeconfig.ts';

/** Where a pod finds its own account, https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The way to the cluster this process runs in; undefined where it runs in none. */
function ownCluster(
  env: Readonly<Record<string, string | undefined>>,
  address: string,
  folder: string,
): Access | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const file = (name: string) => join(folder, name);
  if (!host || !existsSync(file('token')) || !existsSync(file('ca.crt'))) return undefined;
  const { context, namespace } = parseAddress(address);
  if (context) return undefined;
  const own = existsSync(file('namespace')) ? readFileSync(file('namespace'), 'utf8').trim() : '';
  return {
    context: '',
    namespace: namespace || own || 'default',
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(file('ca.crt'), 'utf8'),
    tokenFile: file('token'),
  };
}

/** How the cluster of an address is reached: by the kubeconfig, or as the pod this runs in. Errors: KUBECONFIG_INVALID, INPUT_INVALID. */
export async function accessTo(
  address: string,
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  folder = ACCOUNT,
): Promise<Access> {
  if (kubeconfig) return parseKubeconfig(kubeconfig, address);
  const own = ownCluster(env, address, folder);
  if (own) return own;
  throw new SeatrialError(
    'KUBECONFIG_INVALID',
    `kubeconfig: is needed for ${address}: the text of the file, as a secret; without it only the cluster this runs in can be reached, as kubernetes:///NAMESPACE.`,
  );
}

/** What messages call it: context and namespace as they are. */
export const labelOf = ({ context, namespace }: Access): string => `kubernetes://${context}/${namespace}`;
