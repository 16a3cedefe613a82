import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ZodType } from 'zod';
import { metaOf } from '../../../src/lib/inputs.ts';
import { schema as notifySchema } from '../../../src/notify/inputs.ts';
import { command } from '../../support/command.ts';

const folder = '.github/workflows';
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => join(folder, name));
const examples = readdirSync('examples/workflows').map((name) => join('examples/workflows', name));
const actions = ['build', 'deploy', 'verify', 'notify'].map((name) => `action-${name}/action.yml`);
const lint = (tool: string) => join(process.env.SEATRIAL_LINT ?? '', 'bin', tool);
const env = { ...process.env, PYTHONPATH: process.env.SEATRIAL_LINT };

interface Step {
  id?: string;
  'continue-on-error'?: boolean;
  run?: string;
  uses?: string;
  with?: Record<string, unknown>;
}
interface Job {
  if?: string;
  steps?: Step[];
  uses?: string;
  permissions?: unknown;
  concurrency?: { group: string; 'cancel-in-progress': boolean };
  'timeout-minutes'?: unknown;
}
interface Call {
  inputs: Record<string, { required?: boolean }>;
  secrets: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** What callers rely on; more may be added, nothing may go. */
const CONTRACT: Record<string, { inputs: string; required: string; outputs: string }> = {
  ship: {
    inputs:
      'app environment image context hosts port publish health-path health-interval healthy-after start-period deploy-timeout watch memory strategy edge-image urls duration warm-up thresholds cache scanners trivy-path trivy-db-repository locale runner',
    required: 'app image port publish',
    outputs: 'image release serving state verdict receipts',
  },
  rollback: {
    inputs: 'app environment hosts to reason dry-run urls duration locale runner',
    required: 'app',
    outputs: 'image release serving state verdict receipts',
  },
  watch: {
    inputs: 'app environment hosts urls duration thresholds locale runner',
    required: 'app',
    outputs: 'image release serving state verdict receipts',
  },
  drill: {
    inputs: 'app environment hosts image port publish health-path locale runner',
    required: 'app port',
    outputs: 'receipts rollback',
  },
};
/** The secret inputs of an action, told apart by what its schema says of them. */
const secretsOf = (schema: { shape: object }) =>
  Object.entries(schema.shape as Record<string, ZodType>)
    .filter(([, field]) => metaOf(field).secret)
    .map(([name]) => name);
const channels = secretsOf(notifySchema);

describe('workflows', () => {
  it('zizmor --pedantic has nothing to say', () => {
    const { status, said } = command(
      lint('zizmor'),
      ['--offline', '--pedantic', '--no-progress', ...files, ...actions],
      { env },
    );
    expect(status, said).toBe(0);
  }, 60_000);
  it('actionlint has nothing to say', () => {
    const { status, said } = command(lint('actionlint'), ['-shellcheck=', '-pyflakes=', ...files, ...examples], {
      env,
    });
    expect(status, said).toBe(0);
  }, 60_000);

  for (const file of files) {
    const workflow = parse(readFileSync(file, 'utf8')) as { permissions: unknown; jobs: Record<string, Job> };
    const jobs = Object.values(workflow.jobs);
    const steps = jobs.flatMap((job) => job.steps ?? []);
    describe(file, () => {
      it('grants nothing at the top', () => expect(workflow.permissions).toEqual({}));
      it('has no expression inside run:', () => expect(steps.filter((step) => step.run?.includes('${{'))).toEqual([]));
      it('limits the time of every job', () => {
        expect(jobs.filter((job) => !job.uses && !job['timeout-minutes'])).toEqual([]);
      });
      it('pins every foreign action to a commit', () => {
        const uses = [...jobs.map((job) => job.uses), ...steps.map((step) => step.uses)].filter((u) => u !== undefined);
        expect(uses.filter((u) => !/^\$\//.test(u) && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(u))).toEqual([]);
      });
      it('says the version of every commit it pins', () => {
        const pins = readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => /uses: [^$]*@/.test(line));
        expect(pins.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
      });
      it('gives our actions only inputs they have', () => {
        const own = steps.filter((step) => step.uses?.startsWith('$/action-'));
        const strangers = own.flatMap((step) => {
          const known = (parse(readFileSync(`${step.uses!.slice(2)}/action.yml`, 'utf8')) as { inputs: object }).inputs;
          return Object.keys(step.with ?? {})
            .filter((key) => !(key in known))
            .map((key) => `${step.uses}: ${key}`);
        });
        expect(strangers).toEqual([]);
      });
    });
  }

  it('ship.yml goes on when the old release can’t be measured or is unwell', () => {
    const { jobs } = parse(readFileSync(join(folder, 'ship.yml'), 'utf8')) as { jobs: Record<string, Job> };
    const baseline = jobs.deploy?.steps?.find(({ id }) => id === 'baseline');
    expect(baseline).toMatchObject({ 'continue-on-error': true, with: { mode: 'baseline', 'fail-on': 'none' } });
  });

  for (const [name, { inputs, required, outputs }] of Object.entries(CONTRACT)) {
    const text = readFileSync(join(folder, `${name}.yml`), 'utf8');
    const { on, jobs } = parse(text) as { on: { workflow_call: Call }; jobs: Record<string, Job> };
    const call = on.workflow_call;
    describe(`${name}.yml, for its callers`, () => {
      it('has the inputs and outputs they rely on, and asks for no more', () => {
        expect(Object.keys(call.inputs)).toEqual(expect.arrayContaining(inputs.split(' ')));
        expect(Object.keys(call.outputs)).toEqual(expect.arrayContaining(outputs.split(' ')));
        const asked = Object.entries(call.inputs).filter(([, input]) => input.required);
        expect(asked.map(([input]) => input)).toEqual(required.split(' '));
      });
      it('takes the secrets of every channel and hands each on by its own name', () => {
        expect(Object.keys(call.secrets)).toEqual(expect.arrayContaining(channels));
        const tell = Object.values(jobs)
          .flatMap((job) => job.steps ?? [])
          .find((step) => step.uses === '$/action-notify');
        for (const secret of channels) expect(tell?.with?.[secret]).toBe(`\${{ secrets.${secret} }}`);
      });
      it('tells whatever happened, and cuts no deploy short', () => {
        for (const job of Object.values(jobs)) {
          const tell = job.steps?.find((step) => step.uses === '$/action-notify');
          const always = [job.if, (tell as { if?: string } | undefined)?.if].some((when) => when?.includes('always()'));
          expect(!tell || always).toBe(true);
          if (!job.steps?.some((step) => step.uses === '$/action-deploy')) continue;
          expect(job.concurrency?.['cancel-in-progress']).toBe(false);
          expect(job.concurrency?.group).toMatch(/inputs\.app.*inputs\.environment/);
        }
      });
    });
  }
});
