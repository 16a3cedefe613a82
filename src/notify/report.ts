import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import { code, escapeMarkdown, table } from '../lib/markdown.ts';
import { formatDuration } from '../lib/units.ts';
import type { Inputs } from './inputs.ts';
import { publicReceipts, type Receipt, wasFailed, wasTold } from './receipts.ts';

/** Writes outputs, log and summary; then fails when `require` was not met. */
export function report(receipts: readonly Receipt[], inputs: Inputs, actions: Actions): void {
  actions.output('receipts', publicReceipts(receipts));
  actions.output('delivered', receipts.filter((r) => r.outcome === 'delivered').length);
  actions.output('accepted', receipts.filter((r) => r.outcome === 'accepted').length);
  actions.output('failed', receipts.filter(wasFailed).length);
  for (const { target, outcome, code: vendor, reason, ms } of receipts) {
    actions.info(`${target}: ${outcome} (${vendor}) in ${formatDuration(ms)}${reason ? `. ${reason}` : ''}`);
  }
  const rows = receipts.map((r) => [code(r.target), r.outcome, code(r.code), escapeMarkdown(r.reason), String(r.ms)]);
  actions.summary(table(['Target', 'Outcome', 'Code', 'What to do', 'ms'], rows));
  const told = receipts.filter(wasTold);
  const missed = receipts.filter(wasFailed);
  if (inputs.require === 'any' && !told.length) {
    throw new SeatrialError('NOTIFY_UNDELIVERED', `Nobody was told: ${missed[0]?.target}: ${missed[0]?.reason}`);
  }
}
