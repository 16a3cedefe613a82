import type { Readable } from 'node:stream';
import { SeatrialError } from '../errors.ts';
import type { Engine } from './engine.ts';

export interface LogChunk {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

/**
 * Splits Docker's multiplexed stream (8-byte header: stream, 0 0 0, length big-endian) into its two channels.
 * Source: Engine API, "Stream format". A container with a TTY sends no frames: don't use this for it.
 */
export function createDemux(): (chunk: Buffer) => LogChunk[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    const out: LogChunk[] = [];
    while (rest.length >= 8) {
      const size = rest.readUInt32BE(4);
      if (rest.length < 8 + size) break;
      out.push({ stream: rest[0] === 2 ? 'stderr' : 'stdout', data: rest.subarray(8, 8 + size) });
      rest = rest.subarray(8 + size);
    }
    return out;
  };
}

export function demuxAll(buffer: Buffer): { stdout: string; stderr: string } {
  const chunks = createDemux()(buffer);
  const pick = (stream: LogChunk['stream']) =>
    Buffer.concat(chunks.filter((c) => c.stream === stream).map((c) => c.data)).toString('utf8');
  return { stdout: pick('stdout'), stderr: pick('stderr') };
}

export interface OpenLog {
  stream: Readable;
  /** A terminal's log has no frames. */
  tty: boolean;
  /** The engine may drop lines rather than hold the program up (log option `mode: non-blocking`). */
  lossy: boolean;
}

/**
 * Opens a container's log, with times, as a stream in either case: a log that isn't followed may be large too.
 * `since` and `until` are seconds on the daemon's clock. Errors: LOG_UNREADABLE where the log driver keeps none that can be
 * read (driver `none`, a remote driver without the engine's cache); else those of `Engine.call`.
 */
export async function openLog(
  engine: Engine,
  { id, name }: { id: string; name: string },
  range: { since?: number; until?: number; tail?: number; follow?: boolean },
  signal?: AbortSignal,
): Promise<OpenLog> {
  const read = `read the log of ${name}`;
  const { Config, HostConfig } = await engine.call(
    read,
    (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
    { signal },
  );
  const options = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow: range.follow === true,
    since: range.since?.toFixed(3),
    until: range.until?.toFixed(3),
    tail: range.tail,
  };
  const { Type, Config: driver } = HostConfig.LogConfig ?? {};
  try {
    const stream = await engine.call(
      read,
      (docker) =>
        new Promise<Readable>((resolve, reject) => {
          const path = `/containers/${id}/logs?`;
          const statusCodes = { 200: true, 404: 'no such container', 500: 'server error' };
          docker.modem.dial({ path, method: 'GET', isStream: true, statusCodes, options }, (error: unknown, data) => {
            if (error) reject(error);
            else resolve(data as Readable);
          });
        }),
      { signal },
    );
    return { stream, tty: Config.Tty, lossy: driver?.mode === 'non-blocking' };
  } catch (error) {
    const words = error instanceof Error ? error.message : '';
    if (Type !== 'none' && !/does not support reading/.test(words)) throw error;
    throw new SeatrialError(
      'LOG_UNREADABLE',
      `${name}: its log can't be read from the engine (log driver ${Type || 'unknown'}); use json-file, local or journald, or give loki-url.`,
      { cause: error },
    );
  }
}

/** Lines of a followed, multiplexed log; a half line at the end is given out when the stream ends. */
export async function* logLines(stream: Readable): AsyncGenerator<{ stream: LogChunk['stream']; line: string }> {
  const demux = createDemux();
  const rest: Record<LogChunk['stream'], string> = { stdout: '', stderr: '' };
  for await (const chunk of stream) {
    for (const part of demux(chunk as Buffer)) {
      const lines = (rest[part.stream] + part.data.toString('utf8')).split('\n');
      rest[part.stream] = lines.pop()!;
      for (const line of lines) yield { stream: part.stream, line };
    }
  }
  for (const stream of ['stdout', 'stderr'] as const) if (rest[stream]) yield { stream, line: rest[stream] };
}
