import type { Clock } from '../../lib/clock.ts';
import { shown } from '../judge/limits/limit.ts';
import { getOrMake } from '../judge/maps.ts';
import { shareLogE } from '../judge/rate.ts';
import type { Ask, ProbedUrl } from '../live/ask/types.ts';
import type { Threshold } from '../thresholds.ts';

/** Requests under way; beyond it the app doesn't answer as fast as it is asked, however long one would wait. */
const IN_FLIGHT = 2000;
/** A delay of our own at which this machine, and not the app, is what is measured. */
const OWN_LAG_MS = 50;
/** How sure a breach must be: one slow answer in a short step is none. */
const BREACH = Math.log(3);

/** Requests of one endpoint after which it counts as down. */
const LEAST = 3;

/** What was asked and answered. Latencies count from the time a request was due, so that a stall shows in all it held up. */
export interface Asked {
  sent: number;
  failed: number;
  /** Sorted milliseconds of good answers. */
  ms: number[];
}

/** What one rate did, in all and by endpoint. */
export interface Step extends Asked {
  rate: number;
  endpoints: Map<string, Asked>;
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
  const step: Step = { rate, sent: 0, failed: 0, ms: [], endpoints: new Map(), notSent: 0, lagP99Ms: 0 };
  const partOf = ({ name }: ProbedUrl) => getOrMake(step.endpoints, name, () => ({ sent: 0, failed: 0, ms: [] }));
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
    const took = clock.mono() - due;
    for (const part of [step, partOf(target)]) {
      if (ok) part.ms.push(took);
      else part.failed++;
    }
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
    const target = targets[i % targets.length]!;
    step.sent++;
    partOf(target).sent++;
    lags.push(Math.max(0, clock.mono() - due));
    const asked: Promise<void> = one(target, due).finally(() => open.delete(asked));
    open.add(asked);
  }
  await Promise.all(open);
  for (const { ms: sorted } of [step, ...step.endpoints.values()]) sorted.sort((a, b) => a - b);
  lags.sort((a, b) => a - b);
  step.lagP99Ms = quantile(lags, 0.99) || 0;
  return step;
}

/** Why a step is no longer held: the limit it crossed, or that answers don't keep up; undefined when it is held. */
export function breach(step: Step, thresholds: readonly Threshold[]): string | undefined {
  if (step.notSent > 0) return `${step.notSent} requests could not be sent, as ${IN_FLIGHT} were unanswered`;
  for (const threshold of thresholds) {
    const { tail, limit, op, metric, text, endpoint } = threshold;
    const asked = endpoint === undefined ? step : step.endpoints.get(endpoint);
    if (!asked) continue;
    const { sent, failed, ms } = asked;
    const share = tail !== undefined;
    const beyond = (each: number) => (op === '<' ? each >= limit : each > limit);
    const [k, n] = share ? [ms.filter(beyond).length, ms.length] : [failed, sent];
    const bar = tail ?? limit;
    if (n === 0 || k / n <= bar || bar >= 1) continue;
    if (bar > 0 && shareLogE(k, n, Math.max(bar, 0.0005), 'above') < BREACH) continue;
    if (!share) return `${text}: ${shown(threshold, metric === 'success-rate' ? 1 - k / n : k / n)}`;
    return `${text}: it was ${Math.round(quantile(ms, 1 - tail))} ms`;
  }
  const silent = [...step.endpoints].find(([, { sent, failed }]) => sent >= LEAST && failed === sent);
  if (step.sent > 0 && step.failed === step.sent) return 'every request failed';
  return silent && `every request of ${silent[0]} failed`;
}

/** This machine could not send as fast as it was to. */
export const overrun = ({ lagP99Ms, notSent }: Step) => notSent === 0 && lagP99Ms > OWN_LAG_MS;
