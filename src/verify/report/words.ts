import type { Check } from '../judge/types.ts';

/** An e-value from its log: readable up to a million, a power of ten beyond. */
export function eValue(logE: number | undefined): string {
  if (logE === undefined) return '';
  const power = logE / Math.LN10;
  if (power > 6) return `10^${Math.round(power)}`;
  if (power < -3) return '<0.001';
  return String(Number(Math.exp(logE).toPrecision(3)));
}

export const against = (logE: number | undefined, at: number | undefined) =>
  logE === undefined || at === undefined ? '' : `${eValue(logE)} / ${eValue(at)}`;

/** What a gate would need, in words where more samples would not help. */
export const needed = (check: Check) =>
  check.state === 'pass' || check.needed === undefined || check.needed === 0
    ? ''
    : check.needed >= 1_000_000
      ? 'does not converge'
      : `${check.needed} more`;

const short = (value: number) => (value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2))));

/** `× 1.5 (1.2 to 1.9)`: the ratio measured, and what it can be at every look. */
export function ratio(check: Check): string {
  if (check.ratio === undefined && !check.interval) return '';
  const middle = check.ratio === undefined ? '' : `× ${check.ratio.toPrecision(3)}`;
  if (!check.interval) return middle;
  const [low, high] = check.interval;
  return `${middle} (${short(low)} to ${high === null ? '?' : short(high)})`.trim();
}

/** How sure the evidence is, for a reader who knows no statistics. */
function sure(logE: number | undefined): string {
  if (logE === undefined || logE < Math.log(3)) return 'nothing speaks against the new version';
  const odds = logE > Math.log(1e6) ? 'a million' : String(Math.floor(Math.exp(logE)).toLocaleString('en'));
  return `chance alone would look like this less than once in ${odds} releases`;
}

const NAMES: Record<string, string> = {
  errors: 'Requests that failed',
  answers: 'Endpoints that answered as they should',
  latency: 'How long half of the answers take',
  tail: 'How long the slowest hundredth takes',
  endpoints: 'Pages and calls that are still asked for',
  signatures: 'Errors the old version never wrote',
  'log-rate': 'Error lines in the log',
  lines: 'Usual log lines that still come',
  memory: 'Memory that would run out',
  queries: 'Figures from the store',
};

/** What a row is about, in words a seller understands. */
export const called = ({ gate }: Check) => NAMES[gate] ?? gate.replace(/^threshold /, 'Your limit: ');

/** What it found, in the same words. */
export function meaning(check: Check): string {
  if (check.state === 'skipped') return `Not judged: ${check.note ?? 'nothing to judge by'}.`;
  if (check.state === 'fail')
    return check.logE !== undefined && check.logE > 3 ? `Worse: ${sure(check.logE)}.` : 'Worse.';
  if (check.state === 'open') {
    const more = needed(check);
    return more === 'does not converge'
      ? 'Not known, and more requests would not tell.'
      : `Not known yet${more ? `: about ${more} samples` : ''}.`;
  }
  return check.passAt === undefined ? 'Well.' : `Well: ${sure(check.logE)}.`;
}
