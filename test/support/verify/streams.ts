import { Judge } from '../../../src/verify/judge/judge.ts';
import { normalQuantile, seeded } from '../../../src/verify/judge/math.ts';
import type { Decision, JudgeEvent, JudgeOptions, Version } from '../../../src/verify/judge/types.ts';
import { parseThreshold } from '../../../src/verify/thresholds.ts';

export interface Traffic {
  seed: number;
  /** Requests a second in all. */
  rate: number;
  oldSeconds: number;
  newSeconds: number;
  /** Share of the new version while both answer; without it the new one follows the old. */
  share?: number;
  errors?: [old: number, fresh: number];
  /** Median latency in ms and its log-normal spread. */
  median?: number;
  sigma?: number;
  endpoints?: string[];
  /** Changes the new version's requests: latency, outcome, or none at all. */
  change?: (
    request: { ms: number; ok: boolean; endpoint: string; since: number },
    random: () => number,
  ) => typeof request | undefined;
  /** A common factor on everybody's latency, by seconds. */
  drift?: (t: number) => number;
}

export const T0 = 1795273200;

/** A made-up but repeatable stream of Poisson arrivals with log-normal latencies. */
export function traffic(spec: Traffic): JudgeEvent[] {
  const random = seeded(spec.seed);
  const { rate, oldSeconds, newSeconds, share, errors = [0.005, 0.005], median = 50, sigma = 0.6 } = spec;
  const endpoints = spec.endpoints ?? ['/pay'];
  const events: JudgeEvent[] = [];
  for (let at = 0; ; ) {
    at -= Math.log(1 - random()) / rate;
    if (at >= oldSeconds + newSeconds) return events;
    const overlap = at >= oldSeconds;
    const version: Version = overlap && (share === undefined || random() < share) ? 'new' : 'old';
    const z = normalQuantile(Math.min(1 - 1e-12, Math.max(1e-12, random())));
    const ms = median * Math.exp(sigma * z) * (spec.drift?.(at) ?? 1);
    const ok = random() >= errors[version === 'old' ? 0 : 1];
    const request = { ms, ok, endpoint: endpoints[Math.floor(random() * endpoints.length)]!, since: at - oldSeconds };
    const told = version === 'new' && spec.change ? spec.change(request, random) : request;
    if (told) events.push({ kind: 'request', t: T0 + at, version, endpoint: told.endpoint, ok: told.ok, ms: told.ms });
  }
}

export function judged(
  events: JudgeEvent[],
  { thresholds = [], ...options }: Partial<Omit<JudgeOptions, 'thresholds'>> & { thresholds?: string[] } = {},
): Decision {
  const judge = new Judge({
    alpha: 0.01,
    beta: 0.05,
    warmUpMs: 0,
    durationMs: Number.POSITIVE_INFINITY,
    thresholds: thresholds.map((line, i) => parseThreshold(line, i + 1)),
    sources: {
      requests: events.some((one) => one.kind === 'request'),
      logs: events.some((one) => one.kind === 'log'),
      counters: [],
    },
    random: seeded(1),
    ...options,
  });
  for (const event of events) {
    const decision = judge.advance(event);
    if (decision) return decision;
  }
  return judge.finish();
}

/** Verdicts of many streams that differ by their seed alone. */
export function many(runs: number, spec: Omit<Traffic, 'seed'>, options = {}) {
  const found = { fail: 0, pass: 0, inconclusive: 0, error: 0 };
  let samples = 0;
  const gates: Record<string, number> = {};
  for (let i = 0; i < runs; i++) {
    const decision = judged(traffic({ ...spec, seed: 7919 * i + 13 }), options);
    found[decision.verdict]++;
    samples += decision.samples / runs;
    if (decision.verdict === 'fail') gates[decision.gate] = (gates[decision.gate] ?? 0) + 1;
  }
  return { ...found, samples, gates };
}
