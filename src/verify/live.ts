import type { Actions } from '../lib/actions.ts';
import { systemClock } from '../lib/clock.ts';
import { asSeatrialError, SeatrialError } from '../lib/errors.ts';
import { captured, snapshot } from './baseline.ts';
import { Customers } from './customers.ts';
import type { VerifyInputs } from './inputs.ts';
import { Judge } from './judge/judge.ts';
import type { Decision, JudgeEvent } from './judge/types.ts';
import { judgeOptions } from './options.ts';
import { progress } from './progress.ts';
import { broken, type Result, unreadEntries } from './result.ts';
import { type Running, speakers, startSources } from './start-sources.ts';

const DEFAULTS = {
  verify: { warmUpMs: 30_000, durationMs: 600_000 },
  watch: { warmUpMs: 0, durationMs: 60_000 },
  baseline: { warmUpMs: 0, durationMs: 120_000 },
} as const;

/** The mode baseline records under `new`, as it watches what serves. */
const isBaseline = (inputs: VerifyInputs) => inputs.mode === 'baseline';

/** Runs the judge against live sources until a verdict falls, a source breaks, or the run is cancelled. */
export async function live(inputs: VerifyInputs, actions: Actions): Promise<Result> {
  const defaults = DEFAULTS[inputs.mode as keyof typeof DEFAULTS];
  const { sources: speaking, asked } = await speakers(inputs);
  const options = await judgeOptions(inputs, speaking, defaults);
  if (!asked) {
    throw new SeatrialError(
      'NOTHING_TO_WATCH',
      'Give urls, containers, a deployment or queries, so that there is something to judge.',
    );
  }
  if (isBaseline(inputs)) options.durationMs = Math.max(options.durationMs, 1000);
  const judge = new Judge(options);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, actions.signal]);
  let settle: (decision: Decision) => void = () => undefined;
  const settled = new Promise<Decision>((resolve) => {
    settle = resolve;
  });
  let done = false;
  const end = (decision: Decision) => {
    if (done) return;
    done = true;
    settle(decision);
  };
  const customers = new Customers();
  let last = 0;
  const take = (event: JudgeEvent) => {
    if (done) return;
    // Sources have clocks of their own; the judge's time never runs back, and no line from the future moves it.
    customers.take(event);
    last = Math.max(last, Math.min(event.t, Date.now() / 1000));
    const decision = judge.advance({ ...event, t: last });
    if (decision && (!isBaseline(inputs) || decision.gate === '')) end(decision);
  };
  const began = Date.now();
  const onCancel = () => end(broken('The run was cancelled before a verdict.', judge));
  actions.signal.addEventListener('abort', onCancel, { once: true });
  if (actions.signal.aborted) onCancel();
  let sources: Running | undefined;
  try {
    if (!done) {
      sources = await startSources(inputs, actions, {
        emit: take,
        signal,
        clock: systemClock,
        lost: (error) => end(broken(lostText(error), judge)),
      });
    }
  } catch (error) {
    if (!actions.signal.aborted) throw error;
  }
  const timer = setInterval(() => {
    const now = Date.now() / 1000;
    last = Math.max(last, now);
    const decision = Number.isNaN(judge.firstNew) ? undefined : judge.tick(last);
    if (decision) end(decision);
    // The new version may never say a word; the clock on the wall then ends it.
    else if (Date.now() - began > options.durationMs + 15_000) end(judge.finish(last));
  }, 250);
  const show = setInterval(() => actions.info(progress(judge, sources, Date.now() - began)), 5000);
  const decision = await settled;
  clearInterval(timer);
  clearInterval(show);
  stop.abort();
  actions.signal.removeEventListener('abort', onCancel);
  try {
    const evidence = await sources?.evidence();
    const baseline = isBaseline(inputs) || decision.verdict === 'pass' ? snapshot(judge, inputs) : undefined;
    return {
      decision: isBaseline(inputs) && decision.verdict !== 'error' ? captured(judge, decision) : decision,
      judge,
      evidence,
      baseline: baseline && judge.stream.requests.n > 0 ? baseline : undefined,
      notChecked: sources?.notChecked ?? [],
      asked: sources?.asked,
      customers: isBaseline(inputs) ? undefined : customers.met,
      vitals: sources?.rows() ?? [],
      measured: [...((await sources?.measured()) ?? []), ...unreadEntries(judge)],
    };
  } finally {
    await sources?.close();
  }
}

function lostText(error: unknown): string {
  const { code, message } = asSeatrialError(error);
  return `A source was lost, so no verdict can be given. ${code}: ${message}`;
}
