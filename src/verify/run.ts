import type { Actions } from '../lib/actions.ts';
import type { VerifyInputs } from './inputs.ts';
import { Judge } from './judge/judge.ts';
import { judgeOptions } from './options.ts';
import { BadLine, readReplay } from './replay.ts';
import { broken, type Result, unreadEntries } from './result.ts';
import { Tail } from './tail.ts';

async function replay(inputs: VerifyInputs): Promise<Result> {
  const result: Omit<Result, 'decision'> = { notChecked: [], vitals: [], measured: [] };
  let events: Awaited<ReturnType<typeof readReplay>>;
  try {
    events = await readReplay(inputs['replay-file']!);
  } catch (error) {
    if (error instanceof BadLine) return { ...result, decision: broken(error.message) };
    throw error;
  }
  const requests = events.some((event) => event.kind === 'request');
  const logs = events.some((event) => event.kind === 'log');
  const sources = { requests: requests || !logs, logs, counters: [] };
  const defaults = { warmUpMs: 0, durationMs: Number.POSITIVE_INFINITY };
  const firstNew = events.find(({ version }) => version === 'new')?.t;
  const judge = new Judge(await judgeOptions(inputs, sources, defaults, firstNew));
  const tail = new Tail();
  const missing = {
    requests: 'errors, latency and endpoints: the stream holds no requests',
    logs: 'logs: the stream holds no log lines',
  };
  if (!requests) result.notChecked.push(missing.requests);
  if (!logs) result.notChecked.push(missing.logs);
  result.notChecked.push('container vitals, queries and business figures: a replay has none');
  for (const event of events) {
    const decision = judge.advance(event);
    if (decision) return { ...result, decision, judge, evidence: tail.text(), measured: unreadEntries(judge) };
    if (event.kind === 'log' && event.version === 'new') tail.push('', event.line);
  }
  const decision = judge.finish();
  return { ...result, decision, judge, evidence: tail.text(), measured: unreadEntries(judge) };
}

/** Gathers events by the mode and judges them. */
export async function judgeRun(inputs: VerifyInputs, actions: Actions): Promise<Result> {
  if (inputs.mode === 'replay') return replay(inputs);
  if (inputs.mode === 'load') {
    const { load } = await import('./load/run.ts');
    return load(inputs, actions);
  }
  const { live } = await import('./live.ts');
  return live(inputs, actions);
}
