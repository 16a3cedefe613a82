import { describe, expect, it } from 'vitest';
import type { Task, TaskState } from '../../../src/lib/docker/swarm.ts';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import type { OpenHost } from '../../../src/verify/live/containers.ts';
import { Edge } from '../../../src/verify/live/edge.ts';
import { framesByTask } from '../../../src/verify/live/task-feeds.ts';
import { fateOf } from '../../../src/verify/live/task-vitals.ts';

const frame = (stream: 1 | 2, text: string) => {
  const body = Buffer.from(text);
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
};
const TIME = '2026-11-30T14:49:01.041167131Z';
const details = (task: string) =>
  `com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=${task}`;

describe('the log of a service', () => {
  it('is taken apart by tasks, in whatever pieces it comes, and no line keeps the details', () => {
    const all = Buffer.concat([
      frame(1, `${TIME} ${details('t1')} hello there\n`),
      frame(2, `${TIME} ${details('t2')} \n`),
      frame(1, `${TIME} ${details('t1')} a=com.docker.swarm.task.id=x b\n`),
    ]);
    for (const size of [1, 7, 64, all.length]) {
      const split = framesByTask();
      const out: [string, string, number][] = [];
      for (let i = 0; i < all.length; i += size)
        for (const [task, one] of split(all.subarray(i, i + size)))
          out.push([task, one.toString('utf8', 8), one.readUInt32BE(4) + 8 - one.length]);
      expect(out).toEqual([
        ['t1', `${TIME} hello there\n`, 0],
        ['t2', `${TIME} \n`, 0],
        ['t1', `${TIME} a=com.docker.swarm.task.id=x b\n`, 0],
      ]);
    }
  });
});

const task = (ID: string, at: number, State: TaskState, DesiredState: TaskState = 'running'): Task => ({
  ID,
  CreatedAt: `2026-11-30T00:00:0${at}Z`,
  ServiceID: 's',
  Slot: 1,
  DesiredState,
  Status: { State },
});

describe('a task under watch', () => {
  it('that was moved is followed; that failed has crashed, and what failed before it is not its fault', () => {
    const before = task('t0', 0, 'failed', 'shutdown');
    const moved = fateOf('t1', [task('t2', 2, 'running'), task('t1', 1, 'shutdown', 'shutdown'), before]);
    expect([moved.crashed, moved.now?.ID]).toEqual([[], 't2']);
    const crashed = fateOf('t1', [task('t2', 2, 'starting'), task('t1', 1, 'failed', 'shutdown'), before]);
    expect([crashed.crashed.map(({ ID }) => ID), crashed.now?.ID]).toEqual([['t1'], 't2']);
  });
});

it('requests of all edges are counted, and one that begins or comes back anew is no jump', async () => {
  const server = (requests: number) => ({
    backend: 'app',
    name: 'a1',
    host: 'tasks.shop-r1',
    port: 80,
    weight: 1,
    requests,
    errors: 0,
  });
  const rounds = [
    [{ edge: 'e1', name: 'e1', servers: [server(10)] }],
    [
      { edge: 'e1', name: 'e1', servers: [server(13)] },
      { edge: 'e2', name: 'e2', servers: [server(500)] },
    ],
    [
      { edge: 'e1', name: 'e1', servers: [server(1)] },
      { edge: 'e2', name: 'e2', servers: [server(504)] },
    ],
  ];
  const events: JudgeEvent[] = [];
  const edge = new Edge({} as OpenHost, 'shop-edge', (host) => (host === 'tasks.shop-r1' ? 'new' : undefined), {
    ask: async () => rounds.shift()!,
  });
  for (let i = 0; i < 3; i++) await edge.read((event) => events.push(event), new AbortController().signal);
  expect(events).toHaveLength(3 + 4);
});
