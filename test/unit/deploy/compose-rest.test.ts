import { describe, expect, it } from 'vitest';
import { mustFinish } from '../../../src/deploy/docker/compose/finish.ts';
import { decide, fallen } from '../../../src/deploy/docker/compose/gate-rest.ts';
import { projectSchema } from '../../../src/deploy/docker/compose/project.ts';
import { type BaseContainer, changedServices, isTask } from '../../../src/deploy/docker/compose/rest.ts';
import { gateStart } from '../../../src/deploy/rollout/gate.ts';
import type { Look } from '../../../src/deploy/target.ts';

const project = projectSchema.parse({
  name: 'shop',
  services: {
    web: {
      image: 'w',
      depends_on: { migrate: { condition: 'service_completed_successfully' }, db: { condition: 'service_started' } },
    },
    db: { image: 'd', restart: 'always' },
    migrate: { image: 'm' },
    workers: { image: 'k', restart: 'always', deploy: { replicas: 2 } },
  },
});
const hashes = new Map(Object.keys(project.services).map((name) => [name, `hash-${name}`]));
const container = (service: string, change: Partial<BaseContainer> = {}): BaseContainer => ({
  id: service,
  name: service,
  service,
  hash: `hash-${service}`,
  state: 'running',
  exitCode: 0,
  ...change,
});
const settled = [
  container('db'),
  container('migrate', { state: 'exited' }),
  container('workers'),
  container('workers'),
];

describe('the services that are touched', () => {
  const changed = (there: BaseContainer[]) => changedServices(project, ['web'], hashes, there);
  it('are all but the one with the traffic, on a bare host', () =>
    expect(changed([])).toEqual(['db', 'migrate', 'workers']));
  it('are none where everything stands as it should', () => expect(changed(settled)).toEqual([]));
  it.each<[string, BaseContainer[], string]>([
    ['has another configuration', [container('db', { hash: 'older' }), ...settled.slice(1)], 'db'],
    ['has stopped', [container('db', { state: 'exited' }), ...settled.slice(1)], 'db'],
    [
      'is a one-shot that failed',
      [settled[0]!, container('migrate', { state: 'exited', exitCode: 3 }), ...settled.slice(2)],
      'migrate',
    ],
    ['has too few containers', settled.slice(0, 3), 'workers'],
    ['has too many containers', [...settled, container('workers')], 'workers'],
  ])('are one that %s', (_, there, name) => expect(changed(there)).toEqual([name]));
});

describe('a service in place that can not be trusted to run', () => {
  const state = (change: Partial<BaseContainer>) => [container('db', change), ...settled.slice(1)];
  it('is touched, and so gated, while it waits between two crashes', () =>
    expect(changedServices(project, ['web'], hashes, state({ state: 'restarting' }))).toEqual(['db']));
  it('is touched while it "runs" between two crashes', () =>
    expect(changedServices(project, ['web'], hashes, settled, new Set(['db']))).toEqual(['db']));
});

describe('what is not run again on the way back', () => {
  const none = new Set<string>();
  const exited = (exitCode: number) => [container('migrate', { state: 'exited', exitCode })];
  it.each<[boolean, string, BaseContainer[], string | undefined, Set<string>]>([
    [true, 'ended well', exited(0), 'no', none],
    [true, 'is waited for to end, and failed', exited(3), 'no', new Set(['migrate'])],
    [true, 'may end and was pruned', [], 'no', none],
    [false, 'runs', [container('migrate')], 'no', none],
    [false, 'crashed', exited(1), undefined, none],
    [false, 'should run and is gone', [], 'always', none],
    [false, 'should run and ended', exited(0), 'always', none],
  ])('%s: one that %s', (expected, _, there, restart, finishing) =>
    expect(isTask(there, 'migrate', restart, finishing)).toBe(expected),
  );
});

describe('the gate of a service in place', () => {
  const rules = { after: 2, startPeriodMs: 0, deadlineMs: 10_000 };
  const look = (change: Partial<Look>): Look => ({
    atMs: 5000,
    running: true,
    exitCode: 0,
    oomKilled: false,
    restarts: 0,
    health: 'none',
    probe: undefined,
    ...change,
  });
  const verdict = (change: Partial<Look>, restart?: string, finishes = false) => {
    const first = decide(look(change), gateStart, restart, finishes, rules);
    return first.verdict === 'wait' ? decide(look(change), first, restart, finishes, rules).verdict : first.verdict;
  };
  it.each<[string, Partial<Look>, string | undefined, RegExp]>([
    ['restarted', { restarts: 1, exitCode: 1 }, 'always', /crashed and was restarted/],
    ['waiting between two crashes', { running: false, exitCode: 1 }, 'always', /exited with code 1/],
    ['ended, and to run', { running: false }, 'always', /exited with code 0/],
    ['ended badly', { running: false, exitCode: 3 }, undefined, /exited with code 3/],
    ['killed', { running: false, oomKilled: true }, undefined, /more memory/],
    ['ended well, as it may', { running: false }, undefined, /^$/],
    ['running', {}, 'always', /^$/],
    // Health has its own time, and the gate's word on it stands.
    ['running, and its check is out of breath', { health: 'unhealthy' }, 'always', /^$/],
  ])('finds out later who is %s', (_, change, restart, why) => expect(fallen(look(change), restart)).toMatch(why));
  it('knows who has to have ended', () => expect([...mustFinish(project)]).toEqual(['migrate']));
  it.each<[string, string, Partial<Look>, string | undefined, boolean]>([
    ['healthy', 'runs steadily', {}, 'always', false],
    ['wait', 'runs for a moment only', { atMs: 1999 }, 'always', false],
    [
      'healthy',
      'runs for a moment only, and has a health check that says so',
      { atMs: 300, health: 'healthy' },
      'always',
      false,
    ],
    ['failed', 'was restarted', { restarts: 1 }, 'always', false],
    ['wait', 'is unhealthy, and may still be booting', { health: 'unhealthy' }, 'always', false],
    ['failed', 'is unhealthy at the deadline', { health: 'unhealthy', atMs: 10_000 }, 'always', false],
    ['wait', 'is starting', { health: 'starting' }, 'always', false],
    ['failed', 'is starting beyond the deadline', { health: 'starting', atMs: 10_000 }, 'always', false],
    ['healthy', 'ended with 0, as it may', { running: false }, undefined, false],
    ['failed', 'ended with 0, though it should run', { running: false }, 'always', false],
    ['failed', 'ended with 3', { running: false, exitCode: 3 }, undefined, false],
    ['failed', 'was killed for its memory', { running: false, exitCode: 0, oomKilled: true }, undefined, false],
    ['wait', 'has to end and has not', {}, undefined, true],
    ['failed', 'has to end and has not by the deadline', { atMs: 10_000 }, undefined, true],
    ['healthy', 'has to end and did', { running: false }, undefined, true],
  ])('says %s of one that %s', (expected, _, change, restart, finishes) => {
    expect(verdict(change, restart, finishes)).toBe(expected);
  });
});
