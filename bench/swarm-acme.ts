// Certificates by ACME on a Swarm: three engines, of which two have the front's label, and Pebble (Let's Encrypt's own test
// authority) on the third. What is shown: obtained and served on both nodes, names added under another app's traffic, renewed,
// the node lost that orders, what an authority refuses. Needs root, a Docker engine, dist/action-deploy, Pebble and the
// images of `script/bootstrap front`. Usage: node bench/swarm-acme.ts
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { runAction } from '../test/support/action.ts';
import { eventually } from '../test/support/daemon.ts';
import { APP_ARGS } from '../test/support/deploy-lab.ts';
import { EDGE_IMAGE, ensureImages, FRONT_IMAGE, NODE_IMAGE } from '../test/support/images.ts';
import { startSwarm } from '../test/support/swarm.ts';
import { startTraffic, type Traffic } from '../test/support/traffic.ts';

const TOOLS = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'seatrial/tools/pebble-2.10.3');
const [HTTP, HTTPS, DIRECTORY, MANAGEMENT, DNS, NAMES] = [18_100, 18_143, 14_000, 15_000, 8_053, 8_055];
const at = (node: number) => `10.99.0.1${node + 1}`;

ensureImages('node', 'edge', 'front');
const swarm = await startSwarm([NODE_IMAGE, EDGE_IMAGE, FRONT_IMAGE], 3);
const folder = mkdtempSync(join(tmpdir(), 'seatrial-acme-'));
const children: ChildProcess[] = [];
const failures: string[] = [];
const said = (stdout: string, kind: string) => stdout.split('\n').filter((line) => line.startsWith(`::${kind}`));
const check = (what: string, fine: unknown) => {
  console.log(`${fine ? 'ok  ' : 'FAIL'} ${what}`);
  if (!fine) failures.push(what);
};

/** Starts Pebble beside the manager. Answers the authority behind its own certificate, and what leads a name to an address. */
async function pebble() {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=ca');
  openssl('req', ...key, '-keyout', file('key.pem'), '-out', file('csr.pem'), '-subj', `/CN=${at(0)}`);
  writeFileSync(file('extensions'), `subjectAltName=IP:${at(0)}\n`);
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', file('csr.pem'), ...signed, '-extfile', file('extensions'), '-out', file('cert.pem'));
  const config = {
    ...{ listenAddress: `${at(0)}:${DIRECTORY}`, managementListenAddress: `127.0.0.1:${MANAGEMENT}` },
    ...{ certificate: file('cert.pem'), privateKey: file('key.pem'), httpPort: HTTP, tlsPort: HTTPS },
    profiles: { default: { description: 'a test', validityPeriod: 90 * 86_400 } },
    retryAfter: { authz: 1, order: 1 },
  };
  writeFileSync(file('config.json'), JSON.stringify({ pebble: config }));
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' };
  const run = (name: string, args: string[]) => {
    const inside = [`--net=/var/run/netns/${swarm.nodes[0]!.space}`, join(TOOLS, name), ...args];
    children.push(spawn('nsenter', inside, { stdio: 'ignore', env }));
  };
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '', '-defaultIPv6', '', '-defaultIPv4', ''];
  run('pebble-challtestsrv', [...off, '-dnsserver', `127.0.0.1:${DNS}`, '-management', `127.0.0.1:${NAMES}`]);
  run('pebble', ['-config', file('config.json'), '-dnsserver', `127.0.0.1:${DNS}`]);
  const agent = new Agent({ connect: { socketPath: await swarm.nodes[0]!.door(NAMES) } });
  const point = async (host: string, address: string) => {
    const body = JSON.stringify({ host, addresses: [address] });
    const answer = await request('http://names/add-a', { method: 'POST', body, dispatcher: agent });
    await answer.body.dump();
  };
  await eventually('Pebble', () =>
    point('begin.test', at(1)).then(
      () => true,
      () => undefined,
    ),
  );
  const ofRoots = { socketPath: await swarm.nodes[0]!.door(MANAGEMENT), rejectUnauthorized: false };
  const dispatcher = new Agent({ connect: ofRoots });
  const root = await eventually('the root of Pebble', () =>
    request('https://pebble/roots/0', { dispatcher }).then(
      ({ body }) => body.text(),
      () => undefined,
    ),
  );
  return { ca: readFileSync(file('ca.pem'), 'utf8'), root, point };
}

try {
  const [manager, ...fronts] = swarm.nodes;
  for (const { id } of fronts) manager!.docker(['node', 'update', '--label-add', 'io.seatrial.front=true', id]);
  const { ca, root, point } = await pebble();
  const doors = await Promise.all(fronts.map((node) => node.door(HTTPS)));

  const run = async (command: string, app: string, more: Record<string, string> = {}) => {
    const begun = performance.now();
    const done = await runAction('deploy', { command, app, hosts: `swarm+unix://${manager!.socket}`, ...more });
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(
      `     ${command} ${app}: ${done.outputs.state ?? ''} in ${seconds} s ${[...done.errors, ...said(done.stdout, 'warning')].join(' | ')}`,
    );
    return done;
  };
  const deploy = (app: string, domains: string, more: Record<string, string> = {}) =>
    run('deploy', app, {
      ...{ image: NODE_IMAGE, args: APP_ARGS, port: '8080', replicas: '2', memory: '128m', env: `VERSION=${app}` },
      ...{
        'edge-image': EDGE_IMAGE,
        'front-image': FRONT_IMAGE,
        'health-path': '/healthz',
        'health-interval': '200ms',
      },
      ...{ 'healthy-after': '1', watch: '0s', 'front-http': String(HTTP), 'front-https': String(HTTPS), domains },
      ...{
        tls: 'auto',
        'acme-server': `https://${at(0)}:${DIRECTORY}/dir`,
        'acme-ca': ca,
        'acme-email': 'ops@seatrial.test',
      },
      ...more,
    });
  /** The serial number of what a node serves for a name, and whose it is. */
  const served = (socketPath: string, servername: string) =>
    new Promise<{ serial: string; issuer: string; names: string }>((resolve, reject) => {
      const socket = connect({ path: socketPath, servername, rejectUnauthorized: false }, () => {
        const { serialNumber, issuer, subjectaltname = '' } = socket.getPeerCertificate();
        socket.destroy();
        resolve({ serial: serialNumber, issuer: String(issuer.CN), names: subjectaltname });
      });
      socket.on('error', reject);
    });
  const orderer = () => {
    const rows = manager!.docker([
      'service',
      'ps',
      'seatrial-front-acme',
      '--filter',
      'desired-state=running',
      '--format',
      '{{.ID}} {{.CurrentState}}',
      '--no-trunc',
    ]);
    const [id = ''] =
      rows
        .split('\n')
        .find((row) => /Running/.test(row))
        ?.split(' ') ?? [];
    return (
      id &&
      manager!.docker(['inspect', '--format', '{{.NodeID}} {{.Status.ContainerStatus.ContainerID}}', id]).split(' ')
    );
  };
  const traffic = (name: string, sockets: readonly string[]) =>
    sockets.flatMap((socketPath) =>
      [true, false].map((reuse) =>
        startTraffic(`https://${name}/`, { rate: 40, reuse, socketPath, connect: { ca: root } }),
      ),
    );
  const loss = async (all: Traffic[]) => {
    const counts = await Promise.all(all.map((one) => one.stop()));
    const sent = counts.reduce((n, one) => n + one.sent, 0);
    const lost = counts.reduce((n, one) => n + one.lost + one.errors5xx, 0);
    return { sent, lost, reasons: counts.flatMap(({ reasons }) => [...reasons].map(([why, n]) => `${why}: ${n}`)) };
  };

  await point('store.test', at(1));
  await point('www.store.test', at(2));
  await point('cart.test', at(2));
  const store = await deploy('store', 'store.test', { redirects: 'www.store.test -> store.test' });
  check('the first deploy is good', store.outputs.state === 'good');
  for (const [i, door] of doors.entries()) {
    for (const name of ['store.test', 'www.store.test']) {
      const { issuer, names } = await served(door, name);
      check(`node ${i} serves ${name} (${issuer})`, /Pebble/.test(issuer) && names === `DNS:${name}`);
    }
  }

  const first = traffic('store.test', doors);
  const refused = await deploy('lost', 'lost.test');
  check('a name that leads nowhere: CERTIFICATE_MISSING', refused.outputs['error-code'] === 'CERTIFICATE_MISSING');
  const cart = await deploy('cart', 'cart.test');
  check(
    'another app has its certificate',
    cart.outputs.state === 'good' && /Pebble/.test((await served(doors[0]!, 'cart.test')).issuer),
  );
  const beside = await loss(first);
  check(`names come and go beside an app: ${JSON.stringify(beside)}`, beside.lost === 0);

  const old = await served(doors[0]!, 'store.test');
  check('both nodes serve the same one', old.serial === (await served(doors[1]!, 'store.test')).serial);
  const [node = '', container = ''] = orderer() || [];
  const where = fronts.findIndex(({ id }) => id === node);
  const renewing = traffic('store.test', doors);
  fronts[where]!.docker([
    'exec',
    container,
    'sh',
    '-c',
    'echo "acme renew /seatrial-front/cert-store.test.pem" | nc 127.0.0.1 9999',
  ]);
  const begun = performance.now();
  await eventually('both serve the renewed one', async () => {
    const now = await Promise.all(doors.map((door) => served(door, 'store.test')));
    return now.every(({ serial }) => serial !== old.serial) || undefined;
  });
  console.log(`     renewed and served everywhere after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const renewed = await loss(renewing);
  check(`renewed under traffic: ${JSON.stringify(renewed)}`, renewed.lost === 0);

  const before = await served(doors[1 - where]!, 'store.test');
  await eventually('the node has kept what it was handed', async () => {
    const volume = fronts[1 - where]!.docker([
      'volume',
      'inspect',
      '--format',
      '{{.Mountpoint}}',
      'seatrial-front-acme',
    ]);
    return readFileSync(join(volume, 'cert-store.test.pem'), 'utf8').length || undefined;
  });
  const left = traffic('store.test', [doors[1 - where]!]);
  fronts[where]!.kill();
  const lostAt = performance.now();
  await eventually('it is ordered on the other node', async () => {
    const now = orderer();
    return (now && now[0] === fronts[1 - where]!.id) || undefined;
  });
  console.log(`     ordering goes on elsewhere after ${((performance.now() - lostAt) / 1000).toFixed(1)} s`);
  await new Promise((resolve) => setTimeout(resolve, 25_000));
  const after = await served(doors[1 - where]!, 'store.test');
  check('the other node serves the same certificate', after.serial === before.serial);
  const survived = await loss(left);
  console.log(`     users of the node that stays: ${JSON.stringify(survived)}`);
  await point('late.test', at(where === 0 ? 2 : 1));
  const late = await deploy('late', 'late.test');
  check('a name is added after that', late.outputs.state === 'good');
  check('no other was ordered anew', (await served(doors[1 - where]!, 'store.test')).serial === before.serial);
  const status = await run('status', 'store');
  console.log(`     ${JSON.stringify(JSON.parse(status.outputs.deployment!).hosts[0].domains)}`);
  for (const app of ['store', 'cart', 'late']) await run('remove', app, { force: 'true' });
  await eventually('doors that were relieved have ended', async () => {
    const left = fronts[1 - where]!.docker(['ps', '-q', '--filter', 'name=seatrial-front']);
    return left === '' || undefined;
  });
  check(
    'nothing of the front is left',
    manager!.docker(['service', 'ls', '-q', '--filter', 'name=seatrial-front']) === '',
  );
} catch (error) {
  failures.push(String(error));
  console.error(error);
  if (process.env.HOLD) {
    console.log(swarm.nodes.map(({ socket }) => socket).join('\n'));
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.HOLD) * 1000));
  }
} finally {
  for (const child of children) child.kill();
  await swarm.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failures.length ? 1 : 0);
