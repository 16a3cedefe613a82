import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { command } from '../../support/command.ts';

interface Step {
  id?: string;
  run?: string;
  env?: Record<string, string>;
}

/** Runs the step of ship.yml that says how it ended; what is not given is empty, as GitHub hands it over. */
function ended(given: Record<string, string>) {
  const workflow = parse(readFileSync('.github/workflows/ship.yml', 'utf8')) as {
    jobs: Record<string, { steps: Step[] }>;
  };
  const step = workflow.jobs.deploy!.steps.find(({ id }) => id === 'end')!;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-end-'));
  try {
    const file = join(folder, 'outputs');
    const empty = Object.fromEntries(Object.keys(step.env!).map((name) => [name, '']));
    const env = { PATH: process.env.PATH, GITHUB_OUTPUT: file, ...empty, ...given };
    const { status } = command('bash', ['-c', step.run!], { env });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return {
      status,
      ...Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('what customers met is what the watch of the deploy and the look of verify counted together', () => {
  const back = { DEPLOY: 'pending', ROLLED_BACK: 'success', VERDICT: 'fail', JOB: 'failure' };
  const DEPLOY_MET = '{"requests":3,"lost":0,"seconds":2}';
  const VERIFY_MET = '{"requests":30,"lost":7,"seconds":12}';
  expect(ended({ ...back, DEPLOY_MET, VERIFY_MET })).toEqual({
    status: 1,
    state: 'rolled-back',
    'rolled-back': 'true',
    'error-code': 'VERDICT_FAIL',
    customers: '{"requests":33,"lost":7,"seconds":14}',
  });
  expect(ended({ ...back, DEPLOY_MET })).toMatchObject({ customers: DEPLOY_MET });
  expect(ended(back)).toMatchObject({ customers: '' });
  // A release that never had traffic met nobody; the time without any release is told all the same.
  const bad = { DEPLOY: 'bad', DEPLOY_ERROR: 'DEPLOY_UNHEALTHY', DEPLOY_MET: '{"gap":12}', JOB: 'failure' };
  expect(ended(bad)).toMatchObject({ customers: '{"gap":12}' });
  const kept = { DEPLOY: 'pending', DEPLOY_MET: '{"requests":3,"lost":0,"seconds":2,"gap":1}', VERIFY_MET };
  const away = { DEPLOY_MET: '{"gap":3}', ROLLBACK_MET: '{"gap":4}' };
  expect(ended({ ...back, ...away })).toMatchObject({ customers: '{"gap":7}' });
  // All of the traffic is on it from the promotion on.
  const PROMOTE_MET = '{"requests":90,"lost":1,"seconds":9}';
  expect(ended({ ...kept, PROMOTE_MET })).toMatchObject({
    customers: '{"requests":123,"lost":8,"seconds":23,"gap":1}',
  });
  expect(ended(kept)).toMatchObject({ customers: '{"requests":33,"lost":7,"seconds":14,"gap":1}' });
});

test('a deploy that was never begun changed nothing', () => {
  const before = { DEPLOYED: 'skipped', JOB: 'cancelled' };
  expect(ended(before)).toMatchObject({
    status: 1,
    state: 'unchanged',
    'rolled-back': 'false',
    'error-code': 'CANCELLED',
  });
  expect(ended({ ...before, JOB: 'failure', WITHHELD: 'failure' })).toMatchObject({
    status: 1,
    state: 'unchanged',
    'error-code': 'OUTPUT_WITHHELD',
  });
  // Cut off in the middle, nobody knows.
  expect(ended({ DEPLOYED: 'cancelled', JOB: 'cancelled' })).toMatchObject({ state: '', 'error-code': 'CANCELLED' });
  expect(ended({ DEPLOYED: 'success', DEPLOY: 'unchanged', JOB: 'success' })).toMatchObject({
    status: 0,
    'error-code': '',
  });
});
