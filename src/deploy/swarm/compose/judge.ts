import { bySlot, exitCodeOf, hasFailed, isWanted, type Task } from '../../../lib/docker/swarm.ts';

/** How tasks of a service in place are to fare. */
export interface Fate {
  /** Tasks it is to have; undefined: one for each node that the Swarm chooses. */
  slots: number | undefined;
  /** It may end by itself, with 0. */
  ends: boolean;
  /** It has to: somebody waits for it to have finished. */
  finishes: boolean;
}

export type Verdict = { kind: 'good' | 'bad' | 'wait'; why: string; done: number };

export const died = (task: Task) => hasFailed(task) && !(task.Status.State === 'complete' && exitCodeOf(task) === 0);

/** Pure: how the tasks fare that a service has been given; `tasks` are those that count, newest first a slot. */
export function judgeTasks(tasks: readonly Task[], { slots, ends, finishes }: Fate): Verdict {
  const dead = tasks.find(died);
  if (dead) {
    const code = exitCodeOf(dead);
    const said = dead.Status.Err ?? '';
    return { kind: 'bad', why: code ? `it exited with code ${code}` : said || 'it ended', done: 0 };
  }
  const all = [...bySlot(tasks).values()].map(([newest]) => newest!);
  const ended = all.filter((task) => task.Status.State === 'complete');
  if (ended.length && !ends) return { kind: 'bad', why: 'it exited with code 0, and is to go on', done: 0 };
  const running = all.filter((task) => isWanted(task) && task.Status.State === 'running');
  const wanted = slots ?? Math.max(1, all.filter((task) => isWanted(task) || task.Status.State === 'complete').length);
  const done = ended.length + (finishes ? 0 : running.length);
  if (done >= wanted) {
    return {
      kind: 'good',
      why: running.length ? `${running.length} of ${wanted} tasks run` : 'done, it exited with 0',
      done,
    };
  }
  const states = [...new Set(all.map(({ Status }) => Status.State))].join(', ');
  return {
    kind: 'wait',
    why:
      finishes && running.length
        ? 'it has not finished yet'
        : `${done} of ${wanted} tasks run (${states || 'not assigned yet'})`,
    done,
  };
}
