// Requests a second and latency over TLS through the front door and an app's edge, against an edge alone and Caddy alone in
// front of the very same container; in turns of one run, so that a busy moment meets all. The goal is 0.8 of what Caddy does,
// which terminates TLS and proxies once where we do it twice; exit status 1 where it is missed, or where there is no `caddy`
// on the PATH or given and so nothing to judge by. Needs a Docker engine, dist/action-deploy, script/bootstrap front, openssl. (Caddy: Debian's, or CGO_ENABLED=0 go install
// github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.4; a static binary, since it runs in a container as the others do.)
// Usage: node bench/front.ts [--rounds 3] [--seconds 8] [--connections 32] [--caddy PATH] [--json FILE]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { buildApp, docker } from '../test/support/app.ts';
import { selfSigned } from '../test/support/certificate.ts';
import { TestApp } from '../test/support/deploy.ts';
import { ensureImages, FRONT_IMAGE } from '../test/support/images.ts';
import { accepting, freePort } from '../test/support/ports.ts';
import { ownName } from '../test/support/run/id.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    connections: { type: 'string', default: '32' },
    caddy: { type: 'string' },
    json: { type: 'string' },
  },
});
const [rounds, seconds, connections] = [Number(values.rounds), Number(values.seconds), Number(values.connections)];
const HOST = 'shop.test';
/** Share of the peer's requests a second. */
const GOAL = 0.8;
const PEER = 'Caddy alone';
const lookup: LookupFunction = (_host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  lost: number;
}

/** Closed loop: so many connections ask again as soon as they are answered. */
async function load(port: number, ca: string): Promise<Round> {
  const dispatcher = new Agent({ connections, pipelining: 1, connect: { ca, lookup } });
  const times: number[] = [];
  let lost = 0;
  const ask = async () => {
    const begun = performance.now();
    const { statusCode, body } = await request(`https://${HOST}:${port}/`, { dispatcher });
    await body.dump();
    if (statusCode === 200) times.push(performance.now() - begun);
    else lost++;
  };
  await ask();
  times.length = 0;
  const end = performance.now() + seconds * 1000;
  const worker = async () => {
    while (performance.now() < end) await ask().catch(() => lost++);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  await dispatcher.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2));
  return { perSecond: Math.round(times.length / seconds), p50: at(0.5), p99: at(0.99), lost };
}

/** Caddy with the same certificate before the app's own address. */
function startCaddy(binary: string, port: number, app: string, pem: { cert: string; key: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-caddy-'));
  const [release] = docker([
    'ps',
    '-q',
    '--filter',
    `label=io.seatrial.app=${app}`,
    '--filter',
    'label=io.seatrial.role=app',
  ]).split('\n');
  const ip = docker(['inspect', '--format', `{{(index .NetworkSettings.Networks "${app}-net").IPAddress}}`, release!]);
  writeFileSync(join(folder, 'cert.pem'), pem.cert);
  writeFileSync(join(folder, 'key.pem'), pem.key);
  writeFileSync(
    join(folder, 'Caddyfile'),
    `{\n  admin off\n  auto_https off\n}\nhttps://${HOST}:8443 {\n  tls /bench/cert.pem /bench/key.pem\n  reverse_proxy ${ip}:3000\n}\n`,
  );
  const name = ownName('caddy');
  const mounts = ['-v', `${binary}:/caddy:ro`, '-v', `${folder}:/bench:ro`];
  const to = ['-p', `127.0.0.1:${port}:8443`, '--network', `${app}-net`, '--entrypoint', '/caddy', FRONT_IMAGE];
  docker([
    'run',
    '-d',
    '--name',
    name,
    '--user',
    '0',
    ...mounts,
    ...to,
    'run',
    '--config',
    '/bench/Caddyfile',
    '--adapter',
    'caddyfile',
  ]);
  return name;
}

const which = spawnSync('sh', ['-c', 'command -v caddy'], { encoding: 'utf8' }).stdout.trim();
const caddy = values.caddy ?? which;
ensureImages('front');
buildApp();
const pem = selfSigned(HOST);
const given = `${pem.cert.trim()}\n${pem.key.trim()}`;
const [behind, alone] = [await TestApp.create(), await TestApp.create()];
const [http, https] = [await freePort(), await freePort()];
const begun = loadavg()[0];
let peer: string | undefined;
try {
  const front = {
    publish: '',
    domains: HOST,
    tls: 'own',
    'front-image': FRONT_IMAGE,
    'front-http': `127.0.0.1:${http}`,
    'front-https': `127.0.0.1:${https}`,
  };
  for (const [app, inputs] of [
    [behind, front],
    [alone, {}],
  ] as const) {
    const { errors } = await app.deploy('v1', { ...inputs, 'tls-certificate': given });
    if (errors.length) throw new Error(errors.join());
  }
  const ways: Record<string, number> = { 'front + edge': https, 'edge alone': alone.port };
  if (caddy) {
    const port = await freePort();
    peer = startCaddy(caddy, port, behind.name, pem);
    await accepting(port, () => true);
    ways[PEER] = port;
  }
  const all = new Map<string, Round[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [way, port] of Object.entries(ways)) all.get(way)!.push(await load(port, pem.cert));
  }
  const median = (list: number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
  const rows = [...all].map(([way, of]) => ({
    way,
    perSecond: median(of.map((one) => one.perSecond)),
    p50: median(of.map((one) => one.p50)),
    p99: median(of.map((one) => one.p99)),
    lost: of.reduce((sum, one) => sum + one.lost, 0),
  }));
  console.table(rows);
  const ours = rows[0]!.perSecond;
  const ratios = Object.fromEntries(
    rows.slice(1).map(({ way, perSecond }) => [way, Number((ours / perSecond).toFixed(2))]),
  );
  console.log('front + edge, requests a second as a share of:', ratios);
  console.log(`load before and after: ${begun?.toFixed(1)} ${loadavg()[0]?.toFixed(1)}`);
  const reached = ratios[PEER];
  console.log(
    reached === undefined ? 'no Caddy: nothing to judge by' : `goal: ${GOAL} of ${PEER}; reached: ${reached}`,
  );
  process.exitCode = (reached ?? 0) >= GOAL && rows[0]!.lost === 0 ? 0 : 1;
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ rows, ratios, connections, seconds, rounds }, null, 2)}\n`);
} finally {
  if (peer) docker(['rm', '-fv', peer]);
  behind.remove();
  alone.remove();
  docker(['rm', '-fv', 'seatrial-front']);
  docker(['volume', 'rm', 'seatrial-front']);
  docker(['network', 'rm', 'zz-seatrial-front']);
  pem.remove();
}
process.exit();
