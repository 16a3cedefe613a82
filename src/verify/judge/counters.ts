import { getOrMake } from './maps.ts';
import { logMix } from './math.ts';
import { type Counts, rateLogE } from './rate.ts';

/** Counters of queries and business figures: `k` events in `n` units, both versions. */
export class Counters {
  readonly #byName = new Map<string, Counts>();

  #of(name: string): Counts {
    return getOrMake(this.#byName, name, () => ({ k: 0, n: 0, k0: 0, m: 0 }));
  }

  addOld(name: string, k: number, n: number): void {
    const counts = this.#of(name);
    counts.k0 += k;
    counts.m += n;
  }

  addNew(name: string, k: number, n: number): void {
    const counts = this.#of(name);
    counts.k += k;
    counts.n += n;
  }

  /** Log e-value of "no counter rose": one error budget, shared evenly. */
  logE(concurrent: boolean): number {
    const compared = [...this.#byName.values()].filter((counts) => counts.m > 0);
    return compared.length === 0 ? 0 : logMix(compared.map((counts) => rateLogE(counts, concurrent ? 1 : 1.5)));
  }

  /** Both versions were read. */
  compares(name: string): boolean {
    const counts = this.#byName.get(name);
    return counts !== undefined && counts.n > 0 && counts.m > 0;
  }
}
