import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Task, TaskState } from '../../../src/lib/docker/swarm.ts';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import type { OpenHost } from '../../../src/verify/live/containers.ts';
import { Edge } from '../../../src/verify/live/edge.ts';
import { askFleet } from '../../../src/verify/live/swarm.ts';
import { framesByTask } from '../../../src/verify/live/task-feeds.ts';
import { fateOf } from '../../../src/verify/live/task-vitals.ts';
import { EdgeInMemory } from '../../support/verify/edges.ts';

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

describe('the tasks of an edge', () => {
  const at = (one: Task, node: string, ip: string): Task => ({
    ...one,
    NodeID: node,
    Status: { ...one.Status, ContainerStatus: { ContainerID: `c-${one.ID}` } },
    NetworksAttachments: [{ Network: { ID: 'n', Spec: { Name: 'shop-admin' } }, Addresses: [`${ip}/24`] }],
  });
  const of = (name: string) => new EdgeInMemory(name, { a1: 'tasks.shop-r1' });

  it('are each asked for their records, from one on the node that was reached, whichever that is now', async () => {
    const edges: Record<string, EdgeInMemory> = {
      '10.0.9.2': of('near'),
      '10.0.9.3': of('far'),
      '10.0.9.4': of('new'),
    };
    const [near, far, next] = [
      at(task('t1', 1, 'running'), 'n1', '10.0.9.2'),
      at(task('t2', 1, 'running'), 'n2', '10.0.9.3'),
      at(task('t3', 2, 'running'), 'n1', '10.0.9.4'),
    ];
    let tasks = [near, far];
    const from: string[] = [];
    /** `sh` in a container, which asks an edge at its address in the admin network. */
    const shell = (container: string, script: string) => {
      from.push(container);
      const edge = edges[/nc (\S+) 9998/.exec(script)![1]!]!;
      const stream: Duplex = new Duplex({
        read: () => undefined,
        write(chunk: Buffer, _, done) {
          stream.push(frame(1, edge.sh(script, String(chunk).trim())));
          done();
        },
      });
      if (!script.startsWith('while')) {
        stream.push(frame(1, edge.sh(script)));
        stream.push(null);
      }
      return stream;
    };
    const docker = {
      modem: { dial: (_: unknown, done: (error: unknown, data: unknown) => void) => done(undefined, tasks) },
      getContainer: (id: string) => ({
        exec: async ({ Cmd }: { Cmd: string[] }) => ({
          start: async () => shell(id, Cmd[2]!),
          inspect: async () => ({ ExitCode: 0, Running: false }),
        }),
      }),
    };
    const call = async (_: string, body: (one: object, signal: AbortSignal) => unknown) => body(docker, signal);
    const { signal } = new AbortController();
    const ask = askFleet({ host: 'swarm', engine: { docker, call } } as never, 'shop', 'shop-edge', 'n1');

    edges['10.0.9.3']!.serve(Date.now(), { path: '/pay' });
    const told = await ask(signal);
    expect(told.map(({ edge, name, ring }) => [edge, name, ring?.admin])).toEqual([
      ['t1', 'shop-edge on node n1', ['10.0.9.2', 9998]],
      ['t2', 'shop-edge on node n2', ['10.0.9.3', 9998]],
    ]);
    // The task that was asked from goes: until it ends it is asked from, and its successor from then on.
    tasks = [{ ...near, DesiredState: 'shutdown' }, far];
    expect((await ask(signal)).map(({ edge }) => edge)).toEqual(['t2']);
    edges['10.0.9.3']!.answers = false;
    tasks = [tasks[0]!, next, far];
    expect((await ask(signal)).map(({ edge, fault }) => [edge, fault !== undefined])).toEqual([
      ['t3', false],
      ['t2', true],
    ]);
    from.length = 0;
    edges['10.0.9.3']!.answers = true;
    const loop = ['sh', '-c', 'while read -r n; do nc 10.0.9.3 9998; echo @@f; done'];
    const session = await told[1]!.ring!.open(loop, '@@f\n');
    expect(await session.ask('4096')).toContain('/pay');
    expect(from).toEqual(['c-t3']);
    session.close();
    tasks = [far];
    await expect(ask(signal)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});
