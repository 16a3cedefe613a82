// Records what a shop's real runs hand to action-notify, for script/gallery to draw: each value is an output of a built
// bundle on a real engine, under customers' traffic. `script/gallery --record`; needs what script/demo needs. With the word
// `late` only the last of them are made anew: the rollback by hand, the watch and the drill.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Customers } from '../../examples/voyage/customers.ts';
import { type StepEnd, ship } from '../../src/cli/ship.ts';
import type { EndingKind, Traffic } from '../../src/notify/ending/ending.ts';
import { endingFrom } from '../../src/notify/gather.ts';
import { schema } from '../../src/notify/inputs.ts';
import { type ActionName, runAction } from '../../test/support/action.ts';
import { clearApp } from '../../test/support/clear.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../../test/support/images.ts';
import { freePort, startRegistry } from '../../test/support/registry.ts';
import { ownName } from '../../test/support/run/id.ts';
import { trivyPath } from '../../test/support/trivy.ts';
import { pushDatabase } from '../../test/support/vulndb/database.ts';
import { RUNS, type Runs } from './runs.ts';

type Texts = Record<string, string>;

const app = ownName('gallery');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-gallery-'));
const git = (...words: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=mei', '-c', 'user.email=mei@example.com', ...words], {
    encoding: 'utf8',
  });
const late = process.argv.includes('late');
const { commits, situations }: Runs = late ? JSON.parse(readFileSync(RUNS, 'utf8')) : { commits: {}, situations: {} };

/** A commit of the shop, by which its release will be called. */
function commit(subject: string): string {
  writeFileSync(join(folder, 'CHANGES'), `${subject}\n`);
  git('add', '--all');
  git('commit', '--quiet', '--message', subject);
  const sha = git('rev-parse', 'HEAD').trim();
  commits[sha] = subject;
  return sha;
}

ensureImages('node', 'edge');
const registry = await startRegistry();
await pushDatabase(`${registry.host}/vulndb:2`);
const published = `127.0.0.1:${await freePort()}`;
let customers: Customers | undefined;

/** Names and addresses of this machine as a reader's own would be; ids, times and figures stay. */
const told = (text: string) =>
  text
    .replaceAll(`${registry.host}/shop`, 'ghcr.io/acme/shop')
    .replaceAll(published, '80')
    .replaceAll('unix:///var/run/docker.sock', 'ssh://deploy@shop-1.example.com')
    .replaceAll(app, 'shop');
/** What ship.yml's build job hands on, and what a message reads of a verdict; the rest are paths of this machine. */
const BUILT = ['image', 'digest', 'tags', 'version', 'blocked', 'vulnerabilities', 'error-code'];
const JUDGED = ['verdict', 'reason', 'customers', 'samples', 'time-to-verdict-ms', 'error-code'];
const only = (outputs: Texts, names: readonly string[]): Texts =>
  Object.fromEntries(names.flatMap((name) => (outputs[name] ? [[name, outputs[name]]] : [])));
const judged = (outputs: Texts) => JSON.stringify(only(outputs, JUDGED));

/** How each must have ended, by what action-notify makes of it: a run that went another way is not drawn as this one. */
const ENDS: Record<string, [EndingKind, Traffic?]> = {
  started: ['started'],
  'waiting at 10 %': ['waiting', 'has'],
  deployed: ['deployed'],
  'failed and rolled back': ['failed', 'back'],
  'failed before it had traffic': ['failed', 'never'],
  'stopped by the scan': ['not-deployed'],
  'cancelled by somebody': ['cancelled', 'back'],
  'rolled back by hand': ['rolled-back'],
  alert: ['alert'],
  recovered: ['recovered'],
  drill: ['drill'],
};

function record(name: string, sha: string, inputs: Texts): void {
  // As every workflow of ours says it.
  const given = Object.entries({ service: app, environment: 'production', ...inputs }).filter(
    ([, text]) => text !== '',
  );
  const ended = endingFrom(schema.parse(Object.fromEntries(given)));
  const [kind, traffic = ended.traffic] = ENDS[name]!;
  if (ended.kind !== kind || ended.traffic !== traffic)
    throw new Error(`${name} ended as ${ended.kind}, traffic ${ended.traffic}: ${JSON.stringify(inputs)}`);
  situations[name] = { at: Date.now(), sha, inputs: Object.fromEntries(given.map(([key, text]) => [key, told(text)])) };
  console.log(`recorded: ${name}`);
}

const REPORT = { 'report-url': 'https://github.com/acme/shop/actions/runs/19876543210/artifacts/4811' };
const PAGE = { 'rollback-url': 'https://github.com/acme/shop/actions/workflows/rollback.yml' };
const where = { app, environment: 'production' };
const look = { urls: `http://${published}/orders`, rate: '60', duration: '2m', 'warm-up': '2s' };
const INPUTS: Record<ActionName, Texts> = {
  build: {
    image: `${registry.host}/shop`,
    ...{ cache: 'none', scanners: 'vuln' },
    ...{ 'trivy-path': trivyPath(), 'trivy-db-repository': `${registry.host}/vulndb:2` },
  },
  deploy: {
    ...where,
    ...{ port: '8080', publish: published, memory: '256m', 'edge-image': EDGE_IMAGE, strategy: 'canary' },
    ...{ 'canary-weight': '10%', watch: '1s' },
    ...{ 'health-path': '/healthz', 'health-interval': '300ms', 'healthy-after': '2', 'deploy-timeout': '5m' },
  },
  verify: { ...look, thresholds: 'error-rate <= 5%', 'report-dir': join(folder, '.reports') },
  notify: {},
};
const FROM_HISTORY = ['app', 'environment'];

function runner(sha: string, over: Partial<Record<ActionName, Texts>> = {}) {
  const env = {
    ...{ GITHUB_REPOSITORY: 'acme/shop', GITHUB_REF: 'refs/heads/main', GITHUB_REF_NAME: 'main' },
    ...{ GITHUB_REF_TYPE: 'branch', GITHUB_SHA: sha, GITHUB_ACTOR: 'mei', GITHUB_RUN_ID: '19876543210' },
    ...{ GITHUB_EVENT_NAME: 'push', GITHUB_SERVER_URL: 'https://github.com', RUNNER_TEMP: folder },
    DOCKER_CONFIG: process.env.DOCKER_CONFIG,
  };
  return async (wing: ActionName, inputs: Texts): Promise<StepEnd> => {
    const own = { ...INPUTS[wing], ...over[wing] };
    const short = wing === 'deploy' && inputs.command !== 'deploy';
    const given = { ...(short ? only(own, FROM_HISTORY) : own), ...inputs };
    console.log(`  ${wing} ${given.command ?? given.mode ?? ''}`);
    const { exitCode, outputs, errors } = await runAction(wing, given, { env, cwd: folder });
    for (const error of errors) console.log(`    ${error}`);
    return { status: exitCode, outputs };
  };
}

interface More extends Partial<Record<ActionName, Texts>> {
  /** Cancelled while it is judged. */
  cancel?: true;
  /** Called with what the deploy set, and with its verdict. */
  pending?: (deployment: string) => void;
}

/** One run of the whole way; what it hands to action-notify is recorded. */
async function sail(sha: string, name: string | undefined, more: More = {}): Promise<void> {
  let cancelled = false;
  const act = runner(sha, more);
  await ship({
    inputs: new Map(),
    onInconclusive: 'promote',
    say: () => undefined,
    cancelled: () => cancelled,
    step: async (wing, inputs) => {
      if (wing !== 'notify') {
        const end = await act(wing, inputs);
        if (wing === 'deploy' && end.outputs.state === 'pending') more.pending?.(end.outputs.deployment!);
        if (wing === 'verify' && more.cancel && inputs.mode !== 'baseline') cancelled = true;
        return wing === 'build' ? { ...end, outputs: only(end.outputs, BUILT) } : end;
      }
      const verdict = inputs.verdict && judged(JSON.parse(inputs.verdict) as Texts);
      const bad = inputs.severity === 'critical';
      if (name)
        record(name, sha, {
          ...inputs,
          ...(verdict ? { verdict, ...REPORT } : {}),
          ...(bad ? PAGE : {}),
        });
      return { status: 0, outputs: {} };
    },
  });
}

/** The way back as drill.yml goes it, beside the users: whether it held. */
async function rehearse(act: ReturnType<typeof runner>, image: string): Promise<boolean> {
  const drill = { ...INPUTS.deploy, app: `${app}-drill`, publish: `127.0.0.1:${await freePort()}`, image };
  const release = (number: number, more: Texts = {}) =>
    act('deploy', { ...drill, command: 'deploy', strategy: 'blue-green', env: `SEATRIAL_DRILL=${number}`, ...more });
  try {
    const good = await release(1);
    const sick = await release(2, { 'health-path': '/seatrial-drill-no-such-path', 'deploy-timeout': '20s' });
    const second = await release(3, { promote: 'manual' });
    const back = await act('deploy', {
      app: drill.app,
      environment: 'production',
      command: 'rollback',
      reason: 'drill',
    });
    const serving = [sick, second, back].map(({ outputs }) => outputs.serving);
    const wanted = [good, second, good].map(({ outputs }) => outputs.release);
    return sick.outputs['error-code'] === 'DEPLOY_UNHEALTHY' && serving.join() === wanted.join();
  } finally {
    clearApp(drill.app);
  }
}

const args = (version: number, ...more: string[]) => ({
  build: { 'build-args': [`BASE=${NODE_IMAGE}`, `SHOP_VERSION=${version}`, ...more].join('\n') },
});

/** From the second release to the fifth. */
async function life(): Promise<void> {
  const second = commit('fix: retry the payment');
  const before = await runner(second)('deploy', { command: 'status' });
  record('started', second, { event: 'start', version: second.slice(0, 7), deployment: before.outputs.deployment! });
  await sail(second, 'deployed', {
    ...args(2),
    pending: (deployment) =>
      record('waiting at 10 %', second, {
        deployment,
        needs: JSON.stringify({ build: { result: 'success' }, deploy: { result: 'success' } }),
      }),
  });
  const third = commit('feat: pay by instalments');
  await sail(third, 'failed and rolled back', {
    ...args(3, 'FAULT_ERRORS=30%'),
    deploy: { strategy: 'blue-green' },
  });
  await sail(commit('feat: points for orders'), 'failed before it had traffic', {
    ...args(4, 'FAULT_NEVER_HEALTHY=true'),
    deploy: { 'deploy-timeout': '20s' },
  });
  const scanned = args(5);
  await sail(commit('chore: sort with lodash'), 'stopped by the scan', {
    build: { ...scanned.build, target: 'vulnerable' },
  });
  await sail(commit('perf: keep the catalogue in memory'), 'cancelled by somebody', { ...args(6), cancel: true });
}

/** What comes after a day's deploys. */
async function night(): Promise<void> {
  const sixth = commit('feat: a new checkout');
  await sail(sixth, undefined, args(7));
  const act = runner(sixth);
  const reason = '下单失败 / checkout fails';
  const back = await act('deploy', { command: 'rollback', reason });
  const { image } = back.outputs;
  const seen = await act('verify', { deployment: back.outputs.deployment! });
  const result = back.status === 0 ? 'success' : 'failure';
  record('rolled back by hand', sixth, {
    event: back.outputs['rolled-back'] === 'true' ? 'rollback' : 'failure',
    deployment: back.outputs.deployment!,
    verdict: seen.outputs.verdict!,
    reason,
    needs: JSON.stringify({ rollback: { result, outputs: only(back.outputs, ['state', 'rolled-back']) } }),
  });
  const status = await act('deploy', { command: 'status' });
  const { deployment } = status.outputs as { deployment: string };
  for (const [name, event, thresholds] of [
    ['alert', 'alert', 'p99 <= 1ms'],
    ['recovered', 'recovered', 'p99 <= 5s'],
  ] as const) {
    const { outputs } = await act('verify', { mode: 'watch', deployment, thresholds });
    const alarm = event === 'alert' ? { reason: outputs.reason ?? '', mentions: 'all', ...REPORT, ...PAGE } : {};
    record(name, sixth, { event, deployment, verdict: judged(outputs), ...alarm });
  }
  const passed = await rehearse(runner(sixth), image!);
  record('drill', sixth, {
    ...{ mode: 'drill', event: 'drill' },
    fields: `Rollback: ${passed ? 'passed' : 'failed'}`,
    needs: JSON.stringify({ rollback: { result: passed ? 'success' : 'failure' } }),
  });
}

try {
  cpSync('examples/shop', folder, { recursive: true });
  git('init', '--quiet', '--initial-branch', 'main');
  await sail(commit('feat: gift cards'), undefined, args(1));
  customers = new Customers(`http://${published}`, 80);
  if (!late) await life();
  await night();
  const runs: Runs = { commits, situations };
  writeFileSync(RUNS, `${JSON.stringify(runs, null, 2)}\n`);
  console.log(`written: ${RUNS}`);
} finally {
  await customers?.stop();
  clearApp(app, `${registry.host}/shop`);
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
}
