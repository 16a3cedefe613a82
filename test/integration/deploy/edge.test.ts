import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectH2 } from 'node:http2';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildApp, docker } from '../../support/app.ts';
import { selfSigned } from '../../support/certificate.ts';
import { TestApp } from '../../support/deploy.ts';
import { EDGE_IMAGE } from '../../support/images.ts';

const apps: TestApp[] = [];
const newApp = async () => {
  const app = await TestApp.create();
  apps.push(app);
  return app;
};
const cleanUp = () => {
  for (const app of apps.splice(0)) app.remove();
};
const [first, second] = [selfSigned(), selfSigned()];
/** An edge that is not root and has an entrypoint, as the official image is, and whose nc says nothing. */
const unprivileged = 'seatrial.local/edge:2.6-user';
const MUTE = String.raw`rm /bin/nc && printf '#!/bin/sh\nexec busybox nc "$@" 2>/dev/null\n' >/bin/nc && chmod +x /bin/nc`;
beforeAll(() => {
  buildApp();
  execFileSync('docker', ['build', '--quiet', '--tag', unprivileged, '-'], {
    input: `FROM ${EDGE_IMAGE}\nUSER 0\nRUN ${MUTE}\nUSER haproxy\nENTRYPOINT ["false"]\n`,
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
});
afterEach(cleanUp);
afterAll(() => {
  cleanUp();
  docker(['image', 'rm', unprivileged]);
  first.remove();
  second.remove();
});
const pem = ({ cert, key }: { cert: string; key: string }) => `${cert.trim()}\n${key.trim()}`;

/** Writes to a socket and reads until `until` is there. */
async function talk(socket: Socket, text: string, until: RegExp): Promise<string> {
  let read = '';
  socket.setTimeout(120_000, () => socket.destroy(new Error(`no ${until} in ${JSON.stringify(read)}`)));
  socket.write(text);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    read += chunk;
    if (until.test(read)) break;
  }
  socket.setTimeout(0);
  return read;
}

const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function webSocket(socket: Socket): Promise<string> {
  const head = await talk(socket, UPGRADE, /\r\n\r\n/);
  const echo = await talk(socket, 'over and out', /over and out/);
  socket.destroy();
  return `${head.split('\r\n')[0]} ${echo}`;
}

async function secure(app: TestApp, ca: string): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: app.port, ca, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  return socket;
}

async function https(app: TestApp, ca: string, path: string, body = ''): Promise<{ status: number; text: string }> {
  const options = { host: '127.0.0.1', port: app.port, path, ca, method: body ? 'POST' : 'GET', agent: false as const };
  const asked = request({ ...options, headers: { connection: 'close', 'content-length': body.length } });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  return { status: answer.statusCode, text: (await buffer(answer)).toString('utf8') };
}

/** Posts a body of one chunk that names no length, and answers all that came back. */
async function chunked(app: TestApp, ca: string, size: number): Promise<string> {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  const body = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
  return talk(await secure(app, ca), head + body, /\r\n\r\n[\s\S]+/);
}

async function overH2(app: TestApp, ca: string): Promise<{ status: unknown; text: string; alpn: unknown }> {
  const session = connectH2(`https://127.0.0.1:${app.port}`, { ca });
  const stream = session.request({ ':path': '/headers' });
  const [headers] = await once(stream, 'response');
  const text = (await buffer(stream)).toString('utf8');
  const alpn = session.alpnProtocol;
  session.close();
  return { status: headers[':status'], text, alpn };
}

describe('the edge', () => {
  it('speaks TLS and HTTP/2, limits bodies, passes WebSockets on, and keeps its certificate to itself', async () => {
    const app = await newApp();
    const deploy = (version: string, more: Record<string, string> = {}) =>
      app.deploy(version, { 'edge-image': unprivileged, ...more });
    // Nothing but the port tells that it is there, and that late.
    await deploy('v1', { 'health-path': '', 'healthy-after': '1', env: 'BOOT_MS=1500' });
    const plain = JSON.parse(await (await fetch(`${app.url}headers`, { headers: { connection: 'close' } })).text());
    expect(plain).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-for': expect.stringMatching(/\d/) });
    expect(await webSocket(connect(app.port, '127.0.0.1'))).toBe('HTTP/1.1 101 Switching Protocols over and out');

    const two = await deploy('v2', { 'tls-certificate': pem(first), 'max-body': '1k' });
    expect(two.errors).toEqual([]);
    expect(two.stdout).toMatch(/new certificate, without a gap/);
    const h2 = await overH2(app, first.cert);
    expect(h2).toMatchObject({ status: 200, alpn: 'h2' });
    expect(JSON.parse(h2.text)).toMatchObject({ 'x-forwarded-proto': 'https' });
    expect(await webSocket(await secure(app, first.cert))).toBe('HTTP/1.1 101 Switching Protocols over and out');
    expect((await https(app, first.cert, '/', 'x'.repeat(1024))).status).toBe(200);
    expect((await https(app, first.cert, '/', 'x'.repeat(1025))).status).toBe(413);
    expect(await chunked(app, first.cert, 1024)).toMatch(/^HTTP\/1.1 200 /);
    expect(await chunked(app, first.cert, 1025)).toMatch(/^HTTP\/1.1 413 /);
    const edge = `${app.name}-edge`;
    expect(docker(['exec', edge, 'ls', '-l', '/etc/seatrial/edge.pem'])).toMatch(/^-rw-------/);
    const key = first.key.split('\n')[1]!;
    expect(docker(['inspect', edge, two.deployment.hosts[0]!.slots[0]!.containers[0]!.name])).not.toContain(key);
    expect(docker(['exec', edge, 'sh', '-c', 'cat /seatrial/*'])).not.toContain(key);
    expect(two.stdout.replace(/::add-mask::.*/g, '')).not.toContain(key);

    // A run without the certificate, and a way back to a release from before it: TLS stays.
    const back = await app.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(await https(app, first.cert, '/')).toEqual({ status: 200, text: 'v1' });
    const three = await deploy('v3', { 'max-body': '100k' });
    expect(three.errors).toEqual([]);
    expect(await chunked(app, first.cert, 10_000)).toMatch(/^HTTP\/1.1 200 /);
    expect(await chunked(app, first.cert, 20_000)).toMatch(/^HTTP\/1.1 411 [\s\S]*Content-Length\.$/);
    expect(await https(app, first.cert, '/')).toEqual({ status: 200, text: 'v3' });

    // A renewed certificate is taken on at the next deploy, and one that died brings the certificate back.
    expect((await deploy('v4', { 'tls-certificate': pem(second) })).errors).toEqual([]);
    expect(await https(app, second.cert, '/')).toEqual({ status: 200, text: 'v4' });
    docker(['stop', '-t', '1', edge]);
    expect((await app.run({ command: 'rollback' })).errors).toEqual([]);
    expect(await https(app, second.cert, '/')).toEqual({ status: 200, text: 'v3' });

    // Gone for good: it is asked for, by name, and never replaced by plain HTTP.
    docker(['rm', '-f', edge]);
    const asked = await deploy('v5');
    expect(asked.errors[0]).toMatch(/^SECRETS_NEEDED: .*tls-certificate/);
    expect((await deploy('v5', { 'tls-certificate': pem(second) })).errors).toEqual([]);
    expect(await https(app, second.cert, '/')).toEqual({ status: 200, text: 'v5' });
    expect((await deploy('v6', { tls: 'off' })).errors).toEqual([]);
    expect(await app.answer()).toBe('v6');
    expect(docker(['exec', edge, 'sh', '-c', 'test -s /etc/seatrial/edge.pem || echo empty'])).toBe('empty');
  });

  it('takes the address of the client from the PROXY protocol, and nothing without it', async () => {
    const app = await newApp();
    expect((await app.deploy('v1', { 'accept-proxy': 'true' })).errors).toEqual([]);
    const get = 'GET /headers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const told = `PROXY TCP4 203.0.113.9 127.0.0.1 4000 80\r\n${get}`;
    expect(await talk(connect(app.port, '127.0.0.1'), told, /\}/)).toMatch(/"x-forwarded-for":"203\.0\.113\.9"/);
    expect(await talk(connect(app.port, '127.0.0.1'), get, /\}/).catch(() => '')).not.toMatch(/ 200 /);
    expect((await app.deploy('v2', { 'accept-proxy': 'true' })).errors).toEqual([]);
    const back = await app.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
  });

  it('lets the release before last finish what it was asked before its place is taken', async () => {
    const app = await newApp();
    const one = await app.deploy('v1');
    const socket = connect(app.port, '127.0.0.1');
    await talk(socket, UPGRADE, /\r\n\r\n/);
    await app.deploy('v2');
    expect(await talk(socket, 'still here', /still here/)).toBe('still here');
    const three = await app.deploy('v3', { 'drain-timeout': '500ms' });
    expect(three.errors).toEqual([]);
    expect(three.stdout).toContain(`1 requests were still on ${one.outputs.release} when its time to drain was over`);
    expect(await app.answer()).toBe('v3');
    socket.destroy();
  });

  it('refuses a certificate without its key before anything is touched', async () => {
    const app = await newApp();
    for (const wrong of [first.cert, first.key, pem({ cert: first.cert, key: second.key }), 'nonsense']) {
      const refused = await app.deploy('v1', { 'tls-certificate': wrong });
      expect(refused.errors[0]).toMatch(/^INPUT_INVALID: tls-certificate: .*one PEM text/);
    }
    expect(app.containers()).toEqual([]);
  });
});
