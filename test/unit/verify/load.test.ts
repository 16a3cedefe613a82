import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLoad } from '../../../src/verify/input/load-plan.ts';
import type { VerifyInputs } from '../../../src/verify/inputs.ts';
import { guardAddresses } from '../../../src/verify/load/guard.ts';
import { limitsOf } from '../../../src/verify/load/limits.ts';
import { load } from '../../../src/verify/load/run.ts';
import { breach, type Step } from '../../../src/verify/load/step.ts';
import { parseThreshold } from '../../../src/verify/thresholds.ts';
import { ASKED } from '../../support/verify/asked.ts';

describe('the rates of a load', () => {
  it('rise in ten steps', () => {
    expect(parseLoad('50/s..500/s over 2m')).toEqual({
      rates: [50, 100, 150, 200, 250, 300, 350, 400, 450, 500],
      stepMs: 12_000,
    });
    expect(parseLoad('5/s..5/s over 10s')).toEqual({ rates: [5], stepMs: 10_000 });
    expect(parseLoad('10/s..40/s over 3s').rates).toEqual([10, 25, 40]);
  });
  it.each(['50..500 over 2m', '500/s..50/s over 2m', '0/s..5/s over 1m', '5/s..9/s', '5/s..90000/s over 1m'])(
    '%s is refused',
    (text) => expect(() => parseLoad(text)).toThrow('is no load'),
  );
});

describe('a breach', () => {
  const step = (change: Partial<Step>): Step => ({
    rate: 100,
    sent: 1000,
    failed: 0,
    ms: Array(1000).fill(20),
    endpoints: new Map(),
    notSent: 0,
    lagP99Ms: 1,
    ...change,
  });
  const limits = ['error-rate <= 1%', 'p99 <= 100ms'].map((line, i) => parseThreshold(line, i + 1));
  it.each([
    ['all is well', {}, undefined],
    ['one slow answer in fifty', { sent: 50, ms: [...Array(49).fill(20), 500] }, undefined],
    [
      'five in a hundred are slow',
      { ms: [...Array(950).fill(20), ...Array(50).fill(500)] },
      'p99 <= 100ms: it was 500 ms',
    ],
    ['five in a hundred fail', { failed: 50, ms: Array(950).fill(20) }, 'error-rate <= 1%: 5.00 %'],
    ['answers do not keep up', { notSent: 7 }, '7 requests could not be sent, as 2000 were unanswered'],
  ])('%s', (_, change, found) => expect(breach(step(change), limits)).toBe(found));
  it('without a limit on failures is that nothing answers', () =>
    expect(breach(step({ failed: 1000, ms: [] }), [])).toBe('every request failed'));
});

describe('the limits of a load', () => {
  const told = (lines: string[], endpoints = ['/pay', '/list']) => limitsOf(lines, endpoints).map(({ text }) => text);
  it.each([
    ['cpu <= 80%', 'hold cpu to its limit in mode verify or watch'],
    ['memory <= 90%', 'measures its own requests only'],
    ['rps >= 5', 'measures its own requests only'],
    ['p99 <= 300ms for 1m', 'leave out "for" and "during"'],
    ['p99 <= 300ms during 20:00-02:00 Asia/Shanghai', 'leave out "for" and "during"'],
    ['p99 of /refund <= 300ms', 'asks no /refund; of its urls there are /pay, /list'],
  ])('%s is refused, as it would be told as held', (line, why) =>
    expect(() => told([line])).toThrowError(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(why) }),
    ),
  );
  it('of a figure of a store are refused too', () =>
    expect(() => limitsOf(['orders >= 5'], ['/'], () => 'orders')).toThrow('measures its own requests only'));
  it('hold failures to the usual share where no line does', () => {
    expect(told([])).toEqual(['error-rate <= 1%']);
    expect(told(['p99 <= 300ms'])).toEqual(['p99 <= 300ms', 'error-rate <= 1%']);
    expect(told(['success-rate >= 90%'])).toEqual(['success-rate >= 90%']);
    expect(told(['error-rate of /pay <= 5%'])).toEqual(['error-rate of /pay <= 5%', 'error-rate of /list <= 1%']);
    expect(told(['error-rate of /pay <= 5%'], ['/pay'])).toEqual(['error-rate of /pay <= 5%']);
  });
  const asked = (sent: number, failed: number, ms = 20) => ({ sent, failed, ms: Array(sent - failed).fill(ms) });
  const step = (pay: ReturnType<typeof asked>, list: ReturnType<typeof asked>): Step => ({
    rate: 100,
    sent: pay.sent + list.sent,
    failed: pay.failed + list.failed,
    ms: [...pay.ms, ...list.ms].sort((a, b) => a - b),
    endpoints: new Map([
      ['/pay', pay],
      ['/list', list],
    ]),
    notSent: 0,
    lagP99Ms: 1,
  });
  it.each([
    [
      'half failing under a limit of p99 alone',
      ['p99 <= 300ms'],
      step(asked(50, 25), asked(50, 25)),
      'error-rate <= 1%: 50.00 %',
    ],
    [
      'a slow endpoint that is not the one limited',
      ['p99 of /pay <= 300ms'],
      step(asked(50, 0), asked(50, 0, 900)),
      undefined,
    ],
    [
      'the slow endpoint among quick ones',
      ['p99 of /pay <= 300ms'],
      step(asked(50, 0, 900), asked(5000, 0)),
      'p99 of /pay <= 300ms: it was 900 ms',
    ],
    [
      'one endpoint that is down',
      ['error-rate <= 50%'],
      step(asked(5, 5), asked(95, 0)),
      'every request of /pay failed',
    ],
    [
      'one failure where none is allowed',
      ['error-rate <= 0%'],
      step(asked(5000, 1), asked(5000, 0)),
      expect.stringContaining('error-rate <= 0%'),
    ],
  ])('%s', (_, lines, at, found) => expect(breach(at, limitsOf(lines, ['/pay', '/list']))).toEqual(found));
});

describe('what users may be on', () => {
  const edge = { id: 'e', name: 'shop-edge', ports: [8080], addresses: ['172.18.0.2'] };
  const candidate = { id: 'c', name: 'shop-new', ports: [9000], addresses: ['172.18.0.3'] };
  const ask = (url: string, given = ['c']) => guardAddresses([new URL(url)], given, [edge, candidate]);
  it.each([
    ['http://127.0.0.1:8080/', 'leads to the container shop-edge'],
    ['http://localhost:8080/', 'leads to the container shop-edge'],
    ['ws://127.0.0.1:8080/', 'leads to the container shop-edge'],
    ['http://172.18.0.2/', 'leads to the container shop-edge'],
    ['http://10.0.0.8/', 'nothing says that nobody uses 10.0.0.8'],
    ['http://192.168.1.4:3000/', 'nothing says that nobody uses 192.168.1.4:3000'],
    ['https://shop.example/', 'nothing says that nobody uses shop.example'],
  ])('%s is refused', (url, why) =>
    expect(() => ask(url)).toThrowError(
      expect.objectContaining({ code: 'LOAD_SERVING', message: expect.stringContaining(why) }),
    ),
  );
  it('is not a container given as new, by its port or its address', () => {
    expect(ask('http://127.0.0.1:9000/')).toEqual([]);
    expect(ask('http://172.18.0.3:3000/')).toEqual([]);
    expect(() => ask('http://127.0.0.1:9000/', [])).toThrow('name it in containers as new=shop-new');
  });
  it('is not a loopback port that no container is behind, and that is told', () => {
    expect(ask('http://127.0.0.1:3000/')).toEqual([expect.stringContaining('127.0.0.1:3000 was taken for')]);
    expect(guardAddresses([new URL('http://127.0.0.1:80/')], [], undefined)).toEqual([
      expect.stringContaining('no engine here'),
    ]);
  });
});

describe('mode load', () => {
  /** Fails what comes after so many requests: a busy machine sends late and in bursts, but not more. */
  const limited = (requests: number) => {
    let count = 0;
    return createServer((_, answer) => void answer.writeHead(++count > requests ? 503 : 200).end('ok'));
  };
  // The steps of the load below are 40, 160, 280 and 400 requests, after a few to warm up: the first fails in its second.
  const servers = [limited(130), limited(Number.POSITIVE_INFINITY)];
  const portOf = (i: number) => (servers[i]!.address() as AddressInfo).port;
  beforeAll(() => Promise.all(servers.map((one) => new Promise<void>((ready) => one.listen(0, '127.0.0.1', ready)))));
  afterAll(() => {
    for (const one of servers) {
      one.closeAllConnections();
      one.close();
    }
  });
  const actions = (signal = new AbortController().signal) =>
    ({ env: {}, signal, info: () => undefined, warning: () => undefined, mask: () => undefined }) as never;
  const inputs = (more: Record<string, unknown>) =>
    ({
      ...ASKED,
      mode: 'load',
      load: '40/s..400/s over 4s',
      'load-serving': false,
      method: 'GET',
      thresholds: ['error-rate <= 5%'],
      hosts: [],
      containers: [],
      queries: [],
      metrics: [],
      ...more,
    }) as unknown as VerifyInputs;

  it('tells how much the candidate holds, and that the old one holds more', async () => {
    const urls = [`new:http://127.0.0.1:${portOf(0)}/`, `old:http://127.0.0.1:${portOf(1)}/`];
    const { decision, capacity } = await load(inputs({ urls }), actions());
    expect(decision.verdict).toBe('fail');
    expect(capacity).toBe(40);
    expect(decision.reason).toMatch(
      /^The new version holds 40\/s within error-rate <= 5% \(error-rate <= 5%: .*\); the old one \d+\/s/,
    );
    // It stops at the first breach.
    expect(decision.checks.filter(({ gate, state }) => !gate.includes('old') && state !== 'pass')).toHaveLength(1);
  });

  it('does not tell a rate as held that half of the answers failed, by a limit of latency alone', async () => {
    let count = 0;
    const half = createServer((_, answer) => void answer.writeHead(count++ % 2 ? 503 : 200).end('ok'));
    await new Promise<void>((ready) => half.listen(0, '127.0.0.1', ready));
    const urls = [`http://127.0.0.1:${(half.address() as AddressInfo).port}/`];
    try {
      const { decision, capacity } = await load(
        inputs({ urls, thresholds: ['p99 <= 9s'], load: '40/s..40/s over 1s' }),
        actions(),
      );
      expect(decision).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('error-rate <= 1%') });
      expect(capacity).toBe(0);
    } finally {
      half.closeAllConnections();
      half.close();
    }
  });

  it('never loads what may serve users, unless told to', async () => {
    await expect(load(inputs({ urls: ['http://shop.example/'] }), actions())).rejects.toMatchObject({
      code: 'LOAD_SERVING',
    });
    const slot = { release: 'r2', image: '', role: 'current', weight: 100, containers: [] };
    const deployment = {
      app: 'a',
      environment: 'e',
      kind: 'kubernetes',
      release: 'r2',
      previous: '',
      image: '',
      state: '',
      hosts: [{ host: 'unix:///x', slots: [slot] }],
    };
    const urls = [`new:http://127.0.0.1:${portOf(0)}/`];
    await expect(load(inputs({ urls, deployment }), actions())).rejects.toMatchObject({ code: 'LOAD_SERVING' });
  });

  it('ends when it is cancelled', async () => {
    const stop = new AbortController();
    const running = load(inputs({ urls: [`http://127.0.0.1:${portOf(0)}/`] }), actions(stop.signal));
    stop.abort();
    expect((await running).decision.verdict).toBe('error');
  });
});
