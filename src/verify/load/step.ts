import type { Clock } from '../../lib/clock.ts';
import { shown } from '../judge/limits/limit.ts';
import { shareLogE } from '../judge/rate.ts';
import type { Ask, ProbedUrl } from '../live/ask/types.ts';
import type { Threshold } from '../thresholds.ts';

/** Requests under way; beyond it the app doesn't answer as fast as it is asked, however long one would wait. */
const IN_FLIGHT = 2000;
/** A delay of our own at which this machine, and not the app, is what is measured. */
const OWN_LAG_MS = 50;
/** How sure a breach must be: one slow answer in a short step is none. */
const BREACH = Math.log(3);

/** What one rate did. Latencies count from the time a request was due, so that a stall shows in all it held up. */
export interface Step {
  rate: number;
  sent: number;
  failed: number;
  /** Sorted milliseconds of good answers. */
  ms: number[];
  /** Not sent, as too many were unanswered. */
  notSent: number;
  lagP99Ms: number;
}

export const quantile = (sorted: readonly number[], q: number) =>
  sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;

/** Asks at one rate for `ms`, open-loop: whatever the answers take, the next is sent when it is due. */
export async function runStep(
  rate: number,
  ms: number,
  targets: readonly ProbedUrl[],
  ask: Ask,
  clock: Clock,
  signal: AbortSignal,
): Promise<Step> {
  const step: Step = { rate, sent: 0, failed: 0, ms: [], notSent: 0, lagP99Ms: 0 };
  const lags: number[] = [];
  const open = new Set<Promise<void>>();
  const start = clock.mono();
  const one = async (target: ProbedUrl, due: number) => {
    let ok = false;
    try {
      ok = (await ask(target, signal)) === undefined;
    } catch {
      ok = false; // refused, reset, timed out: users would have got no answer
    }
    if (signal.aborted) return;
    if (ok) step.ms.push(clock.mono() - due);
    else step.failed++;
  };
  for (let i = 0; !signal.aborted; i++) {
    const due = start + (i * 1000) / rate;
    if (due - start >= ms) break;
    const wait = due - clock.mono();
    if (wait >= 1) await clock.sleep(Math.floor(wait), signal).catch(() => undefined); // aborted: the loop ends itself
    if (open.size >= IN_FLIGHT) {
      step.notSent++;
      continue;
    }
    step.sent++;
    lags.push(Math.max(0, clock.mono() - due));
    const asked: Promise<void> = one(targets[i % targets.length]!, due).finally(() => open.delete(asked));
    open.add(asked);
  }
  await Promise.all(open);
  step.ms.sort((a, b) => a - b);
  lags.sort((a, b) => a - b);
  step.lagP99Ms = quantile(lags, 0.99) || 0;
  return step;
}

/** Why a step is no longer held: the limit it crossed, or that answers don't keep up; undefined when it is held. */
export function breach({ sent, failed, ms, notSent }: Step, thresholds: readonly Threshold[]): string | undefined {
  if (notSent > 0) return `${notSent} requests could not be sent, as ${IN_FLIGHT} were unanswered`;
  for (const threshold of thresholds) {
    const { tail, limit, metric, text } = threshold;
    const share = tail !== undefined;
    if (!share && metric !== 'error-rate' && metric !== 'success-rate') continue;
    const [k, n] = share ? [ms.filter((each) => each > limit).length, ms.length] : [failed, sent];
    const bar = tail ?? limit;
    if (n === 0 || k / n <= bar || bar >= 1) continue;
    if (shareLogE(k, n, Math.max(bar, 0.0005), 'above') < BREACH) continue;
    if (!share) return `${text}: ${shown(threshold, metric === 'success-rate' ? 1 - k / n : k / n)}`;
    return `${text}: it was ${Math.round(quantile(ms, 1 - tail))} ms`;
  }
  // Nothing answered well, and no limit says anything of failures.
  return sent > 0 && failed === sent ? 'every request failed' : undefined;
}

/** This machine could not send as fast as it was to. */
export const overrun = ({ lagP99Ms, notSent }: Step) => notSent === 0 && lagP99Ms > OWN_LAG_MS;
