import { SeatrialError } from '../lib/errors.ts';
import { escapeMarkdown, table } from '../lib/markdown.ts';
import { repairAll } from './flow/repair-all.ts';
import { sweep } from './flow/settle.ts';
import type { Outcome } from './outcome.ts';
import { inColumns, inMarkdown, overview } from './overview.ts';
import { pruneHost, superfluous } from './prune.ts';
import { lockAll, lookAround, type Run } from './run.ts';
import { find, lastGood, waiting } from './state/history.ts';
import { readLock, removeLock } from './state/lock.ts';

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
    const [shares, held] = await Promise.all([host.shares(), readLock(host.engine, host.app)]);
    const rows = overview(host, shares);
    run.actions.info(`${host.label}: ${host.app} (${host.environment})`);
    for (const line of rows.length ? inColumns(rows) : ['  no release is known here']) run.actions.info(line);
    if (rows.length) out.notes.push(inMarkdown(rows));
    if (host.history.open)
      run.actions.warning(
        `${host.label}: the ${host.history.open.command} of ${host.history.open.release} was cut off or is under way; the next deploy puts it in order.`,
      );
    const lock = held
      ? `held by ${held.holder} since ${held.since.slice(0, 19)}Z${held.run ? ` (${held.run})` : ''}`
      : 'free';
    run.actions.info(`  lock: ${lock}`);
    out.notes.push(`Lock on ${host.label}: ${escapeMarkdown(lock)}`);
  }
}

/** Names the holder, then takes the lock away: one whose lease runs only with force. */
export async function unlock(run: Run, out: Outcome): Promise<void> {
  await lookAround(run);
  out.release = run.hosts[0]!.history.current;
  for (const host of run.hosts) {
    const held = await readLock(host.engine, host.app);
    if (!held) {
      run.say(`${host.label}: nobody holds the lock`);
      continue;
    }
    const { dateMs } = await host.engine.ping();
    const left = Math.ceil((held.expiresAt - dateMs) / 1000);
    const who = `${held.holder}${held.run ? ` (${held.run})` : ''} since ${held.since.slice(0, 19)}Z`;
    run.say(
      `${host.label}: the lock is held by ${who}; its lease ${left > 0 ? `runs ${left} s more` : `ran out ${-left} s ago`}`,
    );
    if (left > 0 && !run.inputs.force) {
      throw new SeatrialError(
        'LOCK_HELD',
        `${host.label}: the lease of ${who} still runs for ${left} s; wait for it, or give force: true if that run is dead.`,
      );
    }
    if (run.inputs['dry-run']) run.say(`${host.label}: this lock would be taken away`);
    else if (await removeLock(host.engine, held.id)) run.say(`${host.label}: the lock is free`);
  }
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
