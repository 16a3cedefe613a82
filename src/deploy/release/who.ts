import { contextOf } from '../../lib/context.ts';

/** Who runs this, and where it can be read. */
export interface Who {
  by: string;
  run: string;
  commit: string;
}

export function whoRuns(env: Readonly<Record<string, string | undefined>>): Who {
  const { actor, run, sha } = contextOf(env);
  return { by: actor || env.USER || 'unknown', run: run ?? '', commit: sha ?? '' };
}
