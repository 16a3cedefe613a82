import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { actions } from '../../../script/actions.ts';

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
