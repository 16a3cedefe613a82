import { SeatrialError } from '../../lib/errors.ts';
import { escapeMarkdown, table } from '../../lib/markdown.ts';
import type { Host } from '../docker/host.ts';
import { removeContainer } from '../docker/removal.ts';
import { type HeldLock, leaseWords, nameHolder, readLock } from '../docker/state/lock-seen.ts';
import { steadily } from '../docker/steady.ts';
import { find, lastGood, waiting } from '../release/history.ts';
import { cells, columns, HEAD, releaseRows } from '../report/status-table.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { pruneHost, superfluous } from '../rollout/prune.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, lookAround, type Run } from '../rollout/run.ts';
import { sweep } from '../rollout/settle.ts';

/** What runs where; the same outputs as a deploy, and nothing is changed. */
export async function status(run: Run, out: Outcome): Promise<void> {
  await lookAround(run);
  const { history } = run.hosts[0]!;
  const record = waiting(history) ?? find(history, history.current);
  out.release = record?.release ?? '';
  out.image = record?.image ?? '';
  out.state = record?.status ?? 'unchanged';
  out.previous = waiting(history) ? history.current : (lastGood(history)?.release ?? '');
  for (const host of run.hosts) {
    const shares = await steadily(host, () => host.shares(), run.signal);
    const lock = await lockWords(host);
    const { open, current } = host.history;
    const rows = releaseRows(host.history, host.listing.apps, shares);
    run.actions.info(`${host.label}: ${host.app} (${host.environment})`);
    if (!host.listing.apps.length) run.actions.info('  no release runs here');
    for (const line of rows.length ? columns(rows) : []) run.actions.info(`  ${line}`);
    run.actions.info(`  lock: ${lock}`);
    if (open) {
      const whose = lock.startsWith('held')
        ? 'is under way, or was cut off in the last minute'
        : 'was cut off; the next deploy or rollback puts it in order';
      run.actions.warning(`${host.label}: the ${open.command} of ${open.release} ${whose}.`);
    }
    if (current && !serving(host, current, shares)) {
      // "Good" means that it serves: what the history says of it is in the table.
      if (out.state === 'good') out.state = 'unchanged';
      run.actions.warning(
        `${host.label}: ${current} is the current release and has no traffic; a deploy or a rollback puts that in order.`,
      );
    }
    out.notes.push(`**${escapeMarkdown(host.label)}**: lock ${escapeMarkdown(lock)}`);
    if (rows.length) out.notes.push(table(HEAD, rows.map(cells)));
  }
}

/** Whether users reach it: it runs, and the edge gives it traffic where there is one. */
function serving(host: Host, release: string, shares: ReadonlyMap<string, number>): boolean {
  return host.of(release).some((c) => c.state === 'running') && (!host.edged || (shares.get(release) ?? 0) > 0);
}

/** Who holds the lock, and whether that run can be alive: a lease that ran out holds nobody up. */
async function lockWords(host: Host): Promise<string> {
  const held = await readLock(host.engine, host.app);
  if (!held) return 'free';
  const { dateMs } = await host.engine.ping();
  const over = held.expiresAt !== undefined && held.expiresAt < dateMs;
  return `${over ? 'left behind' : 'held'} by ${nameHolder(held)}; ${leaseWords(held, dateMs)}${over ? ', the next run takes it' : ''}`;
}

/** Names every holder first, then takes the locks away: one whose lease runs only with force, and then none. */
export async function unlock(run: Run, out: Outcome): Promise<void> {
  await lookAround(run);
  out.release = run.hosts[0]!.history.current;
  const { force } = run.inputs;
  const found: { host: Host; held: HeldLock; runs: boolean; words: string }[] = [];
  for (const host of run.hosts) {
    const held = await readLock(host.engine, host.app);
    if (!held) {
      run.say(`${host.label}: nobody holds the lock`);
      continue;
    }
    const { dateMs } = await host.engine.ping();
    const words = leaseWords(held, dateMs);
    found.push({ host, held, runs: held.expiresAt === undefined || held.expiresAt >= dateMs, words });
    run.say(`${host.label}: the lock is held by ${nameHolder(held)}; ${words}`);
  }
  const alive = found.find(({ runs }) => runs);
  if (alive && !force) {
    throw new SeatrialError(
      'LOCK_HELD',
      `${alive.host.label}: ${nameHolder(alive.held)} has the lock and ${alive.words}; wait for it, or give force: true if that run is dead.`,
    );
  }
  for (const { host, held } of found) {
    if (run.inputs['dry-run']) run.say(`${host.label}: this lock would be taken away`);
    else await takeAway(run, host, held);
  }
}

async function takeAway(run: Run, host: Host, held: HeldLock): Promise<void> {
  const { ours, stuck } = await removeContainer(host.engine, held.id);
  if (stuck) run.actions.warning(`${host.label}: the engine fails to remove it, so it was set aside: ${stuck}`);
  run.say(`${host.label}: ${ours || stuck ? 'the lock is free' : 'its holder gave it back meanwhile'}`);
}

/** Stops what is no longer warm and removes releases beyond keep-releases. */
export async function prune(run: Run, out: Outcome): Promise<void> {
  await lookAround(run);
  out.release = run.hosts[0]!.history.current;
  if (run.hosts.every((host) => !host.listing.apps.length)) return;
  if (run.inputs['dry-run']) {
    const rows = run.hosts.map((host) => [
      host.label,
      superfluous(host, host.releases(), run.inputs['keep-releases']).join(', ') || 'nothing',
    ]);
    for (const [label, going] of rows) run.say(`${label}: would be removed: ${going}`);
    out.notes.push(table(['Host', 'Would be removed'], rows));
    return;
  }
  await lockAll(run);
  const rows: string[][] = [];
  await repairAll(run);
  for (const host of run.hosts) {
    await sweep(run, host);
    rows.push([host.label, (await pruneHost(run, host)).join(', ') || 'nothing']);
  }
  out.notes.push(table(['Host', 'Removed'], rows));
}
