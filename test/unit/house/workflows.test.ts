import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
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
  run?: string;
  uses?: string;
  with?: Record<string, unknown>;
}
interface Job {
  steps?: Step[];
  uses?: string;
  permissions?: unknown;
  'timeout-minutes'?: unknown;
}

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
});
