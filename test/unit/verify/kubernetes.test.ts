import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Api } from '../../../src/lib/kubernetes/api.ts';
import type { Pod } from '../../../src/lib/kubernetes/types.ts';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import type { OpenHost } from '../../../src/verify/live/containers.ts';
import { EdgeRings } from '../../../src/verify/live/edge-rings.ts';
import { stampedUtc, utcLines } from '../../../src/verify/live/kubernetes/log.ts';
import { edgeOf, versions } from '../../../src/verify/live/kubernetes/site.ts';
import { PodVitals, quantity } from '../../../src/verify/live/kubernetes/vitals.ts';
import { StandIn } from '../../support/kubernetes/stand-in.ts';
import { MemoryClock } from '../../support/memory/clock.ts';
import { EdgeInMemory } from '../../support/verify/edges.ts';

describe('times of a log', () => {
  it.each([
    ['2026-11-30T06:42:35.123456789Z hello', '2026-11-30T06:42:35.123456789Z hello'],
    ['2026-11-30T14:42:35.5+08:00 hello world', '2026-11-30T06:42:35.500000000Z hello world'],
    ['2026-11-30T06:42:35Z hello', '2026-11-30T06:42:35.000000000Z hello'],
    ['no time at all', 'no time at all'],
  ])('%s', (line, wanted) => expect(stampedUtc(line)).toBe(wanted));

  it('are put right however the log is cut', async () => {
    const text = '2026-11-30T14:42:35.5+08:00 one\n2026-11-30T14:42:36.5+08:00 two\n2026-11-30T14:42:37+08:00 half';
    let read = '';
    const pieces = [...text.matchAll(/[\s\S]{1,7}/g)].map(([piece]) => Buffer.from(piece));
    for await (const chunk of Readable.from(pieces).pipe(utcLines())) read += chunk;
    expect(read.split('\n')).toEqual([
      '2026-11-30T06:42:35.500000000Z one',
      '2026-11-30T06:42:36.500000000Z two',
      '2026-11-30T06:42:37.000000000Z half',
    ]);
  });
});

it('quantities of Kubernetes are numbers', () => {
  expect(['250m', '12345678n', '64Mi', '1', '1500', '2Gi'].map(quantity)).toEqual([
    0.25,
    expect.closeTo(0.012345678),
    67_108_864,
    1,
    1500,
    2_147_483_648,
  ]);
});

it('the releases of a deployment are old and new as its roles say', () => {
  const slot = (release: string, role: string) => ({ release, role, image: '', weight: 0, containers: [] });
  const slots = [slot('r1', 'warm'), slot('r2', 'current'), slot('r3', 'candidate')];
  const deployment = { release: 'r3', hosts: [{ host: 'k', slots }] } as never;
  expect([...versions(deployment, false)]).toEqual([
    ['r1', 'old'],
    ['r2', 'old'],
    ['r3', 'new'],
  ]);
  expect([...versions(deployment, true)]).toEqual([['r2', 'new']]);
});

describe('vital signs of pods', () => {
  const cluster = new StandIn(new MemoryClock());
  const put = (name: string, restarts: number, more: Partial<Pod['metadata']> = {}, ready = true) =>
    cluster.objects.set(`pods/${name}`, {
      metadata: {
        name,
        uid: name,
        labels: { 'io.seatrial.app': 'shop', 'io.seatrial.role': 'app', 'io.seatrial.release': 'r2' },
        ...more,
      },
      spec: { containers: [{ name: 'app', image: 'shop:1' }] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        containerStatuses: [{ name: 'app', ready, restartCount: restarts, state: { running: {} } }],
      },
    } as never);
  const vitals = () =>
    new PodVitals(new Api(cluster.wire()), 'shop', (release) => (release === 'r2' ? 'new' : undefined), undefined);
  const facts = async (of: PodVitals) => {
    const found: string[] = [];
    const emit = (event: JudgeEvent) => void (event.kind === 'fact' && found.push(`${event.gate}: ${event.text}`));
    await of.read(emit, new AbortController().signal);
    return found;
  };

  it('follow a pod that comes in the place of another, and count what it does', async () => {
    cluster.objects.clear();
    put('a', 3);
    const watched = vitals();
    const met: string[] = [];
    watched.onPod(({ metadata }) => met.push(metadata.name));
    expect(await facts(watched)).toEqual([]); // its restarts were before we came
    cluster.objects.delete('pods/a');
    put('b', 1);
    expect(await facts(watched)).toEqual(['restart: b restarted.']);
    expect(met).toEqual(['a', 'b']);
    expect(watched.rows()).toContainEqual(['Pods, those replaced too', '0', '2']);
    expect(watched.skipped()).toEqual([expect.stringContaining('metrics-server')]);
  });

  it('tell readiness that was lost, a restart, and that nobody is left', async () => {
    cluster.objects.clear();
    put('a', 0);
    const watched = vitals();
    expect(await facts(watched)).toEqual([]);
    put('a', 0, {}, false);
    expect(await facts(watched)).toEqual(['health: a is not ready any more.']);
    put('a', 1, {});
    expect(await facts(watched)).toEqual(['restart: a restarted.']);
    cluster.objects.clear();
    expect(await facts(watched)).toEqual(['container: No pod of the new version is left.']);
  });

  it('think nothing of one that is asked to go', async () => {
    cluster.objects.clear();
    put('a', 0);
    put('b', 0);
    const watched = vitals();
    await facts(watched);
    put('a', 0, { deletionTimestamp: 'now' }, false);
    expect(await facts(watched)).toEqual([]);
  });
});

describe('the pods of an edge', () => {
  const cluster = new StandIn(new MemoryClock());
  const labels = (role: string) => ({ 'io.seatrial.app': 'shop', 'io.seatrial.role': role });
  const put = (one: EdgeInMemory, restarts = 0, more: Partial<Pod['metadata']> = {}) => {
    cluster.shells.set(one.name, one.sh);
    cluster.objects.set(`pods/${one.name}`, {
      metadata: { name: one.name, uid: `uid-${one.name}`, labels: labels('edge'), ...more },
      spec: { containers: [{ name: 'edge', image: 'haproxy' }] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name: 'edge', ready: true, restartCount: restarts, state: { running: {} } }],
      },
    } as never);
  };
  for (const [slot, clusterIP, release] of [
    ['a', '10.0.0.1', '20261130-070000-aaaaaaa'],
    ['b', '10.0.0.2', 'r2'],
  ])
    cluster.objects.set(`services/shop-${slot}`, {
      metadata: { name: `shop-${slot}`, labels: labels('slot') },
      spec: { clusterIP, selector: { 'io.seatrial.release': release } },
    } as never);
  const { signal } = new AbortController();
  const edge = () =>
    edgeOf(new Api(cluster.wire()), { skewMs: 0 } as OpenHost, 'shop', 'shop-edge', (release) =>
      release === 'r2' ? 'new' : 'old',
    );
  const BEGIN = Date.parse('2026-11-30T08:00:00Z');
  const servers = { a1: '10.0.0.1', b1: '10.0.0.2' };

  it('are each asked for their records, and a server is of the release behind its Service', async () => {
    const [one, two] = [new EdgeInMemory('edge-1', servers), new EdgeInMemory('edge-2', servers)];
    put(one);
    put(two);
    put(new EdgeInMemory('edge-0', servers), 0, { deletionTimestamp: 'now' });
    one.serve(BEGIN - 1000, { path: '/before' });
    one.serve(BEGIN + 1000, { path: '/pay', server: 'b1' });
    two.serve(BEGIN + 1000, { path: '/pay', server: 'b1' });
    const shop = edge();
    expect(await shop.look(signal)).toBe(true);
    const found: string[] = [];
    const stop = new AbortController();
    const rings = new EdgeRings(shop, {
      ...{ since: BEGIN / 1000, clock: new MemoryClock(), signal: stop.signal },
      take: ({ path, server }, at) => found.push(`${at} ${path} ${shop.versionAt(server, at)}`),
      lost: (error) => found.push(String(error)),
    });
    const running = rings.run();
    await expect.poll(() => found.length).toBe(2);
    stop.abort();
    await running;
    expect(found.sort()).toEqual(['uid-edge-1/0 /pay new', 'uid-edge-2/0 /pay new']);
    const past = await rings.past();
    expect(past.map(({ edge: at, records }) => [at, records.map(({ path }) => path)])).toEqual([
      ['uid-edge-1/0', ['/before', '/pay']],
      ['uid-edge-2/0', ['/pay']],
    ]);
    // The slot was another's before its release began to be made.
    expect(shop.bornAt('a1', 'uid-edge-1/0')).toBe(Date.parse('2026-11-30T07:00:00Z') / 1000);
    rings.close();
  });

  it('of which one keeps no records or is silent are told apart, and one begun anew is another', async () => {
    const [one, two] = [new EdgeInMemory('edge-1', servers), new EdgeInMemory('edge-2', servers)];
    two.answers = false;
    put(one);
    put(two);
    const shop = edge();
    expect(await shop.look(signal)).toBe(true);
    expect(shop.told.map(({ name, ring, fault }) => [name, ring !== undefined, fault !== undefined])).toEqual([
      ['edge-1', true, false],
      ['edge-2', false, true],
    ]);
    two.answers = true;
    two.keeps = false;
    put(one, 1);
    expect(await shop.look(signal)).toBe(false);
    expect(shop.told.map((told) => told.edge)).toEqual(['uid-edge-1/1', 'uid-edge-2/0']);
    one.answers = false;
    two.answers = false;
    await expect(shop.look(signal)).rejects.toMatchObject({ code: 'EDGE_UNREACHABLE' });
  });
});
