import { describe, expect, it } from 'vitest';
import { type ActionName, runAction } from '../../support/action.ts';

const names: ActionName[] = ['build', 'deploy', 'verify', 'notify'];

describe.each(names)('the bundle of action-%s', (name) => {
  it('without inputs fails with one error line that begins with a code, and says the code', async () => {
    const { exitCode, errors, outputs, stderr } = await runAction(name, {});
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    expect(outputs['error-code']).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
    expect(errors[0]).toMatch(new RegExp(`^${outputs['error-code']}: \\S`));
    expect(stderr).toBe('');
  });
  it('refuses an unknown input', async () => {
    const { exitCode, errors, outputs } = await runAction(name, { 'no-such-input': 'x' });
    expect([exitCode, outputs['error-code'], errors.length]).toEqual([1, 'INPUT_UNKNOWN', 1]);
  });
  it('says the same outside GitHub, where there are no files of the runner', async () => {
    const { exitCode, stdout } = await runAction(
      name,
      { 'no-such-input': 'x' },
      {
        env: {
          GITHUB_ACTIONS: undefined,
          GITHUB_OUTPUT: undefined,
          GITHUB_STATE: undefined,
          GITHUB_STEP_SUMMARY: undefined,
          GITHUB_ENV: undefined,
          GITHUB_PATH: undefined,
          GITHUB_WORKSPACE: undefined,
          RUNNER_TEMP: undefined,
        },
      },
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('INPUT_UNKNOWN');
  });
});

describe('secrets', () => {
  const secret = 'a b/c+d=e-very-secret';
  const inputs = { app: 'shop', command: 'status', password: secret, hosts: 'ftp://nowhere' };
  it('are masked raw and URL-encoded on a runner, and stand nowhere else', async () => {
    const { stdout, stderr } = await runAction('deploy', inputs);
    const masks = stdout.split('\n').filter((line) => line.startsWith('::add-mask::'));
    expect(masks).toEqual(
      expect.arrayContaining([
        `::add-mask::${secret}`,
        `::add-mask::${encodeURIComponent(secret).replaceAll('%', '%25')}`,
      ]),
    );
    const rest = stdout
      .split('\n')
      .filter((line) => !line.startsWith('::add-mask::'))
      .join('\n');
    expect(rest + stderr).not.toContain(secret);
  });
  it('are not printed outside GitHub, not even to be masked', async () => {
    const { stdout, stderr } = await runAction('deploy', inputs, {
      env: { GITHUB_ACTIONS: undefined, GITHUB_OUTPUT: undefined },
    });
    expect(stdout + stderr).not.toContain(secret);
    expect(stdout + stderr).not.toContain(encodeURIComponent(secret));
  });
});
