import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/deploy/docker/edge/runtime.ts';
import type { Code } from '../../../src/lib/codes.ts';
import type { Engine } from '../../../src/lib/docker/engine.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';

/** An engine that is too busy for the first so many questions, and whose HAProxy answers each later one by its words. */
function busyEngine(late: number, code: Code = 'ENGINE_TIMEOUT'): Engine & { sessions: number } {
  const engine = {
    label: 'h',
    sessions: 0,
    async call<T>(name: string, body: (docker: unknown, signal: AbortSignal) => Promise<T>): Promise<T> {
      if (name.startsWith('ask ') && late-- > 0) throw new SeatrialError(code, 'h: no answer within 5 s.');
      return body(
        { getContainer: () => ({ exec: async () => ({ start: async () => answering() }) }) },
        new AbortController().signal,
      );
    },
  };
  const answering = () => {
    engine.sessions++;
    const stream = new PassThrough();
    const write = stream.write.bind(stream);
    stream.write = ((text: string) => {
      const frame = Buffer.from(`said ${text.trim()}\n> `);
      const head = Buffer.alloc(8);
      head[0] = 1;
      head.writeUInt32BE(frame.length, 4);
      return write(Buffer.concat([head, frame]));
    }) as typeof stream.write;
    return stream;
  };
  return engine as unknown as Engine & { sessions: number };
}

describe("the edge's admin session", () => {
  it('waits for a host that is too busy to answer, with a session of its own each time', async () => {
    const engine = busyEngine(3);
    expect(await new Runtime(engine, 'shop-edge').ask('show info')).toBe('said show info');
    expect(engine.sessions).toBe(4);
  });
  it('does not ask again where nothing can come of it', async () => {
    await expect(new Runtime(busyEngine(9, 'TOOL_MISSING'), 'e').ask('x')).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
    const refused = new Runtime(busyEngine(9, 'ENGINE_REFUSED'), 'e').ask('x');
    await expect(refused).rejects.toMatchObject({ code: 'EDGE_UNREACHABLE' });
  });
});
