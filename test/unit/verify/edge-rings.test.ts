import { describe, expect, it } from 'vitest';
import type { EdgeRecord } from '../../../src/lib/edge-records.ts';
import type { OpenHost } from '../../../src/verify/live/containers.ts';
import { askEach, Edge } from '../../../src/verify/live/edge.ts';
import { EdgeRings } from '../../../src/verify/live/edge-rings.ts';
import { MemoryClock } from '../../support/memory/clock.ts';
import { EdgeInMemory } from '../../support/verify/edges.ts';

const BEGIN = Date.parse('2026-11-30T08:00:00Z');

/** An edge of several instances, looked at every two seconds as the source of its counters does. */
async function watch(fleet: EdgeInMemory[], second: Record<number, () => void>, seconds: number) {
  const clock = new MemoryClock(BEGIN);
  const stop = new AbortController();
  const { signal } = stop;
  const edge = new Edge({} as OpenHost, 'shop-edge', (host) => (host === '10.0.0.2' ? 'new' : 'old'), {
    ask: () =>
      askEach(
        'shop-edge',
        fleet.map((one) => ({ edge: one.name, name: one.name, ask: async () => one.ask() })),
      ),
    patienceMs: 5000,
  });
  const found: [at: string, record: EdgeRecord][] = [];
  const lost: unknown[] = [];
  const keeps = await edge.look(signal);
  const rings = new EdgeRings(edge, {
    ...{ since: BEGIN / 1000, clock, signal },
    take: (record, at) => found.push([at, record]),
    lost: (error) => lost.push(error),
  });
  const running = rings.run();
  for (let at = 1; at <= seconds; at++) {
    await clock.sleep(1000);
    second[at]?.();
    if (at % 2 === 0) await edge.look(signal).catch(() => undefined);
  }
  const missing = rings.missing();
  stop.abort();
  await running;
  return { edge, rings, found, lost, keeps, missing, paths: found.map(([at, { path }]) => `${at} ${path}`).sort() };
}

const SERVERS = { a1: '10.0.0.1', b1: '10.0.0.2' };
const served = (edge: EdgeInMemory, path: string, more = {}) => edge.serve(BEGIN + 500, { path, ...more });

describe('the rings of an edge with several instances', () => {
  it('are all read, each record once, and one server may lead elsewhere at another', async () => {
    const [one, two] = [new EdgeInMemory('e1', SERVERS), new EdgeInMemory('e2', { a1: '10.0.0.2', b1: '10.0.0.1' })];
    one.serve(BEGIN - 9000, { path: '/before' });
    const { edge, paths, found, missing, keeps } = await watch(
      [one, two],
      {
        1: () => {
          served(one, '/pay');
          served(two, '/pay');
        },
        3: () => served(two, '/cart', { server: 'b1' }),
      },
      6,
    );
    expect(keeps).toBe(true);
    expect(paths).toEqual(['e1 /pay', 'e2 /cart', 'e2 /pay']);
    const versions = found.map(([at, { path, server }]) => `${at} ${path} ${edge.versionAt(server, at)}`).sort();
    expect(versions).toEqual(['e1 /pay old', 'e2 /cart old', 'e2 /pay new']);
    expect(missing).toEqual([]);
  });

  it('are followed through one that goes, read until it is silent, and one that comes, read from its beginning', async () => {
    const [one, two, three] = ['e1', 'e2', 'e3'].map((name) => new EdgeInMemory(name, SERVERS)) as [
      EdgeInMemory,
      EdgeInMemory,
      EdgeInMemory,
    ];
    const fleet = [one, two];
    const { edge, paths, found, missing, lost } = await watch(
      fleet,
      {
        1: () => served(three, '/first'),
        2: () => fleet.splice(0, 1, three),
        // It misses one question, and is still there.
        3: () => {
          one.answers = false;
        },
        4: () => {
          one.answers = true;
          served(one, '/last');
        },
        6: () => {
          one.answers = false;
        },
        9: () => served(two, '/on'),
      },
      12,
    );
    expect(paths).toEqual(['e1 /last', 'e2 /on', 'e3 /first']);
    expect(found.map(([at, { server }]) => edge.versionAt(server, at))).toEqual(['old', 'old', 'old']);
    expect(missing).toEqual([expect.stringMatching(/e1 went in mid-verdict; .* is not known/)]);
    expect(lost).toEqual([]);
  });

  it('that can not be read are told, and what they kept is read once they can', async () => {
    const [one, two, three] = ['e1', 'e2', 'e3'].map((name) => new EdgeInMemory(name, SERVERS)) as [
      EdgeInMemory,
      EdgeInMemory,
      EdgeInMemory,
    ];
    three.answers = false;
    const { paths, missing, lost, rings } = await watch(
      [one, two, three],
      {
        2: () => {
          one.answers = false;
          two.answers = false;
        },
        3: () => served(one, '/meanwhile'),
        5: () => {
          one.answers = true;
        },
      },
      14,
    );
    expect(paths).toEqual(['e1 /meanwhile']);
    expect(missing).toEqual([
      expect.stringMatching(/^users' requests at an edge: e2 could not be read for the last 1\d s/),
      expect.stringMatching(/^users' requests at an edge: e3: .*does not answer/),
    ]);
    expect([lost, rings.lost, rings.gaps]).toEqual([[], 0, 0]);
  });

  it('are lost when none can be read any more', async () => {
    const fleet = ['e1', 'e2'].map((name) => new EdgeInMemory(name, SERVERS));
    const silent = () => {
      for (const one of fleet) one.answers = false;
    };
    const { lost } = await watch(fleet, { 2: silent }, 12);
    expect(lost[0]).toMatchObject({ code: 'EDGE_UNREACHABLE' });
  });

  it('are none where one keeps no records: then the counters of all are read', async () => {
    const fleet = ['e1', 'e2'].map((name) => new EdgeInMemory(name, SERVERS));
    fleet[1]!.keeps = false;
    expect((await watch(fleet, {}, 1)).keeps).toBe(false);
  });
});
