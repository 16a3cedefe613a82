import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { SeatrialError } from '../lib/errors.ts';
import { redact } from '../lib/redact.ts';
import { formatDuration } from '../lib/units.ts';
import type { VerifyInputs } from './inputs.ts';
import type { Baseline, WaveFactors } from './judge/baseline.ts';
import type { Judge } from './judge/judge.ts';
import type { Decision } from './judge/types.ts';
import { MASK_VERSION } from './logs/signature.ts';

const count = z.number().min(0);
/** Files of before this was measured say nothing of it. */
const waves = z
  .object({ errors: z.number().min(1), latency: z.number().min(1), tail: z.number().min(1) })
  .default({ errors: 1, latency: 1, tail: 1 });
const baselineSchema = z.object({
  seatrial: z.literal(1),
  from: z.enum(['captured', 'stored']).optional(),
  mask: z.number(),
  at: z.string().refine((at) => !Number.isNaN(Date.parse(at))),
  release: z.string(),
  seconds: count,
  waves,
  endpoints: z.record(
    z.string(),
    z.object({ requests: count, failed: count, latency: z.array(z.tuple([count, count])), waves }),
  ),
  logs: z.object({
    seconds: count,
    errors: count,
    signatures: z.array(
      z.object({
        key: z.string(),
        scope: z.string().default(''),
        level: z.string(),
        words: z.array(z.string()),
        bins: count,
      }),
    ),
    lines: z.array(z.object({ key: z.string(), example: z.string(), rate: count, gap: count })).default([]),
  }),
});

/** A captured baseline is of this deploy, a stored one of the last release that passed. */
const MAX_AGE_MS = { captured: 24 * 3_600_000, stored: 7 * 24 * 3_600_000 };

/**
 * How old a baseline is, milliseconds. Live: at `nowMs`. A replay goes by its own time, `firstNew` in seconds; a baseline
 * that is younger than the stream is none of its time, so that the clock counts.
 */
export function ageOf({ at }: Baseline, nowMs: number, firstNew = Number.NaN): number {
  const made = Date.parse(at);
  return Math.max(0, (made <= firstNew * 1000 ? firstNew * 1000 : nowMs) - made);
}

/** Refuses a baseline of the other kind than asked for, or one that is too old. Errors: INPUT_INVALID, BASELINE_STALE. */
export function checkBaseline(
  baseline: Baseline,
  age: number,
  inputs: Pick<VerifyInputs, 'baseline' | 'baseline-max-age'>,
): void {
  const { from } = baseline;
  const asked = inputs.baseline === 'concurrent' ? from : inputs.baseline;
  if (from && asked !== from) {
    const was = from === 'captured' ? 'captured before a deploy' : 'stored by a PASS';
    throw new SeatrialError(
      'INPUT_INVALID',
      `baseline: ${asked} was asked for, but baseline-file was ${was}; set baseline: ${from}.`,
    );
  }
  const limit = inputs['baseline-max-age'] ?? MAX_AGE_MS[asked ?? 'stored'];
  if (age <= limit) return;
  throw new SeatrialError(
    'BASELINE_STALE',
    `The baseline is ${formatDuration(age)} old, more than ${formatDuration(limit)}; capture a new one, or raise baseline-max-age.`,
  );
}

/** Errors: BASELINE_UNREADABLE. */
export async function readBaseline(file: string): Promise<Baseline> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new SeatrialError('BASELINE_UNREADABLE', 'baseline-file could not be read; check its path.', { cause });
  }
  let baseline: Baseline;
  try {
    baseline = baselineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SeatrialError(
      'BASELINE_UNREADABLE',
      'baseline-file is no baseline of Seatrial; capture it again with mode: baseline.',
      { cause },
    );
  }
  // Signatures of another mask would all look new.
  if (baseline.mask !== MASK_VERSION) baseline.logs.signatures = [];
  return baseline;
}

const LIMIT = 200 * 1024;

/** The new version's run as a baseline: of mode baseline, or of a PASS. At most 200 KB: latencies get coarser till it fits. */
export function snapshot(judge: Judge, inputs: VerifyInputs): Baseline {
  const seconds = Math.max(0, judge.now - judge.stream.judgedFrom);
  const whole: Baseline = {
    seatrial: 1,
    from: inputs.mode === 'baseline' ? 'captured' : 'stored',
    mask: MASK_VERSION,
    at: new Date(judge.now * 1000).toISOString(),
    release: inputs.deployment?.release ?? '',
    seconds,
    waves: { errors: 1, latency: 1, tail: 1 },
    endpoints: {},
    logs: { seconds, errors: 0, signatures: [] },
  };
  judge.snapshot(whole, redact);
  for (let factor = 1, most = 1000; ; factor *= 2, most = Math.ceil(most / 2)) {
    const baseline: Baseline = {
      ...whole,
      waves: short(whole.waves),
      endpoints: Object.fromEntries(
        Object.entries(whole.endpoints).map(([name, one]) => [
          name,
          { ...one, waves: short(one.waves), latency: coarse(one.latency, factor) },
        ]),
      ),
      logs: {
        ...whole.logs,
        signatures: whole.logs.signatures.slice(0, most),
        lines: whole.logs.lines?.slice(0, most / 5),
      },
    };
    if (JSON.stringify(baseline).length <= LIMIT || factor > 4096) return baseline;
  }
}

function short({ errors, latency, tail }: WaveFactors): WaveFactors {
  const round = (factor: number) => Number(factor.toPrecision(4));
  return { errors: round(errors), latency: round(latency), tail: round(tail) };
}

/** Neighbours among sorted latencies made one, `factor` of them at a time. */
function coarse(latency: [ms: number, count: number][], factor: number): [number, number][] {
  const merged: [number, number][] = [];
  for (let i = 0; i < latency.length; i += factor) {
    const group = latency.slice(i, i + factor);
    const times = group.reduce((sum, [, each]) => sum + each, 0);
    merged.push([group[Math.floor(group.length / 2)]![0], times]);
  }
  return merged;
}

/** A capture judges nothing; it says what it holds, and what broke while it was made. */
export function captured(judge: Judge, decision: Decision): Decision {
  const { n, k } = judge.stream.requests;
  if (decision.verdict === 'fail')
    return { ...decision, reason: `What is to be the baseline is not well: ${decision.reason}` };
  const reason =
    n > 0 ? `Captured a baseline of ${n} requests (${k} failed).` : 'No request was seen, so there is no baseline.';
  return { ...decision, verdict: 'inconclusive', reason, gate: '', needed: 0 };
}
