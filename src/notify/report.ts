import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import { code, escapeMarkdown, table } from '../lib/markdown.ts';
import { formatDuration } from '../lib/units.ts';
import type { Inputs } from './inputs.ts';
import type { Told } from './notify.ts';
import { publicReceipts, type Receipt, wasFailed, wasTold } from './receipts.ts';
import { nextRefs } from './refs.ts';

const list = (receipts: readonly Receipt[]) => receipts.map(({ target }) => target).join(', ');

/** One line above the table: who was reached, and how fast. */
function headline(receipts: readonly Receipt[], mode: Inputs['mode']): string {
  if (mode === 'check') {
    const proved = receipts.filter((r) => r.proved).length;
    const failed = receipts.filter(wasFailed).length;
    return `Check: ${proved} proved, ${failed} failed, ${receipts.length - proved - failed} without a silent probe. Nothing was sent.`;
  }
  const told = receipts.filter(wasTold);
  const asked = receipts.filter((r) => r.outcome !== 'skipped');
  const slowest = Math.max(0, ...told.map(({ ms }) => ms));
  const speed = told.length ? `, the slowest in ${formatDuration(slowest)}` : '';
  return `${mode === 'drill' ? 'Drill: ' : ''}${told.length} of ${asked.length} targets were told${speed}.`;
}

function write(receipts: readonly Receipt[], mode: Inputs['mode'], actions: Actions): void {
  const line = headline(receipts, mode);
  for (const { target, outcome, code: vendor, reason, ms } of receipts) {
    actions.info(`${target}: ${outcome} (${vendor}) in ${formatDuration(ms)}${reason ? `. ${reason}` : ''}`);
  }
  actions.info(line);
  const rows = receipts.map((r) => [code(r.target), r.outcome, code(r.code), escapeMarkdown(r.reason), String(r.ms)]);
  const head = ['Target', 'Outcome', 'Code', 'What to do', 'ms'];
  actions.summary([line, ...(rows.length ? [table(head, rows)] : [])].join('\n\n'));
}

/** Those whose failure nobody in the chain made good; a name alone in it stands behind everybody. */
function unhealed(receipts: readonly Receipt[], chain: readonly string[]): Receipt[] {
  const healed = receipts.some((r) => chain.includes(r.target) && wasTold(r));
  return receipts.filter((r) => wasFailed(r) && !(healed && (chain.length === 1 || chain.includes(r.target))));
}

/** The sentence of what `require` misses; undefined when it is content. */
export function shortfall({ receipts, plan, message }: Told, require: Inputs['require']): string | undefined {
  const failed = receipts.filter(wasFailed);
  const why = ([first]: readonly Receipt[]) => (first ? ` ${first.target}: ${first.reason}` : '');
  const missing = unhealed(receipts, plan.chain);
  if (require === 'all' && missing.length) return `Not told: ${list(missing)}.${why(missing)}`;
  if (receipts.some(wasTold)) return undefined;
  // Left in peace on purpose is no failure, unless it is critical: then somebody must have heard, if there is anything.
  const nothing = receipts.length > 0 && receipts.every(({ code }) => code === 'not-failed');
  if (!failed.length && (nothing || message.severity !== 'critical')) return undefined;
  const skipped = receipts.length
    ? 'Every target was skipped; look at routes and message-refs.'
    : 'No channel is configured; give one its inputs.';
  return `No target was told.${why(failed) || ` ${skipped}`}`;
}

/** A check is asked whether every credential is good: one that is not is no less wrong for another that is. */
function unproved(receipts: readonly Receipt[]): string | undefined {
  const failed = receipts.filter(wasFailed);
  return failed[0] && `Not proved: ${list(failed)}. ${failed[0].target}: ${failed[0].reason}`;
}

/**
 * Writes outputs, log and summary, then lets `require` decide.
 * @throws NOTIFY_UNDELIVERED, or NOTIFY_CHECK_FAILED in mode check; INPUT_INVALID when no target could be asked at all
 */
export function report(told: Told, inputs: Inputs, actions: Actions): void {
  const { receipts, message } = told;
  const { mode, require } = inputs;
  const count = (outcome: Receipt['outcome']) => receipts.filter((r) => r.outcome === outcome).length;
  actions.output('receipts', publicReceipts(receipts));
  actions.output('delivered', count('delivered'));
  actions.output('accepted', count('accepted'));
  actions.output('failed', receipts.filter(wasFailed).length);
  const refs = nextRefs(inputs['message-refs'], message, receipts, { scrub: actions.scrub, warn: actions.warning });
  actions.output('message-refs', refs);
  write(receipts, mode, actions);
  actions.signal.throwIfAborted();
  // Nobody could be asked: then it is the inputs that are wrong, and no channel.
  const wrong = receipts.length > 0 && receipts.every(({ code: vendor }) => vendor === 'INPUT_INVALID');
  const fails = wrong ? 'INPUT_INVALID' : mode === 'check' ? 'NOTIFY_CHECK_FAILED' : 'NOTIFY_UNDELIVERED';
  const short = mode === 'check' ? unproved(receipts) : shortfall(told, require);
  if (short && require !== 'none') throw new SeatrialError(fails, short);
  if (short && message.severity === 'critical') actions.error(`${fails}: ${short}`);
  else if (short) actions.warning(`${fails}: ${short}`);
  else
    for (const { target, reason } of receipts.filter(wasFailed)) actions.warning(`${target} was not told. ${reason}`);
}
