import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface EngineProxy {
  /** What DOCKER_HOST or hosts should say to go through it. */
  host: string;
  /** Requests to the engine and lines to the edge so far, in order. */
  calls: string[];
  close(): Promise<void>;
}

const REQUEST = /^(GET|POST|PUT|DELETE|HEAD) (\S+) HTTP\/1\.1/;
const EDGE_LINE = /^set server \S+ .*/;

/**
 * A socket in front of the engine's. Every request, and every line that changes the edge over an open session, is
 * counted and told to `onCall` before it is passed on; after `onCall` answers 'pass-then-tell' `after` is called.
 */
export async function startEngineProxy(
  onCall: (n: number, call: string) => 'pass' | 'drop' | 'pass-then-tell',
  after: () => void = () => undefined,
): Promise<EngineProxy> {
  const path = join(tmpdir(), `seatrial-${randomBytes(4).toString('hex')}.sock`);
  const calls: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect('/var/run/docker.sock');
    for (const socket of [client, engine]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      // Either side may vanish at any moment here; that is what these tests are about.
      socket.on('error', () => client.destroy());
    }
    engine.pipe(client);
    client.on('end', () => engine.end());
    client.on('close', () => engine.destroy());
    client.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      const found = REQUEST.exec(text) ?? EDGE_LINE.exec(text);
      if (!found) return void engine.write(chunk);
      const call = found[2] ? `${found[1]} ${found[2]}` : found[0];
      calls.push(call);
      const verdict = onCall(calls.length, call);
      if (verdict === 'drop') return void client.destroy();
      if (verdict === 'pass') return void engine.write(chunk);
      engine.write(chunk, () => after());
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    calls,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(path, { force: true });
    },
  };
}
