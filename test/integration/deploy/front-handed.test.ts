import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, expect, it } from 'vitest';
import { START } from '../../../src/deploy/front/dump.ts';
import { placeholder } from '../../../src/deploy/front/placeholder.ts';
import { doorFiles } from '../../../src/deploy/swarm/front/door.ts';
import { START_HANDED } from '../../../src/deploy/swarm/front/handed.ts';
import { ordersFiles } from '../../../src/deploy/swarm/front/orders.ts';
import type { FrontTable } from '../../../src/deploy/swarm/front/table.ts';
import { docker } from '../../support/app.ts';
import { selfSigned } from '../../support/certificate.ts';
import { eventually } from '../../support/daemon.ts';
import { ensureImages, FRONT_IMAGE } from '../../support/images.ts';
import { ownName } from '../../support/run/id.ts';

/*
 * How a door of a Swarm's front comes to a certificate by ACME, by the very files, scripts and HAProxy that it has there, on
 * one engine. The order itself is what the front of a machine is tested with; bench/swarm-acme.ts shows both on a Swarm.
 */
const [net, orders, door, volume] = ['net', 'orders', 'door', 'kept'].map(ownName) as [string, string, string, string];
const folder = mkdtempSync(join(tmpdir(), 'seatrial-handed-'));
const given = [selfSigned('shop.test'), selfSigned('shop.test')];
afterAll(() => {
  docker(['rm', '-f', orders, door]);
  docker(['network', 'rm', net]);
  docker(['volume', 'rm', '-f', volume]);
  rmSync(folder, { recursive: true, force: true });
  for (const one of given) one.remove();
});

const FILE = '/seatrial-front/cert-shop.test.pem';
// Nobody listens there: what orders has only what the test gives it.
const acme = { server: 'https://127.0.0.1:1/dir' };
const table: FrontTable = {
  ...{ format: 1, revision: 1, loaded: 1, image: FRONT_IMAGE, http: '80', https: '443', secrets: {} },
  apps: { shop: { domains: ['shop.test'], redirects: [], tls: 'auto', acme } },
};

/** Starts a container of the front with the files of a table where a Swarm would put them. */
function start(name: string, files: readonly { path: string; content: string }[], script: string, more: string[]) {
  mkdirSync(join(folder, name));
  const mounts = [...files, { path: '/seatrial-front/default.pem', content: strangers }].flatMap(
    ({ path, content }) => {
      const file = join(folder, name, path.split('/').at(-1)!);
      writeFileSync(file, content);
      return ['-v', `${file}:${path}:ro`];
    },
  );
  const how = [
    'run',
    '-d',
    '--name',
    name,
    '--network',
    net,
    '--user',
    '0:0',
    '--cap-drop',
    'ALL',
    '--entrypoint',
    'sh',
  ];
  docker([...how, ...more, ...mounts, FRONT_IMAGE, '-c', script]);
}
const strangers = placeholder(Date.now());

const tell = (name: string, line: string) =>
  docker(['exec', name, 'sh', '-c', `printf '${line}\\n' | nc 127.0.0.1 9999`]);
/** The serial number of the certificate in use, and the name it is for. */
const used = async (name: string) => {
  const shown = tell(name, `show ssl cert ${FILE}`);
  return [/^Serial: *(.*)$/m.exec(shown)?.[1], /DNS:shop\.test/.test(shown)];
};
const give = ({ cert, key }: (typeof given)[number]) => {
  const payload = `${cert}${key}`.trim().replaceAll('\n', '\\n');
  expect(tell(orders, `set ssl cert ${FILE} <<\\n${payload}\\n`) + tell(orders, `commit ssl cert ${FILE}`)).toContain(
    'Success',
  );
};
const follows = (what: string, other: unknown) =>
  eventually(what, async () => {
    const [serial, named] = await used(door);
    return named && serial !== other ? serial : undefined;
  });

/** What one without the front's own secret is told where keys are to be had. */
async function strangerHears(): Promise<string> {
  const host = docker(['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', orders]);
  const socket = connect({ host, port: 9997, rejectUnauthorized: false });
  socket.on('error', () => undefined).write(`dump ssl cert ${FILE}\n`);
  return new Promise((resolve) => {
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('close', () => resolve(heard));
  });
}

it('a door serves what another task has got, follows it, and begins again with what it kept', async () => {
  ensureImages('front');
  docker(['network', 'create', net]);
  const mine = ['--network-alias', 'tasks.seatrial-front-acme'];
  start(orders, ordersFiles(table, '0.0.0.0/0'), START[2]!, mine);
  start(door, doorFiles(table, '0.0.0.0/0'), START_HANDED, [
    ...['--tmpfs', '/seatrial-front:mode=0700', '-v', `${volume}:/seatrial-front-kept`],
  ]);
  await eventually('both are up', async () => (await used(orders)) && (await used(door))[0]);
  expect((await used(door))[1]).toBe(false);
  give(given[0]!);
  const first = await follows('the door is handed the first', undefined);
  expect(await strangerHears()).toBe('');
  give(given[1]!);
  // Its own look comes every 20 s.
  docker(['exec', door, 'sh', '/seatrial-front/handed.sh']);
  const second = await follows('the door follows', first);
  // The one that orders is lost, and the door begins anew.
  await eventually(
    'it is kept',
    async () =>
      docker(['exec', door, 'sh', '-c', `cmp ${FILE} /seatrial-front-kept/cert-shop.test.pem && echo same`]) ||
      undefined,
  );
  docker(['rm', '-f', orders]);
  docker(['restart', '-t', '1', door]);
  await eventually('it is up again', async () => (await used(door))[1] || undefined);
  expect((await used(door))[0]).toBe(second);
  // Relieved, with no connection left, it is gone: nothing beside HAProxy keeps it.
  docker(['kill', '--signal', 'USR1', door]);
  await eventually(
    'it ends',
    async () =>
      docker(['inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', door]) === 'exited 0' || undefined,
  );
});
