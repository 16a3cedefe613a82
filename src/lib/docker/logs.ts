import type { Readable } from 'node:stream';

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
