import type { Actions } from '../../lib/actions.ts';
import { systemClock } from '../../lib/clock.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { parseLoad } from '../input/load-plan.ts';
import { parseUrl } from '../input/specs.ts';
import { asksOf, type VerifyInputs } from '../inputs.ts';
import type { Check, Decision, Version } from '../judge/types.ts';
import { checkAddresses, warnOfPlain } from '../live/addresses.ts';
import { createAsk } from '../live/ask/create.ts';
import type { Ask, ProbedUrl } from '../live/ask/types.ts';
import { Phases } from '../live/phases.ts';
import { planProbes } from '../live/probe-plan.ts';
import { broken, type Result } from '../result.ts';
import { openSite } from '../sources/site.ts';
import type { Threshold } from '../thresholds.ts';
import { guard, guardServing } from './guard.ts';
import { limitsOf } from './limits.ts';
import { breach, overrun, quantile, runStep, type Step } from './step.ts';

const TIMEOUT_MS = 10_000;
/** The new version may hold a tenth less than the old before that is a FAIL: two runs differ by as much. */
const LESS = 0.9;
/** Requests to each target before the first step. */
const WARM_UP = 5;

/** What a version held: the highest rate without a breach, and why the next was none. */
interface Capacity {
  held: number;
  steps: Step[];
  ended?: string;
  /** This machine could send no faster. */
  own: boolean;
}

async function climb(
  targets: readonly ProbedUrl[],
  inputs: VerifyInputs,
  thresholds: readonly Threshold[],
  ask: Ask,
  actions: Actions,
  signal: AbortSignal,
): Promise<Capacity> {
  const { rates, stepMs } = parseLoad(inputs.load!);
  const found: Capacity = { held: 0, steps: [], own: false };
  // Cold sockets and a just-started runtime are not what is measured.
  for (const target of targets) for (let i = 0; i < WARM_UP; i++) await ask(target, signal).catch(() => undefined); // told by the first step
  for (const rate of rates) {
    const step = await runStep(rate, stepMs, targets, ask, systemClock, signal);
    if (signal.aborted) break;
    found.steps.push(step);
    actions.info(`${targets[0]!.version}: ${rate}/s: ${told(step)}`);
    found.ended = breach(step, thresholds);
    // What fails is the app's; what is slow may be this machine's. What is held though it was slow is held.
    if (found.ended && overrun(step) && !breach({ ...step, ms: [] }, thresholds)) {
      found.own = true;
      found.ended = `this machine could not send ${rate}/s in time`;
    }
    if (found.ended) break;
    found.held = rate;
  }
  return found;
}

const told = ({ sent, failed, ms }: Step) =>
  `p50 ${Math.round(quantile(ms, 0.5))} ms, p99 ${Math.round(quantile(ms, 0.99))} ms, ${failed} of ${sent} failed`;

function rows(version: Version, { steps, held, ended }: Capacity): Check[] {
  return steps.map(
    (step): Check => ({
      gate: `load ${step.rate}/s${version === 'old' ? ' of the old version' : ''}`,
      state: step.rate <= held ? 'pass' : version === 'new' ? 'open' : 'skipped',
      [version]: told(step),
      samples: step.sent,
      note: step.rate > held ? ended : undefined,
    }),
  );
}

/**
 * How many requests a second the candidate holds within its thresholds, before it has traffic: open-loop at rising
 * rates, to the first breach. The old version is asked the same where a URL reaches it.
 */
export async function load(inputs: VerifyInputs, actions: Actions): Promise<Result> {
  checkAddresses(inputs, actions);
  guardServing(inputs);
  const began = Date.now();
  const { signal } = actions;
  const specs = inputs.urls.map((line, i) => parseUrl(line, i + 1, inputs.method));
  const names = specs.filter(({ version }) => version !== 'old').map(({ name }) => name);
  const thresholds = limitsOf(inputs.thresholds, [...new Set(names)], asksOf(inputs));
  const site = await openSite({ ...inputs, mode: 'verify' }, actions, signal);
  try {
    const plan = await planProbes({ ...inputs, mode: 'verify' }, site.containers, site.edges, signal);
    const of = (version: Version) => plan.targets.filter((target) => target.version === version);
    const fresh = of('new');
    if (fresh.length === 0)
      throw new SeatrialError(
        'NOTHING_TO_WATCH',
        'No URL reaches the new version by itself; give one with new: before it.',
      );
    // The old version serves; it is asked only where a URL was given for it, or where told to.
    const spoken = inputs.urls.some((line) => /^\s*old:/i.test(line)) || inputs['load-serving'];
    const olds = spoken ? of('old') : [];
    const unknown = await guard(inputs, fresh, { throughEdge: plan.throughEdge, site }, actions.env, signal);
    warnOfPlain(
      'urls',
      fresh.filter(({ headers }) => !headers?.host).map(({ url }) => url),
      actions,
    );
    const phases = new Phases();
    const { ask, close } = await createAsk(inputs, {
      timeoutMs: TIMEOUT_MS,
      phases,
      now: () => systemClock.mono(),
      connections: 1024,
    });
    try {
      const now = await climb(fresh, inputs, thresholds, ask, actions, signal);
      const before =
        olds.length > 0 && !signal.aborted ? await climb(olds, inputs, thresholds, ask, actions, signal) : undefined;
      const result = {
        notChecked: [...plan.notes],
        vitals: [],
        measured: [...plan.told, ...unknown, ...phases.told()],
      };
      if (signal.aborted) return { ...result, decision: broken('The run was cancelled before a verdict.') };
      const within = thresholds.map(({ text }) => text).join(', ');
      return { ...result, capacity: now.held, decision: decided(now, before, within, Date.now() - began) };
    } finally {
      close();
    }
  } finally {
    await site.close();
  }
}

function decided(now: Capacity, before: Capacity | undefined, within: string, ms: number): Decision {
  const checks = [...rows('new', now), ...(before ? rows('old', before) : [])];
  const more = now.ended ? ` (${now.ended})` : ', the highest rate asked for';
  const holds =
    now.held > 0
      ? `holds ${now.held}/s within ${within}${more}`
      : `does not hold ${now.steps[0]?.rate}/s within ${within}${more}`;
  const old = before ? `; the old one ${before.held}/s${before.ended ? ` (${before.ended})` : ''}` : '';
  const worse = now.held === 0 || (before !== undefined && now.held < LESS * before.held);
  // Where this machine was the limit the app's own is not known.
  const verdict = !worse ? 'pass' : now.own ? 'inconclusive' : 'fail';
  const last = checks.find(({ state, gate }) => state === 'open' && !gate.includes('old'));
  if (last && verdict === 'fail') last.state = 'fail';
  return {
    verdict,
    reason: `The new version ${holds}${old}.`,
    gate: verdict === 'pass' ? '' : (last?.gate ?? 'load'),
    checks,
    samples: now.steps.reduce((sum, { sent }) => sum + sent, 0),
    needed: verdict === 'inconclusive' ? 1 : 0,
    timeToVerdictMs: ms,
    mode: 'load',
    signatures: [],
  };
}
