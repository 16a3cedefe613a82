import { formatDuration } from '../../lib/units.ts';
import { runs } from '../on-target.ts';
import { parseSteps, type Step } from '../release/canary-steps.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import { noteTraffic } from '../release/journal.ts';
import { percent } from '../release/share.ts';
import type { Target } from '../target.ts';
import { batches } from './batches.ts';
import { countBefore } from './before.ts';
import { closeGap } from './gap.ts';
import type { Run } from './run.ts';
import { drain, makeReady, stopPredecessor } from './steps.ts';
import { together } from './together.ts';
import { lead, seat, shift } from './traffic.ts';
import { type Mark, markCounters, watch } from './watch.ts';

const backOf = (target: Target) => target.ledger.history.open!.back;

/** Shares a release goes through on some targets, with what each is held for; the last is where it stays. */
function stepsOf(run: Run, record: ReleaseRecord, targets: readonly Target[]): Step[] {
  const { inputs } = run;
  // The first release of all has nobody to share the traffic with.
  const alone = targets.every((target) => !backOf(target));
  if (record.spec.strategy !== 'canary' || alone) return [{ share: 1, holdMs: inputs.watch }];
  if (inputs.promote === 'manual') return [{ share: inputs['canary-weight'], holdMs: inputs.watch }];
  return parseSteps(inputs['canary-steps'], inputs.watch, inputs['canary-match'].length > 0);
}

/** Testers are led to a candidate that stands beside: one of a canary, until it has all the traffic. */
const leads = (run: Run, { spec }: ReleaseRecord) =>
  spec.strategy === 'canary' && run.inputs['canary-match'].length > 0;

/**
 * Starts, gates and switches a release on the targets, batch after batch, and watches it on all that have it so far;
 * `switched` is told the longest switch so far in milliseconds.
 */
export async function bringUp(run: Run, record: ReleaseRecord, switched: (ms: number) => void): Promise<void> {
  const { release, spec } = record;
  let longest = 0;
  const reached: Mark[] = [];
  for (const { targets: batch, newRegion } of batches(run.targets, run.inputs['hosts-at-once'])) {
    if (newRegion) {
      const pause = run.inputs['region-pause'];
      if (pause > 0) run.say(`${formatDuration(pause)} until region ${batch[0]!.region || 'without a name'}`);
      await watch(run, reached, release, spec, pause);
    }
    const earlier = await countBefore(run, batch, backOf);
    await together(batch, (target) => startRelease(run, target, record));
    let since: Mark[] = [];
    const led = leads(run, record) ? batch.filter(backOf) : [];
    for (const step of stepsOf(run, record, batch)) {
      run.signal.throwIfAborted();
      since = await markCounters(run, batch, release, backOf, earlier);
      const times = await together(batch, (target) =>
        shift(run, target, release, backOf(target) ? step.share : 1, (draft) => noteTraffic(draft, release)),
      );
      for (const target of batch) closeGap(run, target);
      longest = Math.max(longest, ...times);
      if (step.share < 1) await together(led, (target) => lead(run, target, release));
      const shared = batch.some((target) => target.can.share);
      if (shared) switched(longest);
      const where = batch.map((target) => target.label).join(', ');
      run.say(
        `${where}: ${release} has ${percent(step.share)}% of the traffic${led.length && step.share < 1 ? ', and the testers of canary-match' : ''}${shared ? ` (switched in ${Math.max(...times).toFixed(1)} ms)` : ''}`,
      );
      const whole = batch.filter((target) => step.share === 1 || !backOf(target));
      await together(whole, (target) => Promise.resolve(target.companions.follow?.(record)));
      await watch(run, [...reached, ...since], release, spec, step.holdMs);
    }
    reached.push(...since);
  }
}

/**
 * The place of the new one is that of the release before last. That one may have a slow request of its own still, and
 * then it stops before its successor starts: a small host has memory for two releases, not for three.
 */
async function makeRoom(run: Run, target: Target, release: string): Promise<void> {
  const leaving = target.can.share && target.traffic.displaced(release);
  if (!leaving) return;
  await drain(run, target, leaving);
  if (!runs(target, leaving)) return;
  run.say(`${target.label}: ${leaving} makes room for ${release}; stopping it`);
  await target.workload.stop(leaving);
}

/** Gets a release healthy on one target, beside the old one or in its place, and gives it a place in the traffic. */
async function startRelease(run: Run, target: Target, record: ReleaseRecord): Promise<void> {
  const { release, spec } = record;
  const back = backOf(target);
  await makeRoom(run, target, release);
  await target.companions.apply(spec);
  if (spec.strategy === 'recreate' && back && find(target.ledger.history, back)) {
    await target.workload.create(record);
    const begun = run.clock.mono();
    await stopPredecessor(run, target, back, release);
    await makeReady(run, target, record);
    run.say(`${target.label}: the gap was ${Math.round(run.clock.mono() - begun)} ms`);
  } else {
    await makeReady(run, target, record);
  }
  await target.companions.stillWell?.(spec);
  await seat(run, target, release, spec.port);
}
