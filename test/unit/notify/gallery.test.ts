import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RUNS, type Runs } from '../../../script/gallery-parts/runs.ts';
import { deploymentSchema } from '../../../src/lib/deployment.ts';
import { schema } from '../../../src/notify/inputs.ts';

test('the gallery is what the renderers draw', () => {
  const { status, stdout } = spawnSync('script/gallery', ['--check'], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

// That a bundle still says what was recorded is held beside a live one: test/integration/cli/gitlab.test.ts.
describe('the runs it is drawn from', () => {
  const text = readFileSync(RUNS, 'utf8');
  const { commits, situations } = JSON.parse(text) as Runs;
  const RELEASE = /^\d{8}-\d{6}-([0-9a-f]{7})$/;

  test('are a whole life of releases, with no address of the machine they were made on', () => {
    expect(Object.keys(situations).sort()).toEqual(
      [
        ...['started', 'waiting at 10 %', 'deployed', 'failed and rolled back', 'failed before it had traffic'],
        ...['stopped by the scan', 'cancelled by somebody', 'rolled back by hand', 'alert', 'recovered', 'drill'],
      ].sort(),
    );
    expect(text).not.toMatch(/127\.0\.0\.1|\/tmp\/|\/work\/|gallery-r|docker\.sock/);
  });
  test.each(Object.entries(situations))(
    '%s: inputs that action-notify takes, ids of releases as they are made',
    (_, run) => {
      const inputs = schema.parse(run.inputs);
      expect(Object.keys(commits)).toContain(run.sha);
      const given = run.inputs.deployment;
      if (given === undefined) return;
      const deployment = deploymentSchema.parse(JSON.parse(given));
      expect(inputs.deployment).toEqual(deployment);
      const ids = [
        deployment.release,
        deployment.previous,
        ...deployment.hosts[0]!.slots.map(({ release }) => release),
      ];
      for (const id of ids.filter(Boolean)) {
        const [, commit] = RELEASE.exec(id)!;
        expect(Object.keys(commits).some((sha) => sha.startsWith(commit!))).toBe(true);
      }
      const { slots } = deployment.hosts[0]!;
      expect(slots.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThan(0);
      for (const container of slots.flatMap(({ containers }) => containers)) {
        expect(container.id).toMatch(/^[0-9a-f]{64}$/);
        expect(container.name).toMatch(/^shop-\d{8}-\d{6}-[0-9a-f]{7}-\d+$/);
      }
      expect(deployment.image).toMatch(/^ghcr\.io\/acme\/shop@sha256:[0-9a-f]{64}$/);
    },
  );
});
