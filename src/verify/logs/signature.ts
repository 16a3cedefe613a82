import { maskWhole } from './mask.ts';
import { type LogTraits, type Reading, readEntry } from './read.ts';
import { ownFrames, thrownTypes } from './stack.ts';
import type { Level } from './words.ts';

export { MASK_VERSION, mask } from './mask.ts';

export interface Signature {
  key: string;
  level: Level;
  /** Only messages of one scope can be one with a value in it: the level and who wrote it. */
  scope: string;
  /** Words of the masked message, for the likeness of two signatures. */
  words: string[];
}

/** A logger's name without what a run gives it: threads, ids, lines. */
const plainLogger = (logger: string) => logger.replace(/[:#@]?\d+/g, '');

/** What a request is known by, where each part that is not known is a dash: `[req-1f… 9c… - - -]`, `[-]` (oslo.log). */
const CONTEXT = /^((?:\w+(?:\.\w+)+ )?)\[(?=[^\]]*-\])(?:(?:req-)?<\*>|-)(?: (?:<\*>|-))*\] (?=\S)/;

/** Exception and its own frames where there is a stack, else level, logger and masked message. */
export function signatureOf(entry: string, level?: Level, traits?: LogTraits): Signature {
  return sign(readEntry(entry, traits), level);
}

export function sign(reading: Reading, level: Level = reading.level): Signature {
  const { message, stack, thrown } = reading;
  const logger = plainLogger(reading.logger);
  const types = thrown ? [thrown] : [];
  if (stack) {
    const told = thrownTypes(`${message}\n${stack.slice(0, 8192)}`);
    for (const type of told) if (types.length < 3 && !types.includes(type)) types.push(type);
    const own = ownFrames(stack.split('\n', 200));
    const panic = /(?:^|\s)panic/.test(message) ? maskWhole(message) : '';
    if (own.length > 0 && (types.length > 0 || panic)) {
      const title = panic || types.join(' < ');
      return { key: `${title} at ${own.join(' < ')}`, level, scope: 'stack', words: [title, ...own] };
    }
  }
  const masked = maskWhole(message).replace(CONTEXT, '$1');
  const scope = `${level} ${logger ? `${logger}: ` : ''}`;
  const tail = types.length > 0 && !masked.includes(types[0]!) ? ` (${types.join(' < ')})` : '';
  return { key: `${scope}${masked}${tail}`, level, scope: scope + tail, words: wordsOf(masked) };
}

/** Words; text without blanks (Chinese, Japanese) is cut at its marks and every two signs. */
function wordsOf(masked: string): string[] {
  const words: string[] = [];
  for (const word of masked.split(' ')) {
    if (!/[\u3040-\u30ff\u3400-\u9fff]/.test(word)) words.push(word);
    else
      words.push(
        ...(word.match(/<\*>|[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\u3040-\u30ff\u3400-\u9fff<]+|</g) ?? [word]),
      );
  }
  return words;
}
