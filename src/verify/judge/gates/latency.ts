import type { Baseline } from '../baseline.ts';
import type { Gate, GateKind, Look, Picture } from '../gate.ts';
import { closed, quantileInterval } from '../interval.ts';
import { Latency } from '../latency.ts';
import { hold, NEVER, neededFor } from '../needed.ts';
import { msOfBin, type Pool } from '../rank.ts';
import type { Moment, Stream } from '../stream.ts';
import { ms, times } from '../text.ts';
import { Timeline } from '../timeline.ts';
import type { Check, JudgeEvent } from '../types.ts';
import { wavesNote } from './errors.ts';

/** Old answers a comparison needs; with fewer, of a version that failed nearly always, there is nothing to compare. */
const LEAST_OLD = 100;
/** Points of a curve in the report. */
const STEPS = 200;
const PICTURES = 6;

/** How long answers take: the bulk and the tail. Failed answers are fast or hang, so only good ones are timed. */
class LatencyGate implements Gate {
  readonly #stream: Stream;
  readonly #latency: Latency;
  readonly #time = new Timeline(true);

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#latency = new Latency(stream.options.random);
  }

  seed({ endpoints, waves }: Baseline): void {
    this.#latency.oldWaves.seed({ bulk: waves.latency, tail: waves.tail });
    for (const [endpoint, { latency, waves: own }] of Object.entries(endpoints)) {
      this.#latency.oldWaves.seed({ bulk: own.latency, tail: own.tail }, endpoint);
      for (const [each, times] of latency) this.#latency.seedOld(endpoint, each, times);
    }
  }

  take(event: JudgeEvent, { endpoint, overlapping }: Moment): void {
    // Counted and not timed: users' requests as an edge counts them.
    if (event.kind !== 'request' || !event.ok || Number.isNaN(event.ms)) return;
    this.#time.add(event.version, event.t, event.ms);
    if (event.version === 'old') this.#latency.addOld(endpoint, event.ms, event.t, overlapping);
    else this.#latency.addNew(endpoint, event.ms, event.t, event.late);
  }

  refresh({ concurrent }: Look): void {
    this.#latency.refresh(concurrent);
  }

  evidence({ concurrent }: Look): number {
    return this.#stream.requests.m > 0 ? this.#latency.logE(concurrent) : 0;
  }

  reason({ concurrent }: Look, logE: number): string {
    const latency = this.#latency;
    const worst = latency.endpoints.size > 1 ? latency.loudest(concurrent)[0]?.[0] : undefined;
    const where = worst === undefined ? '' : ` of ${worst}`;
    const [p50, p99] = ([0.5, 0.99] as const).map(
      (q) => `${ms(latency.quantile('old', q, worst))} to ${ms(latency.quantile('new', q, worst))}`,
    );
    return `Answers${where} became slower: p50 ${p50}, p99 ${p99} (e-value ${times(logE)}).`;
  }

  accused({ concurrent }: Look): Partial<Check> {
    const latency = this.#latency;
    const worst = latency.endpoints.size > 1 ? latency.loudest(concurrent)[0]?.[0] : undefined;
    if (worst === undefined) return {};
    const { old, new: fresh } = latency.pools(worst);
    const [was, is] = [old.quantile(0.5), fresh.quantile(0.5)];
    return {
      old: `p50 ${ms(was)}`,
      new: `p50 ${ms(is)}`,
      ratio: was > 0 ? is / was : undefined,
      interval: closed(quantileInterval(old, fresh, 0.5, this.#stream.options.alpha)),
      samples: fresh.size,
      note: `of ${worst}`,
    };
  }

  checks(look: Look, failAt: number, full: boolean): Check[] {
    const { concurrent, logBeta } = look;
    const latency = this.#latency;
    if (this.#stream.requests.m === 0) return [];
    const bulk: Check = { gate: 'latency', state: 'open', logE: this.evidence(look), failAt, passAt: logBeta };
    bulk.samples = latency.newSize;
    bulk.passLogE = latency.passLogE(concurrent);
    bulk.state = bulk.passLogE >= logBeta ? 'pass' : 'open';
    const tail: Check = { gate: 'tail', state: 'open', passAt: logBeta, samples: latency.tail.n };
    tail.passLogE = latency.tailPassLogE();
    tail.state = tail.passLogE >= logBeta ? 'pass' : 'open';
    if (full) this.#fill(bulk, tail, logBeta);
    if (latency.tail.n === 0 && latency.newSize > 0) tail.note = 'no endpoint has the 100 old answers that a p99 needs';
    if (latency.oldSize + latency.newSize === 0) {
      // An edge counts requests and times none.
      for (const check of [bulk, tail])
        Object.assign(check, { state: 'skipped', needed: 0, note: 'no request was timed' });
    }
    const { requests } = this.#stream;
    const failing = requests.m >= LEAST_OLD && latency.oldSize < LEAST_OLD && requests.k0 > requests.m / 2;
    if (failing && latency.newSize > 0) {
      // An old version that failed nearly everything does not hold a healthy new one up.
      for (const check of [bulk, tail])
        Object.assign(check, { state: 'skipped', needed: 0, note: 'the old version answered too little to compare' });
    }
    hold(bulk, latency.newSize, latency.loudestLogE(concurrent));
    const { bulk: all, tail: slowest } = latency.oldWaves.together;
    if (!concurrent && all > 1) bulk.note ??= wavesNote(all);
    if (!concurrent && slowest > 1) tail.note ??= wavesNote(slowest);
    const unjudged = this.unjudged();
    if (unjudged) bulk.note = bulk.note ? `${bulk.note}; ${unjudged}` : unjudged;
    return [bulk, tail];
  }

  unjudged(): string | undefined {
    if (this.#stream.requests.m === 0) return undefined;
    const all = this.#latency.unjudged();
    if (all.length === 0) return undefined;
    const named = all.slice(0, 3).map(({ endpoint, answers }) => `${endpoint} (${answers})`);
    const more = all.length > 3 ? ` and ${all.length - 3} more` : '';
    return `the time of answers of ${named.join(', ')}${more} went unjudged: too few old ones to rank them among`;
  }

  #fill(bulk: Check, tail: Check, logBeta: number): void {
    const latency = this.#latency;
    const growth = bulk.passLogE! / Math.max(1, latency.newSize);
    bulk.needed =
      bulk.state === 'pass' ? 0 : Math.min(NEVER, Math.ceil((logBeta - bulk.passLogE!) / Math.max(growth, 0.02)));
    tail.needed = tail.state === 'pass' ? 0 : neededFor((extra) => latency.tailPassLogE(extra), logBeta);
    for (const [check, q] of [
      [bulk, 0.5],
      [tail, 0.99],
    ] as const) {
      const [old, now] = [latency.quantile('old', q), latency.quantile('new', q)];
      check.old = `p${q * 100} ${ms(old)}`;
      check.new = `p${q * 100} ${ms(now)}`;
      if (old > 0 && now > 0) check.ratio = now / old;
      const { old: before, new: after } = latency.pools();
      check.interval = closed(quantileInterval(before, after, q, this.#stream.options.alpha));
    }
  }

  snapshot(baseline: Baseline, name: (text: string) => string): void {
    const { newWaves, endpoints } = this.#latency;
    baseline.waves.latency = newWaves.together.bulk;
    baseline.waves.tail = newWaves.together.tail;
    for (const [endpoint, { raw }] of endpoints) {
      const kept = baseline.endpoints[name(endpoint)];
      if (!kept) continue;
      for (const [bin, count] of raw.entries()) kept.latency.push([Number(msOfBin(bin).toPrecision(6)), count]);
      const own = newWaves.apart(endpoint);
      Object.assign(kept.waves, { latency: own.bulk, tail: own.tail });
    }
  }

  /** The endpoint the verdict may be about first. */
  pictures({ concurrent }: Look): Picture[] {
    const time = this.#time;
    const over: Picture = {
      title: 'Time of answers, over time (half of them, and nine of ten, took no longer)',
      lines: [
        time.line('old', 'old, half', 0.5),
        time.line('new', 'new, half', 0.5),
        time.line('old', 'old, nine of ten', 0.9),
        time.line('new', 'new, nine of ten', 0.9),
      ],
      axes: { x: 'seconds', y: 'milliseconds' },
    };
    const each = this.#latency
      .loudest(concurrent)
      .slice(0, PICTURES)
      .map(([name, { old, raw }]) => ({
        title: `Latency of ${name}`,
        lines: [old.size > 0 ? curve('old', old) : undefined, raw.size > 0 ? curve('new', raw) : undefined].filter(
          (line) => line !== undefined,
        ),
        axes: { x: 'milliseconds', y: 'share', log: true, top: 1 },
      }));
    return this.#latency.newSize > 0 ? [over, ...each] : [];
  }
}

/** The share of answers at or under each latency, thinned to what a picture shows. */
function curve(name: string, pool: Pool): Picture['lines'][number] {
  const entries = pool.entries();
  const every = Math.max(1, Math.floor(entries.length / STEPS));
  const points: [number, number][] = [];
  let seen = 0;
  for (const [i, [bin, count]] of entries.entries()) {
    seen += count;
    if (i % every === 0 || i === entries.length - 1) points.push([Math.max(0.01, msOfBin(bin)), seen / pool.size]);
  }
  return { name, points };
}

export const latency: GateKind = {
  name: 'latency',
  budget: 0.3,
  speaks: ({ sources }) => sources.requests,
  create: (stream) => new LatencyGate(stream),
};
