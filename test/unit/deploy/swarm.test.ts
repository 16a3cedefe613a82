import { describe, expect, it } from 'vitest';
import { renderConfig } from '../../../src/deploy/docker/edge/config.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import type { Stored } from '../../../src/deploy/swarm/api.ts';
import { jobBody, plain, releaseBody, tmpfs } from '../../../src/deploy/swarm/body.ts';
import { CONFIG_LABEL, edgeBody, edgeLabels } from '../../../src/deploy/swarm/edge/body.ts';
import { sharesOf } from '../../../src/deploy/swarm/edge/shares.ts';
import { readLabels } from '../../../src/deploy/swarm/labels.ts';
import type { SwarmEdge, SwarmHistory } from '../../../src/deploy/swarm/model.ts';
import { beyond, portOwner } from '../../../src/deploy/swarm/preflight.ts';
import { objectName } from '../../../src/deploy/swarm/secrets.ts';
import { type SwarmSpec, specFrom, specWarnings, swarmSpecSchema } from '../../../src/deploy/swarm/spec.ts';
import { acquire, freeLock, readLock } from '../../../src/deploy/swarm/state/lock.ts';
import { rebuild } from '../../../src/deploy/swarm/state/rebuild.ts';
import { fitted, parseHistory } from '../../../src/deploy/swarm/state/store.ts';
import { begun, instancesOf, lookAt } from '../../../src/deploy/swarm/tasks.ts';
import { failure } from '../../../src/deploy/swarm/wait.ts';
import type { Node, Service, Task, TaskState } from '../../../src/lib/docker/swarm.ts';
import { MemoryClock } from '../../support/memory/clock.ts';
import { history, record } from './samples.ts';

const asked = (more: Record<string, string> = {}) => ({
  app: 'shop',
  hosts: 'swarm+unix:///s',
  image: 'registry.example/shop:1',
  port: '3000',
  publish: '8080',
  ...more,
});
const inputs = (more: Record<string, string> = {}) => schema.parse(asked(more));
const specOf = (more: Record<string, string> = {}): SwarmSpec => ({
  ...specFrom(inputs(more), '/'),
  image: `registry.example/shop@sha256:${'a'.repeat(64)}`,
  imageId: 'sha256:bbbb',
});
const labelsOf = (release: string, previous = '', spec = specOf()) => ({
  app: 'shop',
  environment: 'production',
  release,
  image: spec.image,
  spec,
  run: 'https://run',
  actor: 'me',
  previous,
  at: release,
});
interface Container {
  Env: string[];
  Image: string;
  [more: string]: unknown;
}
const containerOf = (body: { TaskTemplate: Record<string, unknown> }) => body.TaskTemplate.ContainerSpec as Container;

describe('inputs on a Swarm', () => {
  it.each([
    ['compose-file', { 'compose-file': 'compose.yml' }],
    ['devices', { devices: '/dev/a' }],
    ['gpus', { gpus: 'all' }],
    ['shm-size', { 'shm-size': '64m' }],
    ['keep-warm-as', { 'keep-warm-as': 'paused' }],
    ['edge', { edge: 'none', strategy: 'recreate' }],
    ['publish', { publish: '127.0.0.1:8080' }],
    ['publish', { publish: '127.0.0.1:8080:3000' }],
    ['publish', { publish: '8080\n10.0.0.1:9000:4000' }],
  ])('%s has no meaning there, and is refused before anything is reached', (key, more) => {
    const { error } = schema.safeParse(asked(more as Record<string, string>));
    expect(error?.issues.map(({ path }) => path[0])).toEqual([key]);
  });

  it('placement is a Swarm’s', () => {
    expect(specFrom(inputs({ placement: 'node.labels.zone==eu' }), '/').placement).toEqual(['node.labels.zone==eu']);
    expect(schema.safeParse(asked({ hosts: 'ssh://h', placement: 'node.role==worker' })).error?.message).toContain(
      'is for a Swarm',
    );
  });

  it('warns of a single task, whose node may be lost', () => {
    expect(specWarnings(specOf({ memory: '1m', 'health-path': '/' })).join()).toContain('replicas: 2');
    expect(specWarnings(specOf({ memory: '1m', 'health-path': '/', replicas: '2' }))).toEqual([]);
  });
});

describe('the service of a release', () => {
  it('is by digest, with limits, rotation and addresses of its own for each task, and has no task yet', () => {
    const spec = specOf({ memory: '512m', cpus: '1.5', pids: '100', 'stop-timeout': '2s', replicas: '3' });
    const body = releaseBody(labelsOf('r1', '', spec), []);
    expect(body).toMatchObject({
      Name: 'shop-r1',
      Mode: { Replicated: { Replicas: 0 } },
      EndpointSpec: { Mode: 'dnsrr' },
      TaskTemplate: {
        ContainerSpec: { Image: spec.image, StopGracePeriod: 2e9 },
        Resources: { Limits: { MemoryBytes: 512 * 1024 ** 2, NanoCPUs: 1.5e9, Pids: 100 } },
        LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
        RestartPolicy: { Condition: 'any' },
        Networks: [{ Target: 'shop-net' }],
      },
    });
    expect(readLabels(body.Labels)).toEqual(labelsOf('r1', '', JSON.parse(JSON.stringify(spec))));
  });

  it('its containers are found by their labels, and not taken for those of a Docker host', () => {
    const { Labels } = containerOf(releaseBody(labelsOf('r1', '', specOf({ labels: 'team=a' })), []));
    expect(Labels).toEqual({
      team: 'a',
      'io.seatrial.app': 'shop',
      'io.seatrial.environment': 'production',
      'io.seatrial.release': 'r1',
    });
  });

  it('an image that no registry knows goes by its id', () => {
    const body = releaseBody(labelsOf('r1', '', { ...specOf(), image: 'shop:1' }), []);
    expect(containerOf(body).Image).toBe('sha256:bbbb');
  });

  it('what looks like a template in a variable stays what the user wrote', () => {
    expect(plain('a {{.Node.ID}} b')).toBe('a {{"{{"}}.Node.ID}} b');
    const body = releaseBody(labelsOf('r1', '', specOf({ env: 'T={{.X}}' })), []);
    expect(containerOf(body).Env).toEqual(['T={{"{{"}}.X}}']);
  });

  it('has its secrets as files, and no value of one anywhere', () => {
    const spec = specOf({ secrets: 'KEY=s3cret-value' });
    const body = releaseBody(labelsOf('r1', '', spec), [{ name: 'KEY', id: 'id1', object: 'shop-secret-1' }]);
    expect(containerOf(body).Secrets).toEqual([
      { SecretID: 'id1', SecretName: 'shop-secret-1', File: { Name: 'KEY', UID: '0', GID: '0', Mode: 0o444 } },
    ]);
    expect(JSON.stringify(body)).not.toContain('s3cret-value');
  });

  it('a secret is named after its value, which its name does not tell', () => {
    const place = { app: 'a'.repeat(30), environment: 'production' };
    const name = objectName(place, 'KEY', 'one');
    expect(name).toBe(objectName(place, 'KEY', 'one'));
    expect(name.length).toBeLessThanOrEqual(64);
    expect(new Set([name, objectName(place, 'KEY', 'two'), objectName(place, 'KEY2', 'one')]).size).toBe(3);
  });

  it('knows the forms of the inputs', () => {
    const spec = specOf({
      volumes: 'data:/data:ro\n/srv:/srv',
      tmpfs: '/tmp:size=64m,mode=1777',
      'extra-hosts': 'db:10.0.0.2',
      networks: 'backend:api,web',
      restart: 'no',
      placement: 'node.role==worker',
    });
    expect(releaseBody(labelsOf('r1', '', spec), [])).toMatchObject({
      TaskTemplate: {
        ContainerSpec: {
          Mounts: [
            { Type: 'volume', Source: 'data', Target: '/data', ReadOnly: true },
            { Type: 'bind', Source: '/srv', Target: '/srv', ReadOnly: false },
            { Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 64 * 1024 ** 2, Mode: 0o1777 } },
          ],
          Hosts: ['10.0.0.2 db'],
        },
        Networks: [{ Target: 'shop-net' }, { Target: 'backend', Aliases: ['api', 'web'] }],
        RestartPolicy: { Condition: 'none' },
        Placement: { Constraints: ['node.role==worker'] },
      },
    });
    expect(tmpfs('/run')).toEqual({ Type: 'tmpfs', Target: '/run', TmpfsOptions: {} });
  });

  it('a hook is a job of one task that is begun once', () => {
    const body = jobBody('shop', 'shop-r1-pre-deploy', {}, specOf(), [], { entrypoint: ['node'], command: ['m.js'] });
    expect(body.Mode).toEqual({ ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } });
    expect(body.TaskTemplate).toMatchObject({
      ContainerSpec: { Command: ['node'], Args: ['m.js'], Healthcheck: { Test: ['NONE'] } },
      RestartPolicy: { Condition: 'none' },
    });
  });
});

const model: SwarmEdge = {
  image: 'haproxy',
  publish: '8080',
  sticky: false,
  room: 3,
  placement: ['node.labels.edge==true'],
  adminNet: '10.0.9.0/24',
  slots: {
    a: { release: 'r1', port: 3000, servers: ['tasks.shop-r1', 'tasks.shop-r1'], share: 0.75 },
    b: { release: 'r2', port: 3000, servers: ['tasks.shop-r2'], share: 0.25 },
  },
};

describe('the edge', () => {
  it('begins with what its labels say, and no shift of traffic changes what its tasks are made from', () => {
    const before = edgeBody('shop', 'production', model, undefined);
    const moved = structuredClone(model);
    [moved.slots.a!.share, moved.slots.b!.share] = [0, 1];
    const after = edgeBody('shop', 'production', moved, undefined);
    expect(after.TaskTemplate).toEqual(before.TaskTemplate);
    expect(after.Labels[CONFIG_LABEL]).not.toBe(before.Labels[CONFIG_LABEL]);
    expect(containerOf(before).Env[0]).toBe(`SEATRIAL_CONFIG={{index .Service.Labels "${CONFIG_LABEL}"}}`);
    expect(before).toMatchObject({
      Mode: { Global: {} },
      EndpointSpec: { Ports: [{ PublishedPort: 8080, PublishMode: 'host' }] },
      TaskTemplate: { Placement: { Constraints: ['node.labels.edge==true'] } },
    });
    expect(edgeLabels('shop', 'production', moved)).toEqual(after.Labels);
  });

  it('follows tasks by their one name, and lets only its own network at the admin socket', () => {
    const config = renderConfig(model);
    expect(config).toContain('server a1 tasks.shop-r1:3000 weight 3');
    expect(config).toContain('server a2 tasks.shop-r1:3000 weight 3');
    expect(config).toContain('server a3 127.0.0.1:9 weight 0 disabled');
    expect(config).toContain('server b1 tasks.shop-r2:3000 weight 2');
    expect(config).toContain('init-addr none');
    expect(config).toContain('tcp-request connection reject unless { src 10.0.9.0/24 }');
    expect(config).toContain('stats socket ipv4@127.0.0.1:');
    const { adminNet: _none, ...alone } = model;
    expect(renderConfig(alone)).not.toMatch(/frontend admin|retry-on|init-addr none/);
  });

  it('its shares are those of servers that have a task', () => {
    const stat = (name: string, weight: number, status = 'no check') => ({ name, weight, status }) as never;
    const hosts = new Map([
      ['a1', 'tasks.shop-r1'],
      ['a2', 'tasks.shop-r1'],
      ['b1', 'tasks.shop-r2'],
    ]);
    const names = new Map([
      ['tasks.shop-r1', 'r1'],
      ['tasks.shop-r2', 'r2'],
    ]);
    const shares = sharesOf([stat('a1', 3), stat('a2', 3, 'MAINT (resolution)'), stat('b1', 1)], hosts, names);
    expect([...shares]).toEqual([
      ['r1', 0.75],
      ['r2', 0.25],
    ]);
  });
});

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

/** Configs as a Swarm keeps them: a name is had once, and labels change only by the index that was seen. */
class Configs {
  readonly engine = { label: 'swarm+unix:///s', ping: async () => ({ dateMs: this.clock.now() }) };
  readonly clock: MemoryClock;
  readonly #kept = new Map<string, Stored>();
  #index = 0;
  constructor(clock: MemoryClock) {
    this.clock = clock;
  }
  async config(name: string) {
    await Promise.resolve();
    return structuredClone(this.#kept.get(name));
  }
  async store(_kind: string, Name: string, Labels: Record<string, string>, Data: string) {
    await Promise.resolve();
    if (this.#kept.has(Name)) return undefined;
    this.#kept.set(Name, { ID: Name, Version: { Index: ++this.#index }, CreatedAt: '', Spec: { Name, Labels, Data } });
    return Name;
  }
  async relabel({ Spec, Version }: Stored, Labels: Record<string, string>) {
    await Promise.resolve();
    const now = this.#kept.get(Spec.Name);
    if (now?.Version.Index !== Version.Index) return false;
    this.#kept.set(Spec.Name, { ...now, Version: { Index: ++this.#index }, Spec: { ...now.Spec, Labels } });
    return true;
  }
}

describe('the lock', () => {
  const clock = new MemoryClock();
  const request = (holder: string) => ({ app: 'shop', environment: 'production', holder, run: '', waitMs: 0, clock });
  const forty = (configs: Configs) =>
    Promise.allSettled(Array.from({ length: 40 }, (_, i) => acquire(configs, request(`run ${i}`))));
  const won = (all: PromiseSettledResult<{ id: string }>[]) =>
    all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));

  it('of forty that take it, and of forty that steal it, one gets it; the robbed one is told', async () => {
    const configs = new Configs(clock);
    const taken = await forty(configs);
    expect(won(taken)).toHaveLength(1);
    const codes = taken.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(new Set(codes)).toEqual(new Set(['LOCK_HELD']));
    clock.pass(61_000);
    const stolen = await forty(configs);
    expect(won(stolen)).toHaveLength(1);
    const [robbed, thief] = [won(taken)[0]!, won(stolen)[0]!] as Awaited<ReturnType<typeof acquire>>[];
    await expect(robbed!.guard()).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await robbed!.release();
    expect((await readLock(configs, 'shop'))?.id).toBe(thief!.id);
    await thief!.release();
    expect(await readLock(configs, 'shop')).toBeUndefined();
  });

  it('one that is renewed is not stolen, and is freed only by its id', async () => {
    const configs = new Configs(clock);
    const mine = await acquire(configs, request('me'));
    clock.pass(50_000);
    await mine.guard();
    clock.pass(50_000);
    await expect(acquire(configs, request('you'))).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(await freeLock(configs, 'shop', 'production', 'another')).toBe(false);
    expect(await freeLock(configs, 'shop', 'production', mine.id)).toBe(true);
    await expect(mine.renew()).rejects.toMatchObject({ code: 'LOCK_LOST' });
  });

  it('is waited for as long as one asks to', async () => {
    const configs = new Configs(clock);
    const first = await acquire(configs, request('me'));
    const second = acquire(configs, { ...request('you'), waitMs: 30_000 });
    await clock.sleep(2_000);
    await first.release();
    expect((await second).id).not.toBe(first.id);
  });
});

describe('the history', () => {
  const spec = specOf();
  const kept = history(
    'r1',
    record('r3', 'bad', { spec }),
    record('r2', 'good', { spec }),
    record('r1', 'good', { spec }),
  );

  it('fits into what a Swarm keeps: the oldest go first, never what a rollback needs', () => {
    const long = structuredClone(kept) as SwarmHistory;
    for (let n = 4; n < 60; n++) long.releases.splice(1, 0, { ...long.releases[0]!, release: `old-${n}` });
    const text = fitted(long, 20_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
    const names = (JSON.parse(text) as SwarmHistory).releases.map(({ release }) => release);
    expect(names[0]).toBe('r3');
    expect(names).toEqual(expect.arrayContaining(['r2', 'r1']));
    expect(names).not.toContain('old-4');
    expect(parseHistory(text, 7)).toMatchObject({ kind: 'found' });
  });

  it('one that is newer than ours, or broken, is not taken for none', () => {
    expect(parseHistory('{"format":2}', 7)).toMatchObject({ kind: 'strange', rev: 7 });
    expect(parseHistory('{', 7)).toMatchObject({ kind: 'strange', why: 'it is not JSON' });
  });

  it('is made again from labels: what serves is good, and what was good along the chain of its making', () => {
    const releases = ['r1', 'r2', 'r3', 'r4'].map((release, i) => ({
      labels: labelsOf(release, ['', 'r1', 'r2', 'r2'][i]),
      replicas: release === 'r1' ? 0 : 1,
    }));
    const rebuilt = rebuild('shop', 'production', { releases, edge: model, shares: new Map([['r4', 1]]) });
    expect(rebuilt.current).toBe('r4');
    expect(rebuilt.releases.map(({ release, status }) => `${release} ${status}`)).toEqual([
      'r4 good',
      'r3 bad',
      'r2 good',
      'r1 good',
    ]);
    expect(rebuilt.edge?.slots.a?.share).toBe(0);
    expect(swarmSpecSchema.safeParse(rebuilt.releases[0]!.spec).success).toBe(true);
  });
});
