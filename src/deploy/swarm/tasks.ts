import { bySlot, exitCodeOf, hasEnded, hasFailed, isWanted, type Task } from '../../lib/docker/swarm.ts';
import type { Instance, Look } from '../seen.ts';

/** A task that a release is to have now, in its slot. */
export interface SwarmInstance extends Instance {
  slot: number;
  task: Task;
  service: string;
}

/** As the flows and `status` call it. */
function stateOf({ Status, DesiredState }: Task): string {
  if (hasEnded({ Status } as Task)) return 'exited';
  // In its pause before it is begun again.
  return DesiredState === 'ready' && Status.State !== 'running' ? 'restarting' : Status.State;
}

/** Pure: what a release is to have now, one a slot; nothing where it is scaled to none. */
export function instancesOf(
  service: { id: string; name: string; release: string; image: string; replicas: number },
  tasks: readonly Task[],
): SwarmInstance[] {
  if (service.replicas === 0) return [];
  return [...bySlot(tasks)]
    .flatMap(([slot, [...all]]) => {
      // One that ended for good (`restart: no`) is shut down and is still what its slot has.
      const task = all.find(isWanted) ?? all.find(hasFailed);
      if (!task) return [];
      const { release, image } = service;
      return [
        {
          id: task.ID,
          name: `${service.name}.${slot}`,
          release,
          image,
          state: stateOf(task),
          slot: Number(slot),
          task,
          service: service.id,
        },
      ];
    })
    .sort((x, y) => x.slot - y.slot);
}

/** Swarm kills a task whose health check failed too often, and says so only in words. */
const UNHEALTHY = /unhealthy container/i;

/**
 * Pure: how a slot fares since it had the task `known`. A task that failed has crashed, whatever came after it; one that
 * the Swarm itself moved, off a node that is drained or lost, has not, and its successor is followed.
 */
export function lookAt(known: Task, slot: readonly Task[]): Omit<Look, 'atMs' | 'probe'> & { task?: Task } {
  const none = { exitCode: 0, oomKilled: false, restarts: 0, health: 'none' as const };
  const since = slot.filter(({ CreatedAt }) => CreatedAt >= known.CreatedAt);
  if (!since.length) return { ...none, running: false, gone: true };
  const crashed = since.filter(hasFailed);
  const now = since.find(isWanted);
  if (crashed.length) {
    const last = crashed[0]!;
    const said = last.Status.Err ?? '';
    return {
      ...none,
      running: now?.Status.State === 'running',
      exitCode: exitCodeOf(last),
      oomKilled: /out of memory|oom/i.test(said),
      restarts: crashed.length,
      ...(UNHEALTHY.test(said) ? { healthSaid: said } : {}),
      task: now,
    };
  }
  if (!now) return { ...none, running: false, gone: true };
  const { State } = now.Status;
  if (State === 'running') return { ...none, running: true, task: now };
  // With a health check of its own a task is "starting" until that succeeds. One that is being moved is on its way.
  return { ...none, running: true, health: 'starting', task: now };
}

/** What keeps tasks from running, where nothing comes of waiting. */
export type Obstacle =
  | { kind: 'image'; said: string; node?: string }
  | { kind: 'port'; said: string; node?: string }
  | { kind: 'refused'; said: string; node?: string }
  | { kind: 'capacity'; said: string };

export type Begun =
  | { kind: 'up' }
  /** Containers are there and are not called running yet: at a health check of their own, or for a moment. */
  | { kind: 'starting'; said: string }
  | { kind: 'wait'; said: string; short?: string }
  | { kind: 'stuck'; obstacle: Obstacle };

const PORT = /port is already allocated|address already in use|host-mode port already in use/i;
const NO_IMAGE = /no such image|manifest unknown|repository does not exist|pull access denied/i;

function rejection({ Status, NodeID }: Task): Obstacle {
  const said = Status.Err ?? '';
  const kind = NO_IMAGE.test(said) ? 'image' : PORT.test(said) ? 'port' : 'refused';
  return { kind, said, node: NodeID };
}

/**
 * Pure: whether the tasks that a service has been asked for are there. `tasks` are those made since. Each slot is there
 * when its task runs, or has run and failed: the gate says what that means. `short` is why no node takes one.
 */
export function begun(tasks: readonly Task[], slots: number): Begun {
  const all = bySlot(tasks);
  const rejected = tasks.find(({ Status }) => Status.State === 'rejected');
  if (rejected) return { kind: 'stuck', obstacle: rejection(rejected) };
  const failedToBind = tasks.find(({ Status }) => Status.State === 'failed' && PORT.test(Status.Err ?? ''));
  if (failedToBind) return { kind: 'stuck', obstacle: rejection(failedToBind) };
  const slotsIn = (...states: readonly string[]) =>
    [...all.values()].filter((slot) => slot.some((task) => hasFailed(task) || states.includes(task.Status.State)))
      .length;
  const there = slotsIn('running');
  if (there >= slots) return { kind: 'up' };
  const pending = tasks.filter((task) => isWanted(task) && !hasEnded(task));
  const short = pending.find(({ Status }) => /no suitable node/.test(Status.Err ?? ''))?.Status.Err;
  const states = pending.map(({ Status }) => Status.State).filter((state) => state !== 'running');
  const said = [...new Set(states)].join(', ') || 'not assigned yet';
  const words = `${there} of ${slots} tasks run (${said})`;
  if (slotsIn('running', 'starting') >= slots) return { kind: 'starting', said: words };
  return { kind: 'wait', said: words, short };
}

/** `no suitable node (insufficient resources on 3 nodes)` without the words everybody knows. */
export const shortage = (said: string): string => /\((.*)\)/.exec(said)?.[1] ?? said;
