import { SeatrialError } from '../../lib/errors.ts';
import type { Host } from '../docker/host.ts';
import { find, giveWay, mark, waiting } from '../release/history.ts';
import { compare, describePlan } from '../release/plan.ts';
import { lookAt } from '../rollout/gate-run.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, lookAround, type Run } from '../rollout/run.ts';
import { settle } from '../rollout/settle.ts';
import { together } from '../rollout/together.ts';
import { give } from '../rollout/traffic.ts';
import { undo } from '../rollout/undo.ts';
import { markCounters, watch } from '../rollout/watch.ts';

function pendingOn(host: Host) {
  const record = waiting(host.history);
  if (record) return record;
  throw new SeatrialError(
    'NOTHING_PENDING',
    `${host.label}: no release of ${host.app} waits for promote; deploy one with promote: manual.`,
  );
}

/** Gives the release that waits all traffic, watches it, and marks it good. */
export async function promote(run: Run, out: Outcome): Promise<void> {
  await lookAround(run);
  const first = run.hosts[0]!;
  out.release = pendingOn(first).release;
  out.previous = first.history.current;
  out.image = pendingOn(first).image;
  out.state = 'pending';
  out.plan = {
    command: 'promote',
    app: run.inputs.app,
    environment: run.inputs.environment,
    hosts: run.hosts.map((host) => host.label),
    release: out.release,
    from: out.previous,
    steps: ['ask it whether it is healthy', 'give it all traffic', 'watch it', 'mark it good'],
    changes: compare(find(first.history, out.previous)?.spec, pendingOn(first).spec),
  };
  for (const line of describePlan(out.plan)) run.actions.info(line);
  if (run.inputs['dry-run']) return;
  await lockAll(run);
  await repairAll(run);
  const record = pendingOn(first);
  const { release } = record;
  out.previous = first.history.current;
  const backs = new Map(run.hosts.map((host) => [host, host.history.current]));
  await together(run.hosts, (host) => stillWell(run, host, release));
  try {
    await together(run.hosts, (host) => begin(run, host, release));
    const since = await markCounters(run.hosts, release, out.previous);
    const already = run.hosts.map(
      (host) => !host.edged || (host.history.edge!.slots[host.slotOf(release)!]?.share ?? 0) > 0.999,
    );
    const times = await together(run.hosts, (host, i) => (already[i] ? Promise.resolve(0) : give(host, release, 1)));
    if (already.every(Boolean)) {
      run.say(`${release} has had all traffic since its deploy, and was watched then`);
    } else {
      out.switchMs = Math.max(...times);
      run.say(`${release} has all traffic (switched in ${out.switchMs.toFixed(1)} ms)`);
      await watch(run, since, release, record.spec, run.inputs.watch);
    }
    await together(run.hosts, (host) => finish(run, host, release));
    out.state = 'good';
  } catch (error) {
    await undo(run, release, out, error, backs);
    throw error;
  }
  await settle(run, release, backs);
}

/** On every host the release that waits must be the same, and as well as when it passed its gate. */
async function stillWell(run: Run, host: Host, release: string): Promise<void> {
  const { spec } = pendingOn(host);
  if (!find(host.history, release)) {
    throw new SeatrialError('NOTHING_PENDING', `${host.label}: ${release} does not wait here; deploy it to all hosts.`);
  }
  const containers = host.of(release);
  if (containers.length < spec.replicas) {
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${host.label}: only ${containers.length} of ${spec.replicas} containers of ${release} are left; it stays pending, roll it back or deploy anew.`,
    );
  }
  for (const container of containers) {
    const look = await lookAt(host, container, spec, 0, run.signal);
    if (look.running && look.health !== 'unhealthy' && look.probe?.ok !== false) continue;
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${host.label}: ${container.name} is not healthy any more; it stays pending, roll it back.`,
    );
  }
}

async function begin(run: Run, host: Host, release: string): Promise<void> {
  const { by, run: address } = run.who;
  const at = new Date(host.now()).toISOString();
  await host.save((draft) => {
    const back = draft.current;
    draft.open = { command: 'promote', release, back, at, by, run: address, traffic: true };
  });
}

async function finish(run: Run, host: Host, release: string): Promise<void> {
  await host.save((draft) => {
    const before = find(draft, draft.current);
    draft.open = undefined;
    giveWay(draft, release);
    mark(draft, release, 'good');
    draft.current = release;
    if (before) before.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
  });
}
