import { SeatrialError } from '../lib/errors.ts';
import type { Customers } from './message.ts';

const VERDICTS = ['pass', 'fail', 'inconclusive', 'error'];

export interface VerdictInput {
  verdict: string;
  reason?: string;
  customers?: Customers;
}

const figure = (value: unknown): number | undefined => {
  const number = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
};

/** An object as JSON; an empty one for anything else. */
function parsed(text: unknown): Record<string, unknown> {
  try {
    return Object(JSON.parse(String(text))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
const sentence = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * action-verify's `verdict`: the word, or all of its outputs as JSON. Of the latter, `customers` is what users met; an
 * older action-verify has none, and `samples` are then the requests the new version answered, and `time-to-verdict-ms` how
 * long it had traffic until the verdict.
 * @throws INPUT_INVALID for anything else
 */
export function readVerdict(text: string | undefined): VerdictInput | undefined {
  if (text === undefined) return undefined;
  const word = text.trim();
  if (VERDICTS.includes(word)) return { verdict: word };
  const outputs = parsed(word);
  if (typeof outputs.verdict !== 'string' || !VERDICTS.includes(outputs.verdict)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `verdict is not one of ${VERDICTS.join(', ')}, nor the outputs of action-verify as JSON.`,
    );
  }
  if ('customers' in outputs) {
    const { requests, lost, seconds } = parsed(outputs.customers);
    const met = { requests: figure(requests), lost: figure(lost), seconds: figure(seconds) };
    const counted = Object.values(met).some((value) => value !== undefined);
    return { verdict: outputs.verdict, reason: sentence(outputs.reason), customers: counted ? met : undefined };
  }
  const ms = figure(outputs['time-to-verdict-ms']);
  const requests = figure(outputs.samples);
  const seconds = ms === undefined ? undefined : Math.round(ms / 1000);
  return {
    verdict: outputs.verdict,
    reason: sentence(outputs.reason),
    customers: requests === undefined && seconds === undefined ? undefined : { requests, seconds },
  };
}
