import type { LogSpan } from './logs.ts';
import { neededFor } from './needed.ts';
import { passRatioLogE } from './rate.ts';

const BIN = 10;
/** So much more often is what a PASS rules out of each line by itself, though all error lines together hardly rise. */
const GROSS = 10;
/** Of fewer old ones nobody knows how often the line comes; then only one that has come so much too early speaks. */
const KNOWN = 3;
const EARLY = 3;

export interface ErrorLine {
  key: string;
  /** Ten-second bins it was seen in. */
  oldBins: number;
  newBins: number;
}

/**
 * The known error line that longest may come ten times as often as it did, and for how many further seconds when it goes
 * on as the old version wrote it. A line that came seldom and does not come more often by what is seen holds nothing up.
 */
export function mayHaveRisen(
  lines: Iterable<ErrorLine>,
  { written, old, new: fresh }: Pick<LogSpan, 'written' | 'old' | 'new'>,
  logBeta: number,
): { key: string; seconds: number } | undefined {
  const [m, n] = [Math.max(written, old) / BIN, fresh / BIN];
  let worst: { key: string; seconds: number } | undefined;
  for (const { key, oldBins: k0, newBins: k } of lines) {
    if (k0 === 0 || m <= 0) continue;
    const rate = k0 / m;
    const often = k - EARLY * rate * n;
    if (k0 < KNOWN && often <= 0) continue;
    const bins = neededFor((more) => passRatioLogE({ k: k + rate * more, n: n + more, k0, m }, GROSS), logBeta);
    // Of a line that is hardly known, it is enough that it comes no more often than so many times as before.
    const seconds = BIN * (k0 < KNOWN ? Math.min(bins, Math.ceil(often / ((EARLY - 1) * rate))) : bins);
    if (seconds > (worst?.seconds ?? 0)) worst = { key, seconds };
  }
  return worst;
}
