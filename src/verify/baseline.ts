import { redact } from '../lib/redact.ts';
import type { VerifyInputs } from './inputs.ts';
import type { Judge } from './judge/judge.ts';
import { msOfBin, type Pool } from './judge/rank.ts';
import type { Decision } from './judge/types.ts';
import type { Factors } from './judge/waves.ts';
import { MASK_VERSION } from './logs/signature.ts';

/** By how much failures and latencies came in waves (judge/waves.ts); 1 when not at all. */
export interface WaveFactors {
  errors: number;
  latency: number;
  tail: number;
}

/** What is kept of the old version's run for a later comparison; the JSON of `baseline-file`. */
export interface Baseline {
  seatrial: 1;
  /** Of the masks that made the signatures; another version's can't be compared. */
  mask: number;
  at: string;
  release: string;
  /** Seconds watched. */
  seconds: number;
  /** All endpoints together. */
  waves: WaveFactors;
  /** Per endpoint: requests, failed ones, and latencies as [milliseconds, how many]. */
  endpoints: Record<
    string,
    { requests: number; failed: number; latency: [ms: number, count: number][]; waves: WaveFactors }
  >;
  logs: {
    seconds: number;
    errors: number;
    signatures: { key: string; level: string; words: string[]; bins: number }[];
  };
}

const LIMIT = 200 * 1024;

/** The new version's run as a baseline: of mode baseline, or of a PASS. At most 200 KB: latencies get coarser till it fits. */
export function snapshot(judge: Judge, inputs: VerifyInputs): Baseline {
  const seconds = Math.max(0, judge.now - judge.firstNew - judge.options.warmUpMs / 1000);
  const of = (factor: number, most: number): Baseline => ({
    seatrial: 1,
    mask: MASK_VERSION,
    at: new Date(judge.now * 1000).toISOString(),
    release: inputs.deployment?.release ?? '',
    seconds,
    waves: factors(judge.errors.newWaves.together, judge.latency.newWaves.together),
    endpoints: Object.fromEntries(
      [...judge.errors.byEndpoint]
        .filter(([, { n }]) => n > 0)
        .map(([name, { k, n }]) => [
          redact(name),
          {
            requests: n,
            failed: k,
            latency: coarse(judge.latency.endpoints.get(name)?.raw, factor),
            waves: factors(judge.errors.newWaves.apart(name), judge.latency.newWaves.apart(name)),
          },
        ]),
    ),
    logs: { seconds, errors: judge.logs.errors.new, signatures: judge.logs.written().slice(0, most) },
  });
  for (let factor = 1, most = 1000; ; factor *= 2, most = Math.ceil(most / 2)) {
    const baseline = of(factor, most);
    if (JSON.stringify(baseline).length <= LIMIT || factor > 4096) return baseline;
  }
}

function factors(errors: Factors, latency: Factors): WaveFactors {
  const short = (factor: number) => Number(factor.toPrecision(4));
  return { errors: short(errors.most), latency: short(latency.most), tail: short(latency.tail) };
}

function coarse(pool: Pool | undefined, factor: number): [number, number][] {
  const merged = new Map<number, number>();
  for (const [bin, count] of pool?.entries() ?? []) {
    const wide = Math.floor(bin / factor) * factor + Math.floor(factor / 2);
    merged.set(wide, (merged.get(wide) ?? 0) + count);
  }
  return [...merged].map(([bin, count]) => [Number(msOfBin(bin).toPrecision(6)), count]);
}

/** A capture judges nothing; it says what it holds, and what broke while it was made. */
export function captured(judge: Judge, decision: Decision): Decision {
  const { n, k } = judge.errors.total;
  if (decision.verdict === 'fail')
    return { ...decision, reason: `What is to be the baseline is not well: ${decision.reason}` };
  const reason =
    n > 0 ? `Captured a baseline of ${n} requests (${k} failed).` : 'No request was seen, so there is no baseline.';
  return { ...decision, verdict: 'inconclusive', reason, gate: '', needed: 0 };
}
