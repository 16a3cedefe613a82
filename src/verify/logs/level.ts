import { type LogTraits, readEntry } from './read.ts';
import type { Level } from './words.ts';

export type { Level } from './words.ts';

/** The level an entry was written at. The mere word `error` in an INFO line's text is not a level. */
export const levelOf = (entry: string, traits?: LogTraits): Level => readEntry(entry, traits).level;
