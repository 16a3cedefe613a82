import { describe, expect, it } from 'vitest';
import { renderConfig } from '../../../src/deploy/docker/edge/config.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import { jobBody, plain, releaseBody, tmpfs } from '../../../src/deploy/swarm/body.ts';
import { CONFIG_LABEL, edgeBody, edgeLabels } from '../../../src/deploy/swarm/edge/body.ts';
import { sharesOf } from '../../../src/deploy/swarm/edge/shares.ts';
import { readLabels } from '../../../src/deploy/swarm/labels.ts';
import { objectName } from '../../../src/deploy/swarm/secrets.ts';
import { specFrom, specWarnings } from '../../../src/deploy/swarm/spec.ts';
import { asked, containerOf, inputs, labelsOf, model, specOf } from './swarm-samples.ts';

describe('inputs on a Swarm', () => {
  it.each([
    ['placement', { 'compose-file': 'compose.yml', placement: 'node.role==worker' }],
    ['edge', { 'compose-file': 'compose.yml', publish: '', edge: 'none', strategy: 'recreate' }],
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

  it('refuses a constraint that fits no node, or that no Swarm can read, before anything is touched', () => {
    const base = { app: 'shop', image: 'i:1', publish: '8080', port: '80', hosts: 'swarm+unix:///s' };
    const told = (placement: string, key = 'placement') =>
      schema.safeParse({ ...base, [key]: placement }).error?.issues.map(({ path }) => path[0]) ?? [];
    for (const right of ['node.role == manager', 'node.labels.zone!=eu-1', 'engine.labels.disk==ssd', 'Node.ID==x1'])
      expect(told(right)).toEqual([]);
    for (const wrong of ['zone==eu', 'node.labels.zone=eu', 'node.labels.zone==', 'node.zone==eu', 'node.role>=a'])
      expect([wrong, told(wrong)]).toEqual([wrong, ['placement']]);
    expect(told('zone==eu', 'edge-placement')).toEqual(['edge-placement']);
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
    // A pod goes by the cluster's will too, with what is on its way to it.
    expect(renderConfig(alone, 'addresses')).toMatch(
      /retry-on conn-failure empty-response\n {2}http-request disable-l7-retry unless METH_GET/,
    );
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
