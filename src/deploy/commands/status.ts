import { SeatrialError } from '../../lib/errors.ts';
import { escapeMarkdown, table } from '../../lib/markdown.ts';
import { of } from '../on-target.ts';
import { find, lastGood, waiting } from '../release/history.ts';
import { leaseWords, nameHolder } from '../release/lease.ts';
import { cells, columns, headOf, releaseRows, WAYS, wayRows } from '../report/status-table.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { type Run, readAll } from '../rollout/run.ts';
import type { Target } from '../target.ts';

/**
 * What runs where; the same outputs as a deploy, and nothing is changed. EDGE_DOWN where no request can reach a release
 * that should serve, HISTORY_LOST where only what was written of it is gone: a green status must mean that users are
 * served and that a rollback knows where to.
 */
export async function status(run: Run, out: Outcome): Promise<void> {
  const odd = await readAll(run);
  const down: string[] = [];
  const { history } = run.targets[0]!.ledger;
  const record = waiting(history) ?? find(history, history.current);
  out.release = record?.release ?? '';
  out.image = record?.image ?? '';
  out.state = record?.status ?? 'unchanged';
  out.previous = waiting(history) ? history.current : (lastGood(history)?.release ?? '');
  for (const target of run.targets) {
    const shares = await target.steadily(() => target.traffic.shares(), run.signal);
    const lock = await lockWords(target);
    const head = headOf(target.terms.instance);
    const { open, current } = target.ledger.history;
    const rows = releaseRows(target.ledger.history, target.instances, shares);
    run.actions.info(`${target.label}: ${run.inputs.app} (${run.inputs.environment})`);
    if (!target.instances.length) run.actions.info('  no release runs here');
    for (const line of rows.length ? columns(rows, head) : []) run.actions.info(`  ${line}`);
    const ports = portsLine(target);
    if (ports) run.actions.info(`  ports: ${ports}`);
    const { by } = target.traffic;
    if (by) run.actions.info(`  traffic: by ${by}`);
    run.actions.info(`  lock: ${lock}`);
    if (open) {
      const whose = lock.startsWith('held')
        ? 'is under way, or was cut off in the last minute'
        : 'was cut off; the next deploy or rollback puts it in order';
      run.actions.warning(`${target.label}: the ${open.command} of ${open.release} ${whose}.`);
    }
    const expected = current || waiting(target.ledger.history)?.release;
    if (expected && !serving(target, expected, shares)) {
      // "Good" means that it serves: what the history says of it is in the table.
      if (out.state === 'good') out.state = 'unchanged';
      // Another run may have switched between our looks: then somebody serves.
      if (target.releases.some((release) => serving(target, release, shares))) {
        run.actions.warning(
          `${target.label}: ${expected} is the current release and has no traffic; a deploy or a rollback puts that in order.`,
        );
      } else down.push(`${target.label}: no request can reach ${expected}, which should serve`);
    }
    const ways = (await target.traffic.ways?.()) ?? [];
    for (const line of ways.length ? columns(wayRows(ways), WAYS) : []) run.actions.info(`  ${line}`);
    for (const { domain, fault } of ways) {
      if (fault) run.actions.warning(`${target.label}: ${domain}: ${fault}.`);
    }
    // One that is moving to domains has its port beside them still.
    const beside = Boolean(target.traffic.edge?.published);
    if (expected && ways.length && ways.every(({ open, unsaid }) => !open && !unsaid) && !beside) {
      if (out.state === 'good') out.state = 'unchanged';
      down.push(`${target.label}: no request can reach ${expected} by its domains: ${ways[0]!.fault}`);
    }
    if (ways.length)
      out.notes.push(
        table(
          WAYS,
          wayRows(ways).map((row) => row.map(escapeMarkdown)),
        ),
      );
    const more = (by ? `, traffic by ${escapeMarkdown(by)}` : '') + (ports && `, ports ${escapeMarkdown(ports)}`);
    out.notes.push(`**${escapeMarkdown(target.label)}**: lock ${escapeMarkdown(lock)}${more}`);
    if (rows.length) out.notes.push(table(head, rows.map(cells)));
  }
  if (down.length) {
    throw new SeatrialError('EDGE_DOWN', `${down.join('; ')}; the next deploy or rollback puts that in order.`);
  }
  const lost = run.targets.flatMap(({ label, releases }, i) =>
    odd[i] && releases.length ? [`${label}: ${odd[i]}`] : [],
  );
  if (lost.length) {
    throw new SeatrialError(
      'HISTORY_LOST',
      `${lost.join('; ')}; users are served, and the next deploy writes it anew.`,
    );
  }
}

/** Where each published port leads, where there are several. */
const portsLine = ({ traffic: { edge } }: Target): string =>
  (edge?.ports ?? [])
    .map(({ published, service, port }) => `${published} -> ${service ? `${service}:` : ''}${port}`)
    .join(', ');

/** Whether users reach it: it runs, and it is given traffic where traffic is shared. */
function serving(target: Target, release: string, shares: ReadonlyMap<string, number>): boolean {
  return (
    of(target, release).some(({ state }) => state === 'running') &&
    (!target.can.share || (shares.get(release) ?? 0) > 0)
  );
}

/** Who holds the lock, and whether that run can be alive: a lease that ran out holds nobody up. */
async function lockWords(target: Target): Promise<string> {
  const held = await target.ledger.holder();
  if (!held) return 'free';
  const now = await target.ledger.time();
  const over = held.expiresAt !== undefined && held.expiresAt < now;
  return `${over ? 'left behind' : 'held'} by ${nameHolder(held)}; ${leaseWords(held, now)}${over ? ', the next run takes it' : ''}`;
}
