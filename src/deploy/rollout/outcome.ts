import type { Actions } from '../../lib/actions.ts';
import type { Plan } from '../release/plan.ts';

/** What a command has to tell; filled in as it is known, so that a failure tells all that was true by then. */
export interface Outcome {
  release: string;
  /** What served before it, or would be gone back to. */
  previous: string;
  /** What served when the lock was got, where that is another: a deploy of what serves already. */
  served?: string;
  image: string;
  state: 'good' | 'pending' | 'bad' | 'rolled-back' | 'unchanged';
  rolledBack: boolean;
  plan: Plan | undefined;
  switchMs: number | undefined;
  /** Lines for the summary: what changed, what was proved. */
  notes: string[];
}

export const newOutcome = (): Outcome => ({
  release: '',
  previous: '',
  image: '',
  state: 'unchanged',
  rolledBack: false,
  plan: undefined,
  switchMs: undefined,
  notes: [],
});

/** The outputs of a command that had to stop before it met its hosts: nothing was begun, and what serves is not known. */
export function nothingBegun(actions: Actions): void {
  actions.output('serving', '');
  actions.output('state', 'unchanged');
  actions.output('rolled-back', false);
}
