import { describe, expect, it } from 'vitest';
import { recordLines } from '../../../src/deploy/docker/edge/records.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';
import { bornAt, type EdgeRecord, parseRecord } from '../../../src/lib/edge-records.ts';
import { RECORD } from '../../../src/lib/haproxy.ts';
import { isUsers, type JudgeEvent } from '../../../src/verify/judge/types.ts';
import { Endpoints, maskPath } from '../../../src/verify/live/endpoints.ts';
import { createLines } from '../../../src/verify/live/ring.ts';
import { Testers } from '../../../src/verify/live/testers.ts';

const FINE: Record<(typeof RECORD)[number][0], string> = {
  mark: 'r1',
  at: '1796051158375',
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
    line({ at: 'x' }),
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
  it('comes in pieces', () => {
    const found: EdgeRecord[] = [];
    const take = createLines((record) => found.push(record));
    const text = `${line()}\nnonsense\n${line({ path: '/b' })}\n${line({ path: '/c' })}`;
    for (const char of text) take(char);
    expect(found.map(({ path }) => path)).toEqual(['/orders/17', '/b']);
    take('\n');
    expect(found).toHaveLength(3);
  });
  it('is written without an address, a query or a header, unless the access log is asked for', () => {
    const model = { options: undefined } as unknown as EdgeModel;
    const [log, format] = recordLines(model);
    expect(log).toBe('log ring@users len 1024 format raw local2 info');
    expect(format).toMatch(/^log-format "r1\\t%\[date\(0,ms\)\]\\t%s\\t.*\\t%HPO"$/);
    expect(format).not.toMatch(/%ci|src|%HU|%HQ|%hr|hdr/);
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
