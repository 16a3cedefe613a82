import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('the gallery is what the renderers draw', () => {
  const { status, stdout } = spawnSync('script/gallery', ['--check'], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
