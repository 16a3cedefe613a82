import { describe, expect, it } from 'vitest';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import { parseThreshold } from '../../../src/verify/thresholds.ts';
import { judged, T0, traffic } from '../../support/verify/streams.ts';

const fresh = (errors: number, seconds: number, seed = 1, rate = 20) =>
  traffic({ seed, rate, oldSeconds: 1, newSeconds: seconds, errors: [0, errors] }).filter((e) => e.version === 'new');
const only = { requests: false, logs: false, counters: [] };
const gauges = (name: string, values: [t: number, value: number, series?: string][]): JudgeEvent[] =>
  values.map(([t, value, series]) => ({ kind: 'gauge', t: T0 + t, version: 'new', name, value, series }));

describe('"for" means what it means in Prometheus', () => {
  const thresholds = ['error-rate <= 10% for 5m'];
  it.each([1, 5, 20])('at %i requests a second a measure of twelve in a hundred over six minutes is a FAIL', (rate) => {
    for (let seed = 1; seed <= 5; seed++) {
      const found = judged(fresh(0.12, 360, seed, rate), { thresholds });
      expect(found).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(/it was 1\d\.\d\d %, for 300 s/) });
    }
  });
  it('a break in it is none: four minutes at 30 % and then none', () => {
    const events = fresh(0.3, 600).map((e) => (e.kind === 'request' && e.t > T0 + 240 ? { ...e, ok: true } : e));
    expect(judged(events, { thresholds }).verdict).toBe('pass');
  });
  it('and 7 % is none', () => expect(judged(fresh(0.07, 400), { thresholds }).verdict).toBe('pass'));
});

describe('what a threshold measures', () => {
  it('one endpoint, a success rate, requests a second', () => {
    const spec = { seed: 3, rate: 20, oldSeconds: 1, newSeconds: 200, endpoints: ['/pay', '/list'] };
    const events = traffic({
      ...spec,
      errors: [0, 0],
      change: (r, random) => (r.endpoint === '/pay' && random() < 0.2 ? { ...r, ok: false } : r),
    });
    const verdict = (line: string) =>
      judged(
        events.filter((e) => e.version === 'new'),
        { thresholds: [line] },
      ).verdict;
    expect(verdict('error-rate of /pay <= 5%')).toBe('fail');
    expect(verdict('error-rate of /list <= 5%')).toBe('pass');
    expect(verdict('p99 of /list <= 2s')).toBe('pass');
    expect(verdict('success-rate >= 99%')).toBe('fail');
    expect(verdict('success-rate of /list >= 95%')).toBe('pass');
    expect(verdict('rps >= 15')).toBe('pass');
    expect(verdict('rps of /pay >= 15')).toBe('fail');
  });

  it('each series of a figure by itself, infinity included', () => {
    const three = (at: number, worst: number): [number, number, string][] => [
      [at, 1, 'pod=a'],
      [at, worst, 'pod=b'],
      [at, 1, 'pod=c'],
    ];
    const verdict = (worst: number, line: string, seconds = 60) =>
      judged(gauges('queue', Array.from({ length: seconds }, (_, i) => three(i, worst)).flat()), {
        thresholds: [line],
        sources: only,
      });
    expect(verdict(4, 'queue <= 10').verdict).toBe('pass');
    expect(verdict(14, 'queue <= 10')).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('it was 14') });
    expect(verdict(14, 'queue <= 10 for 30s').verdict).toBe('fail');
    expect(verdict(Number.POSITIVE_INFINITY, 'queue <= 10').verdict).toBe('fail');
  });

  it('a figure that ended is open after its own interval; a replica that left is not waited for', () => {
    const all = Array.from({ length: 60 }, (_, i): [number, number, string][] => [
      [2 * i, 1, 'pod=a'],
      ...(i < 10 ? ([[2 * i, 1, 'pod=b']] as [number, number, string][]) : []),
    ]).flat();
    const sources = { ...only };
    expect(judged(gauges('queue', all), { thresholds: ['queue <= 10'], sources }).verdict).toBe('pass');
    const ended = [
      ...gauges('queue', all.slice(0, 15)),
      ...gauges(
        'other',
        Array.from({ length: 60 }, (_, i) => [20 + i, 1]),
      ),
    ];
    expect(judged(ended, { thresholds: ['queue <= 10'], sources })).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('a unit that does not fit the figure is refused', () => {
  const asks = (name: string) =>
    ({
      lat: 'histogram_quantile(.99, rate(http_request_duration_seconds_bucket[1m]))',
      share: 'errors / total',
      cpu_pc: 'cpu_percent',
      ms: 'latency_ms',
    })[name];
  it.each([
    ['lat <= 300ms', 0.3],
    ['ms <= 2s', 2000],
    ['share <= 1%', 0.01],
    ['share <= 7', 7],
  ])('%s', (line, limit) => expect(parseThreshold(line, 1, asks).limit).toBeCloseTo(limit, 9));
  it.each(['share <= 300ms', 'cpu_pc <= 80%'])('%s', (line) =>
    expect(() => parseThreshold(line, 1, asks)).toThrow(/expected a plain number/),
  );
  it('an endpoint only where requests are measured', () => {
    expect(() => parseThreshold('cpu of /pay <= 80%', 1)).toThrow(/column 5/);
    expect(() => parseThreshold('success-rate <= 99%', 1)).toThrow(/expected >= or >/);
  });
});
