import type { History, Journal } from './history.ts';
import type { Who } from './who.ts';

/** Writes down what is about to happen, before it does. `atMs` is by the target's clock. */
export function begin(
  draft: History,
  { command, release, back, traffic = false }: Pick<Journal, 'command' | 'release' | 'back'> & { traffic?: boolean },
  who: Who,
  atMs: number,
): void {
  draft.open = { command, release, back, at: new Date(atMs).toISOString(), by: who.by, run: who.run, traffic };
}

/** The command of the journal is about to give `release` traffic, or has. */
export function noteTraffic(draft: History, release: string): void {
  if (draft.open?.release === release) draft.open.traffic = true;
}
