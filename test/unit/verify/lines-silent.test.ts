import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import { keysOf } from '../../../src/verify/judge/shape.ts';
import type { EachLine, JudgeEvent, Version } from '../../../src/verify/judge/types.ts';
import { PastLines } from '../../../src/verify/live/logs.ts';
import { Feed } from '../../../src/verify/logs/feed.ts';
import { kindOfText, Sampler } from '../../../src/verify/logs/sampler.ts';
import { judged, T0, traffic } from '../../support/verify/streams.ts';

const log = (t: number, version: Version, line: string): JudgeEvent => ({
  kind: 'log',
  t: T0 + t,
  version,
  line: `2026-11-30 06:42:35,123 INFO ${line}`,
});
const inOrder = (...parts: JudgeEvent[][]) => parts.flat().sort((a, b) => a.t - b.t);
const TURN = 240;
const END = 500;

/** Events of a Poisson stream, each `size` lines of 1.2 s apart; old before the turn, `fresh` says whether they go on. */
function written(seed: number, rate: number, text: (i: number) => string, { size = 1, fresh = false, from = 0 } = {}) {
  const random = seeded(seed);
  const events: JudgeEvent[] = [];
  for (let t = from, i = 0; ; ) {
    t -= Math.log(1 - random()) / (rate / size);
    if (t >= (fresh ? END : TURN)) return events;
    for (let j = 0; j < size; j++) {
      const at = t + 1.2 * j;
      if (fresh || at < TURN) events.push(log(at, at < TURN ? 'old' : 'new', text(i++)));
    }
  }
}
const requests = (oldSeconds = TURN, rate = 40) =>
  traffic({ seed: 2, rate, oldSeconds, newSeconds: END - TURN, errors: [0.001, 0.001] });
const viewed = written(8, 2, (i) => `cart viewed ${i}`, { fresh: true });
const latest = (events: JudgeEvent[], oldSeconds: number) => events.filter(({ t }) => t >= T0 + TURN - oldSeconds);

describe('a line that stopped is never passed over', () => {
  it('among 1,500 others a second', () => {
    const [busy, turn, end] = [1500, 120, 260];
    const lines = Array.from(
      { length: busy },
      (_, i) => `INFO cache ${i % 3 ? 'hit' : 'miss'} of key ${i} in ${i % 9} ms`,
    );
    const noise = (version: Version, from: number, to: number) =>
      Array.from({ length: to - from }, (_, s): JudgeEvent => {
        const each: EachLine = (take, thin) => {
          for (const line of lines) {
            const weight = thin!.next() ? thin!.weigh(kindOfText(line)) : 0;
            if (weight > 0) take(T0 + from + s, line, weight);
          }
        };
        return { kind: 'lines', t: T0 + from + s, version, count: busy, each };
      });
    const asked = traffic({ seed: 2, rate: 10, oldSeconds: turn, newSeconds: end - turn, errors: [0.001, 0.001] });
    const saved = written(1, 0.5, (i) => `order saved ${i}`).filter(({ t }) => t < T0 + turn);
    const found = judged(inOrder(asked, noise('old', 0, turn), noise('new', turn, end), saved));
    expect(found).toMatchObject({ verdict: 'fail', gate: 'lines', reason: expect.stringContaining('order saved') });
  });

  it.each([2, 3, 4, 8])('though it comes in bursts of %i', (size) => {
    for (const seed of [1, 2, 3]) {
      const found = judged(
        inOrder(
          requests(),
          viewed,
          written(seed, 0.5, (i) => `order saved ${i}`, { size }),
        ),
      );
      expect(found.verdict).not.toBe('pass');
      expect(found.reason).toContain('order saved');
    }
  });

  it.each([
    ['short', (i: number) => `order saved ${i}`],
    ['short, in Chinese', (i: number) => `订单${i}已保存`],
  ])('though the old log is %s', (_, text) => {
    const found = judged(latest(inOrder(requests(), viewed, written(1, 0.5, text)), 30));
    expect(found.verdict).not.toBe('pass');
    expect(found.reason).toContain(text(0).replace(/\d+/, '').slice(0, 2));
  });

  it.each<[string, (i: number) => string]>([
    ['figures within Chinese words', (i) => `订单${i}已保存`],
    ['a figure behind a sign', (i) => `保存订单#${i}`],
    ['a figure behind full-width marks', (i) => `下单成功！订单号：2026${i}`],
    [
      'a name in front',
      (i) =>
        `user ${['bob', 'alice', 'eve', 'mallory', 'trent'][i % 5]}${String.fromCharCode(97 + (i % 26), 97 + (i % 23))} saved an order`,
    ],
    [
      'a Chinese name in front',
      (i) => `用户${'赵钱孙李周吴郑王冯陈'[i % 10]}${'一二三四五六七八九十百千'[i % 12]}下单成功`,
    ],
  ])('with %s', (_, text) => {
    const found = judged(inOrder(requests(), viewed, written(1, 0.5, text)));
    expect(found).toMatchObject({ verdict: 'fail', gate: 'lines' });
  });

  it('when all lines of a version that answers stop, where its log is known to be open', () => {
    const saved = written(1, 0.5, (i) => `order saved ${i}`);
    const open: JudgeEvent = { kind: 'lines', t: T0 + TURN - 1, version: 'old', count: 0, readable: true };
    expect(judged(inOrder(requests(), saved)).verdict).toBe('inconclusive');
    expect(judged(inOrder(requests(), saved, [open]))).toMatchObject({ verdict: 'fail', gate: 'lines' });
    const unread: JudgeEvent = { ...open, readable: false, unread: true };
    expect(judged(inOrder(requests(), saved, [open, unread])).verdict).not.toBe('fail');
  });

  it('where another came in its place a PASS says so', () => {
    const dropped = written(2, 0.5, (i) => `order dropped ${i}`, { fresh: true, from: TURN });
    const found = judged(
      inOrder(
        requests(),
        viewed,
        written(1, 0.5, (i) => `order saved ${i}`),
        dropped,
      ),
    );
    expect(found.reason).toMatch(/order saved[^"]*" comes no more and "[^"]*order dropped[^"]*" came in its place/);
  });
});

describe('no false hold', () => {
  it('is raised by lines that come in bursts, or were few, when they go on', () => {
    for (const seed of [1, 2, 3]) {
      const bursts = written(seed, 0.5, (i) => `batch done ${i}`, { size: 4, fresh: true });
      expect(judged(inOrder(requests(), viewed, bursts)).verdict).toBe('pass');
      expect(judged(latest(inOrder(requests(), viewed, bursts), 30)).verdict).toBe('pass');
    }
  });
  it('is raised by lines of the start of the old version', () => {
    const start = Array.from({ length: 12 }, (_, i) => log(TURN - 30 + i / 10, 'old', `route mounted ${i}`));
    expect(judged(latest(inOrder(requests(), viewed, start), 30)).verdict).toBe('pass');
  });
  it('by what comes every ten minutes and then often, but it is named', () => {
    const nightly = [20, 200].flatMap((from) =>
      Array.from({ length: 60 }, (_, i) => log(from + i / 20, 'old', `invoice sent ${i}`)),
    );
    const found = judged(inOrder(requests(), viewed, nightly));
    expect(found).toMatchObject({ verdict: 'pass', reason: expect.stringMatching(/invoice sent.* went unjudged/) });
  });
});

describe('the lines of a busy second', () => {
  it('are counted by those of their kind, and a rare one is read', () => {
    const sampler = new Sampler();
    let stands = 0;
    let rare = 0;
    for (let i = 0; i < 30_000; i++) {
      stands += sampler.take(i / 1000, `got ${i} of ${i % 7}`);
      if (i % 500 === 499) rare += sampler.take(i / 1000, `order saved ${i}`);
    }
    expect(rare).toBe(60);
    expect(stands).toBeGreaterThan(29_000);
    expect(stands).toBeLessThanOrEqual(30_000);
    expect(sampler.covered).toBe(1);
    expect(sampler.share).toBeLessThan(0.2);
  });
  it('of a flood are lost in part, and that is known', () => {
    const sampler = new Sampler();
    for (let i = 0; i < 100_000; i++)
      sampler.take(i / 20_000, `line ${String.fromCharCode(97 + (i % 26), 97 + (i % 23), 97 + (i % 19))}`);
    expect(sampler.covered).toBeLessThan(0.5);
  });
  it('a log that was looked at in part is told in the reason', () => {
    const random = seeded(3);
    const word = () => String.fromCharCode(...Array.from({ length: 6 }, () => 97 + Math.floor(random() * 26)));
    const noise: JudgeEvent[] = [];
    for (let t = 200; t < 300; t += 1 / 600) noise.push(log(t, t < TURN ? 'old' : 'new', `${word()} ${word()}`));
    const found = judged(latest(inOrder(requests(), noise), 40).filter(({ t }) => t < T0 + 300));
    expect(found.reason).toMatch(/Of the old version's log \d+ % was looked at for lines that stopped/);
  });
  it('have one kind whatever their figures', () => {
    expect(kindOfText('at 17 order 18 saved a1b2')).toBe(kindOfText('at 3 order 9 saved 77ff'));
    expect(kindOfText('order saved')).not.toBe(kindOfText('order lost'));
  });
  it('are kept of a past log too: the rare ones, and what the others stand for', () => {
    const past = new PastLines();
    const feed = new Feed(
      { tty: true, shift: 0, now: () => T0 },
      {
        entry: () => undefined,
        lines: (count, t, each) => past.add({ kind: 'lines', t, version: 'old', count, each }),
      },
    );
    for (let s = 0; s < 4; s++) {
      const lines = Array.from(
        { length: 1500 },
        (_, i) =>
          `2026-11-30T06:42:0${s}.${String(i).padStart(6, '0')}000Z ${i === 1400 ? 'order saved' : 'cache hit'} ${i}\n`,
      );
      feed.push(Buffer.from(lines.join('')));
    }
    feed.end();
    const count: Record<string, number> = {};
    for (const event of past.events('old'))
      if (event.kind === 'lines')
        event.each!((_, line, weight) => {
          const key = keysOf(line)[0]!;
          count[key] = (count[key] ?? 0) + weight;
        });
    expect(count['order saved']).toBe(4);
    expect(count['cache hit']).toBeGreaterThan(4000);
  });
});

describe('the keys of a message', () => {
  it.each([
    ['订单17已保存', '订单#已保存'],
    ['保存订单#17', '保存订单#'],
    ['下单成功!订单号:20261130', '下单成功!订单号:#'],
    ['注文17を保存しました', '注文#を保存しました'],
  ])('%s', (message, whole) => expect(keysOf(message)[0]).toBe(whole));
});
