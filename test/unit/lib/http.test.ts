import { createServer as createWeb } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttp, type HttpResult } from '../../../src/lib/http.ts';
import { noProxyRanges } from '../../../src/lib/no-proxy.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.address() as AddressInfo).port;
}

const ask = async (url: string, timeoutMs: number, signal?: AbortSignal): Promise<HttpResult> =>
  (await createHttp({}))({ url, method: 'POST', body: '{}', timeoutMs, signal });

describe('before there is a connection nothing was sent', () => {
  test('a handshake that never ends costs the timeout, not the connector’s own ten seconds', async () => {
    const port = await listen(createServer());
    const result = await ask(`https://127.0.0.1:${port}/`, 300);
    expect(result).toMatchObject({ kind: 'failed', sent: false, reason: 'UND_ERR_CONNECT_TIMEOUT' });
  }, 9000);

  test.each([
    ['a line cut in the handshake', (socket: Socket) => socket.destroy(), 'ECONNRESET'],
    ['no TLS behind https', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /SSL|EPROTO/],
  ])('%s', async (_, answer, reason) => {
    const port = await listen(createServer((socket) => socket.once('data', () => answer(socket))));
    const result = await ask(`https://127.0.0.1:${port}/`, 5000);
    expect(result).toMatchObject({ kind: 'failed', sent: false, reason: expect.stringMatching(reason) });
  });

  test('a run cancelled while it connects does not wait for the connection', async () => {
    const cancel = new AbortController();
    const port = await listen(createServer(() => cancel.abort(new Error('cancelled'))));
    expect(await ask(`https://127.0.0.1:${port}/`, 60_000, cancel.signal)).toMatchObject({
      kind: 'failed',
      sent: false,
    });
  }, 50_000);
});

describe('once there is one it may have arrived', () => {
  test('a hang', async () => {
    const port = await listen(createServer());
    expect(await ask(`http://127.0.0.1:${port}/`, 300)).toMatchObject({ sent: true, reason: 'timeout' });
  });

  test('a reset', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(await ask(`http://127.0.0.1:${port}/`, 5000)).toMatchObject({ kind: 'failed', sent: true });
  });
});

describe('a compressed answer', () => {
  const serve = (body: Buffer) =>
    listen(createWeb((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)));

  test('is read', async () => {
    const port = await serve(gzipSync('{"errcode":0}'));
    expect(await ask(`http://127.0.0.1:${port}/`, 5000)).toMatchObject({ body: '{"errcode":0}', complete: true });
  });

  test('that is none, or swells without end, is not', async () => {
    for (const body of [Buffer.from('{"errcode":0}'), gzipSync(Buffer.alloc(50_000_000))]) {
      const port = await serve(body);
      expect(await ask(`http://127.0.0.1:${port}/`, 5000)).toMatchObject({ kind: 'answer', complete: false });
    }
  });
});

test('a longer timeout than timers take is a long one', async () => {
  const port = await listen(createWeb((_, response) => response.end('ok')));
  expect(await ask(`http://127.0.0.1:${port}/`, 2000 * 3_600_000)).toMatchObject({ kind: 'answer', body: 'ok' });
});

test('ranges of NO_PROXY hold for hosts written as addresses', () => {
  const exempt = noProxyRanges('example.com, 10.0.0.0/8 fd00::/8,192.0.2.1/99,nonsense/8');
  const hosts = ['10.1.2.3', '[fd12::1]', '11.0.0.1', '192.0.2.1', '[fe80::1]', 'example.com', '10.example.com'];
  expect(hosts.filter(exempt)).toEqual(['10.1.2.3', '[fd12::1]']);
  expect(noProxyRanges(undefined)('10.1.2.3')).toBe(false);
});
