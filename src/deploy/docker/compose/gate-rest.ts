import { conditionOf, inspectContainer } from '../../../lib/docker/inspect.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { redact } from '../../../lib/redact.ts';
import { type GateState, gateStart, judge } from '../../rollout/gate.ts';
import type { Look } from '../../target.ts';
import { lastLines } from '../containers.ts';
import type { Host } from '../host.ts';
import { GONE } from '../look.ts';
import type { DockerSpec } from '../spec.ts';
import { mustFinish } from './finish.ts';
import { type BaseContainer, listBase, oneShot } from './rest.ts';

/** What has no health check proves itself by staying up this long: a crash at the start shows within it. */
const STEADY_MS = 2000;

async function lookAt(host: Host, { id, name }: BaseContainer, atMs: number, before: number): Promise<Look> {
  const info = await inspectContainer(host.engine, id, `look at ${name}`);
  if (!info) return { ...GONE, atMs };
  const condition = conditionOf(info);
  return { atMs, ...condition, restarts: condition.restarts - before, probe: undefined };
}

/**
 * Waits until every touched service stands: healthy where it has a check, N good looks in a row without a restart, and
 * ended with 0 where it is a one-shot. compose's own `--wait` takes one `running` for it and lets crash loops pass. Answers
 * their containers.
 */
export async function gateRest(
  host: Host,
  spec: DockerSpec,
  services: readonly string[],
  /** Restarts of containers that were there before, by id. */
  restarts: ReadonlyMap<string, number>,
): Promise<BaseContainer[]> {
  const { project } = spec.compose!;
  const { clock, signal } = host;
  const { health } = spec;
  const begun = clock.mono();
  const finishing = mustFinish(project);
  const states = new Map<string, GateState>();
  for (;;) {
    const turn = clock.mono();
    const mine = (await listBase(host.engine, project.name, signal)).filter((c) => services.includes(c.service));
    for (const container of mine) {
      const state = states.get(container.id) ?? gateStart;
      if (state.verdict === 'healthy') continue;
      const look = await lookAt(host, container, turn - begun, restarts.get(container.id) ?? 0);
      const next = decide(
        look,
        state,
        project.services[container.service]?.restart,
        finishing.has(container.service),
        health,
      );
      states.set(container.id, next);
      if (next.verdict === 'healthy') host.say(`${container.name}: ${next.why}`);
      if (next.verdict === 'failed') throw await failure(host, container, next.why);
    }
    if (mine.every((c) => states.get(c.id)?.verdict === 'healthy')) return mine;
    await clock.sleep(Math.max(0, health.intervalMs - (clock.mono() - turn)), signal);
    await host.guard();
  }
}

/**
 * A second look at what passed: on a starved host a process may take longer to crash than it has to stay up. By now the
 * release itself has started and answered, which is as long as a start takes there.
 */
export async function lookAgain(host: Host, spec: DockerSpec, gated: ReadonlyMap<string, number>): Promise<void> {
  if (!gated.size) return;
  const { project } = spec.compose!;
  for (const container of await listBase(host.engine, project.name, host.signal)) {
    const before = gated.get(container.id);
    if (before === undefined) continue;
    const why = fallen(await lookAt(host, container, 0, before), project.services[container.service]?.restart);
    if (why) throw await failure(host, container, why);
  }
}

/** Pure: how one that had passed has crashed since; empty where it has not. */
export function fallen(look: Look, restart: string | undefined): string {
  if (oneShot(restart) && !look.running && look.exitCode === 0 && !look.oomKilled) return '';
  const facts = { after: 1, startPeriodMs: 0, deadlineMs: Number.POSITIVE_INFINITY, engine: 'Docker' };
  const { verdict, why } = judge(gateStart, look, facts);
  return verdict === 'failed' ? why : '';
}

/** Pure: the gate's next state for a container of a service in place. */
export function decide(
  look: Look,
  state: GateState,
  restart: string | undefined,
  finishes: boolean,
  rules: { after: number; startPeriodMs: number; deadlineMs: number },
): GateState {
  if (oneShot(restart) && !look.running && look.exitCode === 0 && !look.oomKilled) {
    return { good: 1, verdict: 'healthy', why: 'done, it exited with 0' };
  }
  if (finishes && look.running && look.restarts === 0) {
    if (look.atMs < rules.deadlineMs) return { good: 0, verdict: 'wait', why: 'it has not finished yet' };
    return { good: 0, verdict: 'failed', why: `it did not finish within ${rules.deadlineMs / 1000} s` };
  }
  const next = judge(state, look, { ...rules, engine: 'Docker' });
  if (next.verdict !== 'healthy' || look.health === 'healthy' || look.atMs >= STEADY_MS) return next;
  return { ...next, verdict: 'wait', why: 'it runs; it has to stay up for a while' };
}

async function failure(host: Host, { id, name }: BaseContainer, why: string): Promise<SeatrialError> {
  const { actions } = host.context;
  // A diagnosis must not take the place of what it explains.
  const lines = await lastLines(host.engine, id).catch((problem: unknown) => {
    actions.info(`${name}: its log can't be shown: ${problem instanceof Error ? problem.message : problem}`);
    return [];
  });
  await actions.group(`last lines of ${name}`, async () => {
    for (const line of lines) actions.info(redact(line));
  });
  return new SeatrialError('COMPOSE_SERVICE_FAILED', `${host.label}: ${name}: ${why}; its last lines stand above.`);
}
