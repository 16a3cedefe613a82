import { redact } from '../../lib/redact.ts';
import type { Look } from '../target.ts';

export interface GateRules {
  after: number;
  startPeriodMs: number;
  deadlineMs: number;
  /** How long one that neither the engine nor a probe can judge must have run: a crash takes a while to show. */
  settleMs?: number;
  /** What the engine is called. */
  engine?: string;
}

export interface GateState {
  /** Good looks in a row. */
  good: number;
  verdict: 'wait' | 'healthy' | 'failed';
  /** Why it waits or failed, in words. */
  why: string;
}

const THE_ENGINE = 'the engine';

export const gateStart: GateState = { good: 0, verdict: 'wait', why: 'not looked at yet' };

/** With the check's own words: "curl: not found" is what its author has to read. */
export function calledUnhealthy({ healthSaid }: Look, engine = THE_ENGINE): string {
  return `${engine} calls it unhealthy${healthSaid ? ` (its check said: ${redact(healthSaid)})` : ''}`;
}

const said = ({ healthSaid }: Look) => (healthSaid ? ` (${redact(healthSaid)})` : '');

/** Why there is none any more: by whom, where that is known. */
export const goneWords = (look: Look): string =>
  look.healthSaid ? `it is gone${said(look)}` : 'somebody has removed it';

/** That one is awaited in its place. */
export const movedWords = (look: Look): string =>
  `it was moved, and the one in its place is not ready yet${said(look)}`;

/** Why an instance is not well, in words; empty when it is. What "well" means is said here and nowhere else. */
export function faultOf(look: Look, engine = THE_ENGINE): string {
  if (!look.running) return 'it does not run';
  if (look.moved) return movedWords(look);
  if (look.probe && !look.probe.ok) return look.probe.said;
  return look.health === 'unhealthy' ? calledUnhealthy(look, engine) : '';
}

/**
 * The gate's next state. Hard facts end it at once: an exit, a restart, an OOM kill, the engine's "unhealthy" after the
 * start period, or the deadline where none is given. It opens after N good looks in a row, the engine's health AND our
 * own probe, and never on one alone.
 */
export function judge(state: GateState, look: Look, rules: GateRules): GateState {
  const failed = (why: string): GateState => ({ good: 0, verdict: 'failed', why });
  if (look.gone) return failed(goneWords(look));
  if (look.oomKilled) return failed('it was killed for using more memory than its limit');
  if (look.restarts > 0) return failed(`it crashed and was restarted (exit code ${look.exitCode})`);
  if (!look.running) return failed(`it exited with code ${look.exitCode}`);
  if (look.moved) {
    const why = movedWords(look);
    return look.atMs >= rules.deadlineMs ? failed(why) : { good: 0, verdict: 'wait', why };
  }
  const { engine = THE_ENGINE } = rules;
  const last = look.healthSaid ? ` (its check said: ${redact(look.healthSaid)})` : '';
  const calls = {
    unhealthy: calledUnhealthy(look, engine),
    starting: `${engine} has not called it healthy yet${last}`,
  };
  // A slow boot has until the deadline, unless the caller says how long a boot may take.
  const patience = rules.startPeriodMs || rules.deadlineMs;
  if (look.health === 'unhealthy' && look.atMs >= patience) return failed(calls.unhealthy);
  const why = calls[look.health as keyof typeof calls] ?? faultOf(look, engine);
  const good = why ? 0 : state.good + 1;
  const unjudged = look.health === 'none' && !look.probe;
  if (unjudged && look.atMs < (rules.settleMs ?? 0))
    return { good, verdict: 'wait', why: 'it runs; waiting whether it stays' };
  if (good >= rules.after) return { good, verdict: 'healthy', why: look.probe?.said ?? 'it runs' };
  if (look.atMs >= rules.deadlineMs) {
    return failed(
      `not healthy within ${rules.deadlineMs / 1000} s: ${why || `only ${good} of ${rules.after} good looks in a row`}`,
    );
  }
  return { good, verdict: 'wait', why: why || `${good} of ${rules.after} good looks` };
}
