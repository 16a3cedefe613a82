import { beforeAll, describe, expect, it } from 'vitest';
import type { ActionResult } from '../../support/action.ts';
import { Lab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';

/*
 * The runner may die at any moment. For a deploy, a promote and a rollback the process is killed at every single thing
 * it asks of the engine (API calls and lines to the edge's admin socket, by index, answered by the engine but unheard).
 * Then:
 * - users were answered all the time, by a release that serves rightly: never 5xx, never a lost request, and never by a
 *   release whose health nobody had asked (its gate was not passed);
 * - the dead run's lock is given up by `unlock force`;
 * - the very next command, a deploy or a rollback, works, ends where it says, and leaves nothing behind.
 */

interface Trial {
  n: number;
  call: string;
  ms: number;
  faults: string[];
}

interface Scenario {
  /** Brings the app to where the command starts from. */
  prepare(lab: Lab, n: number): Promise<ActionResult>;
  /** The command that is killed. */
  run(lab: Lab, n: number): Promise<ActionResult>;
}

const WORKERS = Number(process.env.SEATRIAL_KILL_APPS ?? 3);

async function settle(lab: Lab, n: number): Promise<string[]> {
  const faults: string[] = [];
  const freed = await lab.run('unlock', { force: 'true' });
  if (freed.exitCode !== 0) faults.push(`unlock: ${freed.errors}`);
  const back = n % 2 === 0;
  let next = back ? await lab.run('rollback') : await lab.deploy(`next${n}`);
  // The only good release may be the one that serves.
  if (back && next.outputs['error-code'] === 'NO_ROLLBACK_TARGET') next = await lab.deploy(`next${n}`);
  if (next.exitCode !== 0) return [...faults, `next command: ${next.errors} ${next.stdout.slice(-1500)}`];
  const front = await lab.front();
  const version = lab.versionOf(next.outputs.release!);
  if (front.some((answer) => answer !== version)) faults.push(`${version} should serve, ${front} answered`);
  if (next.outputs.serving !== next.outputs.release) faults.push(`serving says ${next.outputs.serving}`);
  return [...faults, ...(await lab.faults(next))];
}

async function trial(lab: Lab, scenario: Scenario, n: number): Promise<Trial | undefined> {
  const started = performance.now();
  lab.proxy.reset();
  const ready = await scenario.prepare(lab, n);
  const faults = ready.exitCode === 0 ? [] : [`prepare: ${ready.errors}`];
  const traffic = lab.traffic();
  lab.harm(n, { kind: 'kill', when: 'after' });
  const result = await scenario.run(lab, n);
  const call = lab.proxy.calls[n - 1]?.what ?? '';
  lab.proxy.reset();
  const killed = result.signal === 'SIGKILL';
  if (killed) faults.push(...(await settle(lab, n)));
  else if (result.exitCode !== 0) faults.push(`not killed, but failed: ${result.errors}`);
  const seen = await traffic.stop();
  if (seen.lost || seen.errors5xx || seen.unfit) {
    faults.push(`of ${seen.sent} users ${seen.errors5xx} met 5xx and ${JSON.stringify([...seen.reasons])}`);
  }
  if (!killed && faults.length === 0) return undefined;
  return { n, call: call.slice(0, 120), ms: performance.now() - started, faults };
}

/** Kills at call 1, 2, 3 … until a run comes to its end; several apps at once, each index once. */
async function killEverywhere(scenario: Scenario): Promise<Trial[]> {
  const trials: Trial[] = [];
  let next = 1;
  let ended = false;
  const worker = async () => {
    const lab = await Lab.open();
    try {
      const first = await lab.deploy('first');
      expect(first.errors).toEqual([]);
      while (!ended) {
        const done = await trial(lab, scenario, next++);
        if (!done) ended = true;
        else trials.push(done);
        if (done?.faults.length) console.info(JSON.stringify(done));
      }
    } finally {
      await lab.close();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return trials.sort((x, y) => x.n - y.n);
}

function report(what: string, trials: Trial[]): void {
  const slow = trials.toSorted((x, y) => y.ms - x.ms).slice(0, 3);
  const lines = slow.map((t) => `  ${Math.round(t.ms)} ms  ${t.n} ${t.call}`);
  console.info(`${what}: killed at ${trials.length} calls; the slowest trials:\n${lines.join('\n')}`);
}

const broken = (trials: Trial[]) =>
  trials.filter((t) => t.faults.length).map((t) => `${t.n} ${t.call}: ${t.faults.join('; ')}`);

describe('a process killed at every engine call', () => {
  beforeAll(() => ensureImages('node', 'edge'));

  it('deploy', { timeout: Number(process.env.SEATRIAL_KILL_MS ?? 300_000) }, async () => {
    const trials = await killEverywhere({
      prepare: async (lab) => lab.run('status'),
      run: (lab, n) => lab.deploy(`v${n}`),
    });
    report('deploy', trials);
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(30);
  });

  it('promote', { timeout: Number(process.env.SEATRIAL_KILL_MS ?? 300_000) }, async () => {
    const trials = await killEverywhere({
      prepare: (lab, n) => lab.deploy(`p${n}`, { promote: 'manual', strategy: 'canary', 'canary-weight': '50%' }),
      run: (lab) => lab.run('promote', { watch: '0s' }),
    });
    report('promote', trials);
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(15);
  });

  it('rollback', { timeout: Number(process.env.SEATRIAL_KILL_MS ?? 300_000) }, async () => {
    const trials = await killEverywhere({
      prepare: (lab, n) => lab.deploy(`r${n}`),
      run: (lab) => lab.run('rollback'),
    });
    report('rollback', trials);
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(15);
  });
});
