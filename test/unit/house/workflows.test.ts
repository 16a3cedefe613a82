import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ZodType } from 'zod';
import { actions as about } from '../../../script/actions.ts';
import { workflowFile, workflows } from '../../../script/workflows/index.ts';
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
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}
interface Job {
  if?: string;
  'runs-on'?: string;
  steps?: Step[];
  uses?: string;
  permissions?: unknown;
  concurrency?: { group: string; 'cancel-in-progress': boolean };
  'timeout-minutes'?: unknown;
}
interface Call {
  inputs: Record<string, { required?: boolean; default?: unknown }>;
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
  build: {
    inputs: 'image context file target platforms build-args tags cache scan severity lint registry runner',
    required: 'image',
    outputs: 'image digest version receipts',
  },
  deploy: {
    inputs:
      'app environment image hosts port publish health-path strategy canary-steps memory compose-file service urls thresholds registry runner',
    required: 'app',
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
    .filter(([, field]) => metaOf(field).secret && !metaOf(field).runnerDefault)
    .map(([name]) => name);
const channels = secretsOf(notifySchema);
const schemas: Record<string, { shape: Record<string, ZodType> }> = Object.fromEntries(
  Object.entries(about).map(([name, { schema }]) => [name, { shape: schema.shape as Record<string, ZodType> }]),
);
const capital = (name: string) => name.toUpperCase().replaceAll('-', '_');
const CONNECTION = ['SSH_KEY', 'SSH_KNOWN_HOSTS', 'TLS_CA', 'TLS_CERT', 'TLS_KEY'];
/** Jobs that have what their caller grants: none of their file may name permissions at the top. */
const CALLERS_OWN: Record<string, string[]> = {
  build: ['build'],
  deploy: ['deploy'],
  ship: ['build', 'deploy'],
  preview: ['build', 'preview', 'remove'],
};

describe('workflows', () => {
  it('zizmor --pedantic has nothing to say', () => {
    const { status, said } = command(
      lint('zizmor'),
      ['--offline', '--pedantic', '--no-progress', ...files, ...actions],
      { env },
    );
    expect(status, said).toBe(0);
  });
  it('actionlint has nothing to say', () => {
    const { status, said } = command(lint('actionlint'), ['-shellcheck=', '-pyflakes=', ...files, ...examples], {
      env,
    });
    expect(status, said).toBe(0);
  });

  for (const file of files) {
    const workflow = parse(readFileSync(file, 'utf8')) as { permissions: unknown; jobs: Record<string, Job> };
    const jobs = Object.values(workflow.jobs);
    const steps = jobs.flatMap((job) => job.steps ?? []);
    describe(file, () => {
      const callersOwn = CALLERS_OWN[basename(file, '.yml')];
      it('grants nothing at the top, or leaves to its caller what these jobs may do', () => {
        expect(workflow.permissions).toEqual(callersOwn ? undefined : {});
        const open = Object.entries(workflow.jobs).filter(([, job]) => job.permissions === undefined);
        expect(open.map(([name]) => name)).toEqual(callersOwn ?? []);
      });
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
      it('would like only what the actions take', () => {
        const liked = steps.flatMap((step) => {
          const text = step.env?.SEATRIAL_DEFAULTS ?? '$';
          if (text.startsWith('$')) return []; // none, or an expression: notify's require
          const shape: Record<string, ZodType> = schemas[step.uses!.slice('$/action-'.length)]!.shape;
          return Object.entries(JSON.parse(text) as object).map(([name, value]) => {
            const { success, error } = shape[name]?.safeParse(value) ?? { success: false };
            return success ? [] : [`${step.uses}: ${name}: ${value}: ${error?.message}`];
          });
        });
        expect(liked.flat()).toEqual([]);
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

  it('no file of ours is an answer of the generator that was mended by hand', () => {
    for (const name of Object.keys(workflows)) {
      expect(readFileSync(join(folder, `${name}.yml`), 'utf8'), name).toBe(workflowFile(name));
    }
  });

  for (const [name, { inputs, required, outputs }] of Object.entries(CONTRACT)) {
    const text = readFileSync(join(folder, `${name}.yml`), 'utf8');
    const { on, jobs } = parse(text) as { on: { workflow_call: Call }; jobs: Record<string, Job> };
    const call = on.workflow_call;
    const stepsOf = (action: string) =>
      Object.values(jobs)
        .flatMap((job) => job.steps ?? [])
        .filter((step) => step.uses === `$/action-${action}`);
    describe(`${name}.yml, for its callers`, () => {
      it('has the inputs and outputs they rely on, and asks for no more', () => {
        expect(Object.keys(call.inputs)).toEqual(expect.arrayContaining(inputs.split(' ')));
        expect(Object.keys(call.outputs)).toEqual(expect.arrayContaining(outputs.split(' ')));
        const asked = Object.entries(call.inputs).filter(([, input]) => input.required);
        expect(asked.map(([input]) => input).sort()).toEqual(required.split(' ').sort());
      });
      it('sets no default that would win over seatrial.yml', () => {
        const own = ['environment', 'runner', 'artifacts', 'notify', 'force', 'dry-run'];
        // The drill's own two: a port beside the app's, and a deadline for the release that is meant to fail.
        const drills = name === 'drill' ? ['publish', 'deploy-timeout'] : [];
        const defaults = Object.entries(call.inputs).filter(([, input]) => input.default !== undefined);
        expect(defaults.map(([input]) => input).filter((input) => ![...own, ...drills].includes(input))).toEqual([]);
      });
      it('uses no input or secret that it does not declare, and declares none in vain', () => {
        const used = (kind: string) =>
          new Set([...text.matchAll(new RegExp(`\\b${kind}\\.([\\w-]+)`, 'g'))].map((m) => m[1]!));
        expect([...used('inputs')].sort()).toEqual(Object.keys(call.inputs).sort());
        expect([...used('secrets')].sort()).toEqual(Object.keys(call.secrets).sort());
      });
      it('names its secrets as GitHub can', () => {
        expect(Object.keys(call.secrets).filter((secret) => !/^[A-Z][A-Z0-9_]*$/.test(secret))).toEqual([]);
        expect(Object.keys(call.secrets).filter((secret) => secret.startsWith('GITHUB_'))).toEqual([]);
      });
      it('takes the secrets of every channel and hands each on by its own name', () => {
        const [tell] = stepsOf('notify');
        for (const input of channels) expect(tell?.with?.[input]).toBe(`\${{ secrets.${capital(input)} }}`);
      });
      it('reaches its hosts with every secret that a way to them may need', () => {
        for (const step of [...stepsOf('deploy'), ...stepsOf('verify')]) {
          const given = Object.values(step.with ?? {}).join(' ');
          for (const secret of CONNECTION) expect(given).toContain(`secrets.${secret} }`);
        }
      });
      it('shows the job’s own token to ghcr.io alone', () => {
        for (const step of [...stepsOf('build'), ...stepsOf('deploy')]) {
          const { password = '', registry } = (step.with ?? {}) as Record<string, string>;
          if (password.includes('github.token')) expect(`${registry}${password}`).toContain('ghcr.io');
        }
      });
      it('runs where one label or a list of them says', () => {
        for (const job of Object.values(jobs)) {
          expect(job['runs-on']).toBe(
            "${{ startsWith(inputs.runner, '[') && fromJSON(inputs.runner) || inputs.runner }}",
          );
        }
      });
      it('tells whatever happened, and cuts no deploy short', () => {
        for (const job of Object.values(jobs)) {
          const tell = job.steps?.find((step) => step.uses === '$/action-notify');
          const always = [job.if, (tell as { if?: string } | undefined)?.if].some((when) => when?.includes('always()'));
          expect(!tell || always).toBe(true);
          if (!job.steps?.some((step) => step.uses === '$/action-deploy')) continue;
          expect(job.concurrency?.['cancel-in-progress']).toBe(false);
          expect(job.concurrency?.group).toMatch(/inputs\.app.*inputs\.environment.*inputs\.hosts/);
        }
      });
    });
  }
});
