import { SeatrialError } from '../../lib/errors.ts';
import { isLoopback } from '../../lib/http.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { ProbedUrl } from '../live/ask/types.ts';
import { openHosts } from '../live/containers.ts';
import type { Site } from '../live/site.ts';

/** A container that runs: where it is reached. */
export interface Running {
  id: string;
  name: string;
  /** Ports of this machine that lead to it. */
  ports: number[];
  addresses: string[];
}

const refuse = (what: string) =>
  new SeatrialError(
    'LOAD_SERVING',
    `${what}; load the candidate before it gets traffic, or set load-serving: true to load what serves.`,
  );

const ON_IT = 'Users are on this release';

/** Refuses a release that users are on by the deployment, unless told to, before anything is asked. Errors: LOAD_SERVING. */
export function guardServing({ deployment, 'load-serving': meant }: VerifyInputs): void {
  const serving = deployment?.hosts
    .flatMap(({ slots }) => slots)
    .some(({ release, weight, role }) => release === deployment.release && (weight > 0 || role === 'current'));
  if (serving && !meant) throw refuse(ON_IT);
}

const portOf = ({ port, protocol }: URL) => Number(port) || (/^(?:https|wss|grpcs):$/.test(protocol) ? 443 : 80);
const local = (url: URL) => isLoopback(url.href.replace(/^(?:ws|grpc)/, 'http'));

/**
 * Without a deployment an address may be anybody's. It is loaded where it is a container's that was given as new, and
 * where it is a loopback port that no container of this machine is behind. Answers what nothing could tell of.
 * Errors: LOAD_SERVING.
 */
export function guardAddresses(
  urls: readonly URL[],
  given: readonly string[],
  running: readonly Running[] | undefined,
): string[] {
  const told: string[] = [];
  for (const url of urls) {
    const port = portOf(url);
    const here = local(url);
    const behind = running?.filter(({ ports, addresses }) =>
      here ? ports.includes(port) : addresses.includes(url.hostname),
    );
    if (behind?.length && behind.every(({ id }) => given.includes(id))) continue;
    if (behind?.length)
      throw refuse(
        `${url.host} leads to the container ${behind[0]!.name}, and nothing says that nobody uses it (name it in containers as new=${behind[0]!.name} if it is the candidate)`,
      );
    if (!here) throw refuse(`Without a deployment nothing says that nobody uses ${url.host}`);
    told.push(
      running
        ? `${url.host} was taken for the candidate's own: no container of this machine is behind it`
        : `${url.host} was taken for the candidate's own: no engine here could say what is behind it`,
    );
  }
  return [...new Set(told)];
}

/** What runs on this machine's own engine; undefined where there is none that answers. */
async function runningHere(
  inputs: VerifyInputs,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Running[] | undefined> {
  let open: Awaited<ReturnType<typeof openHosts>>;
  try {
    open = await openHosts({ ...inputs, hosts: [], deployment: undefined }, env, () => undefined, signal);
  } catch {
    return undefined; // no engine here, or none that lets us ask: the result says so
  }
  try {
    const [host] = open.hosts;
    if (!host?.local) return undefined;
    const list = await host.engine.call(
      'list what runs',
      (docker, abortSignal) => docker.listContainers({ abortSignal }),
      { signal },
    );
    return list.map(({ Id, Names, Ports, NetworkSettings }) => ({
      id: Id,
      name: (Names[0] ?? Id).replace(/^\//, ''),
      ports: Ports.flatMap(({ PublicPort }) => (PublicPort ? [PublicPort] : [])),
      addresses: Object.values(NetworkSettings?.Networks ?? {}).flatMap(({ IPAddress }) => IPAddress || []),
    }));
  } finally {
    await open.close();
  }
}

/** Refuses what users may be on by where the requests go. Answers what could not be told. Errors: LOAD_SERVING. */
export async function guard(
  inputs: VerifyInputs,
  targets: readonly ProbedUrl[],
  { throughEdge, site: { containers } }: { throughEdge: boolean; site: Pick<Site, 'containers'> },
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string[]> {
  if (inputs['load-serving']) return [];
  if (inputs.deployment) {
    if (throughEdge) throw refuse(ON_IT);
    return [];
  }
  const given = containers.filter(({ version }) => version === 'new').map(({ id }) => id);
  return guardAddresses(
    targets.map(({ url }) => url),
    given,
    await runningHere(inputs, env, signal),
  );
}
