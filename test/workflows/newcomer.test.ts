import { readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderLibrary, runAct } from '../support/act.ts';
import { clearApp } from '../support/clear.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../support/images.ts';
import { blocks, filesOf, Newcomer } from '../support/newcomer.ts';
import { dingtalk } from '../support/receivers/dingtalk.ts';
import { type ReceiverServer, startReceivers } from '../support/receivers/server.ts';
import { freePort, type Registry, sharedRegistry } from '../support/registry.ts';
import { ownName } from '../support/run/id.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

// docs/getting-started.md, from an empty folder to an app that serves: its commands and its files word by word, with short
// looks and without the scan. What stands for GitHub, the machine and its owner's login is told in test/support/newcomer.ts.
const page = readFileSync('docs/getting-started.md', 'utf8');
const app = ownName('new');
const newcomer = new Newcomer();
let sshd: Sshd;
let registry: Registry;
let receivers: ReceiverServer;
let library: string;
let port: number;

beforeAll(async () => {
  ensureImages('node', 'edge');
  // The newcomer's own key is the only one it takes.
  sshd = await startSshd([`AuthorizedKeysFile ${newcomer.home}/.ssh/authorized_keys`]);
  registry = await sharedRegistry();
  receivers = await startReceivers([dingtalk()]);
  library = renderLibrary();
  port = await freePort();
});
afterAll(async () => {
  clearApp(app, `${registry?.host}/${app}/shop`);
  newcomer.leave();
  if (library) rmSync(library, { recursive: true, force: true });
  await receivers?.close();
  await sshd?.stop();
});

/** The page's own text with this machine's addresses for those of its reader: nothing else is changed. */
const here = (text: string): string => {
  const mine = text
    .replaceAll('ssh://deploy@shop-1.example.com', `ssh://${userInfo().username}@127.0.0.1:${sshd.port}`)
    .replaceAll('http://shop-1.example.com', `http://127.0.0.1:${port}`)
    .replaceAll('ghcr.io/acme', `${registry.host}/${app}`)
    .replaceAll('app: shop', `app: ${app}`)
    .replaceAll('FROM node:24-slim', `FROM ${NODE_IMAGE}`)
    .replaceAll("publish: '80'", `publish: '127.0.0.1:${port}'`);
  expect(mine).not.toContain('example.com');
  return mine;
};
/** Short looks, and an edge image of this machine. */
const QUICK = `
build: { scan: false, cache: none }
deploy: { edge-image: ${EDGE_IMAGE}, watch: 1s, health-interval: 200ms, healthy-after: 1 }
verify: { duration: 2s, warm-up: 0s, rate: 20 }
`;

const run = (event: 'push' | 'workflow_dispatch', workflow: string) =>
  runAct({
    caller: newcomer.pushed(),
    library,
    event,
    workflow,
    secrets: Object.fromEntries(
      ['SSH_KEY', 'SSH_KNOWN_HOSTS', 'DINGTALK_WEBHOOK'].map((name) => [name, newcomer.secret(name)]),
    ),
  });

it('a newcomer who does what the page says has an app that serves, and a button to roll back', async () => {
  const [repository, machine, secrets, push, ...more] = blocks(page, 'sh');
  expect(more).toEqual([]);
  const type = (block: string) => newcomer.type(block, sshd, receivers.inputs['dingtalk-webhook']!);

  const files = filesOf(page);
  const [shop, ours] = [
    ['Dockerfile', 'server.mjs', '.dockerignore'],
    ['.github/workflows/ship.yml', 'seatrial.yml'],
  ];
  expect([...files.keys()]).toEqual([...shop!, ...ours!]);
  for (const name of shop!) newcomer.write(name, here(files.get(name)!));
  type(repository!);

  const fingerprints = type(machine!);
  // What one compares with the server's own.
  const [own] = sshd.fingerprint.split(' ').filter((word) => word.startsWith('SHA256:'));
  expect(fingerprints).toContain(own);
  type(secrets!);

  newcomer.write('.github/workflows/ship.yml', here(files.get('.github/workflows/ship.yml')!));
  newcomer.write('seatrial.yml', here(files.get('seatrial.yml')!) + QUICK);
  const [copied] = /examples\/workflows\/rollback\.yml/.exec(page)!;
  newcomer.write('.github/workflows/rollback.yml', here(readFileSync(copied, 'utf8')));
  type(push!);

  const shipped = await run('push', '.github/workflows/ship.yml');
  expect(shipped.jobs, shipped.log).toEqual({ build: 'success', deploy: 'success', notify: 'success' });
  expect(shipped.outputs.end).toMatchObject({ state: 'good', 'error-code': '' });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  const [message, ...others] = receivers.received.splice(0).filter(({ taken }) => taken);
  expect([message?.channel, others]).toEqual(['dingtalk', []]);
  // The page for the button is the one they have just written.
  expect(JSON.stringify(message?.message)).toContain('acme/shop/actions/workflows/rollback.yml');
  expect(shipped.log).not.toContain(newcomer.secret('SSH_KEY').split('\n')[2]);

  // There is one release: the button reaches the machine by the page's own secrets, and says that there is no way back yet.
  const back = await run('workflow_dispatch', '.github/workflows/rollback.yml');
  expect(back.outputs.rollback, back.log).toMatchObject({ 'error-code': 'NO_ROLLBACK_TARGET' });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});
