import { SeatrialError } from '../../lib/errors.ts';
import { carriers, of } from '../on-target.ts';
import type { Spec } from '../release/spec.ts';
import type { Inspect, Instance, Target } from '../target.ts';
import { faultOf, type GateState, gateStart, judge } from './gate.ts';
import type { Run } from './run.ts';

/**
 * Lets a release through only when each of its instances is healthy. DEPLOY_UNHEALTHY says which is not, and why. `passed`
 * are ids of those that had come through before: what befell them since is no fault of the others.
 */
export function passGate(
  run: Run,
  target: Target,
  release: string,
  spec: Spec,
  passed: ReadonlySet<string> = new Set(),
): Promise<number> {
  return target.workload.withProbe(spec, (inspect) => gate(run, target, release, spec, inspect, passed));
}

/** What nobody can ask must run this long. */
const SETTLE_MS = 3000;

async function gate(
  run: Run,
  target: Target,
  release: string,
  spec: Spec,
  inspect: Inspect,
  passed: ReadonlySet<string>,
): Promise<number> {
  const { clock, signal } = run;
  const begun = clock.mono();
  const { health } = spec;
  const { after, startPeriodMs, deadlineMs } = health;
  const { engine } = target.terms;
  const rules = { after, startPeriodMs, deadlineMs, settleMs: SETTLE_MS, engine };
  // Those it began with: one that is replaced meanwhile is gone, and that is told of it.
  const asked = of(target, release).filter(({ id }) => !passed.has(id));
  const states = new Map<string, GateState>(asked.map((instance) => [instance.id, gateStart]));
  let told = '';
  for (;;) {
    const turn = clock.mono();
    await Promise.all(
      asked.map(async (listed) => {
        const { id, name } = listed;
        const instance = of(target, release).find((one) => one.id === id) ?? listed;
        if (states.get(id)!.verdict === 'healthy') return;
        const look = await inspect(instance, spec, clock.mono() - begun, signal);
        const state = judge(states.get(id)!, look, rules);
        states.set(id, state);
        if (state.verdict === 'failed') {
          throw new SeatrialError(
            'DEPLOY_UNHEALTHY',
            `${target.label}: ${name} is not healthy: ${state.why}; look at its log above.`,
          );
        }
        const line = `${name}: ${state.verdict === 'healthy' ? `healthy (${state.why})` : state.why}`;
        if (state.good === 0 && line !== told) run.say(line);
        if (state.verdict === 'healthy') run.say(line);
        told = line;
      }),
    );
    if ([...states.values()].every((state) => state.verdict === 'healthy')) return clock.mono() - begun;
    await clock.sleep(Math.max(0, health.intervalMs - (clock.mono() - turn)), signal);
    await target.ledger.guard();
  }
}

type Fault = { name: string; why: string };

async function lookAt(run: Run, target: Target, asked: readonly Instance[], spec: Spec) {
  return Promise.all(
    asked.map(async (instance) => {
      const look = await target.workload.inspect(instance, spec, 0, run.signal);
      return { name: instance.name, running: look.running, why: faultOf(look, target.terms.engine) };
    }),
  );
}

/** Asks every instance of a release once. Answers the first that is not well, and why; undefined when all are. */
export async function findFault(run: Run, target: Target, release: string, spec: Spec): Promise<Fault | undefined> {
  const looks = await lookAt(run, target, of(target, release), spec);
  return looks.find(({ why }) => why !== '');
}

/** How those of a release fare that take traffic. */
export interface Fitness {
  /** Shares of them that answer well and that run, 0 to 1; none where none is there. */
  well: number;
  running: number;
  /** The first that is not well. */
  fault?: Fault;
}

/** Asks every instance of a release that takes traffic once. */
export async function fitness(run: Run, target: Target, release: string, spec: Spec): Promise<Fitness> {
  const looks = await lookAt(run, target, carriers(target, release), spec);
  if (!looks.length) return { well: 0, running: 0, fault: { name: release, why: 'nothing of it is there' } };
  const share = (of: typeof looks) => of.length / looks.length;
  const well = share(looks.filter(({ why }) => why === ''));
  return { well, running: share(looks.filter(({ running }) => running)), fault: looks.find(({ why }) => why !== '') };
}

/** What is surely worse: fewer answer, or as many do and fewer run. Pure. */
export const worse = (one: Fitness, other: Fitness): boolean =>
  one.well < other.well || (one.well === other.well && one.running < other.running);
