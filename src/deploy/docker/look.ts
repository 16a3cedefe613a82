import { conditionOf, inspectContainer } from '../../lib/docker/inspect.ts';
import type { Spec } from '../release/spec.ts';
import type { Instance, Look } from '../target.ts';
import type { AppContainer } from './containers.ts';
import type { Host } from './host.ts';
import { type Probe, probeHttp, probeTcp } from './probe.ts';

/** What is left to say of one the engine has no more. */
export const GONE = {
  running: false,
  gone: true,
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  health: 'none',
  probe: undefined,
} as const;

/** One look at one container: the engine's word and our own probe, at the same time. `prober` is asked from. */
export async function lookAt(
  host: Host,
  instance: Instance,
  { port, health }: Spec,
  atMs: number,
  signal?: AbortSignal,
  prober = host.edgeRuns ? host.listing.edge?.Id : undefined,
): Promise<Look> {
  const { id, name, ip } = instance as AppContainer; // as `listApp` made it
  // Of one that is gone or has crashed no answer is waited for.
  const enough = new AbortController();
  const until = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]);
  const ask = async (): Promise<Probe | undefined> => {
    if (!port || !prober) return undefined;
    const door = { ip, port, path: health.path ?? '/', timeoutMs: health.timeoutMs };
    return health.path ? probeHttp(host.engine, prober, door, until) : probeTcp(host.engine, prober, door, until);
  };
  const asked = ask();
  asked.catch(() => undefined); // heard where it is awaited, which a broken-off one is not
  const info = await inspectContainer(host.engine, id, `look at ${name}`, { signal });
  const hopeless = !info?.State.Running || info.RestartCount > 0;
  if (hopeless) enough.abort();
  if (!info) return { ...GONE, atMs };
  const probe = hopeless ? undefined : await asked;
  return { atMs, ...conditionOf(info), probe };
}
