import { SeatrialError } from '../../lib/errors.ts';
import { parseDuration } from '../../lib/units.ts';

/** Rates a load rises through. */
export interface LoadPlan {
  /** Requests a second, rising. */
  rates: number[];
  /** How long each rate is held, milliseconds. */
  stepMs: number;
}

const STEPS = 10;
const LEAST_STEP_MS = 1000;

/** `50/s..500/s over 2m`: ten steps from one rate to the other. Errors: INPUT_INVALID. */
export function parseLoad(text: string): LoadPlan {
  const found = /^(\d+(?:\.\d+)?)\s*\/s\s*(?:\.\.|…|-|to)\s*(\d+(?:\.\d+)?)\s*\/s\s+(?:over|in)\s+(\S+)$/.exec(
    text.trim(),
  );
  const [from, to] = [Number(found?.[1]), Number(found?.[2])];
  if (!found || !(from > 0) || to < from || to > 20_000)
    throw new SeatrialError('INPUT_INVALID', `"${text}" is no load; write e.g. 50/s..500/s over 2m, at most 20000/s.`);
  const whole = parseDuration(found[3]!);
  const steps = from === to ? 1 : Math.max(2, Math.min(STEPS, Math.floor(whole / LEAST_STEP_MS)));
  if (whole < LEAST_STEP_MS)
    throw new SeatrialError('INPUT_INVALID', `"${text}" is too short; a rate is held for a second at the least.`);
  const rates = Array.from({ length: steps }, (_, i) => from + ((to - from) * i) / Math.max(1, steps - 1));
  return { rates: rates.map((rate) => Number(rate.toFixed(rate < 10 ? 2 : 0))), stepMs: whole / steps };
}
