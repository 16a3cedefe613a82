import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { RunOptions } from '../../support/action.ts';
import { docker, putFile } from '../../support/app.ts';
import { inLab, type Lab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';

/** How many deploys are started at once; SEATRIAL_DEPLOYS=40 takes some minutes. */
const MANY = Number(process.env.SEATRIAL_DEPLOYS ?? 8);
/** What a run waits for the others: a minute each is far more than a deploy takes. */
const WAIT_MS = MANY * 60_000;

beforeAll(() => ensureImages('node', 'edge'));

interface Listed {
  releases: { release: string; status: string; at: string }[];
}

/** Between two questions; asking without a pause took half of this test's CPU, and held up those it looks at. */
const PAUSE_MS = 1500;

/** Asks for the status again and again while others deploy; answers where it failed, or told what can't be. */
function askAllTheTime(lab: Lab): { stop(): Promise<{ times: number; wrong: string[] }> } {
  const wrong: string[] = [];
  let [on, times] = [true, 0];
  const asking = (async () => {
    for (; on; times++) {
      const { errors, outputs, stdout } = await lab.run('status');
      wrong.push(...errors);
      const { releases } = JSON.parse(outputs.history || '{"releases":[]}') as Listed;
      if (!outputs.serving) wrong.push(`nothing serves: ${stdout}`);
      else if (!releases.length || /rebuilt|is not known/.test(outputs.history + stdout)) wrong.push(stdout);
      if (on) await sleep(PAUSE_MS);
    }
  })();
  return {
    stop: async () => {
      on = false;
      await asking;
      return { times, wrong };
    },
  };
}

it(
  `${MANY} deploys started at once: one at a time, all recorded, none lost, no user hurt`,
  { timeout: WAIT_MS + 120_000 },
  () =>
    inLab(async (lab) => {
      const first = await lab.deploy('v0');
      expect(first.errors).toEqual([]);
      const traffic = lab.traffic();
      const asked = askAllTheTime(lab);
      const versions = Array.from({ length: MANY }, (_, i) => `v${i + 1}`);
      const started = performance.now();
      const runs = await Promise.all(
        versions.map((version) =>
          lab.deploy(version, { 'lock-wait': `${WAIT_MS}ms` }, { timeoutMs: WAIT_MS + 60_000 }),
        ),
      );
      console.info(`${MANY} deploys at once took ${Math.round(performance.now() - started)} ms`);
      expect(runs.flatMap((run) => run.errors)).toEqual([]);
      expect(await traffic.stop()).toEqual([]);
      const { times, wrong } = await asked.stop();
      console.info(`${times} times its status was asked meanwhile`);
      expect(wrong).toEqual([]);
      expect(times).toBeGreaterThan(3);
      // Each took over from another: one chain without a fork, as no two had the same release before them.
      const before = runs.map((run) => run.outputs['previous-release']);
      expect(new Set(before).size).toBe(MANY);
      expect(before).toContain(first.outputs.release);
      const status = await lab.run('status');
      const { releases } = JSON.parse(status.outputs.history!) as Listed;
      expect(releases.map((r) => r.release).toSorted()).toEqual(
        [first, ...runs].map((run) => run.outputs.release!).toSorted(),
      );
      expect(releases.every((r) => r.status === 'good')).toBe(true);
      expect(lab.faults(status)).toEqual([]);
      expect(new Set(await lab.front())).toEqual(new Set([lab.versionOf(status.outputs.serving!)]));
    }),
);

it('a runner whose clock is an hour off takes no lock that another holds, and writes the engine’s time', () =>
  inLab(async (lab) => {
    const off = (hours: number): RunOptions => ({
      env: {
        NODE_OPTIONS: `--import=${resolve('test/support/shift-clock.mjs')}`,
        CLOCK_SHIFT_MS: String(hours * 3_600_000),
      },
    });
    expect((await lab.deploy('v1', {}, off(1))).errors).toEqual([]);
    // Killed while it makes its container, so with the lock in hand.
    lab.proxy.reset();
    lab.proxy.fault = ({ what }) =>
      /containers\/create\?name=\S+-1&/.test(what) ? { kind: 'kill', when: 'after' } : undefined;
    const dead = await lab.deploy('v2', {}, off(-1));
    expect(dead.signal).toBe('SIGKILL');
    lab.proxy.reset();
    // Half an hour of lease instead of a minute: the run an hour ahead would still take it for over by its own clock.
    const lock = docker(['ps', '-aq', '--filter', `name=^/${lab.app}-lock$`]);
    putFile(lock, '/', 'lease', String(Date.now() + 1_800_000));
    expect((await lab.deploy('v3', {}, off(1))).outputs['error-code']).toBe('LOCK_HELD');
    expect((await lab.run('unlock', { force: 'true' })).errors).toEqual([]);
    const next = await lab.deploy('v3', {}, off(-1));
    expect(next.errors).toEqual([]);
    const { releases } = JSON.parse(next.outputs.history!) as Listed;
    for (const { at } of releases) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(1_500_000);
    expect(lab.faults(next)).toEqual([]);
  }));
