import { SeatrialError } from '../../lib/errors.ts';
import { formatDuration } from '../../lib/units.ts';
import { of } from '../on-target.ts';
import { type LoadQuestion, narrowed } from '../release/scale-schedule.ts';
import type { CpuUse, Target } from '../target.ts';
import type { Run } from './run.ts';

/** A reading holds for the time since the one before; shorter, and the ways to the hosts would be measured. */
const EVERY_MS = 5000;

interface Reading {
  load: CpuUse;
  at: number;
}

async function read(run: Run, target: Target, release: string): Promise<Reading> {
  const load = await target.workload.cpu?.(release, run.signal);
  if (load) return { load, at: run.clock.mono() };
  throw new SeatrialError(
    'NOT_SUPPORTED',
    `${target.label}: ${target.terms.engine} is not asked for the CPU's load; write lines of scale with "during".`,
  );
}

/** The share of its CPUs a release used between two readings; undefined where they are of other instances. */
export function shareBetween(then: Reading, now: Reading): number | undefined {
  const ms = now.at - then.at;
  const used = now.load.cpuMs - then.load.cpuMs;
  if (then.load.of !== now.load.of || used < 0 || ms <= 0 || now.load.cpus <= 0) return undefined;
  return used / (ms * now.load.cpus);
}

/**
 * Asks how busy a release is until every question is answered or has held for its time: most looks end with the first
 * reading. The busiest of several hosts counts.
 */
export async function askLoad(
  run: Run,
  release: string,
  current: number,
  asked: readonly LoadQuestion[],
): Promise<LoadQuestion[]> {
  let open = [...asked];
  if (!open.length) return [];
  const holds = new Map(open.map(({ rule }) => [rule, rule.forMs]));
  const started = run.clock.mono();
  const all = () => Promise.all(run.targets.map((target) => read(run, target, release)));
  run.say(`looking at the CPU of ${run.targets.flatMap((target) => of(target, release)).length} instances`);
  let before = await all();
  const settled: LoadQuestion[] = [];
  while (open.length) {
    await run.clock.sleep(EVERY_MS, run.signal);
    const now = await all();
    const shares = now.map((reading, i) => shareBetween(before[i]!, reading));
    before = now;
    // Restarted or replaced meanwhile: nothing is known of it, so nothing has held.
    if (shares.includes(undefined)) return [];
    const share = Math.max(...(shares as number[]));
    const since = run.clock.mono() - started;
    open = open.map((question) => narrowed(question, share, current)).filter(({ up, down }) => up || down);
    run.say(
      `CPU ${Math.round(share * 100)} % of what it may use${open.length ? `, for ${formatDuration(since)}` : ''}`,
    );
    settled.push(...open.filter(({ rule }) => since >= holds.get(rule)!));
    open = open.filter(({ rule }) => since < holds.get(rule)!);
  }
  return settled;
}
