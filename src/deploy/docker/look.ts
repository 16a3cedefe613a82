import { conditionOf, inspectContainer } from '../../lib/docker/inspect.ts';
import { portsOf } from '../release/parts.ts';
import type { Spec } from '../release/spec.ts';
import type { Instance, Look } from '../target.ts';
import type { AppContainer } from './containers.ts';
import { runCheck } from './health-check.ts';
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

export interface LookOptions {
  /** The container that asks. */
  prober?: string;
  /** Runs the image's own check now, where the engine has not called the container healthy yet. */
  check?: boolean;
}

/** One look at one container: the engine's word and our own probe, at the same time. */
export async function lookAt(
  host: Host,
  instance: Instance,
  spec: Spec,
  atMs: number,
  signal?: AbortSignal,
  { prober = host.edgeRuns ? host.listing.edge?.Id : undefined, check = false }: LookOptions = {},
): Promise<Look> {
  const { id, name, ip, part } = instance as AppContainer; // as `listApp` made it
  const { health } = spec;
  const { engine } = host;
  // Of one that is gone or has crashed no answer is waited for.
  const enough = new AbortController();
  const until = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]);
  const ask = async (): Promise<Probe | undefined> => {
    const ports = portsOf(spec, part);
    if (!ports.length || !prober) return undefined;
    const { timeoutMs, host, headers, status } = health;
    const answers = await Promise.all(
      ports.map(({ port, path }) => {
        const door = { ip, port, path: path ?? '/', timeoutMs, host, headers, status };
        return path ? probeHttp(engine, prober, door, until) : probeTcp(engine, prober, door, until);
      }),
    );
    // Each of its ports has to answer; the first that does not is told of.
    return answers.find(({ ok }) => !ok) ?? { ok: true, said: answers.map(({ said }) => said).join(', ') };
  };
  const asked = ask();
  asked.catch(() => undefined); // heard where it is awaited, which a broken-off one is not
  const info = await inspectContainer(engine, id, `look at ${name}`, { signal });
  const hopeless = !info?.State.Running || info.RestartCount > 0;
  if (hopeless) enough.abort();
  if (!info) return { ...GONE, atMs };
  const probe = hopeless ? undefined : await asked;
  const condition = conditionOf(info);
  if (!check || hopeless || !['starting', 'unhealthy'].includes(condition.health)) return { atMs, ...condition, probe };
  return { atMs, ...condition, ...(await runCheck(engine, info, health.timeoutMs, signal)), probe };
}
