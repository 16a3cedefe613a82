import type { Actions } from '../lib/actions.ts';
import type { Clock } from '../lib/clock.ts';
import { redact } from '../lib/redact.ts';
import type { VerifyInputs } from './inputs.ts';
import type { JudgeOptions } from './judge/types.ts';
import { checkAddresses } from './live/addresses.ts';
import { SOURCES } from './sources/index.ts';
import { openSite } from './sources/site.ts';
import type { Emit, Source, SourceContext } from './sources/source.ts';

/** The sources of a run, once they are started. */
export interface Running {
  containers: number;
  notChecked: string[];
  evidence(): Promise<string | undefined>;
  rows(): [name: string, old: string, now: string][];
  asked: string[];
  measured(): Promise<string[]>;
  close(): Promise<void>;
}

/** What can speak in a run, by its inputs; `asked` is false where they name no source at all. */
export async function speakers(inputs: VerifyInputs): Promise<{ sources: JudgeOptions['sources']; asked: boolean }> {
  const all = (await Promise.all(SOURCES.map((kind) => kind.speaks(inputs)))).filter((speaks) => speaks !== undefined);
  return {
    sources: {
      requests: all.some(({ requests }) => requests),
      logs: all.some(({ logs }) => logs),
      counters: all.flatMap(({ counters }) => counters ?? []),
    },
    asked: all.length > 0,
  };
}

/** Starts every source the inputs name. Errors of the start are thrown; later ones go to `lost`. */
export async function startSources(
  inputs: VerifyInputs,
  actions: Actions,
  { emit, lost, signal, clock }: { emit: Emit; lost: (error: unknown) => void; signal: AbortSignal; clock: Clock },
): Promise<Running> {
  checkAddresses(inputs, actions);
  const sinceMs = Date.now();
  const site = await openSite(inputs, actions, signal);
  const notChecked = [...site.missing];
  const skip = (sentence: string) => notChecked.push(sentence);
  const context: SourceContext = { inputs, actions, site, sinceMs, clock, signal, emit, lost, skip };
  try {
    const open: Source[] = [];
    for (const kind of SOURCES) {
      const source = (await kind.speaks(inputs)) && (await kind.open(context));
      if (source) open.push(source);
    }
    const past = await Promise.all(open.map((source) => source.past?.() ?? []));
    for (const event of past.flat().sort((a, b) => a.t - b.t)) emit(event);
    for (const source of open) await source.first?.();
    if (inputs.urls.length === 0) skip('latency and errors by probes: no URL to probe');
    for (const source of open) void source.run?.().catch(lost);
    return {
      containers: site.containers.length,
      notChecked,
      async evidence() {
        for (const source of open) {
          const text = await source.evidence?.();
          if (text !== undefined) return text;
        }
        return undefined;
      },
      asked: open.flatMap((source) => source.asked ?? []).map(redact),
      rows: () => open.flatMap((source) => source.rows?.() ?? []),
      measured: async () => (await Promise.all(open.map((source) => source.measured?.() ?? []))).flat(),
      close: site.close,
    };
  } catch (error) {
    await site.close();
    throw error;
  }
}
