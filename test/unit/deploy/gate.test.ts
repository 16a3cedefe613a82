import { describe, expect, it } from 'vitest';
import { noCounters } from '../../../src/deploy/on-target.ts';
import { between, nothingCounted, plus, tooManyErrors, wilson } from '../../../src/deploy/rollout/counters.ts';
import { type GateState, gateStart, judge } from '../../../src/deploy/rollout/gate.ts';
import { passGate } from '../../../src/deploy/rollout/gate-run.ts';
import type { Look } from '../../../src/deploy/target.ts';
import { MemoryClock } from '../../support/memory/clock.ts';

const rules = { after: 3, startPeriodMs: 5000, deadlineMs: 30_000 };
const look = (atMs: number, more: Partial<Look> = {}): Look => ({
  atMs,
  running: true,
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  health: 'none',
  probe: { ok: true, said: '/healthz answered 200' },
  ...more,
});
const bad = { ok: false, said: '/healthz answered 500' };
const through = (...looks: Look[]): GateState =>
  looks.reduce((state, l) => (state.verdict === 'wait' ? judge(state, l, rules) : state), gateStart);

describe('the gate', () => {
  it('opens after N good looks in a row', () => {
    expect(through(look(1), look(2)).verdict).toBe('wait');
    expect(through(look(1), look(2), look(3)).verdict).toBe('healthy');
    expect(through(look(1), look(2), look(3, { probe: bad }), look(4), look(5)).verdict).toBe('wait');
  });
  it('wants Docker and the probe to agree', () => {
    expect(through(...[1, 2, 3, 4].map((t) => look(t, { health: 'starting' }))).verdict).toBe('wait');
    expect(through(...[1, 2, 3, 4].map((t) => look(t, { health: 'healthy', probe: bad }))).verdict).toBe('wait');
    expect(through(...[1, 2, 3].map((t) => look(t, { health: 'healthy' }))).verdict).toBe('healthy');
    expect(through(...[1, 2, 3].map((t) => look(t, { probe: undefined }))).verdict).toBe('healthy');
  });
  it.each([
    ['an exit', look(1, { running: false, exitCode: 3 }), 'exited with code 3'],
    ['a restart', look(1, { restarts: 1, exitCode: 1 }), 'crashed and was restarted'],
    ['a kill for memory', look(1, { oomKilled: true, running: false }), 'memory'],
    ['unhealthy after the start period', look(6000, { health: 'unhealthy' }), 'unhealthy'],
    ['the deadline', look(30_000, { probe: bad }), 'within 30 s: /healthz answered 500'],
  ])('closes for good on %s', (_, seen, why) => {
    const state = through(seen);
    expect(state.verdict).toBe('failed');
    expect(state.why).toContain(why);
  });
  it('lets one that nobody can ask settle first', () => {
    const settling = { ...rules, settleMs: 3000 };
    const blind = (atMs: number) => look(atMs, { probe: undefined });
    const at = (...times: number[]) => times.reduce((state, t) => judge(state, blind(t), settling), gateStart).verdict;
    expect(at(1, 2, 3, 4)).toBe('wait');
    expect(at(1, 1000, 2000, 3000)).toBe('healthy');
  });
  it('gives a slow boot the whole deadline where nobody says how long a boot may take', () => {
    const patient = { ...rules, startPeriodMs: 0 };
    const at = (ms: number) => judge(gateStart, look(ms, { health: 'unhealthy' }), patient).verdict;
    expect([at(4000), at(29_999), at(30_000)]).toEqual(['wait', 'wait', 'failed']);
  });
  it("tells the check's own words, without what is personal in them", () => {
    const said = look(6000, { health: 'unhealthy', healthSaid: 'sh: curl: not found' });
    expect(through(said).why).toBe('the engine calls it unhealthy (its check said: sh: curl: not found)');
    expect(through({ ...said, healthSaid: 'password=hunter2hunter2' }).why).not.toContain('hunter2hunter2');
  });
  it('forgives unhealthy within the start period', () => {
    expect(through(look(4000, { health: 'unhealthy' }), look(5000), look(6000), look(7000)).verdict).toBe('healthy');
  });
});

describe("the guard's budget", () => {
  it('needs enough requests, and more errors than the budget surely allows', () => {
    expect(tooManyErrors({ requests: 19, errors: 19 }, undefined, 0.05)).toBeUndefined();
    expect(tooManyErrors({ requests: 100, errors: 5 }, undefined, 0.05)).toBeUndefined();
    expect(tooManyErrors({ requests: 60, errors: 18 }, undefined, 0.05)).toBe(
      '18 of 60 requests (30.0 %) failed, the budget is 5.0 %',
    );
    expect(tooManyErrors({ requests: 0, errors: 0 }, undefined, 0)).toBeUndefined();
  });
  it("counts what the edge had to answer in a release's stead, and no second try that went well", () => {
    const counters = (ok: number, errors5xx: number, failed: number, made: number) => ({ ok, errors5xx, failed, made });
    expect(between(counters(10, 1, 2, 2), counters(20, 2, 62, 22))).toEqual({ requests: 31, errors: 21 });
    expect(between(noCounters, counters(20, 0, 3, 0))).toEqual({ requests: 20, errors: 0 });
    expect(between(noCounters, counters(0, 0, 0, 50))).toEqual({ requests: 0, errors: 0 });
    // An edge that was started anew counts from zero.
    expect(between(counters(100, 9, 9, 9), counters(5, 0, 0, 0))).toEqual({ requests: 0, errors: 0 });
  });
  it('does not blame the new release for what the old suffers too', () => {
    const same = { requests: 500, errors: 150 };
    expect(tooManyErrors(same, same, 0.05)).toBeUndefined();
    expect(tooManyErrors(same, { requests: 500, errors: 5 }, 0.05)).toBeDefined();
  });
  it('does not take a hotfix back for the outage it mends, and excuses nothing by an old release that failed nobody', () => {
    const mostly = { requests: 23, errors: 9 };
    expect(tooManyErrors(mostly, { requests: 12, errors: 12 }, 0.05)).toBeUndefined();
    expect(tooManyErrors(mostly, plus({ requests: 300, errors: 180 }, nothingCounted), 0.05)).toBeUndefined();
    expect(tooManyErrors(mostly, { requests: 12, errors: 0 }, 0.05)).toBeDefined();
  });
  it('Wilson holds the share between its bounds', () => {
    for (const [requests, errors] of [
      [10, 0],
      [10, 10],
      [1000, 37],
    ] as const) {
      const [low, high] = wilson({ requests, errors });
      expect(low).toBeLessThanOrEqual(errors / requests);
      expect(high).toBeGreaterThanOrEqual(errors / requests);
    }
  });
});

describe('a gate over instances', () => {
  const well = { atMs: 0, running: true, exitCode: 0, oomKilled: false, restarts: 0, health: 'none', probe: undefined };
  const lab = (inspect: (id: string) => object, instances = ['1', '2']) => {
    const clock = new MemoryClock();
    const target = {
      label: 'h',
      terms: { engine: 'E' },
      instances: instances.map((id) => ({ id, name: `shop-${id}`, release: 'r', image: '', state: 'running' })),
      ledger: { guard: async () => undefined },
      workload: {
        withProbe: (_: unknown, body: (look: unknown) => unknown) =>
          body(async ({ id }: { id: string }, _of: unknown, atMs: number) => ({ ...well, atMs, ...inspect(id) })),
      },
    };
    const run = { clock, signal: new AbortController().signal, say: () => undefined };
    const spec = { health: { after: 2, startPeriodMs: 0, deadlineMs: 60_000, intervalMs: 100 } };
    const pass = (passed?: Set<string>) => passGate(run as never, target as never, 'r', spec as never, passed);
    return { target, pass };
  };
  it('says of one that is replaced under its eyes that it is gone', async () => {
    const { target, pass } = lab((id) => {
      if (id === '2') target.instances = target.instances.map((one) => (one.id === '2' ? { ...one, id: '3' } : one));
      return id === '2' ? { gone: true, running: false } : {};
    });
    await expect(pass()).rejects.toMatchObject({
      code: 'DEPLOY_UNHEALTHY',
      message: expect.stringContaining('shop-2 is not healthy: somebody has removed it'),
    });
    const late = lab((id) => {
      late.target.instances = [];
      return { id };
    });
    await expect(late.pass()).resolves.toBeGreaterThan(0);
  });
  it('does not ask those again that had passed it long ago', async () => {
    const asked = new Set<string>();
    const { pass } = lab((id) => {
      asked.add(id);
      return id === '1' ? { restarts: 1 } : {};
    });
    await expect(pass(new Set(['1']))).resolves.toBeGreaterThan(0);
    expect([...asked]).toEqual(['2']);
    await expect(pass()).rejects.toMatchObject({ message: expect.stringContaining('shop-1') });
  });
});
