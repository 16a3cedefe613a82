import type { ContainerInfo } from 'dockerode';
import { expect, it } from 'vitest';
import type { AppContainer, Listing } from '../../../src/deploy/docker/containers.ts';
import { rebuild } from '../../../src/deploy/docker/state/rebuild.ts';
import { spec } from './samples.ts';

const container = (release: string, previous: string, state = 'running'): AppContainer => ({
  id: release,
  release,
  image: spec.image,
  name: `shop-${release}-1`,
  state,
  ip: '',
  part: '',
  labels: {
    app: 'shop',
    environment: 'production',
    release,
    image: spec.image,
    spec,
    run: '',
    actor: 'me',
    previous,
    slot: 'a',
    at: release,
  },
});
const edge = { Image: 'haproxy', Labels: { 'io.seatrial.publish': '8080' } } as unknown as ContainerInfo;
const listing = (apps: AppContainer[], withEdge: boolean): Listing => ({
  apps,
  edge: withEdge ? edge : undefined,
  left: [],
  hooks: [],
  readers: [],
  going: [],
  strangers: [],
});

it('finds what serves by the weights, and what was good along the chain of its making', () => {
  const apps = [
    container('r1', '', 'exited'),
    container('r2', 'r1', 'exited'),
    container('r3', 'r1'),
    container('r4', 'r3'),
  ];
  const hosts = new Map([
    ['a1', 'shop-r3-1'],
    ['a2', '-'],
    ['b1', 'shop-r4-1'],
    ['b2', '-'],
  ]);
  const history = rebuild(
    'shop',
    'production',
    listing(apps, true),
    hosts,
    new Map([
      ['r3', 0.9],
      ['r4', 0.1],
    ]),
  );
  expect(history.current).toBe('r3');
  expect(history.releases.map((r) => [r.release, r.status])).toEqual([
    ['r4', 'bad'],
    ['r3', 'good'],
    ['r2', 'bad'],
    ['r1', 'good'],
  ]);
  expect(history.edge).toMatchObject({
    publish: '8080',
    room: 2,
    slots: { a: { release: 'r3', share: 0.9 }, b: { release: 'r4', share: 0.1 } },
  });
});

it('without an edge takes what ran before the newest, which may not have been found good yet', () => {
  expect(
    rebuild('shop', 'production', listing([container('r1', ''), container('r2', 'r1')], false), new Map()).current,
  ).toBe('r1');
  expect(
    rebuild('shop', 'production', listing([container('r1', '', 'exited'), container('r2', 'r1')], false), new Map())
      .current,
  ).toBe('r2');
  expect(rebuild('shop', 'production', listing([], false), new Map())).toMatchObject({ current: '', releases: [] });
});

it('finds how users come to the edge, and what it was told, by its labels, its networks and its map', () => {
  const front = {
    ...{ app: 'shop', image: 'haproxy:3', http: '80', https: '443', domains: ['shop.example'], redirects: [] },
    tls: 'off' as const,
  };
  const Labels = {
    'io.seatrial.publish': '',
    'io.seatrial.metrics': '127.0.0.1:9101',
    'io.seatrial.front': JSON.stringify({ format: 1, ...front }),
  };
  const led = { Labels, NetworkSettings: { Networks: { 'zz-seatrial-front': {} } } } as unknown as ContainerInfo;
  const of = (info: ContainerInfo, map?: string) =>
    rebuild('shop', 'production', { ...listing([], true), edge: info }, new Map(), new Map(), map).edge!;
  expect(of(led, '0x1 maintenance on\n0x2 canary off')).toMatchObject({
    front,
    metrics: { at: '127.0.0.1:9101', app: 'shop', environment: 'production' },
    maintenance: true,
  });
  expect(of(led, '0x1 maintenance off\n0x2 canary off').maintenance).toBeUndefined();
  // It has left the front since it was made.
  expect(of({ ...led, NetworkSettings: { Networks: {} } } as ContainerInfo).front).toBeUndefined();
});
