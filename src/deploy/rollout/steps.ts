import { SeatrialError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { formatDuration } from '../../lib/units.ts';
import { of } from '../on-target.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import type { Target } from '../target.ts';
import { openGap } from './gap.ts';
import { passGate } from './gate-run.ts';
import type { Run } from './run.ts';

/** Prints what the instances of a failed release last said; redacted, as it is shown in public logs. */
async function showLogs(run: Run, target: Target, release: string): Promise<void> {
  for (const instance of of(target, release)) {
    // A diagnosis must not take the place of what it explains.
    const lines = await target.workload.lastLines(instance).catch((problem: unknown) => {
      run.actions.info(
        `${instance.name}: its log can't be shown: ${problem instanceof Error ? problem.message : problem}`,
      );
      return [];
    });
    if (!lines.length) continue;
    await run.actions.group(`last lines of ${instance.name}`, async () => {
      for (const line of lines) run.actions.info(redact(line));
    });
  }
}

/** Creates, starts and gates a release; answers the milliseconds until it was healthy. */
export async function makeReady(run: Run, target: Target, record: ReleaseRecord): Promise<number> {
  const { release, spec } = record;
  await target.workload.create(record);
  try {
    await target.workload.start(release);
    const names = of(target, release).map(({ name }) => name);
    run.say(`${target.label}: started ${names.join(', ')}; waiting until it is healthy`);
    return await passGate(run, target, release, spec);
  } catch (error) {
    if (error instanceof SeatrialError && error.code === 'DEPLOY_UNHEALTHY') await showLogs(run, target, release);
    throw error;
  }
}

/** Waits until no request is left on a release, or the deadline; what is left is said. */
export async function drain(
  run: Run,
  target: Target,
  release: string,
  withinMs = run.inputs['drain-timeout'],
): Promise<void> {
  const idleMs = target.traffic.idleMs?.(release);
  if (idleMs !== undefined) {
    const leftMs = Math.ceil(withinMs - idleMs);
    if (leftMs <= 0) return;
    run.say(
      `${target.label}: ${release} has ${formatDuration(leftMs)} more to answer what it has: nobody counts it here`,
    );
    return run.clock.sleep(leftMs);
  }
  const end = run.clock.mono() + withinMs;
  for (;;) {
    const busy = await target.traffic.busy(release);
    if (busy === 0) return;
    if (run.clock.mono() > end) {
      run.actions.warning(
        `${target.label}: ${busy} requests were still on ${release} when its time to drain was over.`,
      );
      return;
    }
    await run.clock.sleep(100);
  }
}

/** Stops what runs, to make room for its successor. Out of the traffic before it stops: its address may soon be another's. */
export async function stopPredecessor(run: Run, target: Target, release: string, successor: string): Promise<void> {
  // Without a port it answers nobody.
  if (find(target.ledger.history, release)?.spec.port) openGap(run, target);
  run.say(`${target.label}: stopping ${release}; nothing answers until ${successor} is healthy`);
  await target.traffic.unseat(release);
  await target.workload.stop(release);
}
