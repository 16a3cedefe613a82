import type { Picture } from './gate.ts';
import type { Version } from './types.ts';

/** Stretches of time a picture shows at the most; when there are more they become twice as long. */
const MOST = 60;
/** Values kept of one stretch: enough for its quantiles. */
const KEPT = 200;

interface Stretch {
  n: number;
  sum: number;
  values: number[];
}

/** Values of both versions over time, for pictures: in stretches that grow as the run does. */
export class Timeline {
  #first = Number.NaN;
  #last = 0;
  #width = 5;
  #stretches: Record<Version, Map<number, Stretch>> = { old: new Map(), new: new Map() };
  readonly #keeps: boolean;

  /** `keeps`: values are kept for their quantiles; else only their mean is asked for. */
  constructor(keeps = false) {
    this.#keeps = keeps;
  }

  add(version: Version, t: number, value: number): void {
    if (Number.isNaN(this.#first)) this.#first = t;
    const at = Math.max(0, t - this.#first);
    this.#last = Math.max(this.#last, at);
    while (this.#last / this.#width >= MOST) this.#widen();
    const key = Math.floor(at / this.#width);
    const all = this.#stretches[version];
    let stretch = all.get(key);
    if (!stretch) {
      stretch = { n: 0, sum: 0, values: [] };
      all.set(key, stretch);
    }
    stretch.n++;
    stretch.sum += value;
    if (!this.#keeps) return;
    // Of a busy stretch the last ones, in turn.
    if (stretch.values.length < KEPT) stretch.values.push(value);
    else stretch.values[stretch.n % KEPT] = value;
  }

  #widen(): void {
    this.#width *= 2;
    for (const version of ['old', 'new'] as const) {
      const wide = new Map<number, Stretch>();
      for (const [key, { n, sum, values }] of this.#stretches[version]) {
        const into = wide.get(key >> 1);
        if (!into) wide.set(key >> 1, { n, sum, values });
        else {
          into.n += n;
          into.sum += sum;
          into.values = [...into.values, ...values].slice(-KEPT);
        }
      }
      this.#stretches[version] = wide;
    }
  }

  /** Points by seconds since the first value; `q` is a quantile, without it the mean. */
  line(version: Version, name: string, q?: number, factor = 1): Picture['lines'][number] {
    const points = [...this.#stretches[version]]
      .sort(([a], [b]) => a - b)
      .map(([key, { n, sum, values }]): [number, number] => {
        if (q === undefined) return [(key + 0.5) * this.#width, (factor * sum) / n];
        const sorted = [...values].sort((a, b) => a - b);
        return [(key + 0.5) * this.#width, sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!];
      });
    return { name, points };
  }
}
