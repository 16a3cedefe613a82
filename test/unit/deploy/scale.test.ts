import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/deploy/inputs.ts';
import {
  byHours,
  byLoad,
  keptReplicas,
  narrowed,
  parseScale,
  questions,
} from '../../../src/deploy/release/scale-schedule.ts';
import { command } from '../../support/memory/runs.ts';
import { World } from '../../support/memory/world.ts';

const inputs = (lines: string[], more: { min?: number; max?: number; replicas?: number } = {}) => ({
  scale: parseScale(lines.join('\n')),
  'scale-min': more.min ?? 1,
  'scale-max': more.max,
  replicas: more.replicas,
});
const at = (time: string) => Date.parse(`2026-11-30T${time}:00Z`);

describe('the lines of scale', () => {
  it('are hours with a number, or a load with one, with so many more or with one more', () => {
    expect(
      parseScale(
        '6 during 20:00-02:00 Asia/Shanghai\n8 when cpu > 70% for 5m\n+2 when cpu ≥ 90% for 30s\nwhen cpu > 70% for 5m',
      ),
    ).toMatchObject([
      { kind: 'during', replicas: 6, hours: { from: 1200, to: 120, zone: 'Asia/Shanghai' } },
      { kind: 'when', to: 8, limit: 0.7, forMs: 300_000 },
      { kind: 'when', by: 2, limit: 0.9, forMs: 30_000 },
      { kind: 'when', by: 1 },
    ]);
  });
  it.each([
    ['6 during 20:00-02:00 Asia/Shangai', 'line 1, column 22: expected a time zone'],
    ['6 durring 20:00-02:00 Asia/Shanghai', 'line 1, column 3: expected "6 during'],
    ['during 20:00-02:00 Asia/Shanghai', 'line 1, column 1: expected how many before "during"'],
    ['+2 during 20:00-02:00 UTC', 'line 1, column 1: expected how many before "during"'],
    ['6 during 20:00-25:00 UTC', 'line 1, column 16: expected a time of day'],
    ['99 during 20:00-02:00 UTC', 'line 1, column 1: expected a number from 1 to 32'],
    ['2 when memory > 70% for 5m', 'line 1, column 8: expected cpu'],
    ['when cpu < 30% for 5m', 'line 1, column 10: expected > '],
    ['when cpu > 70', 'line 1, column 12: expected a share such as 70%'],
    ['when cpu > 70%', 'line 1, column 15: expected "for" and how long'],
    ['when cpu > 70% for 1h', 'line 1, column 20: expected a duration from 10s to 15m'],
    ['6 during 20:00-02:00 UTC and more', 'line 1, column 26: expected the end'],
  ])('%s: %s', (line, said) => expect(() => parseScale(line)).toThrow(said));
  it('keep within the least and the most, which a load needs', () => {
    const said = (more: Record<string, string>) =>
      schema
        .safeParse({ app: 'shop', command: 'status', ...more })
        .error?.issues.map(({ path, message }) => `${path}: ${message}`);
    expect(said({ scale: '6 during 20:00-02:00 UTC', 'scale-max': '6' })).toBeUndefined();
    expect(said({ scale: '6 during 20:00-02:00 UTC', 'scale-max': '4' })?.[0]).toBe(
      'scale: line 1: 6 is not from scale-min, 1, to scale-max, 4.',
    );
    expect(said({ scale: 'when cpu > 70% for 5m' })?.[0]).toMatch(/^scale-max: is needed/);
    expect(said({ scale: '2 during 1:00-2:00 UTC', 'scale-min': '2', replicas: '1' })?.[0]).toMatch(
      /^replicas: 1 is not from/,
    );
    expect(said({ command: 'scale' })?.[0]).toMatch(/^replicas: is needed/);
    expect(said({ command: 'scale', scheduled: 'true' })).toBeUndefined();
    expect(said({ scheduled: 'true' })?.[0]).toMatch(/^scheduled: belongs/);
  });
});

describe('by the hours', () => {
  const lines = ['6 during 20:00-02:00 Asia/Shanghai', '4 during 18:00-23:00 Asia/Shanghai'];
  it.each([
    ['09:00', 2], // 17:00 there
    ['10:00', 4],
    ['12:00', 6], // both: the one that asks for most
    ['17:59', 6], // 01:59 there, past midnight
    ['18:00', 2],
  ])('%s UTC: %i', (time, replicas) => {
    expect(byHours(inputs(lines, { replicas: 2 }), at(time)).replicas).toBe(replicas);
  });
  it('a deploy keeps what they led to, and takes replicas where there are none', () => {
    expect(keptReplicas(inputs(lines, { replicas: 2 }), { replicas: 6 })).toBe(6);
    expect(keptReplicas(inputs([], { replicas: 2 }), { replicas: 6 })).toBeUndefined();
    expect(keptReplicas(inputs([]), { replicas: 6 })).toBe(6);
  });
  it('without replicas it is scale-min', () =>
    expect(byHours(inputs(lines, { min: 3 }), at('09:00')).replicas).toBe(3));
});

describe('by the load', () => {
  /** What comes of readings that all were the same. */
  const followed = (given: ReturnType<typeof inputs>, share: number, current: number, base: number) =>
    byLoad(
      given,
      questions(given, current, base).map((one) => narrowed(one, share, current)),
      current,
    )?.replicas;
  const one = inputs(['when cpu > 70% for 5m'], { max: 5 });
  it('one more beyond the limit, never beyond the most', () => {
    expect(followed(one, 0.71, 2, 2)).toBe(3);
    expect(followed(one, 0.7, 2, 2)).toBeUndefined();
    expect(followed(one, 2, 5, 5)).toBeUndefined();
    expect(followed(inputs(['+3 when cpu > 70% for 5m'], { max: 5 }), 0.9, 3, 2)).toBe(5);
    expect(followed(inputs(['4 when cpu > 70% for 5m'], { max: 5 }), 0.9, 4, 2)).toBeUndefined();
  });
  it('one fewer when the rest has room, and never fewer than the hours ask for', () => {
    expect(followed(one, 0.4, 4, 2)).toBe(3); // 3 would be at 53 %, below 56
    expect(followed(one, 0.45, 4, 2)).toBeUndefined();
    expect(followed(one, 0, 2, 2)).toBeUndefined();
  });
  it('two rules: whichever asks for more, and fewer only where both have room', () => {
    const two = inputs(['when cpu > 50% for 5m', '5 when cpu > 90% for 1m'], { max: 6 });
    expect(followed(two, 0.6, 3, 1)).toBe(4);
    expect(followed(two, 0.95, 3, 1)).toBe(5);
    expect(followed(two, 0.35, 3, 1)).toBeUndefined();
    expect(followed(two, 0.1, 3, 1)).toBe(2);
  });
});

describe('command: scale with scheduled', () => {
  // The world's clock begins at 08:00 UTC, 16:00 in Shanghai.
  const SCALE = { scale: '3 during 15:00-16:30 Asia/Shanghai\nwhen cpu > 70% for 1m', 'scale-max': '4' };
  const shop = async () => {
    const world = new World('host-1');
    await command([world], { image: 'v1', ...SCALE });
    return world;
  };
  const apply = (world: World, more = {}) =>
    command([world], { command: 'scale', scheduled: 'true', ...SCALE, ...more });
  const running = (world: World) => world.instances.filter(({ state }) => state === 'running').length;

  it('brings what serves to what the hours ask for, once, and says so', async () => {
    const world = await shop();
    expect(running(world)).toBe(1);
    const told = await apply(world);
    expect([told.end, told.outputs.state, told.outputs.scheduled, running(world)]).toEqual(['ok', 'good', true, 3]);
    expect(told.lines.join('\n')).toContain('has 3 processs on each host');
    const before = world.history;
    const again = await apply(world);
    expect([again.end, again.outputs.state, running(world)]).toEqual(['ok', 'unchanged', 3]);
    expect(again.lines.join('\n')).toContain('has 3 already (3 during 15:00-16:30 Asia/Shanghai)');
    // Nothing was locked or written.
    expect(world.history).toBe(before);
    expect(again.calls.filter((name) => /lock|lease|write/.test(name))).toEqual([]);
    world.clock.pass(3_600_000);
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['good', 2]); // one fewer a look
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['good', 1]);
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['unchanged', 1]);
  });
  it('adds where the CPU was beyond the limit all the time, and asks no longer than it must', async () => {
    const world = await shop();
    await apply(world);
    world.busy = (ms) => 0.9 * ms;
    const from = world.clock.mono();
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['good', 4]);
    expect(world.clock.mono() - from).toBeGreaterThanOrEqual(60_000);
    // At the most already: nothing to ask for.
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['unchanged', 4]);
    world.busy = () => 0;
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['good', 3]);
    const calm = world.clock.mono();
    expect((await apply(world)).outputs.state).toBe('unchanged');
    expect(world.clock.mono() - calm).toBeLessThan(10_000);
  });
  it('a peak of some seconds adds nothing', async () => {
    const world = await shop();
    await apply(world);
    const calm = world.clock.mono() + 30_000;
    world.busy = (ms) => Math.min(ms, calm);
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['unchanged', 3]);
  });
  it('a process that is gone is made again although the number stands', async () => {
    const world = await shop();
    await apply(world);
    world.instances.pop();
    expect([(await apply(world)).outputs.state, running(world)]).toEqual(['good', 3]);
  });
  it('has nothing to do without lines, and fails where nothing serves', async () => {
    const world = await shop();
    expect((await apply(world, { scale: '', 'scale-max': '' })).outputs.state).toBe('unchanged');
    expect((await apply(new World('host-2'))).end).toBe('NOTHING_TO_SCALE');
  });
});
