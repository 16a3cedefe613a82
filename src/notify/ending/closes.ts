import type { Ending } from './ending.ts';

/** What ends an incident: a good deploy ends those of deploys and of the watch, a recovery those that it is told of. */
export interface Closes {
  deploy: boolean;
  watch: boolean;
}

/**
 * Which incidents are over. A watch that looked again (it has a verdict) speaks of its own only: that the service answers
 * well makes no failed deploy a good one.
 */
export function closes({ kind }: Ending, verdict: string | undefined): Closes {
  if (kind === 'deployed') return { deploy: true, watch: true };
  if (kind === 'recovered') return { deploy: verdict === undefined, watch: true };
  return { deploy: false, watch: false };
}

/** It ends anything at all. */
export const closesAny = (ending: Ending): boolean => closes(ending, undefined).watch;
