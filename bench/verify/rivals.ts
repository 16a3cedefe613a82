// The same streams under the rules of three canary judges, as their defaults and manuals have them.
import type { JudgeEvent } from '../../src/verify/judge/types.ts';

export interface Answer {
  verdict: 'pass' | 'fail' | 'inconclusive';
  /** Seconds since the first new event. */
  seconds: number;
}

type Request = Extract<JudgeEvent, { kind: 'request' }>;
const STEP = 60;

interface Point {
  n: number;
  failed: number;
  /** Sorted milliseconds of good answers. */
  ms: number[];
}

/** Requests of each version by minute since the first new one. */
function minutes(events: JudgeEvent[]): { old: Point; new: Point }[] {
  const requests = events.filter((event): event is Request => event.kind === 'request');
  const since = requests.find(({ version }) => version === 'new')?.t ?? 0;
  const found: { old: Point; new: Point }[] = [];
  const blank = (): Point => ({ n: 0, failed: 0, ms: [] });
  for (const { t, version, ok, ms } of requests) {
    if (t < since) continue;
    const at = Math.floor((t - since) / STEP);
    while (found.length <= at) found.push({ old: blank(), new: blank() });
    const point = found[at]![version];
    point.n++;
    if (ok) point.ms.push(ms);
    else point.failed++;
  }
  // The last one is cut off.
  found.pop();
  for (const each of found) for (const point of [each.old, each.new]) point.ms.sort((a, b) => a - b);
  return found;
}

const quantile = (values: number[], q: number) =>
  values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;

/** Argo Rollouts' AnalysisRun: one measurement a minute, `failureLimit: 0`, five of them; error share and p99 against limits. */
export function argo(events: JudgeEvent[], limits: { errors: number; p99: number }): Answer {
  const all = minutes(events).slice(0, 5);
  for (const [i, { new: point }] of all.entries()) {
    if (point.n === 0) return { verdict: 'inconclusive', seconds: (i + 1) * STEP };
    if (point.failed / point.n > limits.errors || quantile(point.ms, 0.99) > limits.p99)
      return { verdict: 'fail', seconds: (i + 1) * STEP };
  }
  return { verdict: all.length >= 5 ? 'pass' : 'inconclusive', seconds: all.length * STEP };
}

/** Flagger's analysis: a check a minute, success rate >= 99 % and p99 <= 500 ms, rollback at five failed checks of ten. */
export function flagger(events: JudgeEvent[]): Answer {
  let failed = 0;
  const all = minutes(events).slice(0, 10);
  for (const [i, { new: point }] of all.entries()) {
    // No values is a failed check.
    if (point.n === 0 || point.failed / point.n > 0.01 || quantile(point.ms, 0.99) > 500) failed++;
    if (failed >= 5) return { verdict: 'fail', seconds: (i + 1) * STEP };
  }
  return { verdict: all.length >= 10 ? 'pass' : 'inconclusive', seconds: all.length * STEP };
}

const Z98 = 2.3263;

/** NetflixACAJudge: High when the 98 % interval of the Hodges-Lehmann shift lies above a quarter of the estimate. */
function high(old: number[], fresh: number[]): boolean {
  const shifts = fresh.flatMap((x) => old.map((y) => x - y)).sort((a, b) => a - b);
  const [n, m] = [fresh.length, old.length];
  if (shifts.length === 0) return false;
  const cut = Math.floor((n * m) / 2 - Z98 * Math.sqrt((n * m * (n + m + 1)) / 12));
  if (cut < 0) return false;
  const estimate = Math.abs(quantile(shifts, 0.5));
  return shifts[cut]! > 0.25 * estimate;
}

/** Kayenta: two metrics (error share, p99), a point a minute, judged each five minutes; a score under 75 fails. */
export function kayenta(events: JudgeEvent[]): Answer {
  const all = minutes(events);
  const series = (version: 'old' | 'new', of: (point: Point) => number) =>
    all.map((each) => of(each[version])).filter((value) => !Number.isNaN(value));
  for (let until = 5; until <= Math.min(50, all.length); until += 5) {
    const metrics = [
      (point: Point) => (point.n === 0 ? Number.NaN : point.failed / point.n),
      (point: Point) => quantile(point.ms, 0.99),
    ];
    const worse = metrics.filter((of) => high(series('old', of).slice(0, until), series('new', of).slice(0, until)));
    if (worse.length > 0) return { verdict: 'fail', seconds: until * STEP };
  }
  return { verdict: all.length >= 10 ? 'pass' : 'inconclusive', seconds: all.length * STEP };
}
