import { SeatrialError } from '../lib/errors.ts';
import { repair, takeOut } from './flow/repair.ts';
import { settle } from './flow/settle.ts';
import { give } from './flow/traffic.ts';
import { markCounters, watch } from './flow/watch.ts';
import { lookAt } from './gate-run.ts';
import type { Host } from './host.ts';
import type { Outcome } from './outcome.ts';
import { compare, describePlan } from './plan.ts';
import { lockAll, lookAround, type Run } from './run.ts';
import { find, mark, waiting } from './state/history.ts';

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
  for (const host of run.hosts) {
    await host.refresh();
    await host.load();
    if (host.history.open) await repair(run, host);
    else await host.reconcile();
  }
  const record = pendingOn(first);
  const { release } = record;
  const previous = first.history.current;
  for (const host of run.hosts) {
    for (const container of host.of(release)) {
      const look = await lookAt(host, container, record.spec, 0, run.signal);
      if (look.running && look.health !== 'unhealthy' && look.probe?.ok !== false) continue;
      throw new SeatrialError(
        'DEPLOY_UNHEALTHY',
        `${host.label}: ${container.name} is not healthy any more; it stays pending, roll it back.`,
      );
    }
  }
  try {
    const already = await Promise.all(
      run.hosts.map(
        async (host) => !host.edged || (host.history.edge!.slots[host.slotOf(release)!]?.share ?? 0) > 0.999,
      ),
    );
    for (const host of run.hosts) {
      await host.save((draft) => {
        const at = new Date(host.now()).toISOString();
        draft.open = {
          command: 'promote',
          release,
          back: previous,
          at,
          by: run.who.by,
          run: run.who.run,
          traffic: true,
        };
      });
    }
    const since = await markCounters(run.hosts, release, previous);
    const times = await Promise.all(run.hosts.map((host, i) => (already[i] ? 0 : give(host, release, 1))));
    out.switchMs = Math.max(...times);
    run.say(`${release} has all traffic (switched in ${out.switchMs.toFixed(1)} ms)`);
    // One that had it all was watched when it got it.
    if (already.some((had) => !had)) await watch(run, since, release, record.spec, run.inputs.watch);
    for (const host of run.hosts) {
      await host.save((draft) => {
        draft.open = undefined;
        mark(draft, release, 'good');
        draft.current = release;
        const before = find(draft, previous);
        if (before) before.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
      });
    }
    out.state = 'good';
  } catch (error) {
    run.say(`${release} failed; putting traffic where it was`);
    for (const host of run.hosts)
      if (host.history.open) await takeOut(run, host, release, previous, 'failed while it was promoted');
    out.state = 'rolled-back';
    out.rolledBack = previous !== '';
    throw error;
  }
  await settle(run, release, previous);
}
