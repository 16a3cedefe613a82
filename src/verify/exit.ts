import type { Actions } from '../lib/actions.ts';
import type { Code } from '../lib/codes.ts';
import { asSeatrialError, SeatrialError } from '../lib/errors.ts';
import { redact } from '../lib/redact.ts';
import { failOn, type VerifyInputs } from './inputs.ts';
import type { Decision } from './judge/types.ts';

const CODES = { fail: 'VERDICT_FAIL', inconclusive: 'VERDICT_INCONCLUSIVE', error: 'VERDICT_ERROR' } as const;

/**
 * What the verdict does to the step: nothing, a warning, or VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_ERROR. Answers
 * the `error-code` of a step that stays green: a verdict of error has its code whatever the policy says.
 */
export function failFor(decision: Decision, inputs: VerifyInputs, actions: Pick<Actions, 'warning'>): Code | undefined {
  const { verdict } = decision;
  // A capture has no verdict to act on; an empty one is not silent.
  if (verdict === 'pass' || (inputs.mode === 'baseline' && decision.samples > 0 && verdict === 'inconclusive'))
    return undefined;
  const reason = redact(decision.reason);
  const policy = verdict === 'fail' ? 'warn' : inputs[`on-${verdict}`];
  if (policy === 'fail' || failOn(inputs['fail-on']).includes(verdict)) {
    throw new SeatrialError(CODES[verdict], reason);
  }
  if (policy === 'warn') actions.warning(`Verdict ${verdict}: ${reason}`);
  return verdict === 'error' ? 'VERDICT_ERROR' : undefined;
}

/** A step that fails before a verdict fell says so in its outputs: what reads them must not take nothing for a pass. */
export function unjudged(error: unknown, actions: Pick<Actions, 'output'>): void {
  const { code, message } = asSeatrialError(error);
  if (code.startsWith('VERDICT_') || code === 'REPORT_UNWRITABLE') return; // the verdict stands already
  actions.output('verdict', 'error');
  actions.output('reason', redact(message));
}
