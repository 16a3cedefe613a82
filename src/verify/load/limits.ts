import { SeatrialError } from '../../lib/errors.ts';
import { parseThreshold, type Threshold } from '../thresholds.ts';

/** What fails too often, where no line says how much may. */
const USUAL = 'error-rate <= 1%';

const ofFailures = ({ metric }: Threshold) => metric === 'error-rate' || metric === 'success-rate';

/**
 * The limits a load is held to. One that it can't measure is refused, since it would be told as held; and failures are
 * always limited, since half of the answers can be fast when the other half fails. Errors: INPUT_INVALID.
 */
export function limitsOf(
  lines: readonly string[],
  endpoints: readonly string[],
  asks?: (name: string) => string | undefined,
): Threshold[] {
  const limits = lines.map((text, i) => {
    const limit = parseThreshold(text, i + 1, asks);
    const refuse = (what: string) =>
      new SeatrialError('INPUT_INVALID', `thresholds, line ${i + 1}: "${text}": mode load ${what}`);
    if (limit.tail === undefined && !ofFailures(limit))
      throw refuse(
        `measures its own requests only; give error-rate, success-rate or p50 to p99.9, and hold ${limit.metric} to its limit in mode verify or watch.`,
      );
    if (limit.forMs > 0 || limit.hours)
      throw refuse('judges each rate as a whole; leave out "for" and "during", "load" says how long a rate is held.');
    if (limit.endpoint !== undefined && !endpoints.includes(limit.endpoint))
      throw refuse(`asks no ${limit.endpoint}; of its urls there are ${endpoints.join(', ')}.`);
    return limit;
  });
  const failures = limits.filter(ofFailures);
  if (failures.some(({ endpoint }) => endpoint === undefined)) return limits;
  const open = endpoints.filter((name) => !failures.some(({ endpoint }) => endpoint === name));
  const usual = failures.length === 0 ? [USUAL] : open.map((name) => USUAL.replace(' ', ` of ${name} `));
  return [...limits, ...usual.map((text, i) => parseThreshold(text, lines.length + i + 1))];
}
