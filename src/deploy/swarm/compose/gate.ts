import type { Task } from '../../../lib/docker/swarm.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { redact } from '../../../lib/redact.ts';
import type { Cluster } from '../cluster.ts';
import { lastLines } from '../log.ts';
import type { SwarmSpec } from '../spec.ts';
import { begun } from '../tasks.ts';
import { failure } from '../wait.ts';
import { type Fate, judgeTasks } from './judge.ts';

/** A node may come back, or another task make room. */
const SHORT_MS = 15_000;
/** A large image over a slow line is nothing that a gate should judge. */
const PULL_MS = 900_000;
/** What runs proves itself by staying up this long: a crash at the start shows within it. */
const STEADY_MS = 2_000;
const PULLING: ReadonlySet<string> = new Set(['new', 'pending', 'assigned', 'accepted', 'preparing']);

export interface Touched {
  id: string;
  name: string;
  fate: Fate;
  /** Tasks that are to be replaced. */
  before: ReadonlySet<string>;
}

/** Every service that was touched stands, or has ended well; the Swarm's own word is not taken. COMPOSE_SERVICE_FAILED. */
export async function gatePlaces(cluster: Cluster, spec: SwarmSpec, all: readonly Touched[]): Promise<void> {
  await Promise.all(all.map((one) => gate(cluster, spec, one)));
}

async function gate(cluster: Cluster, { health }: SwarmSpec, touched: Touched): Promise<void> {
  const { api, clock, label } = cluster;
  const { id, name, fate, before } = touched;
  if (fate.slots === 0) return;
  const begunAt = clock.mono();
  /** Since when nothing has come further. */
  let since = begunAt;
  let done = 0;
  let good: { since: number; looks: number } | undefined;
  let short: number | undefined;
  for (;;) {
    const now = clock.mono();
    const tasks = (await api.tasks([id], cluster.signal)).filter(({ ID }) => !before.has(ID));
    const seen = begun(tasks, fate.slots ?? 1);
    if (seen.kind === 'stuck') {
      const { obstacle } = seen;
      if (obstacle.kind === 'refused') throw await failed(cluster, name, tasks, obstacle.said || 'a node refused it');
      throw failure(label, { name }, obstacle);
    }
    const lacks = seen.kind === 'wait' ? seen.short : undefined;
    short = lacks === undefined ? undefined : (short ?? now);
    if (short !== undefined && now - short >= SHORT_MS)
      throw failure(label, { name }, { kind: 'capacity', said: lacks! });
    const verdict = judgeTasks(tasks, fate);
    if (verdict.kind === 'bad') throw await failed(cluster, name, tasks, verdict.why);
    if (verdict.kind === 'good') {
      good = { since: good?.since ?? now, looks: (good?.looks ?? 0) + 1 };
      const steady = now - good.since >= STEADY_MS && good.looks >= health.after;
      if (steady || verdict.why.startsWith('done')) return cluster.say(`${name}: ${verdict.why}`);
    } else good = undefined;
    const pulls = tasks.some(({ Status }) => PULLING.has(Status.State)) && now - begunAt < PULL_MS;
    if (verdict.done > done || pulls) since = now;
    done = Math.max(done, verdict.done);
    if (!good && now - since > health.deadlineMs) {
      throw await failed(cluster, name, tasks, `${verdict.why} after ${health.deadlineMs / 1000} s`);
    }
    await clock.sleep(Math.max(100, health.intervalMs), cluster.signal);
    await cluster.guard();
  }
}

async function failed(cluster: Cluster, name: string, tasks: readonly Task[], why: string): Promise<SeatrialError> {
  const { actions } = cluster.context;
  const [last] = [...tasks].sort((x, y) => y.CreatedAt.localeCompare(x.CreatedAt)).filter(({ NodeID }) => NodeID);
  // A diagnosis must not take the place of what it explains.
  const lines = await (last ? lastLines(cluster, last) : Promise.resolve([])).catch((problem: unknown) => {
    actions.info(`${name}: its log can't be shown: ${problem instanceof Error ? problem.message : problem}`);
    return [];
  });
  await actions.group(`last lines of ${name}`, async () => {
    for (const line of lines) actions.info(redact(line));
  });
  return new SeatrialError('COMPOSE_SERVICE_FAILED', `${cluster.label}: ${name}: ${why}; its last lines stand above.`);
}
