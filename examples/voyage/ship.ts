import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ActionName, type ActionResult, runAction } from '../../test/support/action.ts';
import { EDGE_IMAGE, NODE_IMAGE } from '../../test/support/images.ts';
import type { Planned } from './releases.ts';

export interface Port {
  app: string;
  /** `127.0.0.1:port/shop` */
  image: string;
  published: string;
  trivy: string;
  trivyDb: string;
  channels: Record<string, string>;
  /** Folder that stands for the caller's repository. */
  workspace: string;
  say: (line: string) => void;
}

export interface Voyage {
  planned: Planned;
  build: ActionResult;
  deploy?: ActionResult;
  verify?: ActionResult;
  promote?: ActionResult;
  rollback?: ActionResult;
  notify: ActionResult;
}

/** The steps of ship.yml in its order, each a process of its own, as on a runner. */
export async function ship(planned: Planned, port: Port): Promise<Voyage> {
  // One temporary folder for all steps, as a job has it.
  const temp = join(port.workspace, 'tmp');
  mkdirSync(temp, { recursive: true });
  const env = {
    RUNNER_TEMP: temp,
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_SHA: randomBytes(20).toString('hex'),
    GITHUB_ACTOR: 'captain',
    GITHUB_RUN_ID: '42',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_SERVER_URL: 'https://github.com',
    DOCKER_CONFIG: process.env.DOCKER_CONFIG,
    DOCKER_HOST: process.env.DOCKER_HOST,
  };
  const step = (action: ActionName, inputs: Record<string, string>) => {
    port.say(`action-${action}${inputs.command ? ` ${inputs.command}` : ''}${inputs.mode ? ` ${inputs.mode}` : ''}`);
    return runAction(action, inputs, {
      env,
      cwd: port.workspace,
      timeoutMs: 300_000,
      onLine: (line) => {
        const shown = line.replace(/^::error::/, 'error: ');
        if (shown.trim() && !shown.startsWith('::')) port.say(`    ${shown}`);
      },
    });
  };
  const where = { app: port.app, environment: 'demo' };
  const tell = (inputs: Record<string, string>) =>
    step('notify', { locale: 'zh-CN', environment: 'demo', service: port.app, ...inputs, ...port.channels });

  const build = await step('build', {
    image: port.image,
    context: 'shop',
    cache: 'none',
    scanners: 'vuln',
    'build-args': [`BASE=${NODE_IMAGE}`, ...planned.buildArgs].join('\n'),
    target: planned.target ?? 'release',
    'trivy-path': port.trivy,
    'trivy-db-repository': port.trivyDb,
  });
  if (build.exitCode !== 0) {
    const notify = await tell({ event: 'failure', version: planned.name, reason: build.errors[0] ?? '' });
    return { planned, build, notify };
  }
  const before = await step('deploy', { command: 'status', ...where });
  const baseline = before.outputs.serving
    ? await step('verify', {
        mode: 'baseline',
        deployment: before.outputs.deployment!,
        duration: '5s',
        urls: `http://${port.published}/orders`,
      })
    : undefined;
  const deploy = await step('deploy', {
    command: 'deploy',
    ...where,
    image: build.outputs.image!,
    port: '8080',
    publish: port.published,
    'health-path': '/healthz',
    'health-interval': '300ms',
    'healthy-after': '2',
    'start-period': '2s',
    'deploy-timeout': planned.deployTimeout ?? '60s',
    watch: '1s',
    memory: '256m',
    strategy: 'blue-green',
    promote: 'manual',
    'edge-image': EDGE_IMAGE,
  });
  let verify: ActionResult | undefined;
  let promote: ActionResult | undefined;
  let rollback: ActionResult | undefined;
  if (deploy.outputs.state === 'pending') {
    verify = await step('verify', {
      mode: 'verify',
      deployment: deploy.outputs.deployment!,
      urls: `http://${port.published}/orders`,
      rate: '20',
      duration: '20s',
      'warm-up': '3s',
      thresholds: 'error-rate <= 5%',
      ...(baseline?.outputs['baseline-file'] ? { 'baseline-file': baseline.outputs['baseline-file'] } : {}),
    });
    const verdict = verify.outputs.verdict;
    if (verdict === 'pass' || verdict === 'inconclusive')
      promote = await step('deploy', { command: 'promote', ...where });
    else rollback = await step('deploy', { command: 'rollback', ...where, reason: verify.outputs.reason ?? '' });
  }
  const event =
    promote?.exitCode === 0 ? 'success' : rollback?.outputs['rolled-back'] === 'true' ? 'rollback' : 'failure';
  const notify = await tell({
    event,
    deployment: (promote ?? rollback ?? deploy).outputs.deployment ?? '',
    verdict: verify?.outputs.verdict ?? '',
    version: deploy.outputs.release ?? '',
    reason: verify?.outputs.reason ?? deploy.errors[0] ?? '',
  });
  return { planned, build, deploy, verify, promote, rollback, notify };
}
