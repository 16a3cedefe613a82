import { describe, expect, it } from 'vitest';
import type { AppContainer } from '../../../src/deploy/docker/containers.ts';
import { renderConfig, structureOf } from '../../../src/deploy/docker/edge/config.ts';
import { apart, doorsFor, unserved } from '../../../src/deploy/docker/edge/doors.ts';
import { entrances } from '../../../src/deploy/docker/edge/entrances.ts';
import { emptied, misfits, placeFor, weightsOf } from '../../../src/deploy/docker/edge/places.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';
import { asList } from '../../../src/deploy/docker/worker.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import { parseDoors, parsePublishLines } from '../../../src/deploy/publish.ts';
import { carriersOf, instancesOf, isWorker, portsOf, portWords } from '../../../src/deploy/release/parts.ts';
import { parseWorkers } from '../../../src/deploy/workers.ts';
import { spec } from './samples.ts';

describe('lines of publish', () => {
  it('are one port as ever, or ports as compose writes them', () => {
    expect(parsePublishLines('8080')).toEqual([{ publish: '8080' }]);
    expect(parsePublishLines('127.0.0.1:8080')).toEqual([{ publish: '127.0.0.1:8080' }]);
    expect(parsePublishLines('8080:3000\n127.0.0.1:9000:api:9001\n[::1]:7000:7001/tcp')).toEqual([
      { publish: '8080', port: 3000 },
      { publish: '127.0.0.1:9000', service: 'api', port: 9001 },
      { publish: '[::1]:7000', port: 7001 },
    ]);
  });
  it.each([
    ['0', 'is not a port'],
    ['8080:99999', 'is not a port'],
    ['web:8080', 'is not a port'],
    ['8080:3000/udp', 'UDP'],
    ['8080:3000\n127.0.0.1:8080:3001', '8080 of the host stands there twice'],
    ['8080\n9000', 'has to say where it leads: 9000:3000'],
  ])('%j is refused', (text, words) => expect(() => parsePublishLines(text)).toThrow(words));
  it('have a path each for the gate', () => {
    const { first, path, further } = parseDoors('8080:3000\n9000:api:9001\n7000:7000', '/healthz\n9000 /ready');
    expect(first).toEqual({ publish: '8080', port: 3000 });
    expect(path).toBe('/healthz');
    expect(further).toEqual([
      { publish: '9000', port: 9001, part: 'api', path: '/ready' },
      { publish: '7000', port: 7000 },
    ]);
    expect(() => parseDoors('8080:3000', '7 /x')).toThrow('no line of publish has port 7');
    expect(() => parseDoors('8080:3000', '/a\n/b')).toThrow('second path');
    expect(() => parseDoors('8080:3000', '/a b')).toThrow('must not hold blanks');
    expect(() => parseDoors('8080:3000', 'healthz')).toThrow('must begin with a slash');
  });
  it('contradict nothing else', () => {
    const told = (more: Record<string, string>) =>
      schema.safeParse({ app: 'shop', image: 'i:1', ...more }).error?.issues.map(({ message }) => message) ?? [];
    expect(told({ publish: '8080:3000\n9000:3001' })).toEqual([]);
    expect(told({ publish: '8080:3000', port: '3000' })).toEqual([]);
    expect(told({ publish: '8080:3000', port: '4000' })[0]).toContain('leave one of them out');
    expect(told({ publish: '8080:web:3000' })[0]).toContain('no compose-file');
    expect(told({ publish: '8080:3000\n9000:3001', edge: 'none', strategy: 'recreate' })[0]).toContain('several ports');
    expect(told({ publish: '8080:3000', workers: 'queue node' })[0]).toContain('is not of the form');
  });
});

describe('workers', () => {
  it('are read as a Procfile has them', () => {
    expect(parseWorkers(['queue: node worker.js', 'mail=3: sh -c "a && b"'])).toEqual([
      { name: 'queue', replicas: 1, command: 'node worker.js' },
      { name: 'mail', replicas: 3, command: 'sh -c "a && b"' },
    ]);
    for (const line of ['Queue: x', 'queue:x', 'queue=0: x', 'queue=33: x', 'edge: x']) {
      expect(() => parseWorkers([line]), line).toThrow('workers: ');
    }
    expect(() => parseWorkers(['a: x', 'a: y'])).toThrow('stands there twice');
  });
  it('run plain words as they stand, and by a shell what needs one', () => {
    expect(asList('node  worker.js --queue=mail')).toBe('["node","worker.js","--queue=mail"]');
    for (const line of ['A=1 node x', 'node x | tee y', 'node "x y"', 'a && b', '["a"]'])
      expect(asList(line)).toBe(line);
  });
  it('count among the instances and carry no traffic', () => {
    const parts = [
      { name: 'api', replicas: 2 },
      { name: 'queue', replicas: 3, command: 'x' },
    ];
    expect([instancesOf({ replicas: 1, parts }), carriersOf({ replicas: 1, parts })]).toEqual([6, 3]);
    expect([isWorker({ replicas: 1, parts }, 'queue'), isWorker({ replicas: 1, parts }, 'api')]).toEqual([true, false]);
  });
});

const doors = [
  { publish: '9000', port: 9001, part: 'api', path: '/ready' },
  { publish: '7000', port: 7001 },
];
const container = (release: string, n: number, part = ''): AppContainer => ({
  ...{
    id: `${release}${part}${n}`,
    name: `shop-${release}${part && `-${part}`}-${n}`,
    release,
    image: 'i',
    state: 'running',
  },
  ...{ ip: `10.0.0.${n}`, part, labels: { spec: { ...spec, doors } } as AppContainer['labels'] },
});
const edge = (slots: Partial<EdgeModel['slots']> = {}): EdgeModel => ({
  ...{ image: 'haproxy', publish: '8080', doors: ['9000', '7000'], sticky: false, room: 2 },
  slots: { a: null, b: null, ...slots },
});
const old = { release: 'r1', port: 3000, servers: ['shop-r1-1'], share: 1 };

describe('an edge with several ports', () => {
  it('has a frontend and a backend for each', () => {
    const names = entrances(edge()).map(({ frontend, backend, inside }) => [frontend, backend, inside]);
    expect(names).toEqual([
      ['public', 'app', 8080],
      ['public_9000', 'app_9000', 8090],
      ['public_7000', 'app_7000', 8100],
    ]);
    const { place } = placeFor(edge(), 'b', 'r2', 3000, [container('r2', 1), container('r2', 1, 'api')]);
    const text = renderConfig(edge({ a: old, b: { ...place, share: 0 } }));
    expect(text).toMatch(/frontend public_9000\n {2}bind :8090\n/);
    expect(text).toContain('  default_backend app_9000\n');
    expect(text).toMatch(/backend app_9000\n {2}balance roundrobin\n {2}server a1 127.0.0.1:9 weight 0 disabled\n/);
    expect(text).toContain('  server b1 shop-r2-api-1:9001 weight 0\n');
    expect(text).toContain('  server b1 shop-r2-1:7001 weight 0\n');
  });
  it('stands beside its successor only where no port of the one is among those of the other', () => {
    const metrics = { at: '127.0.0.1:9101', app: 'shop', environment: 'production' };
    const behind = { ...edge(), publish: '', doors: [] };
    expect(apart(behind, { ...behind, metrics })).toBe(true);
    expect(apart({ ...behind, metrics }, { ...behind, metrics })).toBe(false);
    expect(apart(edge(), { ...edge(), publish: '8081' })).toBe(false);
    expect(apart(edge(), { ...behind, metrics: { ...metrics, at: '127.0.0.1:8080' } })).toBe(false);
  });
  it('counts a client once for all its ports', () => {
    const options = { tls: false, acceptProxy: false, rateLimit: { requests: 3, perMs: 1000 } };
    const text = renderConfig({ ...edge(), options });
    expect(text.match(/stick-table/g)).toHaveLength(1);
    expect(text.match(/track-sc0 src table public unless/g)).toHaveLength(2);
  });
  it('with one port is as it ever was', () => {
    const one = { ...edge(), doors: undefined };
    expect(structureOf({ ...one, doors: [] })).toBe(structureOf(one));
    expect(structureOf(edge())).not.toBe(structureOf(one));
    expect(renderConfig(one)).not.toContain('public_');
  });
  it('points and weighs the servers of all its ports together, gains first', () => {
    const mine = [container('r2', 1), container('r2', 2), container('r2', 1, 'api')];
    const { place, pointers } = placeFor(edge(), 'b', 'r2', 3000, mine);
    expect(place).toEqual({
      ...{ release: 'r2', port: 3000, servers: ['shop-r2-1', 'shop-r2-2'], share: 0 },
      doors: {
        9000: { port: 9001, servers: ['shop-r2-api-1'] },
        7000: { port: 7001, servers: ['shop-r2-1', 'shop-r2-2'] },
      },
    });
    expect(pointers.map(([server, at]) => `${server} ${at ? `${at.host}:${at.port}` : '-'}`)).toEqual([
      'app/b1 shop-r2-1:3000',
      'app/b2 shop-r2-2:3000',
      'app_9000/b1 shop-r2-api-1:9001',
      'app_9000/b2 -',
      'app_7000/b1 shop-r2-1:7001',
      'app_7000/b2 shop-r2-2:7001',
    ]);
    expect(weightsOf(edge({ a: { ...old, share: 0 }, b: { ...place, share: 1 } }))).toEqual([
      ['app/b1', 1],
      ['app/b2', 1],
      ['app_9000/b1', 1],
      ['app_7000/b1', 1],
      ['app_7000/b2', 1],
      ['app/a1', 0],
    ]);
    const fewer = placeFor(edge(), 'b', 'r2', 3000, [mine[0]!, mine[2]!]).place;
    expect(misfits(edge(), 'b', place, fewer)).toEqual(['app/b2', 'app_7000/b2']);
    expect(emptied(edge(), 'a')).toHaveLength(6);
  });
  it('keeps what the serving release needs while a port comes, and what it has while one goes', () => {
    const had = edge({ a: { ...old, doors: { 9000: { port: 9001, servers: [] } } } });
    expect(doorsFor(undefined, '8080', doors)).toEqual(['9000', '7000']);
    expect(doorsFor(had, '8080', doors)).toEqual(['9000', '7000']);
    expect(doorsFor(had, '8080', [])).toEqual(['9000', '7000']);
    expect(doorsFor(had, '8080', [{ publish: '6000' }])).toEqual(['9000', '6000']);
    expect(doorsFor(had, '8080', [{ publish: '127.0.0.1:9000' }])).toEqual(['127.0.0.1:9000']);
    expect(doorsFor(had, '9000', [])).toEqual([]);
    expect(unserved(['9000', '7000'], [{ publish: '7000' }])[0]).toContain('port 9000');
  });
  it('is told of in words, and asked at each port', () => {
    expect(portWords({ publish: '8080', port: 3000, doors })).toBe('8080 -> 3000, 9000 -> api:9001, 7000 -> 7001');
    expect(portsOf({ ...spec, doors })).toMatchObject([{ port: 3000, path: '/healthz' }, { port: 7001 }]);
    expect(portsOf({ ...spec, doors }, 'api')).toMatchObject([{ port: 9001, path: '/ready' }]);
    expect(portsOf({ ...spec, doors }, 'queue')).toEqual([]);
  });
});
