import { describe, expect, it } from 'vitest';
import { metSince } from '../../../src/deploy/docker/edge/lately.ts';
import { DockerTraffic } from '../../../src/deploy/docker/traffic.ts';
import { noCounters } from '../../../src/deploy/on-target.ts';
import { metBefore } from '../../../src/deploy/rollout/before.ts';
import { tooManyErrors } from '../../../src/deploy/rollout/counters.ts';
import { RECORD } from '../../../src/lib/haproxy.ts';
import { command } from '../../support/memory/runs.ts';
import { World } from '../../support/memory/world.ts';
import { calm, deploy, one, seen, state } from './flows-samples.ts';

const counted = (requests: number, errors: number) => ({ requests, errors });

/** v1 serves, and nobody comes while anything is made ready; v2, once it has all traffic, fails 9 of its first 23. */
async function outage(world: World, lately: World['lately'], more: Record<string, string> = {}) {
  expect((await deploy(world, 'v1', more)).end).toBe('ok');
  world.lately = lately;
  world.visit = () => {
    const [v2] = world.read()!.releases;
    if (v2?.image !== 'v2' || world.shares().get(v2.release) !== 1) return;
    world.served.ok.set(v2.release, 14);
    world.served.errors.set(v2.release, 9);
  };
  return world;
}

describe('a hotfix whose first users fail as often as those of the last minute', () => {
  const failing = () => counted(60, 24);
  it.each(['blue-green', 'canary', 'recreate'])('is kept with strategy %s', async (strategy) => {
    const more = { strategy, 'canary-steps': '100%' };
    const world = await outage(one(), failing, more);
    expect(state(await deploy(world, 'v2', more))).toEqual(['ok', 'good', false]);
    expect(seen(world)).toMatchObject({ current: 'v2', traffic: ['v2 1'] });
  });
  it('is kept by a promote', async () => {
    const world = await outage(one(), failing);
    const manual = { strategy: 'canary', promote: 'manual', 'canary-weight': '10%' };
    expect(state(await deploy(world, 'v2', manual))).toEqual(['ok', 'pending', false]);
    expect(state(await command([world], { command: 'promote' }))).toEqual(['ok', 'good', false]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v2' });
  });
  it.each([
    ['nobody failed then', () => counted(60, 0)],
    ['surely fewer failed then', () => counted(600, 24)],
    ['nobody can tell, and nobody asked since', () => undefined],
    ['it is not written down', undefined],
  ])('is taken back where %s', async (_, lately) => {
    const world = await outage(one(), lately);
    expect(state(await deploy(world, 'v2'))).toEqual(['WATCH_FAILED', 'rolled-back', true]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v1', traffic: ['v1 1'] });
  });
});

describe('the minute before', () => {
  it('is recalled once on each target, of what serves, before the deploy is begun', async () => {
    const first = new World('host-1', 'eu');
    const worlds = [first, new World('host-2', 'eu', first.clock)];
    const asked: unknown[] = [];
    await command(worlds, { image: 'v1' });
    for (const world of worlds) {
      world.lately = (...of) => {
        asked.push([world.label, ...of, world.read()!.open]);
        return undefined;
      };
    }
    const told = await command(worlds, { image: 'v2', 'hosts-at-once': '1' });
    expect(told.end).toBe('ok');
    expect(asked).toEqual([
      ['host-1', 'v1', 60_000, undefined],
      ['host-2', 'v1', 60_000, undefined],
    ]);
  });
  it('is another one where a target gets its turn later', async () => {
    const first = new World('host-1', 'eu');
    const worlds = [first, new World('host-2', 'us', first.clock)];
    let asked = 0;
    for (const world of worlds) {
      const lately = () => {
        asked++;
        return counted(60, 24);
      };
      await outage(world, lately);
    }
    const told = await command(worlds, { image: 'v2', 'region-pause': '2m' });
    expect([told.end, asked]).toEqual(['ok', 3]);
  });
  it('is of no first release', async () => {
    const world = one();
    world.lately = () => counted(60, 60);
    expect((await deploy(world, 'v1')).calls).not.toContain('recall');
  });
  it('is added to what is counted until the switch, and not needed beside a whole minute of it', () => {
    const before = { counters: noCounters, minute: { at: 0, met: counted(60, 24) }, at: 1000 };
    const now = { ...noCounters, ok: 6 };
    expect(metBefore(before, now, 3000)).toEqual(counted(66, 24));
    expect(metBefore(before, now, 61_000)).toEqual(counted(6, 0));
    // One that has been stopped counts nothing: the last that was heard of it holds.
    expect(metBefore(before, noCounters, 61_000)).toEqual(counted(60, 24));
    expect(metBefore({ ...before, minute: { at: 0, met: undefined } }, now, 3000)).toEqual(counted(6, 0));
  });
  it('decides where the gate was too short to', () => {
    const hotfix = counted(23, 9);
    for (const gate of [noCounters, { ...noCounters, ok: 6 }]) {
      const was = (met?: { requests: number; errors: number }) =>
        metBefore({ counters: noCounters, minute: { at: 0, met }, at: 0 }, gate, 2000);
      expect(tooManyErrors(hotfix, was(), 0.05)).toBeDefined();
      expect(tooManyErrors(hotfix, was(counted(23, 9)), 0.05)).toBeUndefined();
      expect(tooManyErrors(hotfix, was(counted(400, 0)), 0.05)).toBeDefined();
    }
  });
});

describe("an edge's records", () => {
  const now = Date.parse('2026-11-30T12:10:00Z');
  const fine = {
    ...{
      mark: 'r2',
      door: 'public',
      number: '1',
      begun: '',
      span: '0',
      server: 'a1',
      status: '200',
      wait: '0',
      connect: '1',
      answer: '5',
      total: '6',
    },
    ...{ end: '--', kind: '-', method: 'GET', path: '/' },
  };
  const line = (secondsAgo: number, more: Partial<typeof fine> = {}) => {
    const fields: Record<string, string> = { ...fine, begun: String(now / 1000 - secondsAgo), ...more };
    return RECORD.map(([name]) => fields[name]).join('\t');
  };
  const text = [
    line(61, { status: '500' }),
    line(60, { status: '500' }),
    `r1\t${now - 40_000}\ta1\t200\t0\t1\t5\t6\t--\t-\tGET\t/`, // of an edge from before they were counted
    line(30, { server: 'a2', status: '503', end: 'SC', answer: '-1' }),
    line(20, { server: 'b1', status: '500' }),
    line(20, { server: '<NOSRV>', status: '503' }),
    line(10, { status: '502', kind: 'probe' }),
    line(10, { status: '-1', end: 'CH' }),
    line(5, { status: '404' }),
    JSON.stringify({ ...fine, time: '2026-11-30T12:09:58Z', status: 500, ms: 3 }),
    'Proxy public stopped (cumulated conns: FE: 13, BE: 0).',
    '',
  ].join('\n');
  it('tell what its users met of one release, in that time alone', () => {
    expect(metSince(text, 'r1', 'a', now - 60_000)).toEqual(counted(5, 3));
    expect(metSince(text, 'r2', 'b', now - 60_000)).toEqual(counted(1, 1));
    expect(metSince(text, 'r1', 'a', now - 3000)).toEqual(counted(1, 1));
  });
  it('are none of a release that was made later', () => {
    expect(metSince(text, '20261130-120928-ab12cd3', 'a', now - 60_000)).toEqual(counted(3, 2));
  });
  it.each(['', 'No such event sink', 'Unknown command'])('are not there where it says "%s"', (said) => {
    expect(metSince(said, 'r1', 'a', 0)).toBeUndefined();
  });

  const traffic = (records: () => Promise<string>, more: object = {}) => {
    const said: string[] = [];
    const host = {
      ...{ history: {}, edgeRuns: true, runtime: { records }, now: () => now },
      ...{ slotOf: () => 'a', say: (words: string) => said.push(words), ...more },
    };
    return { said, lately: () => new DockerTraffic(host as never).lately('r1', 60_000) };
  };
  it('are read once over the open session, and a deploy goes on without them', async () => {
    let asked = 0;
    const read = traffic(async () => {
      asked++;
      return text;
    });
    expect([await read.lately(), asked]).toEqual([counted(5, 3), 1]);
    const broken = traffic(() => Promise.reject(new Error('no session')));
    expect([await broken.lately(), broken.said.join()]).toEqual([undefined, expect.stringContaining('no session')]);
    for (const more of [{ edgeRuns: false }, { runtime: undefined }, { slotOf: () => undefined }]) {
      expect(await traffic(async () => text, more).lately()).toBeUndefined();
    }
  });
});
