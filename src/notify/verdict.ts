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

/**
 * action-verify's `verdict`: the word, or all of its outputs as JSON. Of the latter, `samples` are the requests the new
 * version answered, and `time-to-verdict-ms` how long it had traffic until the verdict.
 * @throws INPUT_INVALID for anything else
 */
export function readVerdict(text: string | undefined): VerdictInput | undefined {
  if (text === undefined) return undefined;
  const word = text.trim();
  if (VERDICTS.includes(word)) return { verdict: word };
  let outputs: Record<string, unknown> = {};
  try {
    outputs = Object(JSON.parse(word)) as Record<string, unknown>;
  } catch {
    outputs = {}; // neither a verdict nor JSON: told below
  }
  if (typeof outputs.verdict !== 'string' || !VERDICTS.includes(outputs.verdict)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `verdict is not one of ${VERDICTS.join(', ')}, nor the outputs of action-verify as JSON.`,
    );
  }
  const ms = figure(outputs['time-to-verdict-ms']);
  const requests = figure(outputs.samples);
  const seconds = ms === undefined ? undefined : Math.round(ms / 1000);
  return {
    verdict: outputs.verdict,
    reason: typeof outputs.reason === 'string' && outputs.reason !== '' ? outputs.reason : undefined,
    customers: requests === undefined && seconds === undefined ? undefined : { requests, seconds },
  };
}
