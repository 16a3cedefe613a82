import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Channel, Target } from '../../../src/notify/channel.ts';
import { dingtalk } from '../../../src/notify/channels/dingtalk.ts';
import { slackWebhook } from '../../../src/notify/channels/slack-webhook.ts';
import { wecom } from '../../../src/notify/channels/wecom.ts';
import { makePlan } from '../../../src/notify/plan.ts';
import { isQuiet, parseQuietHours } from '../../../src/notify/quiet.ts';
import { type Receipt, skipped } from '../../../src/notify/receipts.ts';
import { tell } from '../../../src/notify/tell.ts';
import { message } from '../../support/notify.ts';

const target = (name: string, channel: Channel = dingtalk): Target => ({ name, channel, settings: {} });
const [ding, wx, slack] = [target('dingtalk'), target('wecom', wecom), target('slack', slackWebhook)];
const all = [ding, wx, slack];
type Rules = Parameters<typeof makePlan>[2];
const rules = (over: Partial<Rules> = {}): Rules => ({
  routes: [],
  'quiet-hours': [],
  fallback: [],
  'message-refs': undefined,
  mode: 'send',
  needs: undefined,
  verdict: undefined,
  ...over,
});
const at = (iso: string) => Date.parse(iso);
const asked = (over: Partial<Rules>, what: Parameters<typeof message>[0] = {}, targets = all) =>
  makePlan(targets, message(what), rules(over))
    .steps.filter((step) => !step.skip)
    .map((step) => step.target.name);

describe('routes', () => {
  test('without a line that fits, everybody', () => {
    expect(asked({ routes: ['critical: slack'] })).toEqual(['dingtalk', 'wecom', 'slack']);
  });
  test('by severity, several lines joined', () => {
    const routes = ['warning, critical: slack', 'warning: wecom', 'info: none'];
    expect(asked({ routes })).toEqual(['wecom', 'slack']);
    expect(asked({ routes }, { severity: 'critical' })).toEqual(['slack']);
    expect(asked({ routes }, { severity: 'info' })).toEqual([]);
  });
  test('a line for the event wins over one for the severity', () => {
    expect(asked({ routes: ['info: all', 'start: none'] }, { event: 'start', severity: 'info' })).toEqual([]);
  });
  test('as seatrial.yml writes a map', () => {
    expect(asked({ routes: ['warning=dingtalk'] })).toEqual(['dingtalk']);
    expect(asked({ routes: ['warning: [dingtalk, slack]'] })).toEqual(['dingtalk', 'slack']);
    expect(asked({ routes: ['warning -> slack'] })).toEqual(['slack']);
  });
  test('a channel name means all of its targets', () => {
    expect(asked({ routes: ['warning: dingtalk'] }, {}, [target('ops'), target('dev'), wx])).toEqual(['ops', 'dev']);
  });
  test.each(['loud: slack', 'critical', 'critical: nobody', 'info: slack, who'])(
    '"%s" is an error even when it does not apply',
    (line) => {
      expect(() => asked({ routes: [line] })).toThrow(/routes/);
    },
  );
});

describe('quiet hours', () => {
  test.each([
    ['2026-11-22T14:00:00Z', true], // 22:00 in Shanghai
    ['2026-11-22T13:59:59Z', false],
    ['2026-11-22T23:59:00Z', true], // 07:59
    ['2026-11-23T00:00:00Z', false], // 08:00
    ['2026-11-22T18:00:00Z', true], // 02:00, over midnight
  ])('22:00-08:00 Asia/Shanghai at %s: %s', (iso, quiet) => {
    expect(asked({ 'quiet-hours': ['22:00-08:00 Asia/Shanghai'] }, { at: at(iso) })).toEqual(
      quiet ? [] : ['dingtalk', 'wecom', 'slack'],
    );
  });
  test('follow daylight saving of their zone', () => {
    const [night] = parseQuietHours(['22:00-06:00 America/New_York'], all);
    expect(isQuiet(night!, at('2026-07-01T09:59:00Z'))).toBe(true); // 05:59 EDT
    expect(isQuiet(night!, at('2026-07-01T10:01:00Z'))).toBe(false);
    expect(isQuiet(night!, at('2026-12-01T10:01:00Z'))).toBe(true); // 05:01 EST
  });
  test('half-hour zones', () => {
    const [night] = parseQuietHours(['23:00-07:30 Asia/Kolkata'], all);
    expect(isQuiet(night!, at('2026-11-22T01:59:00Z'))).toBe(true); // 07:29
    expect(isQuiet(night!, at('2026-11-22T02:00:00Z'))).toBe(false);
  });
  test('for some targets only', () => {
    const quiet = ['dingtalk, wecom: 00:00-24:00 UTC'];
    expect(asked({ 'quiet-hours': quiet })).toEqual(['slack']);
    expect(asked({ 'quiet-hours': ['slack=00:00-24:00 UTC'] })).toEqual(['dingtalk', 'wecom']);
  });
  test('critical always goes', () => {
    expect(asked({ 'quiet-hours': ['00:00-24:00 UTC'] }, { severity: 'critical' })).toHaveLength(3);
  });
  test('a channel that can deliver silently does, one that must close an incident goes', () => {
    const silent = target('tg', { ...dingtalk, silent: true });
    const pager = target('pager', { ...dingtalk, resolves: true });
    const plan = makePlan(
      [silent, pager],
      message({ event: 'recovered', severity: 'info', verdict: undefined }),
      rules({ 'quiet-hours': ['00:00-24:00 UTC'], 'message-refs': { event: 'alert', refs: {} }, verdict: undefined }),
    );
    expect(plan.steps.map((step) => [step.skip, step.silent])).toEqual([
      [undefined, true],
      [undefined, false],
    ]);
  });
  test.each([
    '22:00-08:00',
    '22:00-08:00 Mars/Phobos',
    '25:00-08:00 UTC',
    '10:00-10:00 UTC',
    'night',
    'who: 22:00-08:00 UTC',
  ])('"%s" is an error', (line) => {
    expect(() => asked({ 'quiet-hours': [line] })).toThrow(/quiet-hours/);
  });
  test('quiet exactly where the local clock says so, whatever the zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 1439 }),
        fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
        (from, to, date) => {
          fc.pre(from !== to);
          const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
          const inside = from < to ? minute >= from && minute < to : !(minute >= to && minute < from);
          expect(isQuiet({ from, to, zone: 'UTC' }, date.getTime())).toBe(inside);
        },
      ),
    );
  });
});

describe('recovered', () => {
  const ask = (over: Partial<Rules>, what = {}) =>
    asked(over, { event: 'recovered', severity: 'info', verdict: undefined, ...what });
  test.each(['failure', 'rollback', 'alert'] as const)('is said after %s', (event) => {
    expect(ask({ 'message-refs': { event, refs: {} } })).toHaveLength(3);
  });
  test.each(['success', 'start', 'recovered'] as const)('is not said after %s', (event) => {
    expect(ask({ 'message-refs': { event, refs: {} } })).toEqual([]);
  });
  test('is taken at the caller’s word when nothing else is known', () => {
    expect(ask({})).toHaveLength(3);
  });
  test('contradicts a failed job and a failed verdict', () => {
    expect(() => ask({}, { jobs: [{ name: 'deploy', result: 'failure' }] })).toThrow(/deploy failed/);
    expect(() => ask({}, { verdict: 'fail' })).toThrow(/verdict is fail/);
  });
});

describe('fallback', () => {
  const receipt = (name: string, outcome: Receipt['outcome']): Receipt => ({ ...skipped(name, name, '', ''), outcome });
  async function told(fallback: string[], outcomes: Record<string, Receipt['outcome']>, over: Partial<Rules> = {}) {
    const order: string[] = [];
    const plan = makePlan(all, message(), rules({ fallback, ...over }));
    const receipts = await tell(plan, async ({ target: { name } }) => {
      order.push(name);
      return receipt(name, outcomes[name]!);
    });
    return { order, outcomes: receipts.map((r) => `${r.target} ${r.outcome}`), reasons: receipts.map((r) => r.reason) };
  }
  const chain = ['dingtalk', 'wecom', 'slack'];

  test.each(['refused', 'throttled', 'unknown'] as const)(
    'the next is asked after %s, and no further than needed',
    async (outcome) => {
      const result = await told(chain, { dingtalk: outcome, wecom: 'delivered' });
      expect(result.order).toEqual(['dingtalk', 'wecom']);
      expect(result.outcomes).toEqual([`dingtalk ${outcome}`, 'wecom delivered', 'slack skipped']);
      expect(result.reasons[2]).toContain('wecom was told');
    },
  );
  test.each(['drill', 'check'] as const)(
    'in a %s everybody is asked, or the last resort is never proved',
    async (mode) => {
      const probed = all.map((one) => ({ ...one, channel: { ...one.channel, probe: {} as Channel['probe'] } }));
      for (const fallback of [chain, ['slack']]) {
        const plan = makePlan(probed, message(), rules({ fallback, mode }));
        const order: string[] = [];
        await tell(plan, async ({ target: { name } }) => {
          order.push(name);
          return { ...receipt(name, mode === 'drill' ? 'delivered' : 'skipped'), proved: true };
        });
        expect(order).toEqual(['dingtalk', 'wecom', 'slack']);
      }
    },
  );
  test('accepted ends it as well', async () => {
    expect((await told(chain, { dingtalk: 'accepted' })).order).toEqual(['dingtalk']);
  });
  test('in the order written, not of the targets', async () => {
    const result = await told(['slack', 'dingtalk', 'wecom'], {
      slack: 'unknown',
      dingtalk: 'refused',
      wecom: 'refused',
    });
    expect(result.order).toEqual(['slack', 'dingtalk', 'wecom']);
    expect(result.outcomes).toEqual(['dingtalk refused', 'wecom refused', 'slack unknown']);
  });
  test('those outside the chain are asked whatever the chain does', async () => {
    const result = await told(['wecom', 'slack'], { dingtalk: 'refused', wecom: 'delivered' });
    expect(result.order.sort()).toEqual(['dingtalk', 'wecom']);
  });
  test('one name alone stands behind all others', async () => {
    expect((await told(['slack'], { dingtalk: 'refused', wecom: 'delivered' })).order).toEqual(['dingtalk', 'wecom']);
    expect((await told(['slack'], { dingtalk: 'refused', wecom: 'unknown', slack: 'delivered' })).order).toEqual(chain);
  });
  test('stands behind those a route names, though the route names it not', async () => {
    const refused = { dingtalk: 'refused', wecom: 'refused', slack: 'delivered' } as const;
    const behind = await told(chain, refused, { routes: ['warning: dingtalk'] });
    expect(behind.order).toEqual(chain);
    const alone = await told(['slack'], refused, { routes: ['warning: dingtalk'] });
    expect(alone.order).toEqual(['dingtalk', 'slack']);
    expect(alone.outcomes[1]).toBe('wecom skipped');
    const well = await told(chain, { ...refused, dingtalk: 'delivered' }, { routes: ['warning: dingtalk'] });
    expect(well.order).toEqual(['dingtalk']);
    expect(well.reasons[1]).toMatch(/Not needed/);
  });
  test('alone, and the only one a route names, is told like any other', async () => {
    const result = await told(['dingtalk'], { dingtalk: 'delivered' }, { routes: ['warning: dingtalk'] });
    expect(result.order).toEqual(['dingtalk']);
  });
  test('of a message that a route keeps from all of them, or from everybody, is not asked', async () => {
    const away = await told(['dingtalk', 'wecom'], { slack: 'refused' }, { routes: ['warning: slack'] });
    expect(away.order).toEqual(['slack']);
    expect((await told(['slack'], {}, { routes: ['warning: none'] })).order).toEqual([]);
    const before = await told(chain, { wecom: 'refused', slack: 'refused' }, { routes: ['warning: wecom'] });
    expect(before.order).toEqual(['wecom', 'slack']);
  });
  test('quiet hours of the first rest the whole chain; a route elsewhere does not', async () => {
    expect((await told(chain, {}, { 'quiet-hours': ['dingtalk: 00:00-24:00 UTC'] })).order).toEqual([]);
    const routed = await told(chain, { wecom: 'delivered' }, { routes: ['warning: wecom, slack'] });
    expect(routed.order).toEqual(['wecom']);
  });
  test('a name nobody bears is an error', () => {
    expect(() => asked({ fallback: ['pager'] })).toThrow(/fallback: no target is called "pager"/);
  });
});
