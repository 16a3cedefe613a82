import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/lib/docker/engine.ts';

/** A server on a socket of its own that answers every request by `answer`: what no healthy engine can be made to do. */
const servers: { server: Server; folder: string; sockets: Set<Socket> }[] = [];
async function serve(answer: (socket: Socket) => void): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-cut-'));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => answer(socket));
  }).listen(join(folder, 's'));
  await once(server, 'listening');
  servers.push({ server, folder, sockets });
  return new Engine({ label: 'test', socketPath: join(folder, 's') });
}
afterEach(() => {
  for (const { server, folder, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

const HALF = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half":';
const list = (engine: Engine, options = {}) =>
  engine.call('list containers', (docker, abortSignal) => docker.listContainers({ abortSignal }), options);

describe('a call to the engine', () => {
  // Promptly: at its deadline it would be an ENGINE_TIMEOUT.
  it('fails promptly when the connection is lost in mid-answer', async () => {
    const engine = await serve((socket) => socket.write(HALF, () => socket.destroy()));
    await expect(list(engine)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('fails when the connection is lost before the answer', async () => {
    const engine = await serve((socket) => socket.destroy());
    await expect(list(engine)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it.each([
    ['says nothing', () => undefined],
    ['stalls in mid-answer', (socket: Socket) => void socket.write(HALF)],
  ])('ends by its deadline when the engine %s', async (_, answer) => {
    const engine = await serve(answer);
    await expect(list(engine, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it.each([
    ['says nothing', () => undefined],
    ['stalls in mid-answer', (socket: Socket) => void socket.write(HALF)],
  ])('ends by cancel when the engine %s', async (_, answer) => {
    const engine = await serve(answer);
    const cancel = new AbortController();
    const pending = list(engine, { signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(pending).rejects.toThrow('cancelled');
  });

  it('ends by close, and so does every later one', async () => {
    const engine = await serve((socket) => void socket.write(HALF));
    const pending = list(engine);
    engine.close();
    await expect(pending).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await expect(list(engine)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });
});

describe('a stream opened by a call', () => {
  const CHUNK = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n';
  const follow = (engine: Engine, timeoutMs: number) =>
    engine.call('follow events', (docker, abortSignal) => docker.getEvents({ abortSignal }), { timeoutMs });

  it('outlives the deadline of the call, and ends with the engine', async () => {
    let socket: Socket | undefined;
    const engine = await serve((accepted) => {
      socket = accepted;
      accepted.write(CHUNK);
    });
    const stream = await follow(engine, 2000);
    expect(String((await once(stream, 'data'))[0])).toBe('one');
    await new Promise((resolve) => setTimeout(resolve, 2500)); // beyond the deadline
    const next = once(stream, 'data');
    socket!.write('3\r\ntwo\r\n');
    expect(String((await next)[0])).toBe('two');
    const failed = once(stream, 'close').catch((error: Error) => error);
    engine.close();
    await failed;
  });
});

describe('a TCP engine in a process of its own', () => {
  it('is called without a word on stderr', () => {
    const script = `
      import { Engine } from '${join(process.cwd(), 'src/lib/docker/engine.ts')}';
      import { createServer } from 'node:http';
      import url from 'node:url';
      // A bundle calling url.parse() gets a deprecation on stderr; from node_modules Node keeps quiet about it.
      const parse = url.parse;
      url.parse = (...args) => {
        console.error('url.parse was called');
        return parse(...args);
      };
      const server = createServer((_, answer) => answer.end('[]')).listen(0, '127.0.0.1', async () => {
        const engine = new Engine({ label: 't', tcp: { host: '127.0.0.1', port: server.address().port } });
        console.log(JSON.stringify(await engine.call('list', (docker) => docker.listContainers())));
        process.exit();
      });`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, DOCKER_HOST: 'tcp://127.0.0.1:1' },
    });
    expect(child.stdout.trim()).toBe('[]');
    expect(child.stderr).toBe('');
  });
});
