import { Readable, Transform } from 'node:stream';
import type { Api } from '../../../lib/kubernetes/api.ts';
import { statusOf } from '../../../lib/kubernetes/error.ts';
import type { LogRange } from '../containers.ts';

/** `2026-11-30T06:42:35.123456789Z`: 30 characters, the last of them Z. */
const ZULU = 29;

/** A line's time as UTC with nine digits; nodes write their own zone's, and some leave zeros out. Pure. */
export function stampedUtc(line: string): string {
  const at = line.indexOf(' ');
  if (at === ZULU + 1 && line[ZULU] === 'Z') return line;
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(line.slice(0, at)) ?? [];
  if (!seconds) return line;
  const utc = new Date(Date.parse(seconds + zone)).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, '0')}Z${line.slice(at)}`;
}

/** Whole lines, each with its time in UTC; what is so already passes as it came. */
export function utcLines(): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (!rest.length && chunk[ZULU] === 0x5a && chunk.at(-1) === 0x0a) return done(null, chunk);
      const all = Buffer.concat([rest, chunk]);
      const end = all.lastIndexOf(0x0a) + 1;
      rest = Buffer.from(all.subarray(end));
      const lines = all.toString('utf8', 0, end).split('\n');
      done(null, lines.map((line) => (line ? stampedUtc(line) : line)).join('\n'));
    },
    flush(done) {
      done(null, rest.length ? stampedUtc(rest.toString('utf8')) : undefined);
    },
  });
}

/** A pod's log as the reader of logs takes one: no frames, a time before each line. */
export function podLog(api: Api, pod: string, container: string) {
  return async (
    { since, follow, tail }: LogRange,
    signal?: AbortSignal,
  ): Promise<{ stream: Readable; tty: boolean; lossy: boolean }> => {
    const options = { container, follow, timestamps: true, tailLines: tail, signal };
    const sinceTime = since === undefined ? undefined : new Date(since * 1000).toISOString();
    const stream = await api.logs(pod, { ...options, sinceTime }).catch((error: unknown) => {
      // It has not begun yet, and has written nothing.
      if (statusOf(error) === 400) return Readable.from([]);
      throw error;
    });
    const lines = utcLines();
    stream.once('error', (error) => lines.destroy(error));
    lines.once('close', () => stream.destroy());
    return { stream: stream.pipe(lines), tty: true, lossy: false };
  };
}
