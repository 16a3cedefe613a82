import { SeatrialError } from '../lib/errors.ts';
import { EVENTS } from './events.ts';
import type { Inputs } from './inputs.ts';

/** Inputs that may tell what happened. */
const TELLING = ['event', 'deployment', 'needs', 'verdict', 'version', 'reason', 'customers', 'fields'] as const;

/** Nothing was handed over that an event could be told from, so no message need be thought of. */
export function tellsNothing(inputs: Inputs): boolean {
  const given = (value: unknown) => (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '');
  return inputs.mode === 'send' && !TELLING.some((name) => given(inputs[name]));
}

export const eventMissing = (): SeatrialError =>
  new SeatrialError('INPUT_MISSING', `event is needed: say what happened, one of ${EVENTS.join(', ')}.`);
