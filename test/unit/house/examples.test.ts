import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { actions } from '../../../script/actions.ts';
import { compose } from '../../../src/notify/document.ts';
import { gather } from '../../../src/notify/gather.ts';
import { schema as notify } from '../../../src/notify/inputs.ts';

/*
 * What can be told of a caller to copy without running it: test/workflows/callers.test.ts runs them, and what
 * tells its neighbours from it is held here. That they name only what is there, docs.test.ts holds.
 */

interface Job {
  uses?: string;
  with?: Record<string, string | number | boolean>;
  secrets?: 'inherit' | Record<string, string>;
  permissions?: Record<string, string>;
  steps?: { id?: string; uses?: string; with?: Record<string, string> }[];
}
interface Workflow {
  on: { workflow_call?: { inputs: Record<string, { type: string }>; outputs: Record<string, unknown> } };
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const read = (file: string) => parse(readFileSync(file, 'utf8')) as Workflow;
const examples = new Map(readdirSync('examples/workflows').map((name) => [name, read(`examples/workflows/${name}`)]));
const OURS = /^seatrial\/seatrial\/(.*)@/;
const called = (job: { uses?: string }) => OURS.exec(job.uses ?? '')?.[1];
const calls = [...examples].flatMap(([file, { jobs, permissions }]) =>
  Object.entries(jobs)
    .filter(([, job]) => called(job))
    .map(([name, job]) => ({ name: `${file}: ${name}`, job, granted: job.permissions ?? permissions ?? {} })),
);
const shapes = Object.values(actions).map(({ schema }) => schema.shape as Record<string, z.ZodType>);
const literal = (value: unknown) => !String(value).includes('${{');

/** The steps of a job as GitHub knows them after it ran; one that was not reached is skipped. */
interface Ran {
  [step: string]: { outcome: string; outputs?: Record<string, string> };
}

/** What a step is handed: `steps.ID.outcome`, `steps.ID.outputs.NAME` and `A || B` of them, which is all that is used here. */
function handed(given: Record<string, string>, ran: Ran): Record<string, string> {
  const value = (path: string): string => {
    if (path.startsWith('secrets.')) return '';
    const [, step, of, name] = /^steps\.(\w+)\.(outcome|outputs)(?:\.([\w-]+))?$/.exec(path)!;
    const { outcome, outputs } = ran[step!] ?? { outcome: 'skipped' };
    return of === 'outcome' ? outcome : (outputs?.[name!] ?? '');
  };
  const filled = (text: string) =>
    text.replace(/\$\{\{ (.*?) \}\}/g, (_, paths: string) => paths.split(' || ').map(value).find(Boolean) ?? '');
  const all = Object.entries(given).map(([name, text]) => [name, filled(text)] as const);
  return Object.fromEntries(all.filter(([, text]) => text !== ''));
}

describe('ghes.yml, which has no jobs to tell by', () => {
  const steps = examples.get('ghes.yml')!.jobs.release!.steps!;
  const tell = steps.find(({ uses }) => uses?.includes('action-notify'))!;
  const ok = { outcome: 'success' };
  const deployment = (state: string) =>
    JSON.stringify({
      ...{ app: 'shop', environment: 'production', release: 'v13', previous: 'v12', state },
      hosts: [],
    });
  const early = JSON.stringify({
    app: 'shop',
    environment: 'production',
    release: '',
    previous: 'v12',
    state: 'unchanged',
  });
  const failed = (code: string, of = '') => ({ outcome: 'failure', outputs: { 'error-code': code, deployment: of } });

  it.each<[string, Ran, string, string]>([
    [
      'the checkout fails',
      { checkout: failed('') },
      '❌ 任务 checkout 失败，未部署',
      '❌ job checkout failed, not deployed',
    ],
    [
      'the build fails',
      { checkout: ok, build: failed('BUILD_FAILED') },
      '❌ 构建失败，未部署',
      '❌ build failed, not deployed',
    ],
    [
      'the scan blocks',
      { checkout: ok, build: failed('SCAN_BLOCKED') },
      '❌ 镜像扫描未通过，未部署',
      '❌ scan blocked, not deployed',
    ],
    [
      'somebody cancels the build',
      { checkout: ok, build: { outcome: 'cancelled' } },
      '⏹️ 构建被取消，未部署',
      '⏹️ build cancelled, not deployed',
    ],
    [
      'the lock is held',
      { checkout: ok, build: ok, deploy: failed('LOCK_HELD', early) },
      '❌ 部署失败，线上未动',
      '❌ deploy failed, no change',
    ],
    [
      'no host is reached',
      { checkout: ok, build: ok, deploy: failed('SSH_UNREACHABLE') },
      '❌ 部署失败',
      '❌ deploy failed',
    ],
    [
      'the release is sick',
      { checkout: ok, build: ok, deploy: failed('DEPLOY_UNHEALTHY', deployment('bad')) },
      '❌ 部署失败，未切流量',
      '❌ deploy failed, never live',
    ],
    [
      'it is taken back',
      { checkout: ok, build: ok, deploy: failed('WATCH_FAILED', deployment('rolled-back')) },
      '❌ 部署失败，已回滚',
      '❌ deploy failed, rolled back',
    ],
    [
      'all is well',
      { checkout: ok, build: ok, deploy: { outcome: 'success', outputs: { deployment: deployment('good') } } },
      '✅ 部署成功',
      '✅ deployed',
    ],
  ])('%s: %s', async (_, ran, zh, en) => {
    for (const [locale, title] of [
      ['zh-CN', zh],
      ['en', en],
    ] as const) {
      const said = await gather(notify.parse({ ...handed(tell.with!, ran), locale }), {}, 0, (text) => text);
      const { title: told, story } = compose(said, locale);
      expect(told).toBe(title);
      if (!ran.deploy) {
        expect(story.join(' ')).toMatch(locale === 'en' ? /production is untouched/ : /线上没有改动/);
        expect(story.join(' ')).not.toMatch(/which version is live|确认当前线上/);
      }
    }
  });
});

describe.each(calls)('$name', ({ job, granted }) => {
  const { on, jobs } = read(called(job)!);

  it('hands over values that the workflow and the actions behind it take', () => {
    for (const [input, value] of Object.entries(job.with ?? {}).filter(([, given]) => literal(given))) {
      expect(typeof value, input).toBe(on.workflow_call!.inputs[input]!.type);
      for (const shape of shapes) {
        const taken = shape[input]?.safeParse(String(value));
        expect(taken?.error && z.prettifyError(taken.error), input).toBeUndefined();
      }
    }
  });

  it('grants what the jobs it calls ask for, and no write that they have no use for', () => {
    const rank = ['none', 'read', 'write'];
    for (const { permissions = {} } of Object.values(jobs)) {
      for (const [scope, need] of Object.entries(permissions)) {
        expect(rank.indexOf(granted[scope] ?? 'none'), scope).toBeGreaterThanOrEqual(rank.indexOf(need));
      }
    }
    // GitHub's own registry is pushed to with the job's token; another has secrets of its own.
    const image = String(job.with?.image ?? '');
    if (literal(image)) expect(granted.packages === 'write').toBe(image.startsWith('ghcr.io/'));
  });

  it('gives each secret its own name', () => {
    if (job.secrets === 'inherit') return;
    for (const [name, value] of Object.entries(job.secrets ?? {})) expect(value).toBe(`\${{ secrets.${name} }}`);
  });
});

it('what one job reads of another is an output of it', () => {
  const strangers = [...examples].flatMap(([file, { jobs }]) =>
    [...readFileSync(`examples/workflows/${file}`, 'utf8').matchAll(/(needs|steps)\.([\w-]+)\.outputs\.([\w-]+)/g)]
      .filter(([, kind, id, output]) => {
        if (kind === 'needs') return !(output! in read(called(jobs[id!]!)!).on.workflow_call!.outputs);
        const step = Object.values(jobs).flatMap(({ steps = [] }) => steps.filter((one) => one.id === id))[0]!;
        return !(output! in parse(readFileSync(`${called(step)}/action.yml`, 'utf8')).outputs);
      })
      .map(([text]) => `${file}: ${text}`),
  );
  expect(strangers).toEqual([]);
});

it('environments: each gets the one image that was built, after the one before it', () => {
  const { build, ...rest } = examples.get('environments.yml')!.jobs as Record<string, Job & { needs: string[] }>;
  expect(build!.with!.image).toBe('ghcr.io/acme/shop');
  for (const [name, job] of Object.entries(rest)) {
    expect(job.with).toMatchObject({ environment: name, image: '${{ needs.build.outputs.image }}' });
  }
  expect(Object.values(rest).map(({ needs }) => needs)).toEqual(['build', ['build', 'testing'], ['build', 'staging']]);
});

it('ghcr: is what self-hosted.yml runs, but for the registry, the machine and the secrets by name', () => {
  const [ghcr, own] = ['ghcr.yml', 'self-hosted.yml'].map((file) => examples.get(file)!);
  const { hosts, image, ...others } = ghcr!.jobs.ship!.with!;
  const { runner, image: theirs, ...same } = own!.jobs.ship!.with!;
  expect([typeof hosts, typeof runner]).toEqual(['string', 'string']);
  expect(image).toBe(String(theirs).replace('registry.example.com', 'ghcr.io'));
  expect(others).toEqual(same);
  const { secrets, permissions, with: _, ...call } = ghcr!.jobs.ship!;
  const { secrets: __, with: ___, ...theirCall } = own!.jobs.ship!;
  expect(call).toEqual(theirCall);
  expect(permissions).toEqual({ contents: 'read', packages: 'write' });
  // No REGISTRY_PASSWORD: with it the job's own token would not be used.
  expect(Object.keys(secrets!)).toEqual(['SSH_KEY', 'SSH_KNOWN_HOSTS', 'FEISHU_WEBHOOK', 'FEISHU_SECRET']);
});

it('minimal: the page for newcomers shows the same call, but for its registry', () => {
  const [shown] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/getting-started.md', 'utf8'))!.slice(1);
  const page = parse(shown!) as Workflow;
  const { ship } = examples.get('minimal.yml')!.jobs;
  const { image, ...others } = ship!.with!;
  expect(page.jobs.ship).toEqual({
    ...ship,
    permissions: { contents: 'read', packages: 'write' },
    with: { ...others, image: String(image).replace('registry.example.com', 'ghcr.io') },
  });
});
