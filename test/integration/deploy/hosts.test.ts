import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, docker } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { ENGINE_HOST } from '../../support/engine.ts';
import { EDGE_IMAGE, NODE_IMAGE } from '../../support/images.ts';
import { SHIFTED } from '../../support/moments.ts';
import { type SecondEngine, startSecondEngine } from '../../support/second-engine.ts';
import { broken, harmAt, TRIALS } from '../../support/trials.ts';

let second: SecondEngine;
let app: TestApp;
const FIRST = ENGINE_HOST;

beforeAll(async () => {
  buildApp();
  second = await startSecondEngine([APP_IMAGE, NODE_IMAGE, EDGE_IMAGE]);
  app = await TestApp.create();
});
afterAll(async () => {
  app?.remove();
  if (app) docker(['volume', 'rm', '-f', `${app.name}-marker`]);
  await second?.stop();
});

/** What the edge of the second host answers; its port is in a network of its own. */
const answerOfSecond = () => {
  const request = 'printf "GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n" | nc 127.0.0.1 8080';
  const answer = second.docker(['exec', `${app.name}-edge`, 'sh', '-c', request]);
  return /x-version: (\S+)/.exec(answer)?.[1];
};

it('several hosts: one release everywhere, one failing host takes it back everywhere', async () => {
  const hosts = `${FIRST}\n${second.host}`;
  const one = await app.deploy('v1', { hosts });
  expect(one.errors).toEqual([]);
  expect(one.deployment.hosts.map((h) => [h.host, h.slots.map((s) => [s.release, s.weight])])).toEqual([
    [FIRST, [[one.outputs.release, 100]]],
    [second.host, [[one.outputs.release, 100]]],
  ]);
  expect([await app.answer(), answerOfSecond()]).toEqual(['v1', 'v1']);

  // A file that only the first host has: the release is well there and fails on the second.
  docker([
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    `${app.name}-marker:/outside`,
    APP_IMAGE,
    'touch',
    '/outside/here',
  ]);
  const two = await app.deploy('v2', {
    hosts,
    volumes: `${app.name}-marker:/outside`,
    'health-command': 'test -f /outside/here',
    'deploy-timeout': '10s',
  });
  expect(two.outputs).toMatchObject({ serving: one.outputs.release, 'rolled-back': 'true', state: 'rolled-back' });
  expect([await app.answer(), answerOfSecond()]).toEqual(['v1', 'v1']);
  expect(two.errors[0]).toContain(second.host);
  expect(two.history.releases.map((r) => r.status)).toEqual(['rolled-back', 'good']);

  const three = await app.deploy('v3', { hosts });
  expect(three.outputs.state).toBe('good');
  expect([await app.answer(), answerOfSecond()]).toEqual(['v3', 'v3']);
  const back = await app.run({ command: 'rollback', hosts });
  expect(back.outputs).toMatchObject({ state: 'good', release: one.outputs.release });
  expect([await app.answer(), answerOfSecond()]).toEqual(['v1', 'v1']);
});

/*
 * A run that dies in the middle has changed one host and not the other: the next command must bring both to the same
 * release, and users of neither may notice. Every call of a deploy, a promote and a rollback on two hosts is tried in
 * test/unit/deploy/lives.test.ts.
 */
describe('a process killed between two hosts', TRIALS, () => {
  it('in the switch of a deploy', async () => {
    const trials = await harmAt(
      'killed deploy to two hosts',
      [SHIFTED],
      {
        fault: () => ({ kind: 'kill', when: 'after' }),
        judge: async (_, { signal }) =>
          signal === 'SIGKILL' ? [] : [`it should have been killed, and ended by ${signal}`],
        run: (lab, n) => lab.deploy(`v${n}`),
      },
      { apps: 1, second },
    );
    expect(broken(trials)).toEqual([]);
  });
});
