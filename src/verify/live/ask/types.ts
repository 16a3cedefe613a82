import type { Method } from '../../input/specs.ts';
import type { Version } from '../../judge/types.ts';

/** One address that is probed. */
export interface ProbedUrl {
  version: Version;
  name: string;
  method: Method;
  url: URL;
  headers?: Record<string, string>;
}

/** Asks once; answers why the answer was not as expected, in a few words, or undefined. Throws what a network throws. */
export type Ask = (target: ProbedUrl, signal: AbortSignal) => Promise<string | undefined>;
