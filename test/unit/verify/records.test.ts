import { describe, expect, it } from 'vitest';
import { recordLines } from '../../../src/deploy/docker/edge/records.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';
import { bornAt, type EdgeRecord, parseRecord } from '../../../src/lib/edge-records.ts';
import { RECORD } from '../../../src/lib/haproxy.ts';
import { isUsers, type JudgeEvent } from '../../../src/verify/judge/types.ts';
import { Endpoints, maskPath } from '../../../src/verify/live/endpoints.ts';
import { RingTail, readingOf } from '../../../src/verify/live/ring-tail.ts';
import { Testers } from '../../../src/verify/live/testers.ts';

const FINE: Record<(typeof RECORD)[number][0], string> = {
  mark: 'r2',
  door: 'public',
  number: '7',
  begun: '1796051158.335',
  span: '40',
  server: 'b1',
  status: '200',
  wait: '1',
  connect: '2',
  answer: '16',
  total: '40',
  end: '--',
  kind: '-',
  method: 'GET',
  path: '/orders/17',
};
const line = (more: Partial<typeof FINE> = {}) => RECORD.map(([name]) => ({ ...FINE, ...more })[name]).join('\t');

describe("a record of the edge's", () => {
  it('tells who answered, how long the first byte took, and whose request it was', () => {
    expect(parseRecord(line())).toEqual({
      door: 'public',
      number: 7,
      at: 1796051158.375,
      server: 'b1',
      status: 200,
      ms: 19,
      why: undefined,
      kind: 'user',
      method: 'GET',
      path: '/orders/17',
    });
    expect(parseRecord(line({ kind: 'canary' }))?.kind).toBe('canary');
    expect(parseRecord(line({ kind: 'probe' }))?.kind).toBe('probe');
  });
  it.each([
    [{ status: '500' }, 'HTTP 500', 19],
    [{ status: '504', answer: '-1', end: 'sH', total: '60001' }, 'HTTP 504', 60_001],
    [{ end: 'SD' }, 'cut off', 19],
    [{ status: '101', end: 'SD' }, undefined, 19],
    [{ status: '-1', answer: '-1', end: 'SH', total: '70' }, 'no answer', 70],
    // A user who went away: it took at least so long, and nobody knows what would have come.
    [{ status: '-1', answer: '-1', end: 'CH', total: '9000' }, undefined, 9000],
    [{ end: 'CD' }, undefined, 19],
    [{ status: '404' }, undefined, 19],
  ] as const)('%j is %s', (more, why, ms) => {
    expect(parseRecord(line(more))).toMatchObject({ why, ms });
  });
  it('has no server where the edge answered by itself', () => {
    expect(parseRecord(line({ server: '<NOSRV>', status: '503', end: 'SC' }))?.server).toBe('');
  });
  it.each([
    '',
    'Proxy public stopped (cumulated conns: FE: 13, BE: 0).',
    line({ begun: 'x' }),
    line().slice(3),
    '{"a":',
    '{}',
  ])('is not %j', (text) => expect(parseRecord(text)).toBeUndefined());
  it('may be a line of the access log', () => {
    const text =
      '{"time":"2026-11-30T10:00:01Z","client":"10.0.0.0","method":"POST","path":"/pay","status":503,"ms":8,"bytes":1,"server":"a1","end":"--","kind":"-","wait":0,"connect":1,"answer":5}';
    expect(parseRecord(text)).toMatchObject({
      server: 'a1',
      status: 503,
      ms: 6,
      why: 'HTTP 503',
      kind: 'user',
      at: 1796032801,
    });
  });
  it('may be one of an edge that was made before they were counted', () => {
    const text = 'r1\t1796051158375\tb1\t503\t1\t2\t16\t40\t--\tprobe\tGET\t/orders/17';
    const { at, number, kind, why } = parseRecord(text)!;
    expect([at, number, kind, why]).toEqual([1796051158.375, Number.NaN, 'probe', 'HTTP 503']);
  });
  it('is written without an address, a query or a header, unless the access log is asked for', () => {
    const model = { options: undefined } as unknown as EdgeModel;
    const [log, format] = recordLines(model);
    expect(log).toBe('log ring@users len 1024 format raw local2 info');
    expect(format).toMatch(/^log-format "r2\\t%f\\t%lc\\t.*\\t%HPO"$/);
    expect(format).not.toMatch(/%ci|src|%HU|%HQ|%hr|hdr/);
  });
});

describe("a ring's tail", () => {
  const INFO = 'Name: HAProxy\nPid: 8\n\n';
  const of = (numbers: number[], more: Partial<typeof FINE> = {}) =>
    numbers.map((n) => line({ number: String(n), begun: `${1000 + n}.000`, span: '0', ...more }));
  const dump = (lines: string[], bytes = 1e6) => {
    const text = `${lines.join('\n')}\n\n${INFO}`;
    return readingOf(text.slice(-bytes), bytes);
  };
  const numbers = (records: EdgeRecord[] | undefined) => records?.map(({ number }) => number);

  it('gives each record once, in its order, from the moment asked for', () => {
    const tail = new RingTail(1002);
    expect(numbers(tail.take(dump(of([1, 2, 3, 4]))))).toEqual([3, 4]);
    expect(numbers(tail.take(dump(of([2, 3, 4, 5, 6]))))).toEqual([5, 6]);
    expect(numbers(tail.take(dump(of([2, 3, 4, 5, 6]))))).toEqual([]);
    // Two that ended at once bear one number, and one may be written after a later one.
    expect(numbers(tail.take(dump([...of([6, 8]), ...of([7], { path: '/b' }), ...of([7])])))).toEqual([8, 7, 7]);
    expect([tail.lost, tail.gaps]).toEqual([0, 0]);
  });
  it('asks for more where it does not reach back to what was read last, and drops what was cut', () => {
    const all = of([1, 2, 3, 4, 5, 6]);
    const tail = new RingTail(1000);
    tail.take(dump(all.slice(0, 3)));
    const short = 2.5 * (all[0]!.length + 1) + INFO.length + 1;
    expect(dump(all, Math.round(short))).toMatchObject({ pid: '8', whole: false, lines: all.slice(4) });
    expect(tail.take(dump(all, Math.round(short)))).toBeUndefined();
    expect(numbers(tail.take(dump(all, 1e6)))).toEqual([4, 5, 6]);
  });
  it('counts what was overwritten before it was read, by each door', () => {
    const tail = new RingTail(0);
    tail.take(dump([...of([1, 2]), ...of([40], { door: 'public_9000' })]));
    expect(numbers(tail.take(dump([...of([12]), ...of([45, 46], { door: 'public_9000' })])))).toEqual([12, 45, 46]);
    expect([tail.lost, tail.gaps]).toEqual([9 + 4, 0]);
  });
  it('says so where that can not be counted', () => {
    const tail = new RingTail(0);
    tail.take(dump(of([7, 8])));
    expect(numbers(tail.take(dump(of([1, 2]))))).toEqual([1, 2]); // an edge started anew
    expect([tail.lost, tail.gaps]).toEqual([0, 1]);
  });
  it('is none of a ring that holds nothing yet', () => {
    const tail = new RingTail(0);
    expect(tail.take(dump([]))).toEqual([]);
    expect(numbers(tail.take(dump(of([1]))))).toEqual([1]);
  });
});

describe('an endpoint', () => {
  it.each([
    ['/', 'GET /'],
    ['/orders/17', 'GET /orders/{id}'],
    ['/orders/17/', 'GET /orders/{id}'],
    ['//orders//17;s=1', 'GET /orders/{id}'],
    ['/api/v2/cart', 'GET /api/v2/cart'],
    ['/u/8a1f3c0e-2b9d-4c1a-9e77-0b1c2d3e4f50/edit', 'GET /u/{id}/edit'],
    ['/u/507f1f77bcf86cd799439011', 'GET /u/{id}'],
    ['/t/01ARZ3NDEKTSV4RRFFQ69G5FAV', 'GET /t/{id}'],
    ['/t/eyJhbGciOiJIUzdHsIqRt', 'GET /t/{id}'],
    ['/item-7', 'GET /{id}'],
    ['/SKU12345', 'GET /{id}'],
    ['/day/2026-11-30', 'GET /day/{id}'],
    ['/users/lin%40example.com', 'GET /users/{id}'],
    ['/%e7%94%a8%e6%88%b7', 'GET /{id}'],
    ['/%zz', 'GET /{id}'],
    ['/help/how-to-return-an-item', 'GET /help/{id}'],
    ['/a/b/c/d/e/f/g', 'GET /a/b/c/d/e/f/…'],
    ['/assets/index-DkA9f3Bc.js', 'GET *.js'],
    ['/img/7/hero.WEBP', 'GET *.webp'],
    ['/feed.json', 'GET /feed.json'],
  ])('of %s is %s', (path, name) => expect(maskPath('GET', path)).toBe(name));
  it('is one of 200 at the most, and one for all that nobody was ever given', () => {
    const endpoints = new Endpoints();
    const names = new Set(
      Array.from({ length: 400 }, (_, i) =>
        endpoints.of('GET', `/page${String.fromCharCode(97 + (i % 26), 97 + i / 26)}`, 200),
      ),
    );
    expect(names.size).toBeLessThanOrEqual(200);
    expect([...names].every(isUsers)).toBe(true);
    expect(endpoints.of('GET', '/wp-login.php', 404)).toBe('(users) (unknown paths)');
    expect(endpoints.of('GET', '/pageaa', 404)).toBe('(users) GET /pageaa');
  });
});

it('a place is of its release since the release began to be made', () => {
  expect(bornAt('20261130-120107-ab12cd3')).toBe(Date.parse('2026-11-30T12:01:07Z') / 1000);
  expect(bornAt('r1')).toBe(0);
});

describe('testers', () => {
  it('are told apart; that all of the first ten failed is a fact, once', () => {
    const events: JudgeEvent[] = [];
    const testers = new Testers((event) => events.push(event));
    for (let i = 0; i < 12; i++) testers.add('new', { why: 'HTTP 500', ms: 3 }, 1);
    for (const ms of [5, 7, 9]) testers.add('old', { ms }, 2);
    expect(events).toEqual([
      { kind: 'fact', t: 1, version: 'new', gate: 'testers', text: expect.stringContaining('all failed (HTTP 500)') },
    ]);
    expect(testers.rows()).toEqual([
      ['testers (canary-match)', '3 requests, 0 failed, p50 7 ms', '12 requests, 12 failed, p50 0 ms'],
    ]);
  });
  it('who met one good answer are no fact', () => {
    const events: JudgeEvent[] = [];
    const testers = new Testers((event) => events.push(event));
    for (let i = 0; i < 20; i++) testers.add('new', i === 4 ? { ms: 3 } : { why: 'HTTP 500', ms: 3 }, 1);
    expect(events).toEqual([]);
  });
});
