import { statusOf } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import type { AppContainer } from '../docker/containers.ts';
import type { Host } from '../docker/host.ts';
import { loginOf } from '../docker/image.ts';
import { type Probe, probeHttp, probeTcp } from '../docker/probe.ts';
import { withProber } from '../docker/prober.ts';
import type { Spec } from '../release/spec.ts';
import { type GateState, gateStart, judge, type Look } from './gate.ts';
import type { Run } from './run.ts';

const GONE = {
  running: false,
  gone: true,
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  health: 'none',
  probe: undefined,
} as const;

/** What the engine says of a container; undefined when it has none such. */
async function inspect(host: Host, { id, name }: AppContainer, signal?: AbortSignal) {
  try {
    return await host.engine.call(
      `look at ${name}`,
      (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
      { signal },
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** One look at one container: the engine's word and our own probe, at the same time. */
export async function lookAt(
  host: Host,
  container: AppContainer,
  spec: Spec,
  atMs: number,
  signal?: AbortSignal,
  prober = host.edgeRuns ? host.listing.edge?.Id : undefined,
): Promise<Look> {
  const { port, health } = spec;
  // Of one that is gone or has crashed no answer is waited for.
  const enough = new AbortController();
  const until = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]);
  const ask = async (): Promise<Probe | undefined> => {
    if (!port || !prober) return undefined;
    const target = { ip: container.ip, port, path: health.path ?? '/', timeoutMs: health.timeoutMs };
    return health.path ? probeHttp(host.engine, prober, target, until) : probeTcp(host.engine, prober, target, until);
  };
  const asked = ask();
  asked.catch(() => undefined); // heard where it is awaited, which a broken-off one is not
  const info = await inspect(host, container, signal);
  const hopeless = !info?.State.Running || info.RestartCount > 0;
  if (hopeless) enough.abort();
  if (!info) return { ...GONE, atMs };
  const probe = hopeless ? undefined : await asked;
  const status = info.State.Health?.Status ?? 'none';
  return {
    atMs,
    running: info.State.Running && !info.State.Paused,
    exitCode: info.State.ExitCode,
    oomKilled: info.State.OOMKilled,
    restarts: info.RestartCount,
    health: status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : 'none',
    probe,
  };
}

/** Lets a release through only when each of its containers is healthy. DEPLOY_UNHEALTHY says which is not, and why. */
export async function passGate(run: Run, host: Host, release: string, spec: Spec): Promise<number> {
  if (host.edgeRuns || !spec.port) return gate(run, host, release, spec);
  return withProber(host, run.inputs['edge-image'], loginOf(run.inputs, spec.image), (prober) =>
    gate(run, host, release, spec, prober),
  );
}

/** What nobody can ask must run this long. */
const SETTLE_MS = 3000;

async function gate(run: Run, host: Host, release: string, spec: Spec, prober?: string): Promise<number> {
  const { clock, signal } = run;
  const begun = clock.mono();
  const { health } = spec;
  const { after, startPeriodMs, deadlineMs } = health;
  const rules = { after, startPeriodMs, deadlineMs, settleMs: SETTLE_MS };
  const states = new Map<string, GateState>(host.of(release).map((c) => [c.id, gateStart]));
  let told = '';
  for (;;) {
    const turn = clock.mono();
    await Promise.all(
      host.of(release).map(async (container) => {
        if (states.get(container.id)!.verdict === 'healthy') return;
        const look = await lookAt(host, container, spec, clock.mono() - begun, signal, prober);
        const state = judge(states.get(container.id)!, look, rules);
        states.set(container.id, state);
        if (state.verdict === 'failed') {
          throw new SeatrialError(
            'DEPLOY_UNHEALTHY',
            `${host.label}: ${container.name} is not healthy: ${state.why}; look at its log above.`,
          );
        }
        const line = `${container.name}: ${state.verdict === 'healthy' ? `healthy (${state.why})` : state.why}`;
        if (state.good === 0 && line !== told) run.say(line);
        if (state.verdict === 'healthy') run.say(line);
        told = line;
      }),
    );
    if ([...states.values()].every((state) => state.verdict === 'healthy')) return clock.mono() - begun;
    await clock.sleep(Math.max(0, health.intervalMs - (clock.mono() - turn)), signal);
    await host.lock?.guard();
  }
}
