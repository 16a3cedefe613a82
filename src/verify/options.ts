import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { SeatrialError } from '../lib/errors.ts';
import type { Baseline } from './baseline.ts';
import type { VerifyInputs } from './inputs.ts';
import type { JudgeOptions } from './judge/judge.ts';
import { seeded } from './judge/math.ts';
import { MASK_VERSION } from './logs/signature.ts';
import { parseThreshold } from './thresholds.ts';

const count = z.number().min(0);
/** Files of before this was measured say nothing of it. */
const waves = z
  .object({ errors: z.number().min(1), latency: z.number().min(1), tail: z.number().min(1) })
  .default({ errors: 1, latency: 1, tail: 1 });
const baselineSchema = z.object({
  seatrial: z.literal(1),
  mask: z.number(),
  at: z.string(),
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
    signatures: z.array(z.object({ key: z.string(), level: z.string(), words: z.array(z.string()), bins: count })),
  }),
});

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

/** A test for entries to leave out, by the patterns of `ignore`. Errors: INPUT_INVALID. */
async function ignoring(patterns: string[]): Promise<((entry: string) => boolean) | undefined> {
  if (patterns.length === 0) return undefined;
  const { RE2JS } = await import('re2js');
  const compiled = patterns.map((pattern, i) => {
    try {
      return RE2JS.compile(pattern);
    } catch (cause) {
      throw new SeatrialError('INPUT_INVALID', `ignore: line ${i + 1}: "${pattern}" is not an RE2 pattern.`, { cause });
    }
  });
  return (entry) => compiled.some((pattern) => pattern.matcher(entry).find());
}

/** Fixed, so that the same stream always ends in the same verdict. */
const SEED = 0x5ea7;

/** The judge's options from the inputs; `sources` says what can speak in this run. */
export async function judgeOptions(
  inputs: VerifyInputs,
  sources: JudgeOptions['sources'],
  defaults: { warmUpMs: number; durationMs: number },
): Promise<JudgeOptions> {
  const file = inputs['baseline-file'];
  return {
    alpha: inputs.alpha,
    beta: inputs.beta,
    warmUpMs: inputs['warm-up'] ?? defaults.warmUpMs,
    durationMs: inputs.duration ?? defaults.durationMs,
    thresholds: inputs.thresholds.map((line, i) => parseThreshold(line, i + 1)),
    sources,
    random: seeded(SEED),
    ignored: await ignoring(inputs.ignore),
    baseline: file && inputs.mode !== 'baseline' ? await readBaseline(file) : undefined,
  };
}
