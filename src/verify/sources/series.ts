import { SeatrialError } from '../../lib/errors.ts';
import { dataOf } from './store.ts';

/** One series of an answer: its labels as a key, and its value now; NaN and what is no number are left out. */
export interface Series {
  key: string;
  value: number;
}

/** Prometheus writes numbers as text, `+Inf` among them. */
function numberOf(text: unknown): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** The series of an instant query; none and NaN are no data, never 0. Errors: SOURCE_DOWN. */
export function seriesIn(answer: unknown): Series[] {
  const { resultType, result } = dataOf(answer, 'Prometheus');
  const found: Series[] = [];
  if (resultType === 'scalar' && Array.isArray(result)) found.push({ key: '', value: numberOf(result[1]) });
  else if (resultType === 'matrix')
    throw new SeatrialError(
      'SOURCE_DOWN',
      'Prometheus answered a range; write a query of one value a series, e.g. with rate(…[1m]).',
    );
  else if (Array.isArray(result))
    for (const { metric = {}, value } of result as { metric?: Record<string, string>; value?: [number, string] }[]) {
      const labels = Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1));
      found.push({ key: labels.map(([name, label]) => `${name}=${label}`).join(','), value: numberOf(value?.[1]) });
    }
  return found.filter(({ value }) => !Number.isNaN(value));
}

/** What a store says beside its answer, e.g. that a part of it could not be reached. */
export function warningsIn(answer: unknown): string[] {
  const { warnings, infos } = (answer ?? {}) as { warnings?: unknown; infos?: unknown };
  return [warnings, infos].flatMap((list) =>
    Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [],
  );
}

/**
 * Increments of a counter that several replicas have, each by itself: one that joins brings what it holds and not what
 * it counted, one that leaves takes nothing back, and one whose count fell began anew.
 */
export class Increments {
  readonly #last = new Map<string, { value: number; t: number }>();
  #t = Number.NaN;

  /** What all series rose by since the reading before, and the seconds of it; undefined at the first. */
  take(series: readonly Series[], t: number): { k: number; n: number } | undefined {
    const n = t - this.#t;
    const first = Number.isNaN(this.#t);
    if (series.length > 0) this.#t = t;
    let k = 0;
    for (const { key, value } of series) {
      if (!Number.isFinite(value)) continue;
      const before = this.#last.get(key);
      this.#last.set(key, { value, t });
      if (before) k += value >= before.value ? value - before.value : value;
    }
    return first || series.length === 0 || !(n > 0) ? undefined : { k, n };
  }
}
