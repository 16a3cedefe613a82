import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActOptions, type ActRun, makeCaller, renderLibrary, runAct } from '../support/act.ts';
import { clearApp } from '../support/clear.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../support/images.ts';
import { strictReceivers } from '../support/receivers/index.ts';
import { type ReceiverServer, startReceivers } from '../support/receivers/server.ts';
import { freePort, type Registry, sharedRegistry } from '../support/registry.ts';
import { ownName } from '../support/run/id.ts';
import { trivyPath } from '../support/trivy.ts';
import { pushDatabase } from '../support/vulndb/database.ts';

// One app from its first release to a rollback, as a team would: every test goes on where the one before ended.
const app = ownName('act');
const folders: string[] = [];
let registry: Registry;
let receivers: ReceiverServer;
let library: string;
let published: string;

beforeAll(async () => {
  ensureImages('node', 'edge');
  registry = await sharedRegistry();
  await pushDatabase(`${registry.host}/${app}/vulndb:2`);
  receivers = await startReceivers([strictReceivers.dingtalk!(), strictReceivers.feishu!()]);
  library = renderLibrary();
  folders.push(library);
  published = `127.0.0.1:${await freePort()}`;
});
afterAll(async () => {
  clearApp(app, `${registry.host}/${app}/shop`);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await receivers?.close();
});

const secrets = () => ({
  DINGTALK_WEBHOOK: receivers.inputs['dingtalk-webhook']!,
  DINGTALK_SECRET: receivers.inputs['dingtalk-secret']!,
  FEISHU_WEBHOOK: receivers.inputs['feishu-webhook']!,
  FEISHU_SECRET: receivers.inputs['feishu-secret']!,
});
const passed = `secrets:
      DINGTALK_WEBHOOK: \${{ secrets.DINGTALK_WEBHOOK }}
      DINGTALK_SECRET: \${{ secrets.DINGTALK_SECRET }}
      FEISHU_WEBHOOK: \${{ secrets.FEISHU_WEBHOOK }}
      FEISHU_SECRET: \${{ secrets.FEISHU_SECRET }}`;

interface ShipOptions {
  target?: string;
  deployTimeout?: string;
  duration?: string;
  /** seatrial.yml of the caller's repository. */
  config?: string;
  /** Called through a workflow of the team's own. */
  nested?: boolean;
  onStep?: ActOptions['onStep'];
}

/** A job that reads what ours answered; act hands outputs on through one call only. */
const after = `
  after:
    needs: ship
    runs-on: ubuntu-24.04
    steps:
      - id: seen
        env:
          SEEN: \${{ toJSON(needs.ship.outputs) }}
        run: echo "outputs=$(echo "$SEEN" | tr -d '\\n')" >>"$GITHUB_OUTPUT"
`;
/** A team's own reusable workflow around ours, so that secrets pass two calls. */
const outermost = `
name: ship
on: push
permissions:
  contents: read
jobs:
  ship:
    uses: ./.github/workflows/release.yml
    secrets: inherit
`;
const workflow = (on: string, job: string) => `
name: ship
on: ${on}
permissions:
  contents: read
jobs:
  ship:${job}`;

async function ship(
  buildArgs: string[],
  { target = 'release', deployTimeout = '60s', duration = '4s', config = '', nested = true, onStep }: ShipOptions = {},
): Promise<ActRun> {
  const job = `
    uses: seatrial/seatrial/.github/workflows/ship.yml@v0.1.0
    with:
      app: ${app}
      image: ${registry.host}/${app}/shop
      context: shop
      target: ${target}
      build-args: |
        BASE=${NODE_IMAGE}
        ${buildArgs.join('\n        ')}
      port: '8080'
      publish: ${published}
      health-path: /healthz
      health-interval: 300ms
      healthy-after: '2'
      start-period: 2s
      deploy-timeout: ${deployTimeout}
      watch: 1s
      memory: 256m
      edge-image: ${EDGE_IMAGE}
      urls: |
        http://${published}/orders
        POST http://${published}/pay
      rate: '40'
      duration: ${duration}
      baseline-duration: 3s
      warm-up: 1s
      thresholds: error-rate <= 5%
      cache: none
      scanners: vuln
      trivy-path: ${trivyPath()}
      trivy-db-repository: ${registry.host}/${app}/vulndb:2
      locale: zh-CN
      runner: '["self-hosted", "linux"]'
    secrets: inherit
`;
  const files: Record<string, string> = nested
    ? { 'ship.yml': outermost, 'release.yml': workflow('workflow_call', job) }
    : { 'ship.yml': workflow('push', `${job}${after}`) };
  const named = Object.entries(files).map(([name, text]) => [`.github/workflows/${name}`, text]);
  const caller = makeCaller({ ...Object.fromEntries(named), 'seatrial.yml': config }, { shop: 'examples/shop' });
  folders.push(caller);
  return runAct({
    caller,
    library,
    event: 'push',
    workflow: '.github/workflows/ship.yml',
    secrets: secrets(),
    onStep,
  });
}

async function rollback(inputs: Record<string, string> = {}, more: string[] = []): Promise<ActRun> {
  const caller = makeCaller({
    '.github/workflows/rollback.yml': `
name: rollback
on:
  workflow_dispatch:
    inputs:
      reason: { description: Why, type: string, default: '' }
jobs:
  rollback:
    uses: seatrial/seatrial/.github/workflows/rollback.yml@v0.1.0
    with:
      app: ${app}
      reason: \${{ inputs.reason }}
      urls: http://${published}/orders
      duration: 5s
      ${more.join('\n      ')}
    ${passed}
`,
  });
  folders.push(caller);
  return runAct({
    caller,
    library,
    event: 'workflow_dispatch',
    workflow: '.github/workflows/rollback.yml',
    inputs,
    secrets: secrets(),
  });
}

const version = async () =>
  ((await (await fetch(`http://${published}/version`)).json()) as { version: string }).version;
/** Messages taken since the last call, as people read them: without the marks of Markdown. */
const told = () =>
  receivers.received
    .splice(0)
    .filter((entry) => entry.taken)
    .map((entry) => JSON.stringify(entry.message).replaceAll('\\', ''));

describe('a caller ships and rolls back', () => {
  let first = '';
  let third = '';

  it('ships its first release', async () => {
    const config = 'environments:\n  prodution:\n    watch: 1s\n';
    const run = await ship(['SHOP_VERSION=1'], { config, nested: false });
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'success', notify: 'success', after: 'success' });
    expect(await version()).toBe('1');
    first = run.outputs.deploy!.release!;
    expect(run.outputs.end).toMatchObject({ state: 'good', 'rolled-back': 'false' });
    const seen = JSON.parse(run.outputs.seen!.outputs!) as Record<string, string>;
    expect(seen).toMatchObject({ release: first, serving: first, state: 'good' });
    expect(seen.verdict).toMatch(/^(pass|inconclusive)$/); // on a busy machine four seconds may be too short
    expect(seen.image).toMatch(/\/shop@sha256:[0-9a-f]{64}$/);
    expect(JSON.parse(seen.receipts!)).toHaveLength(2);
    // Told once in each of the three jobs.
    expect(run.warnings.filter((line) => line.startsWith('seatrial.yml:2:3: no workflow names'))).toHaveLength(3);
    expect(Object.entries(run.artifacts).map(([name, files]) => [name.replace(/-\d+$/, ''), files.length])).toEqual([
      ['seatrial-build-shop', 3],
      [`seatrial-verify-${app}-production`, expect.any(Number)],
    ]);
    expect(run.summaries.join()).toContain(`[seatrial-verify-${app}-production-`);
    const messages = told();
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message).toContain(app);
  });

  it('is stopped by verify when payments fail, and the first release serves again', async () => {
    const run = await ship(['SHOP_VERSION=2', 'FAULT_ERRORS=30%', 'FAULT_LOG_BUYER=true'], { duration: '25s' });
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'failure', notify: 'success' });
    expect(run.outputs.verify?.verdict, run.log).toBe('fail');
    expect(run.outputs.rollback).toMatchObject({ release: first, serving: first, 'rolled-back': 'true' });
    expect(run.outputs.end).toMatchObject({
      state: 'rolled-back',
      'rolled-back': 'true',
      'error-code': 'VERDICT_FAIL',
    });
    expect(run.outputs.baseline?.samples).not.toBe('0');
    expect(await version()).toBe('1');
    const messages = told();
    expect(messages).toHaveLength(2);
    for (const message of messages) expect(message).toContain('回滚');
    for (const text of [run.log, ...run.summaries, ...messages]) {
      for (const datum of ['张伟', '13812345678', '4111', '文三路', secrets().DINGTALK_SECRET])
        expect(text).not.toContain(datum);
    }
  });

  it('ships a third release although the first, which serves, crashes again and again', async () => {
    const container = execFileSync('docker', ['ps', '-q', '--filter', `name=^/${app}-${first}-`], { encoding: 'utf8' });
    const crash = ['exec', container.trim(), 'node', '-e', 'process.kill(1, "SIGTERM")'];
    let timer: NodeJS.Timeout | undefined;
    const begins = () => {
      timer = setInterval(() => spawn('docker', crash, { stdio: 'ignore' }), 1500);
    };
    const onStep = { name: 'Measure the old release', begins };
    // The file's strategy counts, whatever ship.yml would take where nobody says anything.
    const config = 'deploy:\n  strategy: canary\n  canary-steps: 5%,25%,100%\n';
    const run = await ship(['SHOP_VERSION=3'], { onStep, config }).finally(() => clearInterval(timer));
    expect(run.outputs.deploy?.plan, run.log).toContain('canary');
    expect(run.outputs.baseline?.verdict, run.log).toMatch(/fail|inconclusive/); // whether a restart was seen is luck
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'success', notify: 'success' });
    expect(await version()).toBe('3');
    third = run.outputs.deploy!.release!;
    expect(told()).toHaveLength(2);
  });

  it('lets a vulnerable fourth not leave the build', async () => {
    const pushed = await registry.tags(`${app}/shop`);
    const run = await ship(['SHOP_VERSION=4'], { target: 'vulnerable' });
    expect(run.jobs, run.log).toMatchObject({ build: 'failure', notify: 'success' });
    expect(run.outputs.build).toMatchObject({ blocked: 'true', 'error-code': 'SCAN_BLOCKED' });
    expect(await registry.tags(`${app}/shop`)).toEqual(pushed);
    expect(await version()).toBe('3');
    const messages = told();
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      for (const words of [app, 'SCAN_BLOCKED']) expect(message).toContain(words);
      expect(message).not.toContain('回滚');
    }
  });

  it('tells a fifth that never gets healthy as a failure, for it never had traffic', async () => {
    const run = await ship(['SHOP_VERSION=5', 'FAULT_NEVER_HEALTHY=true'], { deployTimeout: '3s' });
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'failure', notify: 'success' });
    const ended = { state: 'bad', 'rolled-back': 'false', 'error-code': 'DEPLOY_UNHEALTHY', customers: '' };
    expect(run.outputs.end).toEqual(ended);
    expect(run.outputs.deploy?.serving).toBe(third);
    expect(await version()).toBe('3');
    const messages = told();
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      expect(message).toContain('DEPLOY_UNHEALTHY');
      expect(message).not.toContain('回滚');
    }
  });

  it('rolls back by one click to the last good release', async () => {
    const run = await rollback({ reason: '支付告警' });
    expect(run.jobs, run.log).toEqual({ rollback: 'success', notify: 'success' });
    expect(run.outputs.rollback).toMatchObject({
      state: 'good',
      'rolled-back': 'true',
      serving: first,
      release: first,
    });
    expect(await version()).toBe('1');
    const messages = told();
    expect(messages).toHaveLength(2);
    // The commit of the release gone back to, which no checkout of the rollback's run has, with its subject.
    for (const message of messages) for (const words of ['支付告警', 'The shop']) expect(message).toContain(words);
  });

  it('fails, changes nothing and says so when there is nowhere to go', async () => {
    const run = await rollback();
    expect(run.jobs.rollback, run.log).toBe('failure');
    expect(run.outputs.rollback?.['error-code']).toBe('NO_ROLLBACK_TARGET');
    expect(await version()).toBe('1');
    const messages = told();
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      for (const words of ['回滚失败', 'NO_ROLLBACK_TARGET', '请立即查看', first]) expect(message).toContain(words);
      for (const words of ['已回滚', '新版本', '重新发布']) expect(message).not.toContain(words);
    }
  });

  it('says where a rollback would go that names a release, even one taken back, and does it not when asked for a dry run', async () => {
    const run = await rollback({}, [`to: ${third}`, 'dry-run: true']);
    expect(run.jobs.rollback, run.log).toBe('success');
    expect(run.outputs.rollback?.plan).toContain(third);
    expect(await version()).toBe('1');
    expect(told()).toEqual([]);
  });

  it('leaves nothing of the app but what serves and what it may go back to', () => {
    const names = execFileSync(
      'docker',
      ['ps', '-a', '--filter', `label=io.seatrial.app=${app}`, '--format', '{{.Names}}'],
      { encoding: 'utf8' },
    );
    expect(
      names
        .trim()
        .split('\n')
        .every((name) => name.startsWith(`${app}-`)),
    ).toBe(true);
    expect(names).not.toContain(`${app}-lock`);
  });
});
