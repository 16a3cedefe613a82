import { describe, expect, it } from 'vitest';
import { beyond } from '../../../src/deploy/swarm/capacity.ts';
import { portOwner } from '../../../src/deploy/swarm/preflight.ts';
import { begun, instancesOf, lookAt } from '../../../src/deploy/swarm/tasks.ts';
import { failure } from '../../../src/deploy/swarm/wait.ts';
import type { Node, Service, Task, TaskState } from '../../../src/lib/docker/swarm.ts';

let made = 0;
const task = (Slot: number, State: TaskState, more: Partial<Task> & { Err?: string; code?: number } = {}): Task => {
  const { Err, code, ...rest } = more;
  const ID = `t${++made}`;
  return {
    ID,
    CreatedAt: `2026-11-30T00:00:00.${String(made).padStart(9, '0')}Z`,
    ServiceID: 's',
    Slot,
    NodeID: 'n1',
    DesiredState: ['failed', 'rejected', 'complete', 'shutdown', 'orphaned'].includes(State) ? 'shutdown' : 'running',
    Status: { State, Err, ContainerStatus: { ExitCode: code ?? 0 } },
    ...rest,
  };
};
const service = { id: 's', name: 'shop-r1', release: 'r1', image: 'i', replicas: 2 };

describe('tasks', () => {
  it('a release has one a slot, the one that is wanted now; scaled to none it has none', () => {
    const tasks = [task(2, 'running'), task(1, 'failed', { code: 1 }), task(1, 'ready', { DesiredState: 'ready' })];
    const seen = instancesOf(service, tasks);
    expect(seen.map(({ name, state }) => [name, state])).toEqual([
      ['shop-r1.1', 'restarting'],
      ['shop-r1.2', 'running'],
    ]);
    expect(instancesOf({ ...service, replicas: 0 }, tasks)).toEqual([]);
  });

  it('one that failed has crashed, whatever came after it', () => {
    const known = task(1, 'failed', { code: 3, Err: 'task: non-zero exit (3)' });
    expect(lookAt(known, [task(1, 'running'), known])).toMatchObject({ running: true, restarts: 1, exitCode: 3 });
    expect(lookAt(known, [known])).toMatchObject({ running: false, restarts: 1, exitCode: 3 });
    const ended = task(1, 'complete');
    expect(lookAt(ended, [ended])).toMatchObject({ restarts: 1, exitCode: 0 });
  });

  it('what failed before it is no fault of its own', () => {
    const before = task(1, 'failed', { code: 3 });
    const known = task(1, 'running');
    expect(lookAt(known, [known, before])).toMatchObject({ running: true, restarts: 0 });
  });

  it.each([
    ['drained', 'shutdown'],
    ['lost', 'running'],
    ['given up', 'orphaned'],
  ] as const)('one whose node was %s is followed to where the Swarm has moved it', (_, state) => {
    const known = task(1, state, { DesiredState: 'shutdown' });
    expect(lookAt(known, [task(1, 'preparing'), known])).toMatchObject({ running: true, health: 'starting' });
    const now = task(1, 'running');
    expect(lookAt(known, [now, known])).toMatchObject({ running: true, health: 'none', restarts: 0, task: now });
  });

  it('a service that somebody removed is gone', () => {
    expect(lookAt(task(1, 'running'), [])).toMatchObject({ gone: true });
  });

  it('a release has begun when each slot has a task that runs or has run', () => {
    expect(begun([], 2)).toMatchObject({ kind: 'wait' });
    expect(begun([task(1, 'running'), task(2, 'preparing')], 2)).toMatchObject({ kind: 'wait' });
    expect(begun([task(1, 'running'), task(2, 'starting')], 2)).toMatchObject({ kind: 'starting' });
    expect(begun([task(1, 'running'), task(2, 'failed')], 2)).toEqual({ kind: 'up' });
    const pending = task(2, 'pending', {
      NodeID: undefined,
      Err: 'no suitable node (insufficient resources on 3 nodes)',
    });
    expect(begun([task(1, 'running'), pending], 2)).toMatchObject({ short: pending.Status.Err });
  });

  it.each([
    ['No such image: shop:1', 'IMAGE_MISSING'],
    [
      'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated',
      'PORT_TAKEN',
    ],
    ['invalid mount config for type "bind": bind source path does not exist: /srv', 'DEPLOY_UNHEALTHY'],
  ])('%s is told at once', (Err, code) => {
    const seen = begun([task(1, 'rejected', { Err })], 1);
    if (seen.kind !== 'stuck') throw new Error(seen.kind);
    const awaited = { service: 's', name: 'shop-r1', slots: 1, before: new Set<string>(), publish: '80' };
    const error = failure('swarm+ssh://m', awaited, seen.obstacle, 'node-1');
    expect([error.code, error.message]).toEqual([code, expect.stringContaining('on node node-1')]);
  });

  it('what is short is named', () => {
    const said = 'no suitable node (scheduling constraints not satisfied on 3 nodes)';
    const awaited = { service: 's', name: 'shop-r1', slots: 1, before: new Set<string>() };
    expect(failure('m', awaited, { kind: 'capacity', said }).message).toContain(
      'no node takes shop-r1: scheduling constraints not satisfied on 3 nodes; loosen placement',
    );
    const full = 'no suitable node (insufficient resources on 3 nodes)';
    expect(failure('m', awaited, { kind: 'capacity', said: full }).message).toContain('add a node, or ask for less');
  });
});

const node = (Availability: Node['Spec']['Availability'], State: string, cpus = 2, gib = 4): Node => ({
  ID: 'n',
  Spec: { Availability, Role: 'worker' },
  Description: { Hostname: 'h', Resources: { NanoCPUs: cpus * 1e9, MemoryBytes: gib * 1024 ** 3 } },
  Status: { State },
});

describe('before anything is touched', () => {
  it('what no node has is said, by the nodes that take tasks', () => {
    const nodes = [node('active', 'ready'), node('drain', 'ready', 64, 256), node('active', 'down', 64, 256)];
    expect(beyond(nodes, { memory: 1024 ** 3, cpus: 2 })).toBeUndefined();
    expect(beyond(nodes, { memory: 8 * 1024 ** 3 })).toContain('the largest node has 4.0 GiB');
    expect(beyond(nodes, { cpus: 500 })).toBe('cpus 500 are asked for, and the largest node has 2');
    expect(beyond([node('drain', 'ready')], {})).toContain('none of the 1 nodes takes tasks');
  });

  it('a port of another service is taken, be it on nodes or in the mesh; our own is ours', () => {
    const other = (app: string): Service =>
      ({
        Spec: { Name: 'web', Labels: { 'io.seatrial.app': app }, EndpointSpec: { Ports: [{ PublishedPort: 8080 }] } },
      }) as never;
    expect(portOwner([other('blog')], 'shop', '8080')).toBe('web');
    expect(portOwner([other('shop')], 'shop', '8080')).toBeUndefined();
    expect(portOwner([other('blog')], 'shop', '8081')).toBeUndefined();
  });
});
