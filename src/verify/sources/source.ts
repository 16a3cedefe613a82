import type { Actions } from '../../lib/actions.ts';
import type { Clock } from '../../lib/clock.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { JudgeEvent } from '../judge/types.ts';
import type { Site } from '../live/site.ts';

export type Emit = (event: JudgeEvent) => void;

/** What a run hands to its sources. */
export interface SourceContext {
  inputs: VerifyInputs;
  actions: Actions;
  site: Site;
  /** When the run began, milliseconds. */
  sinceMs: number;
  clock: Clock;
  signal: AbortSignal;
  emit: Emit;
  /** A source that can't come back: the verdict is an error, whatever the others say. */
  lost: (error: unknown) => void;
  /** One sentence on what is not looked at, and why. */
  skip: (sentence: string) => void;
}

/** What a source can bring; known before it is opened, since alpha is shared among the gates that can speak. */
export interface Speaks {
  requests?: boolean;
  logs?: boolean;
  /** Names of counters that both versions have. */
  counters?: readonly string[];
}

/** An open source. Each part is optional: what it lacks it does not do. */
export interface Source {
  /** What was written before the run began; it comes first, since the judge's time never runs back. */
  past?(): Promise<JudgeEvent[]>;
  /** A first reading, awaited: what refuses is told before anything is measured. */
  first?(): Promise<void>;
  /** Runs until the signal aborts. */
  run?(): Promise<void>;
  /** What is asked of a store, with `$version` resolved. */
  asked?: string[];
  /** Sentences on the measuring itself, once the run is over. */
  measured?(): Promise<string[]>;
  /** Rows of vital signs: name, old, new. */
  rows?(): [name: string, old: string, now: string][];
  /** The new version's last lines, redacted; asked for once a verdict fell and before anything is taken down. */
  evidence?(): Promise<string | undefined>;
}

/** A source as the list names it. */
export interface SourceKind {
  name: string;
  /** Undefined when the inputs don't ask for it. Errors: INPUT_INVALID, of an input that only it reads. */
  speaks(inputs: VerifyInputs): Speaks | undefined | Promise<Speaks | undefined>;
  open(context: SourceContext): Promise<Source | undefined>;
}

const EVERY = 2000;

/**
 * Calls `read` every two seconds, or as is said, until the signal aborts. What fails is asked again; when it has failed for
 * `patienceMs` on end it is lost.
 */
export async function poll(
  read: () => Promise<void>,
  { clock, signal, lost }: Pick<SourceContext, 'clock' | 'signal' | 'lost'>,
  patienceMs = 5000,
  everyMs = EVERY,
): Promise<void> {
  let failingSince = Number.NaN;
  while (!signal.aborted) {
    const started = clock.mono();
    try {
      await read();
      failingSince = Number.NaN;
    } catch (error) {
      if (signal.aborted) return;
      if (Number.isNaN(failingSince)) failingSince = started;
      else if (clock.mono() - failingSince >= patienceMs) return lost(error);
    }
    await clock.sleep(Math.max(100, everyMs - (clock.mono() - started)), signal).catch(() => undefined); // aborted: the loop ends itself
  }
}
