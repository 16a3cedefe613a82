const LONGEST = 200;
/** Words that open a line and may be all that is constant of it. */
const HEAD_WORDS = 4;

/**
 * Two keys of a message, for telling whether it still comes: all its words, and the first few. Words that hold a digit, and what stands in quotes or behind an
 * equals sign, differ from one time to the next and are left out. Undefined where nothing is left.
 */
export function shapeOf(message: string): { whole: string; head: string } | undefined {
  const words: string[] = [];
  for (const word of message.slice(0, LONGEST).split(/[\s,;|()[\]{}]+/)) {
    const plain = word.replace(/=.*$/, '=').replace(/^["'<]+|["'>.:]+$/g, '');
    if (plain === '' || /\d/.test(plain) || /["'@/]/.test(plain) || !/\p{L}/u.test(plain)) continue;
    words.push(plain);
    if (words.length === 16) break;
  }
  if (words.length === 0) return undefined;
  return { whole: words.join(' '), head: words.slice(0, HEAD_WORDS).join(' ') };
}
