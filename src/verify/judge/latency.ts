import { getOrMake } from './maps.ts';
import { logMix } from './math.ts';
import { BETS, betLogs, binOf, drawLog, Gross, mixBets, mixByKind, Pool, smoothedRank } from './rank.ts';
import { shareLogE } from './rate.ts';
import { type Factors, LatencySeries, Waves } from './waves.ts';

/** Old answers an endpoint needs before new ones are ranked among them: exact at any number, empty below it. */
const RANKABLE = 3;
/** Old answers a p99 needs to be more than its largest value. */
const TAILABLE = 100;
/** Answers of both versions compared in one block: enough to lose little of what they tell, few enough to be of one moment. */
const BLOCK = 8;
/** The most that wait for the other version; older ones are no longer of the same moment. */
const PENDING = 40;
/** Old answers of the same time that must have come before older ones are held against the new. */
const LEAST_BESIDE = 2;
/** Weight of the bets among older answers while both versions answer. */
const OLDER = 0.15;
const TOGETHER = Math.log(0.6);
const APART = Math.log(0.4);

const MARGINS = {
  /** Of another hour: a quarter slower and 20 ms slower is not yet worse. */
  separated: { fail: (x: number) => Math.min(x / 1.25, x - 20), pass: (x: number) => Math.min(x / 1.3, x - 20) },
  concurrent: { fail: (x: number) => Math.min(x / 1.1, x - 1), pass: (x: number) => Math.min(x / 1.3, x - 1) },
};

class Evidence {
  readonly gross = new Gross();
  /** The same bets of the old version's answers of the same moment: a slowness both share is not the release's. */
  readonly grossOld = new Gross();
  readonly separated = { fail: new Float64Array(BETS), pass: new Float64Array(BETS) };
  readonly concurrent = { fail: new Float64Array(BETS), pass: new Float64Array(BETS) };
}

class Endpoint {
  readonly old = new Pool();
  readonly raw = new Pool();
  readonly shiftedFail = new Pool();
  readonly shiftedPass = new Pool();
  readonly evidence = new Evidence();
  waitingOld: number[] = [];
  waitingNew: number[] = [];
  slow = Number.NaN;
  /** Old answers of the same time as new ones. */
  beside = 0;
  ranked = 0;
}

/** Latency by ranks within each endpoint: the bulk and the tail, both versions at once or one after the other. */
export class Latency {
  readonly endpoints = new Map<string, Endpoint>();
  readonly #together = new Evidence();
  readonly #random: () => number;
  readonly #scratch = new Float64Array(BETS);
  /** Log weights of one block, a row a bet. */
  readonly #block = new Float64Array(BETS * 2 * PENDING);
  oldSize = 0;
  newSize = 0;
  /** New answers with a p99 to compare, and those over 1.25 times the old p99. */
  tail = { n: 0, k: 0 };
  #concurrentTail = false;
  #beside = 0;
  #ranked = 0;
  readonly oldWaves = new Waves(() => new LatencySeries(), LatencySeries.dispersion);
  readonly newWaves = new Waves(() => new LatencySeries(), LatencySeries.dispersion);

  constructor(random: () => number) {
    this.#random = random;
  }

  #of(name: string): Endpoint {
    return getOrMake(this.endpoints, name, () => new Endpoint());
  }

  seedOld(name: string, ms: number, times: number): void {
    this.#of(name).old.add(ms, times);
    this.oldSize += times;
  }

  addOld(name: string, ms: number, t: number, overlapping: boolean): void {
    const endpoint = this.#of(name);
    this.oldSize++;
    if (!overlapping) {
      this.oldWaves.series(name).add(t, ms);
      endpoint.old.add(ms);
      return;
    }
    if (endpoint.old.size >= RANKABLE) {
      const u = smoothedRank(MARGINS.separated.fail(ms), [endpoint.old], this.#random);
      for (const { grossOld } of [this.#together, endpoint.evidence]) grossOld.add(u, endpoint.old.size);
      endpoint.beside++;
      this.#beside++;
    }
    // What waits is not yet in the pool it will be ranked in: that would pull the old ranks, and only those, inwards.
    endpoint.waitingOld.push(ms);
    if (endpoint.waitingOld.length > PENDING) endpoint.old.add(endpoint.waitingOld.shift()!);
    this.#settle(endpoint, BLOCK);
  }

  addNew(name: string, ms: number, t: number, late = false): void {
    const endpoint = this.#of(name);
    this.newSize++;
    this.newWaves.series(name).add(t, ms);
    if (endpoint.old.size >= RANKABLE) {
      endpoint.ranked++;
      this.#ranked++;
      this.#rank(endpoint, ms, late);
    }
    if (endpoint.old.size >= TAILABLE) {
      if (Number.isNaN(endpoint.slow)) this.#setSlow(endpoint);
      this.tail.n++;
      if (ms > endpoint.slow) this.tail.k++;
    }
    if (!late) endpoint.shiftedFail.add(MARGINS.separated.fail(ms));
    endpoint.shiftedPass.add(MARGINS.separated.pass(ms));
    endpoint.raw.add(ms);
    endpoint.waitingNew.push(ms);
    if (endpoint.waitingNew.length > PENDING) endpoint.waitingNew.shift();
    this.#settle(endpoint, BLOCK);
  }

  #setSlow(endpoint: Endpoint): void {
    const p99 = endpoint.old.quantile(0.99);
    endpoint.slow = this.#concurrentTail ? 1.25 * p99 : Math.max(1.25 * p99, p99 + 20);
  }

  /** Once a second: blocks end however small they are, and while the old version still answers, its p99 moves on. */
  refresh(concurrent: boolean): void {
    this.#concurrentTail = concurrent;
    for (const endpoint of this.endpoints.values()) {
      this.#settle(endpoint, 1);
      if (endpoint.old.size >= TAILABLE) this.#setSlow(endpoint);
    }
  }

  /** One new answer among the old and the earlier new: exact while both come from one distribution. */
  #rank(endpoint: Endpoint, ms: number, late: boolean): void {
    for (const side of ['fail', 'pass'] as const) {
      // On a machine that was too busy to send it in time the answer was late as well, which the old version of another
      // time never met. It does not speak against the new one, and may still keep it from passing.
      if (late && side === 'fail') continue;
      const shifted = MARGINS.separated[side](ms);
      const pools = [endpoint.old, side === 'fail' ? endpoint.shiftedFail : endpoint.shiftedPass];
      const u = smoothedRank(shifted, pools, this.#random);
      if (side === 'fail')
        for (const { gross } of [this.#together, endpoint.evidence])
          gross.add(u, endpoint.old.size + endpoint.shiftedFail.size);
      const logs = betLogs(u, side === 'fail' ? 'slower' : 'faster', this.#scratch);
      for (let i = 0; i < BETS; i++) {
        this.#together.separated[side][i]! += logs[i]!;
        endpoint.evidence.separated[side][i]! += logs[i]!;
      }
    }
  }

  /**
   * A block of answers that came together: which of them are the new ones is a fair draw when the versions are alike,
   * whatever drifts. Each bet is the likelihood of the draw that came, against all that could have (the conditional
   * two-sample likelihood ratio). Ranks come from old answers of before, so they are fixed beforehand.
   */
  #settle(endpoint: Endpoint, least: number): void {
    const { waitingOld: olds, waitingNew: news } = endpoint;
    if (Math.min(olds.length, news.length) < least) return;
    endpoint.waitingOld = [];
    endpoint.waitingNew = [];
    if (endpoint.old.size >= RANKABLE)
      for (const side of ['fail', 'pass'] as const) this.#bet(endpoint, olds, news, side);
    for (const ms of olds) endpoint.old.add(ms);
  }

  #bet(endpoint: Endpoint, olds: number[], news: number[], side: 'fail' | 'pass'): void {
    const shift = MARGINS.concurrent[side];
    const direction = side === 'fail' ? 'slower' : 'faster';
    // The smaller side is the one drawn, since drawing few is cheaper; drawing the old ones turns every weight over.
    const [fewer, more, sign] = news.length <= olds.length ? [news, olds, 1] : [olds, news, -1];
    const size = fewer.length + more.length;
    const logs = this.#block;
    for (let j = 0; j < size; j++) {
      const values = j < fewer.length ? fewer : more;
      const x = values[j < fewer.length ? j : j - fewer.length]!;
      const u = smoothedRank(values === news ? shift(x) : x, [endpoint.old], this.#random);
      betLogs(u, direction, this.#scratch);
      for (let i = 0; i < BETS; i++) logs[i * 2 * PENDING + j] = sign * this.#scratch[i]!;
    }
    for (let i = 0; i < BETS; i++) {
      const step = drawLog(logs.subarray(i * 2 * PENDING, i * 2 * PENDING + size), fewer.length);
      this.#together.concurrent[side][i]! += step;
      endpoint.evidence.concurrent[side][i]! += step;
    }
  }

  /** Bets among answers of another time, each kind tempered by its own waves. */
  #apart({ separated, gross }: Evidence, waves: Factors, side: 'fail' | 'pass'): number {
    return mixByKind(separated[side], side === 'fail' ? gross.logE : undefined, waves);
  }

  /**
   * Draws within a moment, and, where older answers exist, gross bets among those. The latter count only as far as the
   * old version's answers of the same moment, as many as they are, don't win the same bets.
   */
  #atOnce({ concurrent, gross, grossOld }: Evidence, ranked: number, beside: number): number {
    const drawn = mixBets(concurrent.fail);
    const shared = beside >= LEAST_BESIDE ? Math.max(0, grossOld.logE) * Math.max(1, ranked / beside) : Infinity;
    return logMix([drawn, Math.min(gross.logE, Math.max(0, gross.logE) - shared)], [1 - OLDER, OLDER]);
  }

  #one(
    evidence: Evidence,
    concurrent: boolean,
    waves: () => Factors,
    { ranked, beside }: { ranked: number; beside: number },
  ) {
    return concurrent ? this.#atOnce(evidence, ranked, beside) : this.#apart(evidence, waves(), 'fail');
  }

  /** Log e-value of "the new version is no slower, its margin granted". */
  logE(concurrent: boolean): number {
    const counts = { ranked: this.#ranked, beside: this.#beside };
    const whole = this.#one(this.#together, concurrent, () => this.oldWaves.together, counts);
    if (this.endpoints.size < 2) return whole;
    return logMix([TOGETHER + whole, APART + logMix(this.#each(concurrent))], [1, 1]);
  }

  #each(concurrent: boolean): number[] {
    return [...this.endpoints].map(([name, endpoint]) =>
      this.#one(endpoint.evidence, concurrent, () => this.oldWaves.apart(name), endpoint),
    );
  }

  /** Log e-value of the endpoint that speaks loudest, by itself. */
  loudestLogE = (concurrent: boolean) => Math.max(0, ...this.#each(concurrent));

  /** Log e-value of "the new version is 1.3 times slower". */
  passLogE(concurrent: boolean): number {
    const { separated, concurrent: atOnce } = this.#together;
    return concurrent ? mixBets(atOnce.pass) : mixByKind(separated.pass, undefined, this.oldWaves.together);
  }

  /** Endpoints with new answers and too few old ones to rank them among. */
  unjudged(): { endpoint: string; answers: number }[] {
    return [...this.endpoints]
      .filter(([, { old, waitingOld, raw }]) => raw.size > 0 && old.size + waitingOld.length < RANKABLE)
      .map(([endpoint, { raw }]) => ({ endpoint, answers: raw.size }));
  }

  /** Log e-value of "one answer in a hundred or more is over 1.25 times the old p99"; `extra` are to be as the old ones. */
  tailPassLogE = (extra = 0) => {
    const { k, n } = this.tail;
    const waves = this.#concurrentTail ? 1 : this.oldWaves.together.tail;
    const more = extra > 0 ? extra * this.#oldTailShare() : 0;
    return shareLogE(k + more, n + extra, 0.01, 'below') / waves;
  };

  /** The share of old answers that are slow by that measure themselves. */
  #oldTailShare(): number {
    let slow = 0;
    let all = 0;
    for (const { old, slow: limit } of this.endpoints.values()) {
      if (Number.isNaN(limit)) continue;
      all += old.size;
      slow += old.size - old.below(binOf(limit) + 1);
    }
    return all > 0 ? slow / all : 0;
  }

  /** Answers of all endpoints, or of one. */
  pools(name?: string): { old: Pool; new: Pool } {
    const merged = { old: new Pool(), new: new Pool() };
    for (const [each, { old, raw, waitingOld }] of this.endpoints) {
      if (name !== undefined && each !== name) continue;
      for (const ms of waitingOld) merged.old.add(ms);
      for (const [bin, count] of old.entries()) merged.old.addBin(bin, count);
      for (const [bin, count] of raw.entries()) merged.new.addBin(bin, count);
    }
    return merged;
  }

  quantile(version: 'old' | 'new', q: number, name?: string): number {
    return this.pools(name)[version].quantile(q);
  }

  /** Endpoints with new answers, those first that speak loudest against the new version. */
  loudest(concurrent: boolean): [name: string, endpoint: Endpoint][] {
    const mode = concurrent ? 'concurrent' : 'separated';
    return [...this.endpoints]
      .filter(([, { raw }]) => raw.size > 0)
      .map((one) => ({ one, logE: Math.max(mixBets(one[1].evidence[mode].fail), one[1].evidence.gross.logE) }))
      .sort((a, b) => b.logE - a.logE)
      .map(({ one }) => one);
  }
}
