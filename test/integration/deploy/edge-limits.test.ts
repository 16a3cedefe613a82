import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecord } from '../../../src/lib/edge-records.ts';
import { docker } from '../../support/app.ts';
import { inLab, type Lab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';
import { freePort } from '../../support/ports.ts';

const pages = mkdtempSync(join(tmpdir(), 'seatrial-pages-'));
beforeAll(() => ensureImages('node', 'edge'));
afterAll(() => rmSync(pages, { recursive: true, force: true }));

/** Holds every answer to `/hold` open, from its first word on, until it is sent a signal. */
const HOLD = `node\n-e\nconst held=[];require('node:http').createServer((q,r)=>{if(q.url!=='/hold')return r.end('ok');r.write('held');held.push(r)}).listen(8080);process.on('SIGUSR2',()=>{for(const r of held.splice(0))r.end()})`;

/** Tells what it was asked, and answers with as many bytes of headers as it is asked for. */
const ECHO = `node\n-e\nconst http=require('node:http');http.createServer({maxHeaderSize:131072},(q,r)=>{const n=Number(q.url.slice(5));if(q.url.startsWith('/big/'))r.setHeader('x-big','b'.repeat(n));r.end(JSON.stringify(q.headers))}).listen(8080)`;

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

function ask(lab: Lab, path: string, headers: Record<string, string> = {}, agent?: HttpAgent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(
      { host: '127.0.0.1', port: lab.port, path, headers, agent: agent ?? false, maxHeaderSize: 131_072 },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        answer.once('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
      },
    ).once('error', reject);
  });
}

const heard = async (lab: Lab, headers: Record<string, string>) =>
  JSON.parse((await ask(lab, '/', headers)).body) as Record<string, string>;

/** Begins a request that is held, and comes back when the app has it; `done` is the rest of its answer. */
function hold(lab: Lab): Promise<{ status: number; done: Promise<string> }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: lab.port, path: '/hold', agent: false }, (answer) => {
      let body = '';
      const done = new Promise<string>((end) => answer.once('close', () => end(body)));
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        if (body === '') resolve({ status: answer.statusCode!, done });
        body += chunk;
      });
    }).once('error', reject);
  });
}

/** A client that never comes to the end of its headers: one more line every tenth of a second, until it is left. */
function dribble(lab: Lab): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(lab.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: shop\r\n'));
    const more = setInterval(() => socket.write('X-More: 1\r\n'), 100);
    let said = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    // Writing to a connection that was closed may be an error.
    socket
      .on('error', () => undefined)
      .once('close', () => {
        clearInterval(more);
        resolve(said);
      });
  });
}

const LIES = {
  'X-Forwarded-For': '6.6.6.6',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Ssl': 'evil',
  X_Forwarded_Prefix: '/evil',
  'X-Real-IP': '6.6.6.6',
  Forwarded: 'for=6.6.6.6',
};

describe('the edge', () => {
  it("takes a stranger's word about himself away, and keeps a named proxy's; headers have room, and an honest end", () =>
    inLab(async (lab) => {
      const metrics = `127.0.0.1:${await freePort()}`;
      const more = { args: ECHO, 'health-path': '/', 'metrics-address': metrics };
      expect((await lab.deploy('v1', more)).errors).toEqual([]);
      const plain = await heard(lab, LIES);
      expect(plain['x-forwarded-proto']).toBe('http');
      expect(plain['x-forwarded-for']).toMatch(/^[0-9a-f.:]+$/);
      expect(JSON.stringify(plain)).not.toMatch(/6\.6\.6\.6|evil/);

      const fits = await ask(lab, '/', { Cookie: `c=${'x'.repeat(15_000)}` });
      const beyond = await ask(lab, '/', { Cookie: `c=${'x'.repeat(16_000)}` });
      expect([fits.status, beyond.status]).toEqual([200, 431]);
      expect((await ask(lab, '/big/16000')).status).toBe(200);

      const named = {
        ...more,
        'trusted-proxies': '10.0.0.0/8\n172.16.0.0/12\n192.168.0.0/16\n127.0.0.0/8',
        'header-max': '20k',
      };
      expect((await lab.deploy('v2', named)).errors).toEqual([]);
      const kept = await heard(lab, LIES);
      expect(kept['x-forwarded-proto']).toBe('https');
      expect(kept['x-forwarded-for']).toMatch(/^6\.6\.6\.6, [0-9a-f.:]+$/);
      expect((await ask(lab, '/', { Cookie: `c=${'x'.repeat(18_000)}` })).status).toBe(200);

      // The figures of both releases, each under its own name, as Prometheus reads them.
      const figures = async (path: string) => (await fetch(`http://${metrics}${path}`)).text();
      const [all, whose] = [await figures('/metrics'), await figures('/releases')];
      const promtool = spawnSync('promtool', ['check', 'metrics'], { input: whose, encoding: 'utf8' });
      expect([promtool.status, promtool.stderr]).toEqual([0, '']);
      const releaseOf = (server: string) =>
        new RegExp(`^seatrial_edge_server_info{app="${lab.app}",.*server="${server}".*release="(.*)"} 1$`, 'm').exec(
          whose,
        )?.[1];
      const served = ['a1', 'b1'].map((server) => {
        const series = `haproxy_server_http_responses_total{proxy="app",server="${server}",code="2xx"} `;
        return [lab.versionOf(releaseOf(server)!), Number(all.split(series)[1]!.split('\n')[0]) > 0];
      });
      // The reload for v2's options began the count anew.
      expect(served).toEqual([
        ['v1', false],
        ['v2', true],
      ]);
      expect(releaseOf('a2')).toBe('none');
      expect((await fetch(`http://${metrics}/`)).status).toBe(404);
    }));

  it('lets testers meet a candidate that nobody else does, and never leaves them without an answer', () =>
    inLab(async (lab) => {
      expect((await lab.deploy('v1')).errors).toEqual([]);
      const who = async (headers: Record<string, string> = {}) => {
        const seen = await Promise.all(Array.from({ length: 8 }, () => ask(lab, '/', headers)));
        return [...new Set(seen.map(({ status, body }) => `${status} ${body}`))];
      };
      const [header, cookie] = [{ 'x-canary': '1' }, { cookie: 'a=b; canary=on' }];
      const users = lab.traffic();
      const first = {
        strategy: 'canary',
        promote: 'manual',
        'canary-weight': '0%',
        'canary-match': 'header X-Canary: 1\ncookie canary=on',
        replicas: '2',
      };
      const waits = await lab.deploy('v2', first);
      expect(waits.errors).toEqual([]);
      expect(waits.outputs).toMatchObject({ state: 'pending', serving: waits.outputs['previous-release'] });
      expect(await who()).toEqual(['200 v1']);
      expect([await who(header), await who(cookie)]).toEqual([['200 v2'], ['200 v2']]);
      expect(await who({ 'x-canary': '2', cookie: 'canary=off' })).toEqual(['200 v1']);
      // Of each of them the edge keeps a record, which tells testers and our own questions from users.
      const edge = lab.containers().find(({ role }) => role === 'edge')!.id;
      const held = docker(['exec', edge, 'sh', '-c', "printf 'show events users\\n' | nc 127.0.0.1 9999"]);
      const records = held.split('\n').flatMap((line) => parseRecord(line) ?? []);
      const met = (kind: string) =>
        [...new Set(records.filter((one) => one.kind === kind).map(({ server }) => server[0]))].join();
      expect([met('canary'), met('user')]).toEqual(['b', 'a']);
      expect(records.every(({ status, path, ms }) => status === 200 && path === '/' && ms >= 0)).toBe(true);
      expect(held).not.toMatch(/127\.0\.0\.1|canary=on/);
      // A candidate that dies leaves its testers to what serves.
      const mine = lab.containers().filter(({ release, role }) => role === 'app' && release === waits.outputs.release);
      for (const { id } of mine) docker(['kill', id]);
      expect(await who(header)).toEqual(['200 v1']);
      expect((await lab.run('rollback')).outputs).toMatchObject({ state: 'good', 'rolled-back': 'true' });
      expect([await who(header), await who()]).toEqual([['200 v1'], ['200 v1']]);
      expect(await users.stop()).toEqual([]);
    }));

  it('tells a greedy client to wait, switches maintenance for open connections too, and keeps it over a deploy', () =>
    inLab(async (lab) => {
      const more = { args: ECHO, 'health-path': '/', 'rate-limit': '20/m', 'access-log': 'true' };
      expect((await lab.deploy('v1', more)).errors).toEqual([]);
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(lab, '/?card=4111111111111111')));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBe(10);
      expect(refused[0]!.headers['retry-after']).toBe('60');
      const edge = lab.containers().find(({ role }) => role === 'edge')!.id;
      const lines = docker(['logs', edge])
        .split('\n')
        .filter((line) => line.startsWith('{'));
      expect(lines.length).toBeGreaterThanOrEqual(20);
      const all = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(all.find(({ status }) => status === 200)).toMatchObject({
        method: 'GET',
        path: '/',
        status: 200,
        client: expect.stringMatching(/\.0$/),
      });
      expect(lines.join('')).not.toContain('4111');

      const [away, broken] = ['<h1>"100 %" %[src] ${x} 维护</h1>', '<h1>it is us</h1>'];
      const page = (name: string, html: string) => {
        writeFileSync(join(pages, name), html);
        return join(pages, name);
      };
      const own = {
        ...{ args: ECHO, 'health-path': '/', 'max-connections': '50' },
        ...{ 'maintenance-page': page('away.html', away), 'error-page': page('broken.html', broken) },
      };
      expect((await lab.deploy('v2', own)).errors).toEqual([]);
      const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
      expect((await ask(lab, '/', {}, agent)).status).toBe(200);
      const on = await lab.run('maintenance', { maintenance: 'on' });
      expect(on.errors).toEqual([]);
      const told = await ask(lab, '/', {}, agent);
      expect([told.status, told.headers['retry-after'], told.body]).toEqual([503, '60', away]);
      const three = await lab.deploy('v3', own);
      expect(three.errors).toEqual([]);
      // What the edge reads outlives a restart of it.
      docker(['restart', '-t', '0', lab.containers().find(({ role }) => role === 'edge')!.id]);
      await expect.poll(() => ask(lab, '/').then(({ body }) => body, String), { timeout: 60_000 }).toBe(away);
      expect((await lab.run('maintenance', { maintenance: 'off' })).errors).toEqual([]);
      expect((await ask(lab, '/')).status).toBe(200);
      agent.destroy();
      const mine = lab.containers().filter(({ release }) => release === three.outputs.release);
      for (const { id } of mine) docker(['kill', id]);
      const ours = await ask(lab, '/');
      expect([ours.status, ours.body]).toEqual([503, broken]);
    }));

  it('answers what the app has no place for, gives a place again, and leaves who dribbles', () =>
    inLab(async (lab) => {
      const limits = { 'max-connections': '1', 'queue-timeout': '2s', 'request-timeout': '1s' };
      expect((await lab.deploy('v1', { args: HOLD, 'health-path': '/', ...limits })).errors).toEqual([]);
      const slow = dribble(lab);
      const first = await hold(lab);
      expect(first.status).toBe(200);
      const beyond = await Promise.all([ask(lab, '/'), ask(lab, '/')]);
      expect(beyond.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([
        [503, '1'],
        [503, '1'],
      ]);
      // The place is free again once the answer has ended.
      const next = ask(lab, '/');
      docker(['kill', '-s', 'USR2', lab.containers().find(({ role }) => role === 'app')!.id]);
      expect([await first.done, (await next).status]).toEqual(['held', 200]);
      expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
    }));
});
