import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActRun, makeCaller, renderLibrary, runAct } from '../support/act.ts';
import { buildApp } from '../support/app.ts';
import { TestApp } from '../support/deploy.ts';
import { WorkflowRuns } from '../support/github-actions.ts';
import { strictReceivers } from '../support/receivers/index.ts';
import { type ReceiverServer, startReceivers } from '../support/receivers/server.ts';

// A caller's watch, look after look; the stand-in of GitHub is told how each ended, as GitHub itself would know.
const token = `ghs_${randomBytes(12).toString('hex')}`;
const FILE = '.github/workflows/watch.yml';
const github = new WorkflowRuns(token);
let api: string;
let app: TestApp;
let receivers: ReceiverServer;
let library: string;
let caller: string;
/** What users call; the test says how it answers, 0 for not at all. */
let page: Server;
let status = 200;

beforeAll(async () => {
  buildApp();
  api = await github.start();
  app = await TestApp.create();
  const deployed = await app.deploy('1');
  expect(deployed.errors, deployed.stdout).toEqual([]);
  receivers = await startReceivers([strictReceivers.dingtalk!()]);
  page = createServer((_, response) => void (status && response.writeHead(status).end()));
  await new Promise<void>((done) => page.listen(0, '127.0.0.1', done));
  library = renderLibrary();
  caller = makeCaller({ [FILE]: callerText('5m') });
});
afterAll(async () => {
  app?.remove();
  for (const folder of [library, caller]) if (folder) rmSync(folder, { recursive: true, force: true });
  page?.closeAllConnections();
  page?.close();
  await receivers?.close();
  await github.stop();
});

/** The caller to copy as it stands, but for its addresses, its limits and how long a look may last. */
function callerText(duration: string): string {
  const { port } = page.address() as AddressInfo;
  const text = readFileSync('examples/workflows/watch.yml', 'utf8')
    .replace('app: shop', `app: ${app.name}`)
    .replace(/ *hosts: .*\n/, '')
    .replace(/ *thresholds: \|\n( {8}.*\n)+/, '')
    .replace(/urls: .*/, `urls: http://127.0.0.1:${port}/\n      duration: ${duration}\n      rate: '200'`);
  expect(text).not.toContain('example.com');
  return text;
}

/** One look; what it told, and its end written into GitHub's memory. It ends with its verdict, or after `duration`. */
async function look(duration = '5m'): Promise<{ run: ActRun; told: string[] }> {
  writeFileSync(join(caller, FILE), callerText(duration));
  const run = await runAct({
    caller,
    library,
    event: 'schedule',
    workflow: FILE,
    secrets: {
      GITHUB_TOKEN: token,
      DINGTALK_WEBHOOK: receivers.inputs['dingtalk-webhook']!,
      DINGTALK_SECRET: receivers.inputs['dingtalk-secret']!,
    },
    env: { GITHUB_API_URL: api },
  });
  const conclusion = run.jobs.watch ?? 'failure';
  const steps = Object.entries(run.steps).map(([name, result]) => ({ name, conclusion: result }));
  github.finish(conclusion, [
    { name: 'another / Look at other in production', conclusion: 'success', steps: [] },
    { name: `watch / Look at ${app.name} in production`, conclusion, steps },
  ]);
  const told = receivers.received.splice(0).filter(({ taken }) => taken);
  expect(run.log).not.toContain(token);
  return { run, told: told.map(({ message }) => JSON.stringify(message)) };
}

describe('a watch', () => {
  it('has nothing to say while all is well, and applies the lines of scale in a job of its own', async () => {
    const file = join(caller, 'seatrial.yml');
    // The same hour twice is the whole day.
    writeFileSync(file, 'scale: 2 during 20:00-20:00 Asia/Shanghai\nscale-max: 4\n');
    const { run, told } = await look();
    rmSync(file);
    expect(run.jobs, run.log).toEqual({ watch: 'success', scale: 'success' });
    expect(run.outputs.change).toEqual({ event: '', end: 'good' });
    expect(told).toEqual([]);
    expect(run.outputs.scale).toMatchObject({ state: 'good', 'error-code': '' });
    expect(run.summaries.join()).toContain('has 2 containers on each host, before 1');
    expect(app.running()).toHaveLength(2);
  });

  it('alerts once, whatever other apps of the workflow do, and the run is red', async () => {
    status = 500;
    const first = await look();
    expect(first.run.jobs, first.run.log).toEqual({ watch: 'failure' });
    expect(first.told).toHaveLength(1);
    expect(first.told[0]).toContain(app.name);
    const second = await look();
    expect(second.run.jobs.watch, second.run.log).toBe('failure');
    expect(second.told).toEqual([]);
  });

  it('does not take silence for good news', async () => {
    status = 0;
    const { run, told } = await look('5s');
    expect(run.outputs.verify?.verdict, run.log).toBe('inconclusive');
    expect(run.jobs.watch).toBe('failure');
    expect(told).toEqual([]);
  });

  it('remembers past a run that was cut short, and says once that it is over', async () => {
    github.finish('cancelled', []);
    status = 200;
    const { run, told } = await look();
    expect(run.jobs, run.log).toEqual({ watch: 'success' });
    expect(run.outputs.change?.event).toBe('recovered');
    expect(told).toHaveLength(1);
  });

  it('tells an alert again that nobody got, and one that GitHub does not remember', async () => {
    status = 500;
    github.finish('failure', [
      {
        name: `watch / Look at ${app.name} in production`,
        conclusion: 'failure',
        steps: [{ name: 'Tell', conclusion: 'failure' }],
      },
    ]);
    const again = await look();
    expect(again.run.outputs.change?.event, again.run.log).toBe('alert');
    expect(again.told).toHaveLength(1);
    github.refuse = 403;
    const refused = await look();
    github.refuse = 0;
    expect(refused.run.outputs.change?.event, refused.run.log).toBe('alert');
    expect(refused.told).toHaveLength(1);
  });

  it('alerts when there is nothing left to look at', async () => {
    github.finish('success', [{ name: `Look at ${app.name} in production`, conclusion: 'success', steps: [] }]);
    app.remove();
    const { run, told } = await look();
    expect(run.jobs.watch, run.log).toBe('failure');
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(app.name);
  });
});
