import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp, docker } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';

let app: TestApp;
beforeAll(async () => {
  buildApp();
  app = await TestApp.create();
});
afterAll(() => app?.remove());

/** Everything on the engine that bears the app's name. */
const left = () =>
  [
    docker(['ps', '-aq', '--filter', `name=^/${app.name}-`]),
    docker(['volume', 'ls', '-q', '--filter', `name=^${app.name}-`]),
    docker(['network', 'ls', '-q', '--filter', `name=^${app.name}-`]),
  ].join('');

describe('remove on an engine', () => {
  it('leaves nothing of the app, and finds nothing the second time', async () => {
    const deployed = await app.deploy('1');
    expect(deployed.errors, deployed.stdout).toEqual([]);
    const refused = await app.run({ command: 'remove' });
    expect(refused.outputs['error-code']).toBe('INPUT_INVALID');
    expect(left()).not.toBe('');
    for (const time of ['first', 'second']) {
      const removed = await app.run({ command: 'remove', force: 'true' });
      expect(removed.errors, `${time}: ${removed.stdout}`).toEqual([]);
      expect(removed.outputs.serving).toBe('');
      expect(left(), time).toBe('');
    }
  });
});
