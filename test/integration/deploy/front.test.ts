import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectH2 } from 'node:http2';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunOptions } from '../../support/action.ts';
import { buildApp, docker } from '../../support/app.ts';
import { selfSigned } from '../../support/certificate.ts';
import { startEngineProxy } from '../../support/chaos-proxy.ts';
import { TestApp } from '../../support/deploy.ts';
import { bundlesOf, FIELD } from '../../support/field.ts';
import { FRONT_IMAGE, NODE_IMAGE } from '../../support/images.ts';
import { type Pebble, startPebble } from '../../support/pebble.ts';
import { freePort } from '../../support/ports.ts';
import { RUN } from '../../support/run/id.ts';
import { type Counted, startTraffic } from '../../support/traffic.ts';

const FRONT = 'seatrial-front';
/** Requests a second to each name; more than the suite's few, by hand, on a quiet machine. */
const RATE = Number(process.env.SEATRIAL_FRONT_RATE ?? 25);
const lookup: LookupFunction = (_host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const there = (kind: 'container' | 'volume' | 'network', name: string) => {
  const list = { container: ['ps', '-a'], volume: ['volume', 'ls'], network: ['network', 'ls'] }[kind];
  const format = kind === 'container' ? '{{.Names}}' : '{{.Name}}';
  return docker([...list, '--format', format])
    .split('\n')
    .includes(name);
};
const removeFront = () => {
  if (there('container', FRONT)) docker(['rm', '-fv', FRONT]);
  if (there('container', `${FRONT}-lock`)) docker(['rm', '-fv', `${FRONT}-lock`]);
  if (there('volume', FRONT)) docker(['volume', 'rm', FRONT]);
};
/** Asks the front's HAProxy over its admin socket. */
const ask = (command: string) => docker(['exec', FRONT, 'sh', '-c', `echo '${command}' | nc 127.0.0.1 9999`]);
const serialOf = (domain: string) => /Serial: *(\S*)/.exec(ask(`show ssl cert /${FRONT}/cert-${domain}.pem`))?.[1];
/** What a run that died with it would hold up for a minute. */
const freeFront = () => {
  if (there('container', `${FRONT}-lock`)) docker(['rm', `${FRONT}-lock`]);
};
const losses = (of: Record<string, Counted>) =>
  Object.entries(of).flatMap(([name, { sent, lost, errors5xx, reasons }]) =>
    lost || errors5xx ? [`${name}: of ${sent} ${lost} lost, ${errors5xx} 5xx, ${JSON.stringify([...reasons])}`] : [],
  );

let http = 0;
let https = 0;
let pebble: Pebble;
let [a, b, c]: TestApp[] = [];
const name = (word: string) => `${word}-${RUN}.test`;
/** Names of each app, five in all; and one more of each, by which they change them. */
const names = { a: name('a'), b: `${name('b')}\n${name('b2')}`, c: `${name('c')}\n${name('c2')}` };
const further = { a: `${names.a}\n${name('a2')}`, b: `${names.b}\n${name('b3')}`, c: `${names.c}\n${name('c3')}` };
const redirects = `www.${name('a')} -> ${name('a')}`;
/** The certificate that is given for the third app, with its key. */
let given: ReturnType<typeof selfSigned> | undefined;
let own = '';
/** What the third app has beside. */
let withOwn: Record<string, string> = {};

/** An app behind the front, with what every deploy of the file has. */
const behind = (
  app: TestApp,
  version: string,
  domains: string,
  more: Record<string, string> = {},
  options: RunOptions = {},
) =>
  app.deploy(
    version,
    {
      publish: '',
      domains,
      'healthy-after': '1',
      'front-image': FRONT_IMAGE,
      'front-http': `127.0.0.1:${http}`,
      'front-https': `127.0.0.1:${https}`,
      'acme-server': pebble.server,
      'acme-ca': pebble.ca,
      ...more,
    },
    options,
  );
const curl = (url: string, ...more: string[]) => {
  const hosts = ['a', 'a2', 'b', 'b2', 'b3', 'c', 'c2', 'c3', 'p', 'gone', 'nobody'].flatMap((word) =>
    [http, https].flatMap((port) => ['--resolve', `${name(word)}:${port}:127.0.0.1`]),
  );
  const authorities = join(process.env.TMPDIR ?? tmpdir(), 'authorities.pem');
  writeFileSync(authorities, `${pebble.root}\n${given!.cert}`);
  const args = ['--silent', '--show-error', '--http2', '--max-time', '60', '--cacert', authorities, ...hosts, ...more];
  return execFileSync('curl', [...args, url], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};
/** What it gives, or why not. */
const attempt = (what: () => string): string => {
  try {
    return what();
  } catch (error) {
    return String(error);
  }
};
const at = (word: string, path = '/') => `https://${name(word)}:${https}${path}`;
const STATUS = ['--output', '/dev/null', '--write-out', '%{http_code} %{redirect_url}'];
const traffic = (word: string, options: Parameters<typeof startTraffic>[1] = {}, path = '/') =>
  startTraffic(at(word, path), {
    rate: RATE,
    connections: 16,
    connect: { ca: `${pebble.root}\n${own}`, lookup },
    ...options,
  });

/** A deploy that is killed at one call to the engine; answers by which signal it ended. */
async function killed(
  at: (what: string) => 'before' | 'after' | undefined,
  app: TestApp,
  version: string,
  domains: string,
  more: Record<string, string> = {},
) {
  const proxy = await startEngineProxy();
  try {
    proxy.fault = ({ what }) => {
      const when = at(what);
      return when && { kind: 'kill', when };
    };
    const onStart = (child: ChildProcess) => {
      proxy.victim = child;
    };
    return (await behind(app, version, domains, { hosts: proxy.host, ...more }, { onStart })).signal;
  } finally {
    await proxy.close();
  }
}

/** What comes next; an end is told too. */
const heard = (socket: TLSSocket) =>
  Promise.race([once(socket, 'data').then(([data]) => String(data)), once(socket, 'close').then(() => 'closed')]);

async function webSocket(word: string): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: https,
    servername: name(word),
    ca: `${pebble.root}\n${own}`,
    ALPNProtocols: ['http/1.1'],
  });
  await once(socket, 'secureConnect');
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(
    `GET /chat HTTP/1.1\r\nHost: ${name(word)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`,
  );
  expect(await heard(socket)).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

/** Several apps by their names on one host, which is this machine's: no other run of this file may be at it. */
beforeAll(async () => {
  execFileSync('script/bootstrap', ['front'], { stdio: ['ignore', 'ignore', 'inherit'] });
  buildApp();
  for (let tries = 0; there('container', FRONT) && tries < 300; tries++) await sleep(1000);
  removeFront();
  [http, https] = [await freePort(), await freePort()];
  pebble = await startPebble(http);
  given = selfSigned(name('c'), name('c2'), name('c3'));
  own = `${given.cert.trim()}\n${given.key.trim()}`;
  withOwn = { tls: 'own', 'tls-certificate': own, 'trusted-proxies': '0.0.0.0/0' };
  [a, b, c] = [await TestApp.create(), await TestApp.create(), await TestApp.create()];
});
afterAll(() => {
  for (const app of [a, b, c]) app?.remove();
  removeFront();
  if (there('network', 'zz-seatrial-front')) docker(['network', 'rm', 'zz-seatrial-front']);
  pebble?.stop();
  given?.remove();
});

describe('the front door of a host', () => {
  it('is made by two first deploys at once, where a third was killed at it, each good when its certificates serve', async () => {
    // The front runs, and nobody has written down yet whose names it has.
    let created = false;
    const started = (what: string) => {
      created ||= /^POST \S*\/containers\/create\?.*\bname=seatrial-front(&|$)/.test(what);
      return created && /^POST \S*\/containers\/\w+\/start/.test(what) ? 'after' : undefined;
    };
    expect(await killed(started, c!, 'c0', names.c, withOwn)).toBe('SIGKILL');
    await expect.poll(() => attempt(() => curl(at('c'), ...STATUS)), { timeout: 120_000 }).toBe('503 ');
    freeFront();
    const [one, two] = await Promise.all([
      behind(a!, 'a1', names.a, { redirects }),
      behind(b!, 'b1', `${names.b}\n${name('a')}/api`),
    ]);
    expect([one.errors, two.errors]).toEqual([[], []]);
    expect([one.outputs.state, two.outputs.state]).toEqual(['good', 'good']);
    expect(one.deployment.url).toBe(`https://${name('a')}:${https}`);
    expect(two.deployment.hosts[0]).toMatchObject({
      edge: { published: '' },
      domains: [
        { domain: name('b'), tls: 'auto', open: true, daysLeft: 89 },
        { domain: name('b2'), tls: 'auto', open: true, daysLeft: 89 },
        { domain: `${name('a')}/api`, open: true },
      ],
    });
    expect(one.stdout).toMatch(/can't be looked up from here/);
    expect((await c!.run({ command: 'unlock', force: 'true' })).errors).toEqual([]);
    const three = await behind(c!, 'c1', names.c, withOwn);
    expect([three.errors, three.outputs.state]).toEqual([[], 'good']);
  });

  it('leads by name and path, and tells the app who asked', () => {
    expect(curl(at('a'), '--write-out', ' %{http_version}')).toBe('a1 2');
    expect([curl(at('a', '/api')), curl(at('a', '/api/x')), curl(at('a', '/apix')), curl(at('c'))]).toEqual([
      'b1',
      'b1',
      'a1',
      'c1',
    ]);
    expect(
      curl(`https://www.${name('a')}:${https}/x?y=1`, ...STATUS, '--resolve', `www.${name('a')}:${https}:127.0.0.1`),
    ).toBe(`308 ${at('a', '/x?y=1')}`);
    const plain = (word: string, path: string) => curl(`http://${name(word)}:${http}${path}`, ...STATUS);
    expect(plain('a', '/x?y=1')).toBe(`308 ${at('a', '/x?y=1')}`);
    expect(plain('a', '/.well-known/acme-challenge/x')).toBe('200 ');
    expect(plain('nobody', '/')).toBe('404 ');
    expect(curl(at('nobody'), ...STATUS, '--insecure')).toBe('404 ');
    const lies = [
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: http',
      'X-Seatrial-Peer: 9.9.9.9',
      'Forwarded: for=7.7.7.7',
    ];
    const heard = JSON.parse(curl(at('a', '/headers'), ...lies.flatMap((line) => ['--header', line])));
    expect(Object.keys(heard).filter((header) => /seatrial|^forwarded/.test(header))).toEqual([]);
    expect(heard).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-for': expect.stringMatching(/^\d+(\.\d+){3}$/),
    });
    expect(heard['x-forwarded-for']).not.toMatch(/^[679]\./);
    // Of an app that trusts who asks, what it says of its own client is kept, and its address appended.
    const told = JSON.parse(curl(at('c', '/headers'), '--header', 'X-Forwarded-For: 6.6.6.6'));
    expect(told['x-forwarded-for']).toMatch(/^6\.6\.6\.6, \d+(\.\d+){3}$/);
  });

  it('carries a gRPC call both ways at once, with its trailers', async () => {
    const server = [
      "require('node:http2').createServer().on('stream',(s)=>{",
      "s.respond({':status':200,'content-type':'application/grpc'},{waitForTrailers:true});",
      "s.on('wantTrailers',()=>s.sendTrailers({'grpc-status':'0'}));s.pipe(s)}).listen(3000)",
    ].join('');
    const app = await TestApp.create();
    const grpc = { image: NODE_IMAGE, args: `node\n-e\n${server}`, 'app-protocol': 'h2c', 'health-path': '' };
    expect((await behind(app, 'g1', `${name('b')}/grpc.Service`, grpc)).errors).toEqual([]);
    const session = connectH2(at('b'), { ca: pebble.root, lookup });
    const call = session.request({
      ':path': '/grpc.Service/Call',
      ':method': 'POST',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    for (const word of ['there', 'back']) {
      call.write(word);
      expect(String((await once(call, 'data'))[0])).toBe(word);
    }
    const trailers = once(call, 'trailers');
    call.end();
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
    session.close();
    expect((await app.run({ command: 'remove', force: 'true' })).errors).toEqual([]);
    app.remove();
  });

  it('refuses a name that another app has, and leaves nothing of the refused one', async () => {
    const other = await TestApp.create();
    const refused = await behind(other, 'x1', `new-${name('x')}\n${name('a')}`);
    expect(refused.outputs['error-code']).toBe('DOMAIN_TAKEN');
    expect(refused.errors[0]).toContain(`belongs to the app ${a!.name}`);
    expect(other.containers()).toEqual([]);
    expect([there('volume', `${other.name}-seatrial`), there('network', `${other.name}-net`)]).toEqual([false, false]);
    const both = await behind(other, 'x1', name('x'), { publish: `127.0.0.1:${other.port}` });
    expect([both.outputs['error-code'], other.containers()]).toEqual(['INPUT_INVALID', []]);
    other.remove();
  });

  it('loses no request by any of five names while each app is deployed, rolled back, given other names, killed at that, or renewed', async () => {
    const by = {
      a: traffic('a', { h2: true }),
      b: traffic('b', { method: 'POST' }),
      b2: traffic('b2'),
      c: traffic('c', { reuse: false }),
      c2: traffic('c2', { h2: true, method: 'POST' }),
    };
    const socket = await webSocket('c');
    const loaded = () => ask('show env SEATRIAL_LOADED');
    const before = loaded();
    /** A deploy, and back from it; the names it came with stay. */
    const thereAndBack = async (app: TestApp, version: string, domains: string, more: Record<string, string>) => [
      ...(await behind(app, version, domains, more)).errors,
      ...(await app.run({ command: 'rollback' })).errors,
    ];
    const turned = await Promise.all([
      thereAndBack(a!, 'a2', names.a, { redirects }),
      thereAndBack(b!, 'b2', `${names.b}\n${name('a')}/v2`, {}),
      thereAndBack(c!, 'c2', names.c, withOwn),
    ]);
    expect(turned.flat()).toEqual([]);
    // Neither a rollback nor paths alone reload anything.
    expect(loaded()).toBe(before);
    expect([curl(at('a', '/v2')), curl(at('a', '/api')), curl(at('c'))]).toEqual(['b1', 'a1', 'c1']);
    const serial = serialOf(name('a'));
    ask(`acme renew /${FRONT}/cert-${name('a')}.pem`);
    for (let tries = 0; serialOf(name('a')) === serial && tries < 600; tries++) await sleep(250);
    const renewed = serialOf(name('a'));
    expect(renewed).not.toBe(serial);
    // A run that is killed at the reload leaves files that nobody has read yet; whose lease runs out needs no more than that.
    const reload = (what: string) => (/\/kill\?signal=SIGUSR2/.test(what) ? 'before' : undefined);
    expect(await killed(reload, b!, 'b3', further.b)).toBe('SIGKILL');
    expect([loaded(), curl(at('a')), curl(at('b')), curl(at('c'))]).toEqual([before, 'a1', 'b1', 'c1']);
    expect((await b!.run({ command: 'unlock', force: 'true' })).errors).toEqual([]);
    freeFront();
    // All at once; a reload begins with the renewed one, and orders only what is new.
    const changed = await Promise.all([
      behind(a!, 'a3', further.a, { redirects }),
      behind(b!, 'b3', further.b),
      behind(c!, 'c3', further.c, withOwn),
    ]);
    expect(changed.flatMap(({ errors }) => errors)).toEqual([]);
    expect(loaded()).not.toBe(before);
    expect(serialOf(name('a'))).toBe(renewed);
    socket.write('over and out');
    expect(await heard(socket)).toBe('over and out');
    socket.destroy();
    const stopped = await Promise.all(Object.entries(by).map(async ([word, one]) => [word, await one.stop()] as const));
    const counted = Object.fromEntries(stopped);
    const sent = stopped.map(([word, one]) => `${word} ${one.sent}`).join(', ');
    const all = stopped.reduce((sum, [, one]) => sum + one.sent, 0);
    console.info(
      `the front door: 0 of ${all} requests are to be lost (${sent}); ${counted.a!.refused} were sent again`,
    );
    expect(losses(counted)).toEqual([]);
    // By each name there was somebody at every step.
    const versions = Object.fromEntries(stopped.map(([word, one]) => [word, [...one.versions.keys()].sort()]));
    const each = (app: string) => [1, 2, 3].map((n) => `${app}${n}`);
    expect(versions).toEqual({ a: each('a'), b: each('b'), b2: each('b'), c: each('c'), c2: each('c') });
    expect(['a', 'a2', 'b3', 'c2', 'c3'].map((word) => curl(at(word)))).toEqual(['a3', 'a3', 'b3', 'c3', 'c3']);
  });

  it('says what is wrong: a name that no authority can reach, an edge that is down', async () => {
    await pebble.point(name('gone'), '127.0.0.9');
    const first = await TestApp.create();
    const failed = await behind(first, 'x1', name('gone'));
    expect(failed.outputs['error-code']).toBe('CERTIFICATE_MISSING');
    expect(failed.errors[0]).toMatch(/challenge error.*refused/);
    expect(first.containers().filter((line) => line.includes('-edge'))).toEqual([]);
    expect(curl(at('gone'), ...STATUS, '--insecure')).toBe('404 ');
    first.remove();
    docker(['kill', `${c!.name}-edge`]);
    const h2 = connectH2(at('c'), { ca: own, lookup });
    const answers = async () => {
      const stream = h2.request({ ':path': '/' });
      const [headers] = await once(stream, 'response');
      await buffer(stream);
      return headers[':status'];
    };
    const met = async () => (await answers().catch(() => 0)) === 503;
    for (let tries = 0; !(await met()) && tries < 600; tries++) await sleep(250);
    expect(await answers()).toBe(503);
    h2.close();
    const status = await c!.run({ command: 'status' });
    expect(status.outputs['error-code']).toBe('EDGE_DOWN');
    const down = { open: false, daysLeft: 1, fault: expect.stringMatching(/does not reach/) };
    expect(status.deployment.hosts[0]!.domains).toMatchObject(
      ['c', 'c2', 'c3'].map((word) => ({ domain: name(word), ...down })),
    );
    expect(curl(at('a'))).toBe('a3');
    docker(['start', `${c!.name}-edge`]);
  });

  it('comes back with every app when its container, or its volume too, is lost', async () => {
    const order = serialOf(name('a'));
    docker(['rm', '-f', FRONT]);
    expect((await b!.run({ command: 'status' })).outputs['error-code']).toBe('EDGE_DOWN');
    const again = await behind(b!, 'b3', further.b);
    expect([again.errors, again.outputs.state]).toEqual([[], 'unchanged']);
    expect([curl(at('a')), curl(at('b2')), curl(at('c')), serialOf(name('a'))]).toEqual(['a3', 'b3', 'c3', order]);
    removeFront();
    const lost = await behind(c!, 'c4', further.c, withOwn);
    expect(lost.errors).toEqual([]);
    // Each certificate that was lost is ordered anew, one after the other; until then the front's own is there.
    const answers = () => ['a', 'b2', 'c'].map((one) => attempt(() => curl(at(one))));
    await expect.poll(answers, { timeout: 300_000, interval: 500 }).toEqual(['a3', 'b3', 'c4']);
  });

  it('takes an app over from its port without losing a request, and closes the port behind itself', async () => {
    const app = await TestApp.create();
    expect((await app.deploy('p1')).errors).toEqual([]);
    const port = startTraffic(app.url, { rate: 40 });
    const both = await behind(app, 'p2', name('p'));
    expect([both.errors, losses({ port: await port.stop() })]).toEqual([[], []]);
    expect([await app.answer(), curl(at('p'))]).toEqual(['p2', 'p2']);
    const domain = traffic('p');
    const closed = await behind(app, 'p3', name('p'));
    expect([closed.errors, losses({ domain: await domain.stop() })]).toEqual([[], []]);
    expect([await app.answer(), curl(at('p'))]).toEqual(['no answer: ECONNREFUSED', 'p3']);
    expect(closed.deployment.hosts[0]!.edge!.published).toBe('');
    expect((await app.run({ command: 'remove', force: 'true' })).errors).toEqual([]);
    expect(curl(at('p'), ...STATUS, '--insecure')).toBe('404 ');
    app.remove();
  });

  it('is left alone by the bundles in the field, which roll an app back behind it', async () => {
    const dist = bundlesOf(FIELD);
    expect((await behind(b!, 'b4', further.b)).outputs.state).toBe('good');
    expect((await b!.run({ command: 'status' }, { dist })).errors).toEqual([]);
    expect((await b!.run({ command: 'rollback' }, { dist })).errors).toEqual([]);
    expect(curl(at('b2'))).toBe('b3');
    // What an older bundle has left out of the record is brought back.
    docker(['restart', '--time', '1', `${b!.name}-edge`]);
    expect((await behind(b!, 'b5', further.b)).outputs.state).toBe('good');
    expect([curl(at('b2')), curl(at('a'))]).toEqual(['b5', 'a3']);
  });

  it('is made anew by its own command alone, and says the gap', async () => {
    const id = () => docker(['inspect', '--format', '{{.Id}}', FRONT]);
    const before = id();
    const done = await a!.run({ command: 'upgrade-front', 'front-image': FRONT_IMAGE });
    expect(done.errors).toEqual([]);
    expect(done.stdout).toMatch(/nothing answered for \d/);
    expect(id()).not.toBe(before);
    expect([curl(at('a')), curl(at('b2')), curl(at('c'))]).toEqual(['a3', 'b5', 'c4']);
  });
});
