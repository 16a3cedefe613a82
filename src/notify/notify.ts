import { randomBytes } from 'node:crypto';
import type { Actions } from '../lib/actions.ts';
import { systemClock } from '../lib/clock.ts';
import { subjectFinder } from '../lib/commit-subject.ts';
import { SeatrialError } from '../lib/errors.ts';
import { createHttp } from '../lib/http.ts';
import { redact } from '../lib/redact.ts';
import { compose } from './document.ts';
import { gather, keyOf } from './gather.ts';
import type { Inputs } from './inputs.ts';
import type { Message } from './message.ts';
import { makePlan, type Plan, type Step } from './plan.ts';
import type { Receipt } from './receipts.ts';
import { type Dependencies, sendTo } from './send.ts';
import { collectTargets } from './targets.ts';
import { tell } from './tell.ts';

export interface Told {
  message: Message;
  plan: Plan;
  receipts: Receipt[];
}

/**
 * Tells everybody the inputs name. Every rule is checked before anything is sent.
 * @throws INPUT_*, NOTIFY_NO_TARGET, TEMPLATE_INVALID, NOT_SUPPORTED
 */
export async function notify(inputs: Inputs, actions: Actions): Promise<Told> {
  const { env } = actions;
  if (inputs.timeout <= 0)
    throw new SeatrialError('INPUT_INVALID', 'timeout: nothing can be told in no time; write 10s.');
  const targets = await collectTargets(inputs, env, { mask: actions.mask, warn: actions.warning });
  const now = systemClock.now();
  const clean = (text: string) => redact(actions.scrub(text));
  const message = await gather(inputs, env, now, clean, subjectFinder(env));
  const said = inputs.event?.trim();
  if (said && said !== message.event) {
    actions.warning(
      `event is ${said}, but by what was handed over it is ${message.ending.kind}: told as ${message.event}; leave event out.`,
    );
  }
  if (!targets.length && inputs.require !== 'none') {
    throw new SeatrialError(
      'NOTIFY_NO_TARGET',
      'No channel is configured, so nobody would be told; give one its inputs, or set require: none.',
    );
  }
  const plan = makePlan(targets, message, inputs);
  const document = compose(message, inputs.locale);
  const key = keyOf(inputs['dedup-key'], message, env);
  const id = randomBytes(16).toString('hex');
  const deps: Dependencies = {
    http: await createHttp(env),
    clock: systemClock,
    random: Math.random,
    env,
    scrub: actions.scrub,
    debug: actions.debug,
    signal: actions.signal,
  };
  const send = ({ target, silent, closing }: Step) =>
    sendTo(
      {
        target,
        document,
        context: { now, key, id, silent, closing },
        ref: inputs['message-refs']?.refs[target.name],
        timeoutMs: inputs.timeout,
        probe: inputs.mode === 'check',
      },
      deps,
    );
  return { message, plan, receipts: await tell(plan, send) };
}
