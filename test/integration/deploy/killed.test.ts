import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { type EngineProxy, startEngineProxy } from '../../support/engine-proxy.ts';

// Every index takes some minutes; the default takes some of each command. SEATRIAL_KILL=all takes each.
const ALL = process.env.SEATRIAL_KILL === 'all';
const apps: TestApp[] = [];
const proxies: EngineProxy[] = [];
beforeAll(buildApp);
afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  for (const app of apps) app.remove();
});

/** Runs a command whose process is killed at the `at`-th call to the engine; the engine still carries that call out. */
async function killedAt(
  at: number,
  run: (host: string, onStart: (child: ChildProcess) => void) => Promise<unknown>,
): Promise<string[]> {
  let child: ChildProcess | undefined;
  const proxy = await startEngineProxy(
    (n) => (n === at ? 'pass-then-tell' : 'pass'),
    () => child?.kill('SIGKILL'),
  );
  proxies.push(proxy);
  await run(proxy.host, (started) => {
    child = started;
  });
  await proxy.close();
  return proxy.calls;
}

const spread = (calls: number, few: number) =>
  ALL
    ? Array.from({ length: calls }, (_, i) => i + 1)
    : [...new Set(Array.from({ length: few }, (_, i) => Math.ceil(((i + 0.5) * calls) / few)))];

/** After a kill: users get a good version, and once the lease is gone the next deploy works. */
async function recovers(app: TestApp, allowed: string[], at: string): Promise<void> {
  expect(allowed, `answer after a kill at ${at}`).toContain(await app.answer());
  const unlocked = await app.run({ command: 'unlock', force: 'true' });
  expect(unlocked.errors, at).toEqual([]);
  const next = await app.deploy('next');
  expect(next.errors, `deploy after a kill at ${at}`).toEqual([]);
  expect(next.outputs).toMatchObject({ state: 'good', serving: next.outputs.release });
  expect(await app.answer(), at).toBe('next');
  const odd = next.history.releases.filter((r) => r.status === 'pending');
  expect(odd, `left pending after a kill at ${at}`).toEqual([]);
}

describe('a process killed at a call to the engine', () => {
  const cases = {
    deploy: {
      few: 6,
      prepare: async (_: TestApp) => undefined,
      command: (app: TestApp, host: string, onStart: (c: ChildProcess) => void) =>
        app.deploy('victim', { hosts: host }, { onStart }),
      traffic: ['base', 'next', 'victim'],
    },
    promote: {
      few: 3,
      prepare: async (app: TestApp) => void (await app.deploy('candidate', { strategy: 'canary', promote: 'manual' })),
      command: (app: TestApp, host: string, onStart: (c: ChildProcess) => void) =>
        app.run({ command: 'promote', hosts: host, watch: '0s' }, { onStart }),
      traffic: ['base', 'next', 'candidate'],
    },
    rollback: {
      few: 3,
      prepare: async (app: TestApp) => void (await app.deploy('second')),
      command: (app: TestApp, host: string, onStart: (c: ChildProcess) => void) =>
        app.run({ command: 'rollback', hosts: host }, { onStart }),
      traffic: ['base', 'next', 'second'],
    },
  };
  for (const [name, { few, prepare, command, traffic }] of Object.entries(cases)) {
    it(`in a ${name} leaves traffic on a release that is well, and the next deploy puts all in order`, {
      timeout: ALL ? 3_600_000 : 180_000,
    }, async () => {
      const app = await TestApp.create();
      apps.push(app);
      await app.deploy('base');
      await prepare(app);
      const whole = await killedAt(-1, (host, onStart) => command(app, host, onStart));
      expect(whole.length).toBeGreaterThan(8);
      for (const at of spread(whole.length, few)) {
        await prepare(app);
        const calls = await killedAt(at, (host, onStart) => command(app, host, onStart));
        await recovers(app, traffic, `${name} call ${at} of ${whole.length}: ${calls[at - 1]}`);
      }
    });
  }
});
