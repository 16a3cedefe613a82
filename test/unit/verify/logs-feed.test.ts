import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/verify/logs/entries.ts';
import { Feed } from '../../../src/verify/logs/feed.ts';

const T0 = Date.parse('2026-11-30T06:42:35Z') / 1000;
const stamp = (n: number) =>
  `2026-11-30T06:42:${35 + Math.floor(n / 1000)}.${String(n % 1000).padStart(3, '0')}000000Z`;

/** A frame of the engine's multiplexed stream. */
function frame(text: string, n = 0, stream = 1): Buffer {
  const body = Buffer.from(`${stamp(n)} ${text}`);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

function feed(chunks: Buffer[], options: { tty?: boolean; all?: boolean; shift?: number } = {}) {
  const got = { entries: [] as (Entry & { channel: string })[], lines: 0, last: 0, quiet: [] as string[], raw: 0 };
  const one = new Feed(
    { tty: false, shift: 0, now: () => 7, ...options },
    {
      entry: (entry, channel) => got.entries.push({ ...entry, channel }),
      lines(count, t, each) {
        got.lines += count;
        got.last = t;
        each((_, line) => got.quiet.push(line));
      },
      raw: (data) => {
        got.raw += data.length;
      },
    },
  );
  for (const chunk of chunks) one.push(chunk);
  one.end();
  return { ...got, texts: got.entries.map(({ text }) => text), cut: one.cut };
}

describe('Feed', () => {
  const log = [
    frame('INFO order paid\n', 0),
    frame('ERROR 订单 refused\n', 250),
    frame('java.lang.IllegalStateException: x\n', 251),
    frame('\tat com.shop.Pay.charge(Pay.java:5)\n', 252),
    frame('payment failed\n', 253, 2),
    frame('INFO order paid\n', 1500),
    frame('{\n', 1501),
    frame('  "level": "error"\n', 1502),
    frame('}\n', 1503),
    frame('INFO order paid\n', 1504),
  ];

  it('reads lines, channels and times, and joins what belongs together', () => {
    const got = feed([Buffer.concat(log)]);
    expect(got.texts).toEqual([
      'ERROR 订单 refused\njava.lang.IllegalStateException: x\n\tat com.shop.Pay.charge(Pay.java:5)',
      '{\n  "level": "error"\n}',
      'payment failed',
    ]);
    expect(got.entries[0]).toMatchObject({ t: T0 + 0.25, channel: 'stdout' });
    expect(got.entries[2]).toMatchObject({ t: T0 + 0.253, channel: 'stderr' });
    expect(got.lines).toBe(10);
    expect(got.last).toBeCloseTo(T0 + 1.504, 5);
    expect(got.quiet.filter((line) => line === 'INFO order paid')).toHaveLength(3);
  });

  it('says the same wherever the stream is cut', () => {
    const whole = Buffer.concat(log);
    const { texts, lines } = feed([whole]);
    for (const size of [1, 7, 40, 64, 333]) {
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      const got = feed(chunks);
      expect([got.texts, got.lines]).toEqual([texts, lines]);
      expect(got.raw).toBe(whole.length);
    }
  });

  it('puts the pieces of a line that the engine cut together', () => {
    const got = feed([frame(`ERROR ${'x'.repeat(16_000)}`, 0), frame('y refused\n', 1), frame('INFO\n', 2)]);
    expect(got.texts).toEqual([`ERROR ${'x'.repeat(16_000)}y refused`]);
    expect(got.lines).toBe(2);
  });

  it('cuts a line without an end, and counts that', () => {
    const got = feed([...Array.from({ length: 8 }, () => frame('ERROR'.repeat(3000))), frame('\n')]);
    expect(got.texts[0]!.length).toBe(64 * 1024);
    expect(got.cut).toBe(1);
  });

  it('reads the log of a terminal, which has no frames', () => {
    const text = `${stamp(0)} INFO order paid\r\n${stamp(10)} \u001b[31mERRO\u001b[0m[0042] refused\r\n${stamp(20)} INFO\r\n`;
    const got = feed([Buffer.from(text)], { tty: true });
    expect(got.texts).toEqual(['ERRO[0042] refused']);
    expect(got.entries[0]!.t).toBeCloseTo(T0 + 0.01, 5);
    expect(got.lines).toBe(3);
  });

  it('moves the engine’s times by the difference of the clocks, and takes now where there are none', () => {
    expect(feed([frame('ERROR\n')], { shift: -2 }).entries[0]!.t).toBe(T0 - 2);
    const bare = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 6]), Buffer.from('ERROR\n')]);
    expect(feed([bare]).entries[0]).toMatchObject({ t: 7, text: 'ERROR' });
  });

  it('reads every line where a pattern says what it is', () => {
    expect(feed([frame('QX~boom\n'), frame('OK~fine\n')], { all: true }).texts).toEqual(['QX~boom', 'OK~fine']);
  });
});
