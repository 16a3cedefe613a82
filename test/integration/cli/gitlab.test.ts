import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUNS, type Runs } from '../../../script/gallery-parts/runs.ts';
import { runAction } from '../../support/action.ts';
import { clearApp } from '../../support/clear.ts';
import { type Packed, pack, seatrial } from '../../support/cli.ts';
import { eventually } from '../../support/daemon.ts';
import { ENGINE_HOST } from '../../support/engine.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { freePort } from '../../support/ports.ts';
import { strictReceivers } from '../../support/receivers/index.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { type Registry, sharedRegistry } from '../../support/registry.ts';
import { ownName, RUN } from '../../support/run/id.ts';
import { started } from '../../support/run/scope.ts';
import { shapeOf } from '../../support/shape.ts';
import { trivyPath } from '../../support/trivy.ts';
import { pushDatabase } from '../../support/vulndb/database.ts';

/*
 * The pipeline that `seatrial init` writes, run as it stands by gitlab-ci-local. Only `npx` stands in: the package is
 * the one packed here, as it can't be had from a registry before it is released.
 */
const app = ownName('gl');
const remove: (() => unknown)[] = [];
let packed: Packed;
let registry: Registry;
let receivers: ReceiverServer;
let project: string;
let published: string;
let bin: string;

const git = (...words: string[]) =>
  execFileSync('git', ['-C', project, '-c', 'user.name=test', '-c', 'user.email=test@example.com', ...words], {
    stdio: 'ignore',
  });

beforeAll(async () => {
  ensureImages('node', 'edge');
  packed = pack();
  remove.push(() => packed.remove());
  registry = await sharedRegistry();
  await pushDatabase(`${registry.host}/${app}/vulndb:2`);
  receivers = await startReceivers([strictReceivers.dingtalk!()]);
  remove.push(() => receivers.close());
  remove.push(() => clearApp(app, `${registry.host}/${app}/shop`));
  published = `127.0.0.1:${await freePort()}`;
  project = mkdtempSync(join(tmpdir(), 'seatrial-gitlab-'));
  remove.push(() => rmSync(project, { recursive: true, force: true }));
  cpSync(resolve('examples/shop'), project, { recursive: true });
  git('init', '--quiet', '--initial-branch', 'main');
  git('remote', 'add', 'origin', 'https://gitlab.com/acme/shop.git');
  const said = await seatrial(packed.folder, [
    'init',
    '--yes',
    '--folder',
    project,
    '--app',
    app,
    '--image',
    `${registry.host}/${app}/shop`,
    '--port',
    '8080',
    '--publish',
    published,
    '--hosts',
    ENGINE_HOST,
    '--ci',
    'gitlab',
  ]);
  expect(said.status, said.stderr).toBe(0);
  // What a team would fill in: how this shop is built and asked.
  const more = {
    build: `build:\n  target: release\n  build-args:\n    BASE: ${NODE_IMAGE}\n  cache: none\n  scanners: vuln\n  trivy-path: ${trivyPath()}\n  trivy-db-repository: ${registry.host}/${app}/vulndb:2\n`,
    deploy: `deploy:\n  edge-image: ${EDGE_IMAGE}\n  health-interval: 300ms\n  watch: 1s\n`,
    verify: `verify:\n  urls:\n    - http://${published}/orders\n  rate: 40\n  duration: 5s\n  warm-up: 1s\n`,
  };
  let text = readFileSync(join(project, 'seatrial.yml'), 'utf8');
  for (const [section, lines] of Object.entries(more)) text = text.replace(`${section}:\n`, lines);
  writeFileSync(join(project, 'seatrial.yml'), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'A shop');
  bin = mkdtempSync(join(tmpdir(), 'seatrial-npx-'));
  remove.push(() => rmSync(bin, { recursive: true, force: true }));
  writeFileSync(
    join(bin, 'npx'),
    `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${packed.folder}/dist/cli/index.js" "$@"\n`,
  );
  chmodSync(join(bin, 'npx'), 0o755);
});
afterAll(async () => {
  for (const one of remove.reverse()) await one();
});

interface Job {
  status: number;
  said: string;
}

/** Runs one job of the pipeline with its secrets as masked variables of the project. */
async function job(name: string, variables: Record<string, string> = {}): Promise<Job> {
  const secrets = {
    SEATRIAL_DINGTALK_WEBHOOK: receivers.inputs['dingtalk-webhook']!,
    SEATRIAL_DINGTALK_SECRET: receivers.inputs['dingtalk-secret']!,
  };
  const words = [
    '--force-shell-executor',
    '--no-color',
    '--state-dir',
    '.gitlab-ci-local',
    ...Object.entries({ ...secrets, ...variables }).flatMap(([key, value]) => ['--variable', `${key}=${value}`]),
    name,
  ];
  const over = started(`the job ${name}`, () => child.kill('SIGKILL'));
  const child = spawn(process.execPath, [resolve('node_modules/.bin/gitlab-ci-local'), ...words], {
    cwd: project,
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      DOCKER_CONFIG: process.env.DOCKER_CONFIG,
      SEATRIAL_TEST_RUN: RUN,
      TMPDIR: tmpdir(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (said += chunk));
  const status = await new Promise<number>((done) => child.once('close', (code) => done(code ?? -1)));
  over();
  return { status, said };
}

/** The message that was told last. */
const last = () => JSON.stringify(receivers.received.findLast(({ taken }) => taken)?.message);

const read = async () =>
  JSON.parse((await seatrial(packed.folder, ['status', '--app', app, '--json'])).stdout) as Record<string, string> & {
    history: { releases: { release: string; by: string; run: string; status: string }[] };
  };

describe('the pipeline that init writes for GitLab', () => {
  it('ships: built, scanned, deployed, judged and told', async () => {
    const { status, said } = await job('ship');
    expect(status, said).toBe(0);
    const now = await read();
    expect(now.state).toBe('good');
    expect(now.history.releases).toMatchObject([
      { status: 'good', run: expect.stringContaining('gitlab.com/acme/shop') },
    ]);
    expect((await fetch(`http://${published}/healthz`)).status).toBe(200);
    expect(receivers.received.filter(({ taken }) => taken)).toHaveLength(1);
    expect(said).not.toContain(receivers.inputs['dingtalk-secret']);
  });

  it('waits its turn behind a workflow of GitHub, and rolls back what that deployed: one history and one lock', async () => {
    const before = await read();
    const first = before.serving!;
    // It holds the lock until its migration is told that it is done.
    const migration = `process.once('SIGUSR2', () => process.exit(0)); setInterval(() => 0, 1000); console.log('migrating')`;
    const github = runAction(
      'deploy',
      {
        app,
        image: before.image!,
        port: '8080',
        publish: published,
        'edge-image': EDGE_IMAGE,
        env: 'COLOUR=blue',
        'pre-deploy': JSON.stringify(['node', '-e', migration]),
        'health-path': '/healthz',
        'health-interval': '300ms',
        memory: '512m',
        watch: '0s',
      },
      {
        env: {
          GITHUB_ACTOR: 'li',
          GITHUB_SHA: 'a'.repeat(40),
          GITHUB_SERVER_URL: 'https://github.com',
          GITHUB_REPOSITORY: 'acme/shop',
          GITHUB_RUN_ID: '4711',
        },
      },
    );
    const docker = (...words: string[]) =>
      execFileSync('docker', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const hook = await eventually('the migration runs', async () => {
      const labels = [`io.seatrial.app=${app}`, 'io.seatrial.role=hook'];
      const [id] = docker('ps', '-q', ...labels.flatMap((label) => ['--filter', `label=${label}`])).split('\n');
      return id && docker('logs', id).includes('migrating') ? id : undefined;
    });
    const refused = await job('rollback', { REASON: 'orders fail' });
    expect(refused.said).toContain('LOCK_HELD');
    expect((await read()).serving).toBe(first);
    for (const words of ['回滚失败，线上未动', '另一次部署正在进行']) expect(last()).toContain(words);
    docker('kill', '--signal', 'USR2', hook);

    const deployed = await github;
    expect(deployed.errors).toEqual([]);
    // What the gallery of messages is drawn from has the shape of what a bundle says.
    const { situations } = JSON.parse(readFileSync(RUNS, 'utf8')) as Runs;
    const { hosts, ...recorded } = JSON.parse(situations.deployed!.inputs.deployment!);
    const live = JSON.parse(deployed.outputs.deployment!);
    expect(shapeOf(hosts)).toEqual(shapeOf(live.hosts));
    expect(Object.keys(recorded).sort()).toEqual(
      Object.keys(live)
        .filter((key) => key !== 'hosts')
        .sort(),
    );
    const { release } = deployed.outputs;
    expect((await read()).serving).toBe(release);
    const { status, said } = await job('rollback', { REASON: 'orders fail' });
    expect(status, said).toBe(0);
    const after = await read();
    expect(after.serving).toBe(first);
    expect(after.history.releases.find((one) => one.release === release)).toMatchObject({
      status: 'rolled-back',
      by: 'li',
      run: expect.stringContaining('github.com/acme/shop/actions/runs/4711'),
    });
    expect(last()).toContain('已回滚');
    expect(last()).toContain('orders fail');
  });

  it('tells a rollback that had nowhere to go as what it is', async () => {
    const { serving } = await read();
    const { said } = await job('rollback'); // a pipeline goes on without its button
    expect(said).toContain('NO_ROLLBACK_TARGET');
    expect((await read()).serving).toBe(serving);
    expect(last()).toContain('回滚失败，线上未动');
  });
});
