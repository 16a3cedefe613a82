import { SeatrialError } from '../../lib/errors.ts';
import { carriers, of } from '../on-target.ts';
import type { Spec } from '../release/spec.ts';
import type { Inspect, Target } from '../target.ts';
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

/**
 * Asks every instance of a release once, or only those with traffic. Answers the first that is not well, and why;
 * undefined when all are.
 */
export async function findFault(
  run: Run,
  target: Target,
  release: string,
  spec: Spec,
  whose: 'all' | 'carriers' = 'all',
): Promise<{ name: string; why: string } | undefined> {
  const asked = whose === 'all' ? of(target, release) : carriers(target, release);
  const looks = await Promise.all(
    asked.map(async (instance) => {
      const look = await target.workload.inspect(instance, spec, 0, run.signal);
      return { name: instance.name, why: faultOf(look, target.terms.engine) };
    }),
  );
  return looks.find(({ why }) => why !== '');
}
