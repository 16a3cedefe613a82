import { type Entry, Joiner } from './entries.ts';
import { evidence, troubled } from './prefilter.ts';
import { kindOfBytes, type Thinner } from './sampler.ts';

/** A line is cut off here; the engine itself cuts lines into pieces of 16 KiB. */
const MAX_LINE = 64 * 1024;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** `2026-11-30T06:42:35.123456789Z`, as the engine writes it before each line. */
const STAMP = 30;

export type Channel = 'stdout' | 'stderr';
const CHANNELS: readonly Channel[] = ['stdout', 'stderr'];

export interface FeedOutput {
  /** An entry that may tell of a failure. */
  entry(entry: Entry, channel: Channel): void;
  /** Whole lines as they came. */
  raw?(data: Buffer): void;
  /** So many lines came, the last at `t`; `each` reads those that are nobody's evidence (or those that `thin` wants), now or never. */
  lines(
    count: number,
    t: number,
    each: (take: (t: number, line: string, weight: number) => void, thin?: Thinner) => void,
  ): void;
}

export interface FeedOptions {
  /** A terminal's log has no frames. */
  tty: boolean;
  /** Added to the engine's clock, seconds. */
  shift: number;
  /** Every line is read: a declared pattern says what it is. */
  all?: boolean;
  /** Where the engine gave no time. */
  now: () => number;
}

const digit = (bytes: Uint8Array, i: number) => bytes[i]! - 0x30;
const two = (bytes: Uint8Array, i: number) => digit(bytes, i) * 10 + digit(bytes, i + 1);

/** Reads the engine's times; the day and minute are worked out when they change. */
class Stamps {
  #minute = -1;
  #base = 0;

  /** Seconds of the epoch of the stamp at `i`; NaN where there is none. */
  read(bytes: Buffer, i: number, to: number): number {
    if (i + STAMP > to || bytes[i + 10] !== 0x54 || bytes[i + STAMP - 1] !== 0x5a) return Number.NaN;
    const minute =
      (((two(bytes, i + 2) * 12 + two(bytes, i + 5)) * 31 + two(bytes, i + 8)) * 24 + two(bytes, i + 11)) * 60 +
      two(bytes, i + 14);
    if (minute !== this.#minute) {
      const parsed = Date.parse(`${bytes.toString('latin1', i, i + 16)}:00Z`);
      if (Number.isNaN(parsed)) return Number.NaN;
      this.#minute = minute;
      this.#base = parsed / 1000;
    }
    let fraction = 0;
    for (let j = i + 20; j < i + 26; j++) fraction = fraction * 10 + digit(bytes, j);
    return this.#base + two(bytes, i + 17) + fraction / 1e6;
  }
}

interface Track {
  joiner: Joiner;
  /** A line whose end has not come: pieces of a long one. */
  piece: { t: number; text: string } | undefined;
  /** In the chunk: the lines of the entry that is open and holds nothing of interest yet, as pairs of offsets. */
  idle: number[];
}

/**
 * One container's log as the engine sends it: frames, times and lines, followed or not. Most lines are never made a
 * string: a chunk is searched whole for what evidence must hold, and only lines with it and those they join with are read.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #out: FeedOutput;
  readonly #stamps = new Stamps();
  readonly #tracks: Record<Channel, Track> = {
    stdout: { joiner: new Joiner(), piece: undefined, idle: [] },
    stderr: { joiner: new Joiner(), piece: undefined, idle: [] },
  };
  #rest: Buffer = Buffer.alloc(0);
  /** Lines longer than 64 KiB, whose rest was left out. */
  cut = 0;

  constructor(options: FeedOptions, out: FeedOutput) {
    this.#options = options;
    this.#out = out;
  }

  push(chunk: Buffer): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    // Pairs of offsets: lines whose text nobody has read, each with its stamp.
    const quiet: number[] = [];
    const seen = { count: 0, last: -1, hit: -1 };
    const end = this.#options.tty ? this.#plain(data, quiet, seen) : this.#frames(data, quiet, seen);
    for (const channel of CHANNELS) this.#settle(channel, data);
    if (end > 0) this.#out.raw?.(data.subarray(0, end));
    // A copy: a slice would hold the whole chunk.
    this.#rest = end < data.length ? Buffer.from(data.subarray(end)) : Buffer.alloc(0);
    if (seen.count > 0) {
      const t = this.#time(data, seen.last, data.length);
      this.#out.lines(seen.count, t, (take, thin) => {
        for (let i = 0; i < quiet.length; i += 2) {
          if (thin && !thin.next()) continue;
          const [from, to] = [quiet[i]!, quiet[i + 1]!];
          const weight = thin ? thin.weigh(kindOfBytes(data, from, to)) : 1;
          if (weight > 0) take(this.#time(data, from, to), this.#text(data, from, to), weight);
        }
      });
    }
  }

  #frames(data: Buffer, quiet: number[], seen: { count: number; last: number; hit: number }): number {
    let i = 0;
    while (i + 8 <= data.length) {
      const size = data.readUInt32BE(i + 4);
      const from = i + 8;
      const to = from + size;
      if (to > data.length) break;
      this.#line(data, data[i] === 2 ? 'stderr' : 'stdout', from, to, quiet, seen);
      i = to;
    }
    return i;
  }

  #plain(data: Buffer, quiet: number[], seen: { count: number; last: number; hit: number }): number {
    let i = 0;
    for (let to = data.indexOf(NEWLINE); to >= 0; to = data.indexOf(NEWLINE, i)) {
      this.#line(data, 'stdout', i, to + 1, quiet, seen);
      i = to + 1;
    }
    return i;
  }

  /** One line, or a piece of one, with its stamp, at `from` to `to`. */
  #line(
    data: Buffer,
    channel: Channel,
    from: number,
    to: number,
    quiet: number[],
    seen: { count: number; last: number; hit: number },
  ): void {
    const track = this.#tracks[channel];
    const whole = to > from && data[to - 1] === NEWLINE;
    if (track.piece || !whole) {
      this.#piece(track, channel, data, from, to, whole, seen);
      return;
    }
    seen.count++;
    seen.last = from;
    if (seen.hit < from && seen.hit !== Number.POSITIVE_INFINITY) {
      const next = evidence().find(data, from, data.length);
      seen.hit = next < 0 ? Number.POSITIVE_INFINITY : next;
    }
    const marked = seen.hit < to || this.#options.all === true || (channel === 'stderr' && troubled(data, from, to));
    if (marked || track.joiner.isOpen) {
      this.#settle(channel, data);
      this.#join(channel, this.#time(data, from, to), this.#text(data, from, to), marked);
      if (!track.joiner.isOpen) quiet.push(from, to);
      return;
    }
    quiet.push(from, to);
    // What goes on with the line before it stays with it, in case that turns out to be of interest.
    const first = data[from + STAMP + 1];
    if (first !== SPACE && first !== 0x09 && first !== 0x7d && first !== 0x5d) track.idle.length = 0;
    if (track.idle.length < 400) track.idle.push(from, to);
  }

  /** A line that the engine cut: its pieces come one after the other, each with a stamp. */
  #piece(
    track: Track,
    channel: Channel,
    data: Buffer,
    from: number,
    to: number,
    whole: boolean,
    seen: { count: number; last: number },
  ): void {
    const text = this.#text(data, from, to);
    track.piece ??= { t: this.#time(data, from, to), text: '' };
    const room = MAX_LINE - track.piece.text.length;
    if (text.length > room && room > 0) this.cut++;
    if (room > 0) track.piece.text += text.slice(0, room);
    if (!whole) return;
    const { t, text: line } = track.piece;
    track.piece = undefined;
    seen.count++;
    seen.last = from;
    this.#settle(channel, data);
    this.#join(channel, t, line, true);
  }

  /** Hands the lines that wait in the chunk to the joiner, before one that needs them or before the chunk goes. */
  #settle(channel: Channel, data: Buffer): void {
    const { idle } = this.#tracks[channel];
    for (let i = 0; i < idle.length; i += 2) {
      const [from, to] = [idle[i]!, idle[i + 1]!];
      this.#tracks[channel].joiner.pass(this.#time(data, from, to), this.#text(data, from, to));
    }
    idle.length = 0;
  }

  #join(channel: Channel, t: number, line: string, marked: boolean): void {
    const entry = this.#tracks[channel].joiner.push(t, line, marked);
    if (entry?.marked) this.#out.entry(entry, channel);
  }

  #time(data: Buffer, from: number, to: number): number {
    const t = this.#stamps.read(data, from, to);
    return Number.isNaN(t) ? this.#options.now() : t + this.#options.shift;
  }

  #text(data: Buffer, from: number, to: number): string {
    const stamped = data[from + STAMP] === SPACE && data[from + STAMP - 1] === 0x5a;
    let end = to;
    if (end > from && data[end - 1] === NEWLINE) end--;
    return data.toString('utf8', stamped ? from + STAMP + 1 : from, end);
  }

  /** Gives out the entry that is open when nothing came behind it for half a second, or at once. */
  flush(t: number, force = false): void {
    for (const channel of CHANNELS) {
      const entry = this.#tracks[channel].joiner.flush(t, force);
      if (entry?.marked) this.#out.entry(entry, channel);
    }
  }

  /** The log has ended: what is left of it is whole. */
  end(): void {
    if (this.#options.tty && this.#rest.length > 0) this.push(Buffer.from('\n'));
    for (const channel of CHANNELS) {
      const { piece } = this.#tracks[channel];
      if (piece) this.#join(channel, piece.t, piece.text, true);
      this.#tracks[channel].piece = undefined;
    }
    this.flush(0, true);
  }
}
