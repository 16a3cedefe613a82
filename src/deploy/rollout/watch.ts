import { SeatrialError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { formatDuration } from '../../lib/units.ts';
import { of, placeOf } from '../on-target.ts';
import type { Spec } from '../release/spec.ts';
import type { Counted, Counters, Instance, Look, Target } from '../target.ts';
import { type Before, count, metBefore } from './before.ts';
import { between, nothingCounted, plus, tooManyErrors } from './counters.ts';
import { gapOf } from './gap.ts';
import { movedWords } from './gate.ts';
import type { Run } from './run.ts';

/** A target's counters of both releases at a moment. */
export interface Mark {
  target: Target;
  /** The release before; empty for none. */
  back: string;
  fresh: Counters;
  old: Counters;
  /** What users met of the release before in the time before the switch. */
  was: Counted;
}

/** Counters of targets, read at one moment: to be taken before the switch, so that no request of it is missed. */
export async function markCounters(
  run: Run,
  targets: readonly Target[],
  release: string,
  backOf: (target: Target) => string,
  earlier: ReadonlyMap<Target, Before>,
): Promise<Mark[]> {
  return Promise.all(
    targets.map(async (target) => {
      const back = backOf(target);
      const old = await count(target, back);
      const then = earlier.get(target);
      return {
        target,
        back,
        fresh: await count(target, release),
        old,
        was: then ? metBefore(then, old, run.clock.mono()) : nothingCounted,
      };
    }),
  );
}

/**
 * What customers met of the release that a run gave traffic to, on all targets, and the seconds in which no release could
 * answer them; undefined where there was none of it.
 */
export function customersMet(run: Pick<Run, 'targets' | 'memo' | 'clock'>) {
  const { targets, memo } = run;
  const met = targets.flatMap((target) => memo(target).met ?? []);
  const gap = gapOf(run);
  const without = gap === undefined ? {} : { gap };
  if (!met.length) return gap === undefined ? undefined : without;
  const { requests, errors } = met.map(({ first, last }) => between(first, last)).reduce(plus);
  const ms = Math.max(...met.map(({ since, until }) => until - since));
  return { requests, lost: errors, seconds: Math.round(ms / 1000), ...without };
}

/** The engine is asked each second, the counters ten times a second: over an open session that costs 1 ms. */
const COUNTERS_EVERY = 100;
const ENGINE_EVERY = 1000;
/** So many questions in a row without a good answer: one alone may be the host's bad moment. */
const PATIENCE = 3;

/**
 * Watches a release that has traffic for `holdMs`: a restart, an instance gone, unhealthy or silent to our own probe,
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
  const counted = since.some(({ target }) => !target.can.uncounted);
  run.say(
    `watching ${release} for ${formatDuration(holdMs)}: restarts, health${counted ? ', 5xx' : '; what users meet is not counted'}`,
  );
  const end = run.clock.mono() + holdMs;
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const watchers = since.flatMap((mark) => [
    watchErrors(run, mark, release, end, signal),
    ...of(mark.target, release).map((instance) => watchInstance(run, mark.target, instance, spec, end, signal)),
  ]);
  try {
    await Promise.all(watchers);
  } finally {
    stop.abort();
    await Promise.allSettled(watchers); // what comes next must not meet a question still under way
  }
}

const failure = (release: string, why: string) =>
  new SeatrialError('WATCH_FAILED', `${release} was taken back: ${why}; mend it and deploy again.`);

/** What users meet, by the counters. */
async function watchErrors(
  run: Run,
  { target, back, fresh, old, was }: Mark,
  release: string,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  if (!placeOf(target, release) || target.can.uncounted) return;
  const memo = run.memo(target);
  const begun = run.clock.mono();
  memo.met ??= { first: fresh, last: fresh, since: begun, until: begun };
  const { met } = memo;
  for (;;) {
    // The last look comes after the time is up: a crash in the last second is a crash.
    const over = run.clock.mono() >= end;
    const [now, before] = [await count(target, release), await count(target, back)];
    met.last = now;
    met.until = run.clock.mono();
    const why = tooManyErrors(between(fresh, now), plus(was, between(old, before)), run.inputs['watch-errors']);
    if (why) throw failure(release, `${target.label}: ${why}`);
    if (over) return;
    await run.clock.sleep(COUNTERS_EVERY, signal);
  }
}

/** What is wrong with an instance under watch; empty when nothing is. Pure. */
export function complaint(look: Look, engine: string): string {
  const { running, gone, exitCode, oomKilled, restarts, health } = look;
  if (gone) return look.healthSaid ? `is gone (${redact(look.healthSaid)})` : 'is gone: somebody has removed it';
  if (restarts > 0) return 'crashed and was restarted';
  if (!running) return `exited with code ${exitCode}${oomKilled ? ' (out of memory)' : ''}`;
  const last = look.healthSaid ? ` (its check said: ${redact(look.healthSaid)})` : '';
  return health === 'unhealthy' ? `is called unhealthy by ${engine}${last}` : '';
}

/** How an instance fares, by the engine and by our own probe. A watch does not end on a bad answer: it asks again. */
async function watchInstance(
  run: Run,
  target: Target,
  instance: Instance,
  spec: Spec,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  const { release, name } = instance;
  for (let silent = 0, moved: number | undefined; ; ) {
    const over = run.clock.mono() >= end;
    await target.ledger.guard();
    const look = await target.workload.inspect(instance, spec, 0, signal);
    const why = complaint(look, target.terms.engine);
    if (why) throw failure(release, `${target.label}: ${name} ${why}`);
    if (look.moved) {
      moved ??= run.clock.mono();
      // As long as one may take to be healthy, and no longer; until then the watch is not over.
      if (run.clock.mono() - moved > spec.health.deadlineMs)
        throw failure(release, `${target.label}: ${name}: ${movedWords(look)}`);
      await run.clock.sleep(ENGINE_EVERY, signal);
      continue;
    }
    moved = undefined;
    silent = look.probe?.ok === false ? silent + 1 : 0;
    if (silent === PATIENCE) {
      throw failure(release, `${target.label}: ${name} does not answer well any more (${look.probe!.said})`);
    }
    if (over && silent === 0) return;
    const left = over ? ENGINE_EVERY : Math.max(0, end - run.clock.mono());
    await run.clock.sleep(Math.min(ENGINE_EVERY, left), signal);
  }
}
