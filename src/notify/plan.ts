import { SeatrialError } from '../lib/errors.ts';
import type { Target } from './channel.ts';
import { closesAny } from './ending/closes.ts';
import { isMishap } from './events.ts';
import type { Inputs } from './inputs.ts';
import type { Message } from './message.ts';
import { isQuiet, parseQuietHours, type QuietHours } from './quiet.ts';
import { named, namesEvent, routed } from './routes.ts';

/** Why a target is not asked. `quiet` also rests the fallbacks behind it: the room is asleep, not unreachable. */
export interface Skip {
  code: 'route' | 'quiet' | 'not-failed' | 'no-probe';
  reason: string;
}

export interface Step {
  target: Target;
  skip?: Skip;
  /** Deliver without a sound. */
  silent: boolean;
  /** Only close what is open there: routes send the message itself elsewhere. */
  closing?: boolean;
}

export interface Plan {
  steps: Step[];
  /** Target names, in order; see `fallback`. Empty where everybody is asked: a check, and a rehearsal of them all. */
  chain: string[];
}

type Rules = Pick<Inputs, 'routes' | 'quiet-hours' | 'fallback' | 'message-refs' | 'mode' | 'needs' | 'verdict'>;

/** `recovered` is said of what had failed: known from message-refs, and not against what needs or verdict say now. */
function recovery(message: Message, rules: Rules): Skip | undefined {
  if (message.event !== 'recovered') return undefined;
  const failing = message.jobs.find(({ result }) => result === 'failure');
  if (failing) throw contradiction(`job ${failing.name} failed`);
  if (message.verdict === 'fail' || message.verdict === 'error')
    throw contradiction(`the verdict is ${message.verdict}`);
  const last = rules['message-refs']?.event;
  if (last === undefined || isMishap(last)) return undefined;
  return { code: 'not-failed', reason: `Nothing to recover from: the message before was "${last}", not a failure.` };
}

const contradiction = (what: string) =>
  new SeatrialError('INPUT_INVALID', `event is recovered, but ${what}; send alert or failure instead.`);

function quietFor(target: Target, hours: readonly QuietHours[], message: Message): QuietHours | undefined {
  if (message.severity === 'critical') return undefined;
  // Closing an incident wakes nobody; leaving it open overnight would.
  if (target.channel.resolves && closesAny(message.ending)) return undefined;
  return hours.find((h) => (h.targets?.includes(target) ?? true) && isQuiet(h, message.at));
}

/**
 * Routes say who is told; a fallback is for when that did not succeed, so it need not be named there: in a chain whoever
 * comes behind one who is told, and a name alone behind all others. Alone with nobody before it, it is no fallback.
 */
function fallbacks(names: readonly string[], told: ReadonlySet<Target>, targets: readonly Target[]) {
  const chain = [...new Set(names.flatMap((name) => named('fallback', name, targets)))];
  if (chain.length === 1) {
    const others = targets.some((target) => target !== chain[0] && told.has(target));
    return others ? { chain, behind: chain } : { chain: [], behind: [] };
  }
  const from = chain.findIndex((target) => told.has(target));
  return { chain, behind: from < 0 ? [] : chain.slice(from) };
}

/**
 * Who is asked, who is not and why, and in which order. Pure; every rule is checked even where it does not apply now.
 * @throws INPUT_INVALID
 */
export function makePlan(targets: readonly Target[], message: Message, rules: Rules): Plan {
  const told = routed(rules.routes, message, targets);
  const { chain, behind } = fallbacks(rules.fallback, told, targets);
  // A fallback that is first asked when it is needed is one nobody has proved.
  const asked = rules.mode === 'send' ? chain : [];
  const recipients = new Set([...told, ...behind]);
  const hours = parseQuietHours(rules['quiet-hours'], targets);
  const never = recovery(message, rules);
  const steps = targets.map((target): Step => {
    const step = { target, silent: false };
    if (rules.mode === 'check') {
      // What can't be asked, and an address known to be dead, need no probe to be refused.
      if (target.fault || target.channel.probe || target.channel.retired?.(target.settings)) return step;
      const reason = `No silent probe exists for ${target.channel.kind}: mode drill proves it by a real message.`;
      return { ...step, skip: { code: 'no-probe', reason } };
    }
    if (never) return { ...step, skip: never };
    if (!recipients.has(target)) {
      // A page opened by `critical: pagerduty` must not stay open because good news is routed elsewhere.
      const closing = rules.mode === 'send' && target.channel.resolves && closesAny(message.ending);
      if (closing && !namesEvent(rules.routes, message.event)) return { ...step, closing };
      const reason = `routes send ${message.severity} ${message.event} messages elsewhere.`;
      return { ...step, skip: { code: 'route', reason } };
    }
    const quiet = quietFor(target, hours, message);
    if (!quiet) return step;
    if (target.channel.silent) return { ...step, silent: true };
    return {
      ...step,
      skip: { code: 'quiet', reason: `Quiet hours ${quiet.text}; critical messages go all the same.` },
    };
  });
  return { steps, chain: asked.map(({ name }) => name) };
}
