import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectSchema } from '../../../src/deploy/docker/compose/project.ts';
import { hookOfFile, placeBody, releaseOfFile } from '../../../src/deploy/swarm/compose/bodies.ts';
import { checkDoors, checkStack } from '../../../src/deploy/swarm/compose/check.ts';
import { filler } from '../../../src/deploy/swarm/compose/fill.ts';
import { judgeTasks } from '../../../src/deploy/swarm/compose/judge.ts';
import { inOrder } from '../../../src/deploy/swarm/compose/order.ts';
import { takeFiles } from '../../../src/deploy/swarm/compose/values.ts';
import type { Task } from '../../../src/lib/docker/swarm.ts';
import { labelsOf, specOf } from './swarm-samples.ts';

type Json = Record<string, unknown>;

/** As `docker compose config` answers it. */
const project = (services: Record<string, Json>, more: Json = {}) =>
  projectSchema.parse({ name: 'shop', services, networks: { default: { name: 'shop_default' } }, ...more });
const place = { app: 'shop', environment: 'production' };
const fill = filler(new Map([['PW', 'p{{x}}$1']]));
const none = new Map<string, { id: string; object: string }>();

const stack = (services: Record<string, Json>, more: Json = {}) => ({
  ...specOf(),
  compose: { service: 'web', project: project(services, more), asked: {}, objects: {} },
});
const placed = (service: Json, more: Json = {}, refs = none) =>
  placeBody(place, stack({ web: { image: 'w' }, x: { image: 'i', ...service } }, more), 'x', fill, refs);

describe('a service of a compose file as the Swarm’s', () => {
  it('has what deploy: says', () => {
    const body = placed({
      deploy: {
        replicas: 3,
        labels: { team: 'a$$b' },
        endpoint_mode: 'dnsrr',
        placement: {
          constraints: ['node.role==worker'],
          preferences: [{ spread: 'node.labels.zone' }],
          max_replicas_per_node: 2,
        },
        resources: {
          limits: { cpus: 0.5, memory: '67108864', pids: 10 },
          reservations: {
            cpus: 0.1,
            memory: '20971520',
            generic_resources: [{ discrete_resource_spec: { kind: 'gpu', value: 2 } }],
          },
        },
        restart_policy: { condition: 'on-failure', delay: '5s', max_attempts: 3, window: '2m0s' },
        update_config: {
          parallelism: 2,
          delay: '10s',
          order: 'start-first',
          monitor: '7s',
          failure_action: 'rollback',
        },
      },
    });
    expect(body).toMatchObject({
      Name: 'shop_x',
      Labels: { team: 'a$b', 'com.docker.stack.namespace': 'shop', 'io.seatrial.app': 'shop' },
      Mode: { Replicated: { Replicas: 3 } },
      EndpointSpec: { Mode: 'dnsrr' },
      // A failed update is put back by the deploy that made it.
      UpdateConfig: { Parallelism: 2, Delay: 10e9, Order: 'start-first', Monitor: 7e9, FailureAction: 'pause' },
      TaskTemplate: {
        Placement: {
          Constraints: ['node.role==worker'],
          Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
          MaxReplicas: 2,
        },
        Resources: {
          Limits: { NanoCPUs: 0.5e9, MemoryBytes: 64 * 1024 ** 2, Pids: 10 },
          Reservations: {
            NanoCPUs: 0.1e9,
            MemoryBytes: 20 * 1024 ** 2,
            GenericResources: [{ DiscreteResourceSpec: { Kind: 'gpu', Value: 2 } }],
          },
        },
        RestartPolicy: { Condition: 'on-failure', Delay: 5e9, MaxAttempts: 3, Window: 120e9 },
      },
    });
  });

  it('has the settings of its container, with secrets filled in and templates left', () => {
    const body = placed(
      {
        command: ['sh', '-c', 'echo $$HOME ${PW}'],
        environment: { URL: 'redis://:${PW}@c', NODE: '{{.Node.Hostname}}', UNSET: null },
        extra_hosts: ['a=1.2.3.4'],
        healthcheck: { test: ['CMD', 'x'], interval: '1m30s', timeout: '10s', retries: 3, start_period: '40s' },
        ulimits: { nproc: 65535, nofile: { soft: 1, hard: 2 } },
        tmpfs: ['/run'],
        shm_size: '67108864',
        stop_grace_period: '1m0s',
        volumes: [
          { type: 'volume', source: 'data', target: '/d', volume: {} },
          { type: 'bind', source: '/x', target: '/y', read_only: true, bind: {} },
          { type: 'tmpfs', target: '/t', tmpfs: { size: '1000', mode: 511 } },
          { type: 'volume', target: '/anon', volume: {} },
        ],
        logging: { driver: 'syslog', options: { tag: 't' } },
        platform: 'linux/amd64',
        mem_limit: '52428800',
        pids_limit: 7,
      },
      { volumes: { data: { name: 'shop_data', driver: 'local', driver_opts: { type: 'nfs' } } } },
    );
    expect(body.TaskTemplate).toMatchObject({
      ContainerSpec: {
        Args: ['sh', '-c', 'echo $HOME p{{x}}$1'],
        // A template is the file's own word; what a secret holds is text.
        Env: ['URL=redis://:p{{"{{"}}x}}$1@c', 'NODE={{.Node.Hostname}}'],
        Hosts: ['1.2.3.4 a'],
        Healthcheck: { Test: ['CMD', 'x'], Interval: 90e9, Timeout: 10e9, Retries: 3, StartPeriod: 40e9 },
        Ulimits: [
          { Name: 'nproc', Soft: 65535, Hard: 65535 },
          { Name: 'nofile', Soft: 1, Hard: 2 },
        ],
        StopGracePeriod: 60e9,
        Mounts: [
          {
            Type: 'volume',
            Source: 'shop_data',
            VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'nfs' } } },
          },
          { Type: 'bind', Source: '/x', Target: '/y', ReadOnly: true },
          { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1000, Mode: 511 } },
          { Type: 'volume', Target: '/anon' },
          { Type: 'tmpfs', Target: '/run' },
          { Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: 64 * 1024 ** 2, Mode: 0o1777 } },
        ],
      },
      LogDriver: { Name: 'syslog', Options: { tag: 't' } },
      Placement: { Platforms: [{ OS: 'linux', Architecture: 'amd64' }] },
      Resources: { Limits: { MemoryBytes: 50 * 1024 ** 2, Pids: 7 } },
    });
  });

  it.each([
    [{ restart: 'unless-stopped' }, { Condition: 'any' }],
    [{ restart: 'no' }, { Condition: 'none' }],
    [{ restart: 'on-failure:3' }, { Condition: 'on-failure', MaxAttempts: 3 }],
    [{}, { Condition: 'any' }],
    [{ deploy: { mode: 'replicated-job' } }, { Condition: 'none' }],
    [{ restart: 'no', deploy: { restart_policy: { condition: 'any' } } }, { Condition: 'any' }],
  ])('%j is begun anew as %j', (service, policy) => {
    expect(placed(service).TaskTemplate.RestartPolicy).toEqual(policy);
  });

  it('what somebody waits for to have finished is run once', () => {
    const web = { image: 'w', depends_on: { x: { condition: 'service_completed_successfully' } } };
    const body = placeBody(place, stack({ web, x: { image: 'i' } }), 'x', fill, none);
    expect(body.TaskTemplate.RestartPolicy).toEqual({ Condition: 'none' });
  });

  it.each([
    [{ mode: 'global' }, { Global: {} }],
    [{ mode: 'replicated-job', replicas: 2 }, { ReplicatedJob: { MaxConcurrent: 2, TotalCompletions: 2 } }],
    [{ mode: 'global-job' }, { GlobalJob: {} }],
  ])('deploy %j', (deploy, mode) => expect(placed({ deploy }).Mode).toEqual(mode));

  it('a port by the routing mesh has a virtual address, all others need none', () => {
    const port = (mode: string) => placed({ ports: [{ target: 80, published: '81', protocol: 'tcp', mode }] });
    expect(port('ingress').EndpointSpec).toEqual({
      Mode: 'vip',
      Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 81, PublishMode: 'ingress' }],
    });
    expect(port('host').EndpointSpec?.Mode).toBe('dnsrr');
    expect(placed({}).EndpointSpec).toEqual({ Mode: 'dnsrr' });
  });

  it('another replica makes no task anew, another image does, and the mark of either holds no secret', () => {
    const made = (service: Json) => placed(service).Labels['io.seatrial.made']!.split('-');
    const [template, rest] = made({ environment: { A: '${PW}' } });
    const more = made({ environment: { A: '${PW}' }, deploy: { replicas: 2 } });
    expect([more[0] === template, more[1] === rest]).toEqual([true, false]);
    expect(made({ image: 'j', environment: { A: '${PW}' } })[0]).not.toBe(template);
  });

  it('of a release stands in the app’s network too, under the names of the file; a hook has none of them', () => {
    const spec = stack({ web: { image: 'w', container_name: 'the-web', networks: { default: { aliases: ['w'] } } } });
    const release = releaseOfFile({ ...labelsOf('r1'), spec }, fill, none);
    expect(release).toMatchObject({ Name: 'shop-r1', Mode: { Replicated: { Replicas: 0 } } });
    expect(release.TaskTemplate.Networks).toEqual([
      { Target: 'shop-net' },
      { Target: 'shop_default', Aliases: ['web', 'the-web', 'w'] },
    ]);
    const hook = hookOfFile('h', {}, 'shop', spec, { command: ['migrate'] }, fill, none);
    expect(hook.TaskTemplate).toMatchObject({
      ContainerSpec: { Args: ['migrate'] },
      Networks: [{ Target: 'shop-net' }, { Target: 'shop_default' }],
      RestartPolicy: { Condition: 'none' },
    });
  });
});

describe('what a Swarm has not', () => {
  const check = (x: Json, more: Json = {}, web: Json = {}) =>
    checkStack(
      project({ web: { image: 'w', ports: [{ target: 80, published: '80' }], ...web }, x: { image: 'i', ...x } }, more),
      'web',
      undefined,
    );

  it.each([
    [{ network_mode: 'host' }, 'no network_mode'],
    [{ privileged: true }, 'no privileged'],
    [{ devices: [{ source: '/dev/a' }] }, 'no devices'],
    [{ pid: 'host' }, 'no pid'],
    [{ volumes_from: ['web'] }, 'no volumes_from'],
    [{ cpuset: '0' }, 'deploy.resources'],
    [{ image: undefined, build: { context: '.' } }, 'has no image'],
    [{ ports: [{ target: 80, published: '81', host_ip: '127.0.0.1' }] }, 'names an address'],
    [{ ports: [{ target: 80, published: '81-90' }] }, 'no range'],
    [
      { ports: [{ target: 80, published: '81', mode: 'host' }], deploy: { update_config: { order: 'start-first' } } },
      'order: stop-first',
    ],
    [{ networks: { default: { ipv4_address: '10.0.0.2' } } }, 'no fixed address'],
    [{ extra_hosts: ['h=host-gateway'] }, 'no host-gateway'],
    [{ depends_on: { web: {} }, ports: [{ target: 80, published: '81' }] }, 'stands in front of web'],
    [{ volumes: [{ type: 'npipe', source: 'a', target: '/a' }] }, 'mounts no npipe'],
  ])('%j is refused', (service, why) => {
    expect(() => check(service)).toThrow(
      expect.objectContaining({ code: 'COMPOSE_INVALID', message: expect.stringContaining(why) }),
    );
  });

  it('neither a folder of the checkout nor a network of one host', () => {
    expect(() => check({ volumes: [{ type: 'bind', source: './data', target: '/d' }] })).toThrow(
      expect.objectContaining({ code: 'COMPOSE_BIND_MOUNT' }),
    );
    expect(() => check({}, { networks: { back: { driver: 'bridge' } } })).toThrow(/driver bridge is of one host/);
  });

  it('a port is had by one service', () => {
    const x = { image: 'i', ports: [{ target: 80, published: '81' }] };
    const doors = (services: Record<string, Json>, publish?: string) => () =>
      checkDoors(project({ web: { ...x }, ...services }), 'web', publish);
    expect(doors({ x }, '80')).not.toThrow();
    expect(doors({ x }, '81')).toThrow(/x publishes 81, and so does the edge of web/);
    expect(doors({ x, y: x })).toThrow(/y publishes 81, and so does x/);
  });

  it('a global service has no share of traffic', () => {
    expect(() => check({}, {}, { deploy: { mode: 'global' } })).toThrow(/deploy.mode global/);
  });

  it.each([
    [{ container_name: 'c' }, 'container_name is left out'],
    [{ links: ['web:w'] }, 'links is left out'],
    [{ security_opt: ['a'], mac_address: 'b' }, 'security_opt, mac_address are left out'],
    [{ deploy: { rollback_config: {} } }, 'decided here'],
    [{ volumes: [{ type: 'volume', source: 'data', target: '/d' }] }, 'pin it by deploy.placement'],
    [{ depends_on: { web: {} } }, 'finds every release'],
  ])('%j is said, and works without', (service, why) => expect(check(service).join()).toContain(why));

  it('nothing is said of what is carried over', () => {
    expect(check({ restart: 'always', depends_on: {}, network_mode: 'bridge', cap_add: ['A'], init: true })).toEqual(
      [],
    );
  });
});

describe('files of the checkout', () => {
  it('are taken in: a config’s content, and a secret’s value beside the project', () => {
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-files-'));
    try {
      writeFileSync(join(folder, 'a.conf'), 'price 5$ ${HOME}');
      writeFileSync(join(folder, 't'), 'v4lue');
      const uses = { configs: [{ source: 'c' }], secrets: [{ source: 't' }] };
      const read = project(
        { web: { image: 'w', ...uses } },
        { configs: { c: { file: 'a.conf' } }, secrets: { t: { file: './t' } } },
      );
      const values = new Map([['t', 'another']]);
      const taken = takeFiles(read, folder, values);
      expect(taken.configs.c).toEqual({ content: 'price 5$$ $${HOME}' });
      expect([taken.secrets.t, values.get('t_file')]).toEqual([{ environment: 't_file' }, 'v4lue']);
      expect(fill(taken.configs.c!.content!)).toBe('price 5$ ${HOME}');
      writeFileSync(join(folder, 't'), Buffer.from([0xff, 0xfe]));
      expect(() => takeFiles(read, folder, values)).toThrow(expect.objectContaining({ code: 'COMPOSE_FILE_SECRET' }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('services in place', () => {
  it('are brought up in the order of what they depend on', () => {
    const dep = (...names: string[]) => ({ image: 'i', depends_on: Object.fromEntries(names.map((n) => [n, {}])) });
    const all = project({ web: dep('api'), api: dep('db', 'cache'), db: dep(), cache: dep('db') });
    expect(inOrder(all, ['api', 'cache', 'db'])).toEqual([['db'], ['cache'], ['api']]);
    expect(inOrder(project({ a: dep('b'), b: dep('a') }), ['a', 'b'])).toEqual([['a', 'b']]);
  });

  let made = 0;
  const task = (Slot: number, State: string, ExitCode = 0): Task =>
    ({
      ID: `t${made++}`,
      CreatedAt: new Date(made).toISOString(),
      Slot,
      DesiredState: ['running', 'starting', 'preparing'].includes(State) ? 'running' : 'shutdown',
      Status: { State, ContainerStatus: { ExitCode } },
    }) as Task;
  const lasting = { slots: 2, ends: false, finishes: false };
  const once = { slots: 1, ends: true, finishes: true };

  it.each([
    ['all run', lasting, [task(1, 'running'), task(2, 'running')], 'good'],
    ['one is to come', lasting, [task(1, 'running'), task(2, 'preparing')], 'wait'],
    [
      'one crashed, whatever came after',
      lasting,
      [task(1, 'failed', 4), task(1, 'running'), task(2, 'running')],
      'bad',
    ],
    ['one ended that is to go on', lasting, [task(1, 'complete'), task(2, 'running')], 'bad'],
    ['it is at its task', once, [task(1, 'running')], 'wait'],
    ['it has done its task', once, [task(1, 'complete')], 'good'],
    ['its task failed', once, [task(1, 'failed', 3)], 'bad'],
    ['it may end, and runs', { ...once, finishes: false }, [task(1, 'running')], 'good'],
    ['a global one on each node', { ...lasting, slots: undefined }, [task(1, 'running'), task(2, 'starting')], 'wait'],
  ])('%s', (_, fate, tasks, kind) => expect(judgeTasks(tasks, fate).kind).toBe(kind));
});
