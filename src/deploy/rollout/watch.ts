import { SeatrialError } from '../../lib/errors.ts';
import { formatDuration } from '../../lib/units.ts';
import type { AppContainer } from '../docker/containers.ts';
import type { Host } from '../docker/host.ts';
import type { Spec } from '../release/spec.ts';
import { between, type Counters, tooManyErrors } from './counters.ts';
import type { Look } from './gate.ts';
import { lookAt } from './gate-run.ts';
import type { Run } from './run.ts';

/** A host's counters of both releases at a moment. */
export interface Mark {
  host: Host;
  fresh: Counters;
  old: Counters;
}

/** Counters of edges, read at one moment: to be taken before the switch, so that no request of it is missed. */
export async function markCounters(hosts: readonly Host[], release: string, old: string): Promise<Mark[]> {
  return Promise.all(
    hosts.map(async (host) => ({
      host,
      fresh: await host.counted(host.slotOf(release)),
      old: await host.counted(old ? host.slotOf(old) : undefined),
    })),
  );
}

/** The engine is asked each second, the edge ten times a second: a command over its open session costs 1 ms. */
const EDGE_EVERY = 100;
const ENGINE_EVERY = 1000;
/** So many questions in a row without a good answer: one alone may be the host's bad moment. */
const PATIENCE = 3;

/**
 * Guards a release that has traffic for `holdMs`: a restart, a container gone, unhealthy or silent to our own probe,
 * or more 5xx than the budget is WATCH_FAILED. `since` are the counters from before the switch.
 */
export async function watch(
  run: Run,
  since: readonly Mark[],
  release: string,
  spec: Spec,
  holdMs: number,
): Promise<void> {
  if (holdMs <= 0 || !since.length) return;
  run.say(`watching ${release} for ${formatDuration(holdMs)}: restarts, health, 5xx`);
  const end = run.clock.mono() + holdMs;
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const guards = since.flatMap((mark) => [
    watchEdge(run, mark, release, end, signal),
    ...mark.host.of(release).map((container) => watchContainer(run, mark.host, container, spec, end, signal)),
  ]);
  try {
    await Promise.all(guards);
  } finally {
    stop.abort();
    await Promise.allSettled(guards); // what comes next must not meet a question still under way
  }
}

const failure = (release: string, why: string) =>
  new SeatrialError('WATCH_FAILED', `${release} was taken back: ${why}; mend it and deploy again.`);

/** What users meet, by the edge's counters. */
async function watchEdge(
  run: Run,
  { host, fresh, old }: Mark,
  release: string,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  const slot = host.slotOf(release);
  if (!host.edged || !slot) return;
  for (;;) {
    // The last look comes after the time is up: a crash in the last second is a crash.
    const over = run.clock.mono() >= end;
    const [now, before] = [await host.counted(slot), await host.counted(slot === 'a' ? 'b' : 'a')];
    const why = tooManyErrors(between(fresh, now), between(old, before), run.inputs['watch-errors']);
    if (why) throw failure(release, `${host.label}: ${why}`);
    if (over) return;
    await run.clock.sleep(EDGE_EVERY, signal);
  }
}

/** What is wrong with a container under watch; empty when nothing is. Pure. */
export function complaint({ running, gone, exitCode, oomKilled, restarts, health }: Look): string {
  if (gone) return 'is gone: somebody has removed it';
  if (restarts > 0) return 'crashed and was restarted';
  if (!running) return `exited with code ${exitCode}${oomKilled ? ' (out of memory)' : ''}`;
  return health === 'unhealthy' ? 'is called unhealthy by Docker' : '';
}

/** How a container fares, by the engine and by our own probe. A watch does not end on a bad answer: it asks again. */
async function watchContainer(
  run: Run,
  host: Host,
  container: AppContainer,
  spec: Spec,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  for (let silent = 0; ; ) {
    const over = run.clock.mono() >= end;
    await host.lock?.guard();
    const look = await lookAt(host, container, spec, 0, signal);
    const why = complaint(look);
    if (why) throw failure(container.labels.release, `${host.label}: ${container.name} ${why}`);
    silent = look.probe?.ok === false ? silent + 1 : 0;
    if (silent === PATIENCE) {
      throw failure(
        container.labels.release,
        `${host.label}: ${container.name} does not answer well any more (${look.probe!.said})`,
      );
    }
    if (over && silent === 0) return;
    const left = over ? ENGINE_EVERY : Math.max(0, end - run.clock.mono());
    await run.clock.sleep(Math.min(ENGINE_EVERY, left), signal);
  }
}
