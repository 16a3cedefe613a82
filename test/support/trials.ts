import type { ActionResult } from './action.ts';
import type { Call, Fault } from './chaos-proxy.ts';
import { Lab } from './deploy-lab.ts';
import { comes, type Moment } from './moments.ts';
import type { SecondEngine } from './second-engine.ts';

export interface Scenario {
  /** Brings the app to where the command starts from, where that is not what the trial before left. */
  prepare?(lab: Lab, n: number): Promise<ActionResult>;
  /** The command that is harmed. */
  run(lab: Lab, n: number): Promise<ActionResult>;
  /** The harm done at the n-th moment, or to the n-th call where all are harmed. */
  fault(n: number): Fault;
  /** What is wrong with how the harmed command ended; empty when nothing is. */
  judge(lab: Lab, result: ActionResult, n: number): Promise<string[]>;
}

export interface Trial {
  n: number;
  /** Which call was harmed; undefined when it never came. */
  call: string | undefined;
  ms: number;
  faults: string[];
}

/** Whether the words of an ended command are true. */
export async function honest(lab: Lab, result: ActionResult): Promise<string[]> {
  const found: string[] = [];
  const { outputs, errors, stdout } = result;
  const code = outputs['error-code'] ?? 'none';
  if (result.exitCode === 0 ? errors.length || code : errors.length !== 1 || !errors[0]!.startsWith(`${code}: `)) {
    found.push(`exit ${result.exitCode} with error-code "${code}" and ${errors.length} errors: ${errors}`);
  }
  if (code === 'INTERNAL') found.push(`INTERNAL: ${errors}`);
  const front = new Set(await lab.front());
  const { state, release = '', serving = '' } = outputs;
  if (!state) return found; // it failed before it had anything to tell
  if (serving) {
    const version = lab.versionOf(serving);
    if (front.size !== 1 || !front.has(version)) found.push(`serving says ${version}, ${[...front]} answered`);
  } else if (!/is not known|nothing serves/.test(stdout)) found.push('nothing is said of the traffic');
  const mine = release && lab.containers().some((c) => c.release === release) ? lab.versionOf(release) : '';
  if (state === 'good' && mine && !front.has(mine)) found.push(`state good, ${[...front]} answered`);
  if ((state === 'bad' || state === 'rolled-back') && mine && front.has(mine)) found.push(`${state}, and it serves`);
  if (/nothing serves/.test(stdout) && front.size) found.push(`"nothing serves", and ${[...front]} answered`);
  return found;
}

/** After the harm: frees what a dead run holds, and the very next command must work and leave nothing behind. */
export async function settle(lab: Lab, n: number, { unlock = true } = {}): Promise<string[]> {
  const faults: string[] = [];
  const free = async () => {
    if (!unlock || !lab.containers().some((c) => c.role === 'lock')) return;
    const freed = await lab.run('unlock', { force: 'true' });
    if (freed.exitCode !== 0) faults.push(`unlock: ${freed.errors}`);
  };
  const go = async () => {
    if (n % 2) return lab.deploy(`next${n}`);
    const back = await lab.run('rollback');
    // The only good release may be the one that serves.
    return back.outputs['error-code'] === 'NO_ROLLBACK_TARGET' ? lab.deploy(`next${n}`) : back;
  };
  await free();
  let next = await go();
  // What the dead run asked of the engine last may come about after its death: then its lock is there only now.
  if (next.outputs['error-code'] === 'LOCK_HELD') {
    await free();
    next = await go();
  }
  if (next.exitCode !== 0) return [...faults, `next command: ${next.errors} ${next.stdout.slice(-1500)}`];
  const front = await lab.front();
  const version = lab.versionOf(next.outputs.release!);
  if (front.some((answer) => answer !== version)) faults.push(`${version} should serve, ${front} answered`);
  if (next.outputs.serving !== next.outputs.release) faults.push(`serving says ${next.outputs.serving}`);
  return [...faults, ...lab.faults(next)];
}

/** Harm at every call takes hours; the moments take a minute. */
export const ALL = process.env.SEATRIAL_KILL === 'all';
/** For a test that does harm: no limit of its own, but one where it may last. */
export const TRIALS = ALL ? { timeout: 12 * 3_600_000 } : {};

async function trial(lab: Lab, scenario: Scenario, n: number, moment?: Moment): Promise<Trial> {
  const started = performance.now();
  lab.proxy.reset();
  const ready = await scenario.prepare?.(lab, n);
  const faults = ready && ready.exitCode !== 0 ? [`prepare: ${ready.errors}`] : [];
  const traffic = lab.traffic();
  const due = moment ? comes(moment) : (call: Call) => call.n === n;
  let harmed: Call | undefined;
  lab.proxy.reset();
  lab.proxy.fault = (call) => {
    if (!due(call)) return undefined;
    harmed = call;
    return scenario.fault(n);
  };
  const result = await scenario.run(lab, n);
  lab.proxy.reset();
  if (harmed) {
    faults.push(...(await scenario.judge(lab, result, n)));
    faults.push(...(await settle(lab, n)));
  } else if (result.exitCode !== 0) faults.push(`not harmed, but failed: ${result.errors}`);
  faults.push(...(await traffic.stop()));
  const call = harmed && `${moment ? `${moment.name}: ` : ''}${harmed.what.slice(0, 120)}`;
  return { n, call, ms: performance.now() - started, faults };
}

/**
 * Does harm to a command, in a run of its own at each of the moments. Each must come. One app lives on from trial to
 * trial, so that what one leaves behind is met by the next. With SEATRIAL_KILL=all `apps` at once share them, and the harm is
 * done to call 1, 2, 3 … until a run comes to its end unharmed.
 */
export async function harmAt(
  what: string,
  moments: readonly Moment[],
  scenario: Scenario,
  { apps = 2, second }: { apps?: number; second?: SecondEngine } = {},
): Promise<Trial[]> {
  const trials: Trial[] = [];
  let next = 1;
  let ended = false;
  const worker = async () => {
    const lab = await Lab.open(second);
    try {
      const first = await lab.deploy('first');
      if (first.exitCode !== 0) throw new Error(`the first deploy failed: ${first.errors}`);
      while (!ended && (ALL || next <= moments.length)) {
        const n = next++;
        const done = await trial(lab, scenario, n, ALL ? undefined : moments[n - 1]);
        if (ALL && !done.call) ended = true;
        if (!ALL && !done.call) done.faults.push(`never came: ${moments[n - 1]!.name}`);
        if (done.call || done.faults.length) trials.push(done);
        if (done.faults.length) console.info(`${what}: ${JSON.stringify(done)}`);
      }
    } finally {
      await lab.close();
    }
  };
  await Promise.all(Array.from({ length: ALL ? apps : 1 }, worker));
  const slow = trials.toSorted((x, y) => y.ms - x.ms).slice(0, 3);
  const lines = slow.map((t) => `  ${Math.round(t.ms)} ms  ${t.n} ${t.call}`);
  console.info(`${what}: harmed at ${trials.length} calls; the slowest trials:\n${lines.join('\n')}`);
  return trials.sort((x, y) => x.n - y.n);
}

export const broken = (trials: readonly Trial[]): string[] =>
  trials.filter((t) => t.faults.length).map((t) => `${t.n} ${t.call}: ${t.faults.join('; ')}`);
