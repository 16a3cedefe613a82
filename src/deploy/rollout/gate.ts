/** One look at a container while it starts. */
export interface Look {
  /** Milliseconds since it was started. */
  atMs: number;
  running: boolean;
  /** The engine has no such container any more. */
  gone?: boolean;
  exitCode: number;
  oomKilled: boolean;
  /** Times the engine has restarted it. */
  restarts: number;
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** Our own probe; undefined when the app has no port. */
  probe: { ok: boolean; said: string } | undefined;
}

export interface GateRules {
  after: number;
  startPeriodMs: number;
  deadlineMs: number;
  /** How long one that neither Docker nor a probe can judge must have run: a crash takes a while to show. */
  settleMs?: number;
}

export interface GateState {
  /** Good looks in a row. */
  good: number;
  verdict: 'wait' | 'healthy' | 'failed';
  /** Why it waits or failed, in words. */
  why: string;
}

export const gateStart: GateState = { good: 0, verdict: 'wait', why: 'not looked at yet' };

/** What is wrong with one look; empty when nothing is. */
function fault(look: Look): string {
  if (look.health === 'unhealthy') return 'Docker calls it unhealthy';
  if (look.health === 'starting') return 'Docker has not called it healthy yet';
  if (look.probe && !look.probe.ok) return look.probe.said;
  return '';
}

/**
 * The gate's next state. Hard facts end it at once: an exit, a restart, an OOM kill, Docker's "unhealthy" after the
 * start period. It opens after N good looks in a row, Docker's health AND our own probe, and never on one alone.
 */
export function judge(state: GateState, look: Look, rules: GateRules): GateState {
  const failed = (why: string): GateState => ({ good: 0, verdict: 'failed', why });
  if (look.gone) return failed('somebody has removed it');
  if (look.oomKilled) return failed('it was killed for using more memory than its limit');
  if (look.restarts > 0) return failed(`it crashed and was restarted (exit code ${look.exitCode})`);
  if (!look.running) return failed(`it exited with code ${look.exitCode}`);
  if (look.health === 'unhealthy' && look.atMs >= rules.startPeriodMs) return failed('Docker calls it unhealthy');
  const why = fault(look);
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
