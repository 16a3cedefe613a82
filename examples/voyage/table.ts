import type { ActionResult } from '../../test/support/action.ts';
import type { Crowd } from './customers.ts';
import type { Voyage } from './ship.ts';

export interface Leg {
  voyage: Voyage;
  crowd: Crowd;
  /** What the receivers took during this leg. */
  messages: { channel: string; message: unknown }[];
}

interface Receipt {
  target: string;
  outcome: string;
}

export const receiptsOf = (notify: ActionResult) => JSON.parse(notify.outputs.receipts || '[]') as Receipt[];

/** How the release ended, in the words of releases.ts, told by the outputs alone. */
export function ending({ build, deploy, promote, rollback }: Voyage): string {
  if (build.exitCode !== 0) return build.outputs.blocked === 'true' ? 'blocked' : 'build failed';
  if (promote?.exitCode === 0 && promote.outputs.state === 'good') return 'good';
  if (rollback?.outputs['rolled-back'] === 'true') return 'rolled back';
  if (deploy?.outputs.state === 'bad' && deploy.outputs['rolled-back'] === 'false') return 'never served';
  return `unknown (${deploy?.outputs.state ?? 'no deploy'})`;
}

const ms = (text: string | undefined) => `${Number(text).toFixed(0)} ms`;
const seconds = (text: string | undefined) => `${(Number(text) / 1000).toFixed(1)} s`;

/** Cells in columns as wide as their longest, so that the whole fits a terminal of 120. */
function columns(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: string[]) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd();
  const [head, ...rest] = rows.map(line);
  return [head!, `  ${widths.map((width) => '─'.repeat(width)).join('  ')}`, ...rest];
}

export function printTable(legs: Leg[], total: Crowd): void {
  const rows = legs.map(({ voyage, crowd }) => {
    const { planned, verify, rollback, notify } = voyage;
    const receipts = receiptsOf(notify);
    return [
      planned.name,
      planned.about,
      ending(voyage),
      String(crowd.sent),
      String(crowd.lost),
      String(crowd.errors),
      verify ? `${verify.outputs.verdict} in ${seconds(verify.outputs['time-to-verdict-ms'])}` : '–',
      rollback ? `${ms(rollback.outputs['switch-ms'])}, in all ${rollback.ms.toFixed(0)} ms` : '–',
      `${receipts.filter((r) => r.outcome === 'delivered').length} of ${receipts.length}`,
    ];
  });
  const head = ['', 'fault', 'ended', 'requests', 'lost', '5xx', 'verdict', 'switched back', 'told'];
  for (const line of columns([head, ...rows])) console.log(line);
  const by = Object.entries(total.served)
    .map(([version, n]) => `version ${version}: ${n}`)
    .join(', ');
  console.log(
    `\nCustomers sent ${total.sent} requests: ${total.lost} lost, ${total.errors} answered 5xx. Served by ${by}.`,
  );
}
