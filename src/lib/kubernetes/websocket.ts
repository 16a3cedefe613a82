import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** Frames of RFC 6455 as a client reads and writes them; no extension is offered, so none has to be undone. */
export const TEXT = 1;
export const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A masked frame, section 5.2. */
export function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255])
        : Buffer.alloc(10);
  if (length >= 65_536) {
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  for (let i = 0; i < length; i++) masked[i]! ^= mask[i & 3]!;
  return Buffer.concat([head, mask, masked]);
}

export interface Frame {
  opcode: number;
  final: boolean;
  payload: Buffer;
}

/** Takes bytes as they come, and gives the whole frames among them. A server's are not masked. */
export function createReader(): (chunk: Buffer) => Frame[] {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length ? Buffer.concat([held, chunk]) : chunk;
    const found: Frame[] = [];
    for (;;) {
      if (held.length < 2) return found;
      const short = held[1]! & 0x7f;
      const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
      if (held.length < 2 + extra) return found;
      const length = extra === 2 ? held.readUInt16BE(2) : extra === 8 ? Number(held.readBigUInt64BE(2)) : short;
      const end = 2 + extra + length;
      if (held.length < end) return found;
      found.push({ opcode: held[0]! & 15, final: (held[0]! & 0x80) !== 0, payload: held.subarray(2 + extra, end) });
      held = held.subarray(end);
    }
  };
}

export interface Messages {
  send(payload: Buffer): void;
  close(): void;
}

/** Messages over a connection that was upgraded; `onEnd` is told once, with the error if there was one. */
export function messages(
  socket: Duplex,
  onMessage: (payload: Buffer) => void,
  onEnd: (error?: unknown) => void,
): Messages {
  const read = createReader();
  let parts: Buffer[] = [];
  let over = false;
  const end = (error?: unknown) => {
    if (over) return;
    over = true;
    socket.destroy();
    onEnd(error);
  };
  socket.on('data', (chunk: Buffer) => {
    for (const { opcode, final, payload } of read(chunk)) {
      if (opcode === PING) socket.write(frame(PONG, payload));
      else if (opcode === CLOSE) return end();
      else if (opcode < CLOSE) {
        parts.push(payload);
        if (!final) continue;
        const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
        parts = [];
        onMessage(whole);
      }
    }
  });
  socket.once('error', end);
  socket.once('close', () => end());
  return {
    send: (payload) => {
      if (!over) socket.write(frame(BINARY, payload));
    },
    close: () => {
      if (!over) socket.write(frame(CLOSE, Buffer.from([3, 232])));
      end();
    },
  };
}
