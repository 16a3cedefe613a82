import { randomBytes } from 'node:crypto';
import type { Actions } from '../lib/actions.ts';
import { systemClock } from '../lib/clock.ts';
import { SeatrialError } from '../lib/errors.ts';
import { createHttp } from '../lib/http.ts';
import { redact } from '../lib/redact.ts';
import { compose } from './document.ts';
import { gather, keyOf } from './gather.ts';
import type { Inputs } from './inputs.ts';
import type { Receipt } from './receipts.ts';
import { type Job, sendTo, type Wires } from './send.ts';
import { collectTargets } from './targets.ts';

/** Tells everybody the inputs name, and answers a receipt for each. */
export async function notify(inputs: Inputs, actions: Actions): Promise<Receipt[]> {
  const { env } = actions;
  const targets = await collectTargets(inputs, env, { mask: actions.mask, warn: actions.warning });
  const now = systemClock.now();
  const message = await gather(inputs, env, now, (text) => redact(actions.scrub(text)));
  if (!targets.length) {
    throw new SeatrialError(
      'NOTIFY_NO_TARGET',
      'No channel is configured, so nobody would be told; give one its inputs.',
    );
  }
  const document = compose(message, inputs.locale);
  const wires: Wires = {
    http: await createHttp(env),
    clock: systemClock,
    random: Math.random,
    env,
    scrub: actions.scrub,
    debug: actions.debug,
    signal: actions.signal,
  };
  const context = {
    now,
    key: keyOf(inputs['dedup-key'], message, env),
    id: randomBytes(16).toString('hex'),
    silent: false,
  };
  const jobs = targets.map(
    (target): Job => ({
      target,
      document,
      context,
      ref: inputs['message-refs']?.refs[target.name],
      timeoutMs: inputs.timeout,
    }),
  );
  return Promise.all(jobs.map((job) => sendTo(job, wires)));
}
