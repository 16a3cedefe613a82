import { formatDuration } from '../../lib/units.ts';
import { applyRest } from '../docker/compose/apply-rest.ts';
import { percent } from '../docker/edge/shares.ts';
import type { Host } from '../docker/host.ts';
import { batches } from '../hosts.ts';
import { parseSteps, type Step } from '../release/canary-steps.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import type { Run } from './run.ts';
import { createMissing, drain, makeReady, stopRelease } from './steps.ts';
import { together } from './together.ts';
import { give, seat } from './traffic.ts';
import { type Mark, markCounters, watch } from './watch.ts';

/** Shares a release goes through on some hosts, with what each is held for; the last is where it stays. */
function stepsOf(run: Run, record: ReleaseRecord, hosts: readonly Host[]): Step[] {
  const { inputs } = run;
  // The first release of all has nobody to share the traffic with.
  const alone = hosts.every((host) => !host.history.open!.back);
  if (record.spec.strategy !== 'canary' || alone) return [{ share: 1, holdMs: inputs.watch }];
  if (inputs.promote === 'manual') return [{ share: inputs['canary-weight'], holdMs: inputs.watch }];
  return parseSteps(inputs['canary-steps'], inputs.watch);
}

/**
 * Starts, gates and switches a release on the hosts, batch after batch, and watches it on all that have it so far;
 * `switched` is told the longest switch so far in milliseconds.
 */
export async function bringUp(run: Run, record: ReleaseRecord, switched: (ms: number) => void): Promise<void> {
  const { release, spec } = record;
  let longest = 0;
  const reached: Mark[] = [];
  for (const { hosts: batch, newRegion } of batches(run.hosts, run.inputs['hosts-at-once'])) {
    if (newRegion) {
      const pause = run.inputs['region-pause'];
      if (pause > 0) run.say(`${formatDuration(pause)} until region ${batch[0]!.region || 'without a name'}`);
      await watch(run, reached, release, spec, pause);
    }
    await together(batch, (host) => stand(run, host, record));
    let since: Mark[] = [];
    for (const step of stepsOf(run, record, batch)) {
      run.signal.throwIfAborted();
      since = await markCounters(batch, release, batch[0]!.history.open!.back);
      const times = await together(batch, (host) =>
        give(host, release, host.history.open!.back ? step.share : 1, served),
      );
      longest = Math.max(longest, ...times);
      const edged = batch.some((host) => host.edged);
      if (edged) switched(longest);
      const where = batch.map((host) => host.label).join(', ');
      run.say(
        `${where}: ${release} has ${percent(step.share)}% of the traffic${edged ? ` (switched in ${Math.max(...times).toFixed(1)} ms)` : ''}`,
      );
      await watch(run, [...reached, ...since], release, spec, step.holdMs);
    }
    reached.push(...since);
  }
}

const served = (draft: { open?: { traffic: boolean } }) => {
  if (draft.open) draft.open.traffic = true;
};

/** Gets a release healthy on one host: beside the old one, or in its place. */
async function stand(run: Run, host: Host, record: ReleaseRecord): Promise<void> {
  const { release, spec } = record;
  const back = host.history.open!.back;
  await applyRest(run, host, spec);
  if (spec.strategy === 'recreate' && back && find(host.history, back)) {
    await createMissing(run, host, record);
    const begun = run.clock.mono();
    run.say(`${host.label}: stopping ${back}; nothing answers until ${release} is healthy`);
    // Out of the edge before it stops: its address may be given to the new container, which has passed no gate yet.
    if (host.edged && host.slotOf(back)) await host.unseat(back);
    await stopRelease(host, back);
    await makeReady(run, host, record);
    run.say(`${host.label}: the gap was ${Math.round(run.clock.mono() - begun)} ms`);
  } else {
    await makeReady(run, host, record);
  }
  // The place of the new one is that of the release before last, which may have a slow request of its own still.
  const leaving = host.edged && host.history.edge!.slots[host.freeSlot(release)]?.release;
  if (leaving && leaving !== release) await drain(run, host, leaving);
  await seat(host, record);
}
