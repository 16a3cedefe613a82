import type { Clock } from '../../lib/clock.ts';
import type { JudgeEvent } from '../judge/types.ts';
import type { Ask, ProbedUrl } from './ask/types.ts';
import type { Phases } from './phases.ts';

export interface ProberOptions {
  targets: ProbedUrl[];
  /** Probes a second in all. */
  rate: number;
  ask: Ask;
  phases: Phases;
  clock: Clock;
  signal: AbortSignal;
  emit: (event: JudgeEvent) => void;
  random: () => number;
}

const IN_FLIGHT = 256;
/** A delay of our own above this is the runner's trouble and not counted as the server's. */
const OWN_DELAY_MS = 5;
/** Requests to each target that are not measured, and how long they may take: a start is slow whatever it starts. */
const WARM_UP = 30;
const WARM_UP_MS = 3000;

function shuffle<T>(items: T[], random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}

function wordFor(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return 'timeout';
  return [code, cause?.code, name].find((word) => typeof word === 'string') ?? 'no answer';
}

/** What is known of the measuring itself. */
export interface ProbeStats {
  sent: number;
  notSent: number;
  discarded: number;
  /** Sent later than they were due by more than the runner's own delay may be. */
  late: number;
  lagP99Ms: number;
  /** Sentences on where the time of the probes went. */
  told: string[];
}

/**
 * An open-loop prober: each probe has its time on an absolute schedule and its latency counts from that time, so a
 * stall of the server shows in every probe it held up. A probe that finds too many unanswered is "not sent", counted
 * and not judged. Runs until its signal aborts.
 */
export async function probe({
  targets,
  rate,
  ask: askOnce,
  phases,
  clock,
  signal,
  emit,
  random,
}: ProberOptions): Promise<ProbeStats> {
  const lags: number[] = [];
  const stats: ProbeStats = { sent: 0, notSent: 0, discarded: 0, late: 0, lagP99Ms: 0, told: [] };
  let flying = 0;
  const round = [...targets];
  /** Answers why it failed, in a word; undefined when it didn't. */
  const ask = async (target: ProbedUrl): Promise<string | undefined> => {
    try {
      return await askOnce(target, signal);
    } catch (error) {
      // Refused, reset, timed out: whatever the kind, users would have got no answer.
      return wordFor(error);
    }
  };
  const one = async (target: ProbedUrl, dueMono: number, dueWall: number) => {
    flying++;
    const sentMono = clock.mono();
    const lag = sentMono - dueMono;
    lags.push(lag);
    if (lag > OWN_DELAY_MS) stats.late++;
    if (lags.length > 5000) lags.splice(0, 2500);
    const why = await ask(target);
    flying--;
    if (signal.aborted) return;
    if (why !== undefined) phases.failed(target.version, why);
    const late = lag > OWN_DELAY_MS;
    // Timers count whole milliseconds, so a probe may be out a little early: it can't have been answered before.
    const ms = clock.mono() - (lag < 0 || late ? sentMono : dueMono);
    emit({
      kind: 'request',
      t: (dueWall + ms) / 1000,
      version: target.version,
      endpoint: target.name,
      ok: why === undefined,
      why,
      ms,
      late,
    });
  };
  // Cold sockets and a just-started runtime are not what is compared.
  const enough = clock.mono() + WARM_UP_MS;
  await Promise.all(
    targets.map(async (target) => {
      for (let i = 0; i < WARM_UP && !signal.aborted && clock.mono() < enough; i++) {
        stats.discarded++;
        if ((await ask(target)) !== undefined) break;
      }
    }),
  );
  const startMono = clock.mono();
  const startWall = clock.now();
  for (let i = 0; !signal.aborted; i++) {
    const due = (i * 1000) / rate;
    const wait = startMono + due - clock.mono();
    if (wait >= 1) await clock.sleep(Math.floor(wait), signal).catch(() => undefined); // aborted: the loop ends itself
    if (signal.aborted) break;
    if (flying >= IN_FLIGHT) stats.notSent++;
    else {
      stats.sent++;
      // Each round in an order of its own: whoever is always second would pay for the first.
      if (i % targets.length === 0) shuffle(round, random);
      void one(round[i % targets.length]!, startMono + due, startWall + due);
    }
  }
  lags.sort((a, b) => a - b);
  stats.told = phases.told();
  stats.lagP99Ms = lags[Math.floor(lags.length * 0.99)] ?? 0;
  return stats;
}
