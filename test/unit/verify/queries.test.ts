import { describe, expect, it } from 'vitest';
import type { Http } from '../../../src/lib/http.ts';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import { pointer } from '../../../src/verify/pointer.ts';
import { createMetrics } from '../../../src/verify/sources/json.ts';
import { createLoki } from '../../../src/verify/sources/loki.ts';
import { createPrometheus } from '../../../src/verify/sources/prometheus.ts';
import { Increments, seriesIn } from '../../../src/verify/sources/series.ts';

const signal = new AbortController().signal;
const answering = (
  bodies: (string | undefined)[],
  asked: { url: string; headers?: Record<string, string> }[] = [],
): Http => {
  let at = 0;
  return async ({ url, headers }) => {
    asked.push({ url, headers });
    const body = bodies[Math.min(at++, bodies.length - 1)];
    if (body === undefined) return { kind: 'failed', sent: true, reason: 'timeout', ms: 1 };
    return { kind: 'answer', status: 200, headers: {}, body, complete: true, ms: 1 };
  };
};
const vector = (...values: string[]) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ value: [1, value] })) },
  });
const collect = async (read: (emit: (event: JudgeEvent) => void, signal: AbortSignal) => Promise<void>, times = 1) => {
  const events: JudgeEvent[] = [];
  for (let i = 0; i < times; i++) {
    await read((event) => events.push(event), signal);
    await new Promise((next) => setTimeout(next, 2));
  }
  return events;
};

describe('Prometheus', () => {
  it('no series and NaN are no data, never 0; infinity is a value', () => {
    expect(seriesIn(JSON.parse(vector()))).toEqual([]);
    expect(seriesIn(JSON.parse(vector('NaN')))).toEqual([]);
    expect(seriesIn(JSON.parse(vector('1', '+Inf'))).map(({ value }) => value)).toEqual([1, Number.POSITIVE_INFINITY]);
  });

  it('a replica that joins, leaves or starts anew is no rise', () => {
    const series = (values: Record<string, number>) => Object.entries(values).map(([key, value]) => ({ key, value }));
    const increments = new Increments();
    expect(increments.take(series({ a: 1_000_000 }), 10)).toBeUndefined();
    expect(increments.take(series({ a: 1_000_002, b: 5_000_000 }), 12)).toEqual({ k: 2, n: 2 });
    expect(increments.take(series({ b: 5_000_001 }), 14)).toEqual({ k: 1, n: 2 });
    expect(increments.take([], 16)).toBeUndefined();
    expect(increments.take(series({ b: 3 }), 18)).toEqual({ k: 3, n: 4 });
  });

  it.each(['null', '{}', '{"status":"error","error":"parse error at char 4"}', '[1]'])(
    'an answer without data (%s) is a source down, not a missing series',
    (body) => {
      expect(() => seriesIn(JSON.parse(body))).toThrow(expect.objectContaining({ code: 'SOURCE_DOWN' }));
    },
  );

  it('a query with $version becomes increments of both versions, one without a gauge', async () => {
    const asked: { url: string; headers?: Record<string, string> }[] = [];
    const read = createPrometheus(
      answering([vector('5'), vector('10'), vector('0.4'), vector('7'), vector('13'), vector('0.5')], asked),
      {
        address: 'http://user:pw@prom:9090',
        queries: [
          { name: 'e', value: 'errors{v="$version"}' },
          { name: 'load', value: 'load1' },
        ],
        releases: { old: 'r1', new: 'r2' },
        headers: { 'x-scope-orgid': 'shop' },
      },
    );
    const events = await collect(read, 2);
    expect(events.filter((event) => event.kind === 'counter')).toEqual([
      expect.objectContaining({ version: 'old', k: 2 }),
      expect.objectContaining({ version: 'new', k: 3 }),
    ]);
    expect(events.filter((event) => event.kind === 'gauge')).toHaveLength(2);
    expect(asked[0]!.url).not.toContain('pw');
    expect(asked[0]!.headers).toMatchObject({
      authorization: expect.stringMatching(/^Basic /),
      'x-scope-orgid': 'shop',
    });
    expect(decodeURIComponent(asked[1]!.url)).toContain('v="r2"');
  });

  it('that does not answer is a source down', async () => {
    const read = createPrometheus(answering([undefined]), {
      address: 'http://prom:9090',
      queries: [{ name: 'a', value: 'b' }],
      releases: { old: '', new: '' },
    });
    await expect(collect(read)).rejects.toMatchObject({ code: 'SOURCE_DOWN' });
  });
});

it('a part of Prometheus that could not be asked, and a counter that is not born yet, are told once', async () => {
  const told: string[] = [];
  const partial = JSON.stringify({ ...JSON.parse(vector()), warnings: ['store 2 did not answer'] });
  const read = createPrometheus(answering([partial]), {
    address: 'http://prom:9090',
    queries: [{ name: 'e', value: 'errors{v="$version"}' }],
    releases: { old: '', new: 'r2' },
    tell: (sentence) => told.push(sentence),
  });
  expect(await collect(read, 3)).toEqual([]);
  expect(told).toEqual([
    'e: Prometheus warns: store 2 did not answer',
    expect.stringContaining('no series of r2 yet; if nothing has been counted so far, write "(…) or vector(0)"'),
  ]);
});

it('metrics read a number by JSON pointer; what is not there is not zero', async () => {
  expect(pointer({ a: { 'b/c': [1, 2] } }, '/a/b~1c/1')).toBe(2);
  const read = createMetrics(answering(['{"orders":{"perMinute":12}}']), [
    { name: 'orders', value: 'http://shop/stats#/orders/perMinute' },
    { name: 'gone', value: 'http://shop/stats#/nothing' },
  ]);
  expect(await collect(read)).toEqual([
    expect.objectContaining({ kind: 'gauge', name: 'orders', value: 12, version: 'new' }),
  ]);
});

it('Loki goes on behind the last line', async () => {
  const asked: { url: string }[] = [];
  const line = JSON.stringify({ data: { result: [{ values: [['1795258800000000001', 'ERROR x']] }] } });
  const loki = createLoki(
    answering([line, '{"data":{"result":[]}}'], asked),
    'http://loki',
    [{ version: 'new', selector: '{r="$version"}' }],
    { old: '', new: 'r2' },
    1795258000000,
  );
  expect(await collect(loki.read, 2)).toEqual([
    expect.objectContaining({ kind: 'log', line: 'ERROR x', t: 1795258800 }),
  ]);
  expect(asked[1]!.url).toContain('start=1795258800000000002');
});

it('Loki tells what the old version wrote before, and of nobody else', async () => {
  const asked: { url: string }[] = [];
  const line = JSON.stringify({ data: { result: [{ values: [['1795258800000000001', 'ERROR x']] }] } });
  const loki = createLoki(
    answering([line], asked),
    'http://loki',
    [
      { version: 'new', selector: '{r="$version"}' },
      { version: 'old', selector: '{r="$version"}' },
    ],
    { old: 'r1', new: 'r2' },
    1795258900000,
  );
  expect(await loki.history(1795258000000, signal)).toEqual([
    expect.objectContaining({ kind: 'log', version: 'old', t: 1795258800 }),
  ]);
  expect(asked).toHaveLength(1);
  expect(decodeURIComponent(asked[0]!.url)).toContain('{r="r1"}');
});
