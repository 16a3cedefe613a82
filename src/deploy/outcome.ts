import type { Plan } from './plan.ts';

/** What a command has to tell; filled in as it is known, so that a failure tells all that was true by then. */
export interface Outcome {
  release: string;
  previous: string;
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
