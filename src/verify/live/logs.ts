import { once } from 'node:events';
import { demuxAll, openLog } from '../../lib/docker/logs.ts';
import { statusOf } from '../../lib/docker/status.ts';
import { openServiceLog } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { isMissing } from '../../lib/kubernetes/error.ts';
import { redact } from '../../lib/redact.ts';
import { getOrMake } from '../judge/maps.ts';
import type { EachLine, JudgeEvent, Version } from '../judge/types.ts';
import { Feed } from '../logs/feed.ts';
import { kindOfText, Sampler } from '../logs/sampler.ts';
import type { Watched } from './containers.ts';
import { OneFeed, TaskFeeds } from './task-feeds.ts';

/** Lines that came later than this after they were written are told, seconds. */
const LATE = 5;

/** What was read of one container's log, for the report. */
export class Reading {
  readonly name: string;
  lines = 0;
  bytes = 0;
  /** Of lines that came late: how many, and by how many seconds the last of them at most. */
  late = 0;
  latest = 0;
  cut = 0;
  lossy = false;

  constructor(name: string) {
    this.name = name;
  }

  /** One sentence. */
  get told(): string {
    const parts = [`log of ${this.name}: ${this.lines} lines (${(this.bytes / 1e6).toFixed(1)} MB) read`];
    if (this.late > 0) parts.push(`${this.late} came up to ${Math.ceil(this.latest)} s after they were written`);
    if (this.cut > 0) parts.push(`${this.cut} longer than 64 KiB were cut`);
    if (this.lossy) parts.push('its log driver is non-blocking, so the engine itself may have dropped lines');
    return parts.join('; ');
  }
}

export interface LogSink {
  emit: (event: JudgeEvent) => void;
  reading: Reading;
  /** Whole lines as they came. */
  raw?: (data: Buffer, tty: boolean) => void;
  /** Every line is wanted, whatever it holds. */
  all?: boolean;
  /** The log is open: what is written will come. */
  opened?: () => void;
}

interface Range {
  /** Milliseconds of our clock. */
  sinceMs: number;
  untilMs?: number;
  follow: boolean;
}

/** A container's log, or that of all tasks of a Swarm's service. */
async function open(
  target: Watched,
  seconds: (ms: number | undefined) => number | undefined,
  { sinceMs, untilMs, follow }: Range,
  signal: AbortSignal,
) {
  const { host, name, task } = target;
  const since = seconds(sinceMs);
  if (target.log) return target.log({ since, follow }, signal);
  if (!task) return openLog(host.engine, target, { since, until: seconds(untilMs), follow }, signal);
  const stream = await openServiceLog(
    host.engine,
    { id: task.service, name },
    { since, follow, details: true },
    signal,
  );
  return { stream, tty: false, lossy: false };
}

/** Reads one container's log and answers when it ends. Times are the daemon's, put on our clock. Errors: as `openLog`. */
export async function readLog(target: Watched, range: Range, sink: LogSink, signal: AbortSignal): Promise<void> {
  const { host, name, version } = target;
  const { emit, reading } = sink;
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : (ms + host.skewMs) / 1000);
  const { stream, tty, lossy } = await open(target, seconds, range, signal);
  reading.lossy ||= lossy;
  sink.opened?.();
  const now = () => Date.now() / 1000;
  const feedOf = (task: string) =>
    new Feed(
      { tty, shift: -host.skewMs / 1000, all: sink.all, now },
      {
        raw: (data) => sink.raw?.(data, tty),
        entry: (entry, channel) =>
          emit({ kind: 'entry', t: entry.t, version, entry, source: `${name}${task} ${tty ? 'tty' : channel}` }),
        lines(count, t, each) {
          reading.lines += count;
          const behind = now() - t;
          if (range.follow && behind > LATE) {
            reading.late += count;
            reading.latest = Math.max(reading.latest, behind);
          }
          emit({ kind: 'lines', t, version, count, each });
        },
      },
    );
  const feeds = target.task ? new TaskFeeds(feedOf) : new OneFeed(feedOf(''));
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setInterval(() => feeds.flush(now()), 500);
  try {
    stream.on('data', (chunk: Buffer) => {
      reading.bytes += chunk.length;
      feeds.push(chunk);
    });
    // A stream may end, fail, or be cut by its host without a word.
    const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
    failed.catch(() => undefined); // it is met in the race
    await Promise.race([once(stream, 'end'), once(stream, 'close'), failed]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
    stream.destroy();
    reading.cut += feeds.end();
  }
}

interface Second {
  count: number;
  /** Lines that are kept, each with the number it stands for. */
  lines: [t: number, line: string, weight: number][];
  /** Lines that no kept one stands for. */
  gone: number;
}

/**
 * Sorts lines into their seconds: a chunk of a past log may hold minutes, and can be read only while it is there. Of a
 * busy second some are kept, of each kind.
 */
export class PastLines {
  readonly #seconds = new Map<number, Second>();
  readonly #sampler = new Sampler();

  #of(t: number): Second {
    return getOrMake(this.#seconds, Math.floor(t), () => ({ count: 0, lines: [], gone: 0 }));
  }

  add({ t, count, each }: JudgeEvent & { kind: 'lines' }): void {
    let quiet = 0;
    each?.((at, line) => {
      const second = this.#of(at);
      quiet++;
      second.count++;
      const lost = this.#sampler.lost;
      const weight = this.#sampler.take(at, line);
      second.gone += this.#sampler.lost - lost;
      if (weight > 0) second.lines.push([at, line, weight]);
    });
    this.#of(t).count += count - quiet;
  }

  events(version: Version): JudgeEvent[] {
    return [...this.#seconds].map(([second, { count, lines, gone }]) => {
      const each: EachLine = (take, thin) => {
        for (const [t, line, stands] of lines) {
          if (thin && !thin.next()) continue;
          const weight = thin ? thin.weigh(kindOfText(line)) : 1;
          if (weight > 0) take(t, line, stands + weight - 1);
        }
      };
      return { kind: 'lines', t: lines.at(-1)?.[0] ?? second, version, count, each, gone };
    });
  }
}

/** What a container wrote from `sinceMs` to `untilMs` (our clock), oldest first. */
export async function pastOf(
  target: Watched,
  sinceMs: number,
  untilMs: number,
  sink: Omit<LogSink, 'emit'>,
  signal: AbortSignal,
): Promise<JudgeEvent[]> {
  const events: JudgeEvent[] = [];
  const lines = new PastLines();
  const emit = (event: JudgeEvent) => {
    // Not every log can be asked for up to a time: what comes after it is read by who follows it.
    if (event.t * 1000 > untilMs) return;
    if (event.kind !== 'lines') events.push(event);
    else lines.add(event);
  };
  await readLog(target, { sinceMs, untilMs, follow: false }, { ...sink, emit }, signal);
  events.push(...lines.events(target.version));
  // A Swarm knows no end of what it is asked for; what came after it is read by who follows.
  const end = target.task ? untilMs / 1000 : Number.POSITIVE_INFINITY;
  return events.filter(({ t }) => t <= end).sort((a, b) => a.t - b.t);
}

/** A followed log ends with its container; one whose engine no longer has the container, or keeps no log, is no fault. */
export const isGone = (error: unknown) => statusOf(error) === 404 || isMissing(error);
export const isUnreadable = (error: unknown) => error instanceof SeatrialError && error.code === 'LOG_UNREADABLE';

const named = ({ task, name }: Watched) => ({ id: task!.service, name });

/** The last 400 lines of each container, redacted; undefined where the engine no longer has them. */
export async function lastLines(targets: Watched[]): Promise<string | undefined> {
  const parts: string[] = [];
  for (const target of targets) {
    try {
      const { stream, tty } = target.log
        ? await target.log({ tail: 400 })
        : target.task
          ? { stream: await openServiceLog(target.host.engine, named(target), { tail: 400 }), tty: false }
          : await openLog(target.host.engine, target, { tail: 400 });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      parts.push(evidenceOf(target.name, Buffer.concat(chunks), tty));
    } catch (error) {
      if (!isGone(error) && !isUnreadable(error)) return undefined;
    }
  }
  return parts.length > 0 ? parts.join('\n') : undefined;
}

/** The last 400 lines in a raw log, redacted. */
export function evidenceOf(name: string, raw: Buffer, tty: boolean): string {
  const { stdout, stderr } = tty ? { stdout: raw.toString('utf8').replaceAll('\r', ''), stderr: '' } : demuxAll(raw);
  // The two channels are put back in the order they were written.
  const lines = `${stdout}\n${stderr}`.split('\n').filter(Boolean).sort().slice(-400);
  return `== ${name}\n${redact(lines.join('\n'))}\n`;
}
