import { SeatrialError } from '../lib/errors.ts';
import { ageOf, checkBaseline, readBaseline } from './baseline.ts';
import { asksOf, type VerifyInputs } from './inputs.ts';
import { seeded } from './judge/math.ts';
import type { JudgeOptions } from './judge/types.ts';
import { compileFormat } from './logs/format.ts';
import { parseThreshold } from './thresholds.ts';

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

/** The judge's options from the inputs; `sources` says what can speak in this run, `firstNew` when a replay begins. */
export async function judgeOptions(
  inputs: VerifyInputs,
  sources: JudgeOptions['sources'],
  defaults: { warmUpMs: number; durationMs: number },
  firstNew?: number,
): Promise<JudgeOptions> {
  const file = inputs['baseline-file'];
  const baseline = file && inputs.mode !== 'baseline' ? await readBaseline(file) : undefined;
  if (baseline) checkBaseline(baseline, ageOf(baseline, Date.now(), firstNew), inputs);
  return {
    alpha: inputs.alpha,
    beta: inputs.beta,
    warmUpMs: inputs['warm-up'] ?? defaults.warmUpMs,
    durationMs: inputs.duration ?? defaults.durationMs,
    thresholds: inputs.thresholds.map((line, i) => parseThreshold(line, i + 1, asksOf(inputs))),
    sources,
    random: seeded(SEED),
    ignored: await ignoring(inputs.ignore),
    format: await compileFormat(inputs['log-format']),
    baseline,
  };
}
