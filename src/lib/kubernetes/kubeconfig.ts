import { SeatrialError } from '../errors.ts';

/** A command that hands out credentials: client-go's `exec` plugin, https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecPlugin {
  apiVersion: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  installHint: string;
  provideClusterInfo: boolean;
}

/** How a cluster is reached, and as whom. Certificates and keys are PEM. */
export interface Access {
  /** The context's name; empty in a cluster. */
  context: string;
  namespace: string;
  /** `https://host:port`, without a slash at its end. */
  server: string;
  ca?: string;
  tlsServerName?: string;
  proxyUrl?: string;
  token?: string;
  cert?: string;
  key?: string;
  exec?: ExecPlugin;
  /** A file with a token that is renewed by others: a pod's own account. */
  tokenFile?: string;
}

const invalid = (words: string, cause?: unknown) =>
  new SeatrialError('KUBECONFIG_INVALID', `kubeconfig: ${words}`, { cause });

type Fields = Record<string, unknown>;
const object = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(object) : []);

/** Files are on the machine the kubeconfig was made on, not on the runner. */
const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const;

function decode(value: unknown, name: string): string | undefined {
  if (!text(value)) return undefined;
  const pem = Buffer.from(text(value), 'base64').toString('utf8');
  if (pem.includes('-----BEGIN ')) return pem;
  throw invalid(`${name} is not a PEM in base64; write the file anew with kubectl config view --raw --flatten.`);
}

function pluginOf(value: unknown): ExecPlugin | undefined {
  if (value === undefined || value === null) return undefined;
  const { apiVersion, command, args, env, installHint, provideClusterInfo } = object(value);
  if (!text(command)) throw invalid('its exec plugin names no command.');
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(text(apiVersion))) {
    throw invalid(
      `its exec plugin speaks ${text(apiVersion) || 'no apiVersion'}; client.authentication.k8s.io/v1 is needed.`,
    );
  }
  return {
    apiVersion: text(apiVersion),
    command: text(command),
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(list(env).map((pair) => [text(pair.name), text(pair.value)])),
    installHint: text(installHint),
    provideClusterInfo: provideClusterInfo === true,
  };
}

function clusterOf(cluster: Fields): Pick<Access, 'server' | 'ca' | 'tlsServerName' | 'proxyUrl'> {
  if (cluster['insecure-skip-tls-verify'] === true) {
    throw invalid(
      'insecure-skip-tls-verify would hand our credentials to anybody; give certificate-authority-data instead.',
    );
  }
  const server = text(cluster.server).replace(/\/+$/, '');
  // Plain HTTP goes no further than this machine: kubectl proxy, or a tunnel that ends here.
  const plain = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/.test(server);
  if (!URL.canParse(server) || !(plain || /^https:/.test(server))) {
    throw invalid(`"${server}" is no https address of a cluster.`);
  }
  return {
    server,
    ca: decode(cluster['certificate-authority-data'], 'certificate-authority-data'),
    tlsServerName: text(cluster['tls-server-name']) || undefined,
    proxyUrl: text(cluster['proxy-url']) || undefined,
  };
}

function userOf(user: Fields): Pick<Access, 'token' | 'cert' | 'key' | 'exec'> {
  if (user['auth-provider']) throw invalid('auth-provider is gone from Kubernetes; use an exec plugin or a token.');
  const found = {
    token: text(user.token) || undefined,
    cert: decode(user['client-certificate-data'], 'client-certificate-data'),
    key: decode(user['client-key-data'], 'client-key-data'),
    exec: pluginOf(user.exec),
  };
  if (!found.token && !found.exec && !(found.cert && found.key)) {
    throw invalid('its user has no token, no client certificate with its key and no exec plugin.');
  }
  return found;
}

/** What stands behind `kubernetes://`: a context and a namespace, either of which may be empty. A context may hold slashes. */
export function parseAddress(
  address: string,
  contexts: readonly string[] = [],
): { context: string; namespace: string } {
  const given = address.replace(/^kubernetes:\/\//, '');
  let whole = given;
  try {
    whole = decodeURIComponent(given);
  } catch {
    // a lone % is part of the name
  }
  if (contexts.includes(whole)) return { context: whole, namespace: '' };
  const at = whole.lastIndexOf('/');
  const [context, namespace] = at < 0 ? [whole, ''] : [whole.slice(0, at), whole.slice(at + 1)];
  if (namespace && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `hosts: "${namespace}" is no namespace; write kubernetes://CONTEXT/NAMESPACE.`,
    );
  }
  return { context, namespace };
}

/**
 * The way to a cluster that a kubeconfig's text and an address name; what the address leaves empty is the file's own.
 * Errors: KUBECONFIG_INVALID, INPUT_INVALID.
 */
export async function parseKubeconfig(source: string, address: string): Promise<Access> {
  const { parse } = await import('yaml');
  let file: Fields;
  try {
    file = object(parse(source));
  } catch {
    // The fault would quote the text.
    throw invalid('it is no YAML; hand over the text of the whole file.');
  }
  const contexts = list(file.contexts);
  if (!contexts.length) {
    const path = /^\S+$/.test(source.trim());
    throw invalid(
      path ? 'give the text of the file, not its path.' : 'it holds no contexts; hand over the text of the whole file.',
    );
  }
  const names = contexts.map(({ name }) => text(name));
  const asked = parseAddress(address, names);
  const context = asked.context || text(file['current-context']);
  const found = contexts.find(({ name }) => text(name) === context);
  if (!found) {
    const words = context ? `there is no context "${context}"` : 'no context is named and current-context is empty';
    throw invalid(`${words}; it has ${names.join(', ')}.`);
  }
  const { cluster, user, namespace } = object(found.context) as Record<string, string>;
  const named = (kind: string, name: string | undefined) => list(file[kind]).find((entry) => text(entry.name) === name);
  const where = named('clusters', cluster);
  const who = named('users', user);
  if (!where || !who)
    throw invalid(`context "${context}" names a ${where ? 'user' : 'cluster'} that is not in the file.`);
  const [place, person] = [object(where.cluster), object(who.user)];
  for (const name of PATHS) {
    if (!place[name] && !person[name]) continue;
    throw invalid(
      `${name} is a path, which this machine does not have; write the file anew with kubectl config view --raw --flatten.`,
    );
  }
  return {
    context,
    namespace: asked.namespace || text(namespace) || 'default',
    ...clusterOf(place),
    ...userOf(person),
  };
}
