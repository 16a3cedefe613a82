import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseStatus } from '../../../src/verify/input/expectation.ts';
import { parseUrl } from '../../../src/verify/input/specs.ts';
import { createAsk } from '../../../src/verify/live/ask/create.ts';
import { Phases } from '../../../src/verify/live/phases.ts';
import { ASKED } from '../../support/verify/asked.ts';

const signal = new AbortController().signal;
const seen: { method: string; headers: IncomingMessage['headers']; body: string; url: string }[] = [];
const health = new Map([
  ['', 1],
  ['shop', 1],
  ['pay', 2],
]);
let server: Server;
let grpc: ReturnType<typeof createHttp2>;
const portOf = (one: { address(): unknown }) => (one.address() as AddressInfo).port;

beforeAll(async () => {
  server = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const url = request.url!;
      seen.push({ method: request.method!, headers: request.headers, body, url });
      if (url === '/moved') answer.writeHead(302, { location: '/json' }).end();
      else if (url === '/afar') answer.writeHead(302, { location: `http://localhost:${portOf(server)}/json` }).end();
      else if (url === '/loop') answer.writeHead(302, { location: '/loop' }).end();
      else if (url === '/json') answer.end('{"code":500,"data":{"state":"ok"}}');
      else if (url === '/closed') answer.writeHead(401).end();
      else answer.end('all is well');
    });
  });
  server.on('upgrade', (request, socket) => {
    if (request.url === '/refused') return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    // RFC 6455, section 1.3.
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.on('error', () => undefined);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
  });
  grpc = createHttp2();
  grpc.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const asked = Buffer.concat(chunks);
      const status = health.get(asked.subarray(7).toString());
      if (
        headers[':path'] !== '/grpc.health.v1.Health/Check' ||
        headers.te !== 'trailers' ||
        asked.readUInt32BE(1) !== asked.length - 5
      )
        return stream.close(1);
      if (status === undefined) {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }, { endStream: true });
        return undefined;
      }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, status]));
      return undefined;
    });
  });
  await Promise.all([server, grpc].map((one) => new Promise<void>((ready) => one.listen(0, '127.0.0.1', ready))));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  grpc.close();
});

async function ask(line: string, inputs: Partial<typeof ASKED> | Record<string, unknown> = {}) {
  const { ask: once, close } = await createAsk({ ...ASKED, ...inputs } as never, {
    timeoutMs: 3000,
    phases: new Phases(),
    now: () => performance.now(),
  });
  try {
    return await once({ ...parseUrl(line, 1), version: 'new' }, signal);
  } finally {
    close();
  }
}
const at = (path: string) => `http://127.0.0.1:${portOf(server)}${path}`;

describe('a request and what it expects', () => {
  it('has a method, headers and a body', async () => {
    expect(
      await ask(`POST ${at('/pay')}`, { headers: ['X-Shop: a', 'content-type: application/json'], body: '{"n":1}' }),
    ).toBeUndefined();
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      body: '{"n":1}',
      headers: { 'x-shop': 'a', 'content-type': 'application/json' },
    });
    expect(await ask(at('/pay'), { body: '{"n":1}' })).toBeUndefined();
    expect(seen.at(-1)).toMatchObject({ method: 'GET', body: '' });
  });

  it('is answered by a status', async () => {
    expect(await ask(at('/closed'))).toBe('HTTP 401');
    expect(await ask(at('/closed'), { 'expect-status': '401' })).toBeUndefined();
    expect(await ask(at('/'), { 'expect-status': '401, 404' })).toBe('HTTP 200');
    expect(() => parseStatus('2xx')).toThrow('"2xx" is no status');
    expect(() => parseStatus('300-200')).toThrow();
  });

  it('is answered by a text, or by a field: a 200 that says 500 is a failure', async () => {
    expect(await ask(at('/'), { 'expect-body': 'is well' })).toBeUndefined();
    expect(await ask(at('/'), { 'expect-body': 'order' })).toBe('the body lacks "order"');
    expect(await ask(at('/json'), { 'expect-json': ['/code = 0'] })).toBe('/code is 500');
    expect(await ask(at('/json'), { 'expect-json': ['/code = 500', '/data/state = ok'] })).toBeUndefined();
    expect(await ask(at('/json'), { 'expect-json': ['/data/state = "bad"'] })).toBe('/data/state is another text');
    expect(await ask(at('/'), { 'expect-json': ['/code = 0'] })).toBe('the body is no JSON');
  });

  it('follows redirects only when told to, and hands no header to another server', async () => {
    expect(await ask(at('/moved'), { 'expect-status': '200' })).toBe('HTTP 302');
    expect(await ask(at('/moved'), { 'follow-redirects': true, 'expect-json': ['/code = 500'] })).toBeUndefined();
    expect(await ask(at('/loop'), { 'follow-redirects': true, 'expect-status': '200' })).toBe('HTTP 302');
    expect(
      await ask(at('/afar'), { 'follow-redirects': true, headers: ['authorization: Bearer t0ken-of-one'] }),
    ).toBeUndefined();
    expect(seen.at(-2)?.headers.authorization).toBe('Bearer t0ken-of-one');
    expect(seen.at(-1)).toMatchObject({ url: '/json' });
    expect(seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('can be a WebSocket', async () => {
    expect(await ask(`ws://127.0.0.1:${portOf(server)}/live`)).toBeUndefined();
    expect(await ask(`ws://127.0.0.1:${portOf(server)}/refused`)).toBe('no WebSocket handshake');
  });

  it('can be gRPC’s health check', async () => {
    expect(await ask(`grpc://127.0.0.1:${portOf(grpc)}`)).toBeUndefined();
    expect(await ask(`grpc://127.0.0.1:${portOf(grpc)}/shop`)).toBeUndefined();
    expect(await ask(`grpc://127.0.0.1:${portOf(grpc)}/pay`)).toBe('gRPC health NOT_SERVING');
    expect(await ask(`grpc://127.0.0.1:${portOf(grpc)}/none`)).toBe('gRPC status 5');
    await expect(ask('grpc://127.0.0.1:9/shop')).rejects.toThrow('ECONNREFUSED');
  });
});
