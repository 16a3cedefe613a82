const LONGEST = 200;
/** Words that open or end a line and may be all that is constant of it. */
const HEAD_WORDS = 4;
const TAIL_WORDS = 3;
/** Scripts written without blanks, where a word may be a sentence; so many last signs of it. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const TAIL_SIGNS = 4;
const BETWEEN = /[\s,;|()[\]{}，；。！？、：（）【】「」《》]+/;

/** What is constant of a word; undefined where nothing is. */
function constant(word: string): string | undefined {
  const plain = word.replace(/=.*$/, '=').replace(/^["'<]+|["'>.:]+$/g, '');
  // Between such signs stand figures and quotes; what is around them says what happened.
  if (UNSPACED.test(plain)) return plain.replace(/["'][^"']*["']|[\w.@/#-]*\d[\w.@/#-]*/g, '#');
  return plain === '' || /\d/.test(plain) || /["'@/]/.test(plain) || !/\p{L}/u.test(plain) ? undefined : plain;
}

/**
 * Keys of a message, for telling whether it still comes: all its words, the first few, and the last few, since a name may
 * stand anywhere. Words that hold a digit, and what stands in quotes or behind an equals sign, differ from one time to the
 * next and are left out. None where nothing is left.
 */
export function keysOf(message: string): string[] {
  const words: string[] = [];
  for (const word of message.slice(0, LONGEST).split(BETWEEN)) {
    const plain = constant(word);
    if (plain === undefined) continue;
    words.push(plain);
    if (words.length === 16) break;
  }
  if (words.length === 0) return [];
  const keys = new Set([words.join(' '), words.slice(0, HEAD_WORDS).join(' ')]);
  if (words.length > TAIL_WORDS) keys.add(`… ${words.slice(-TAIL_WORDS).join(' ')}`);
  const signs = [...words.at(-1)!];
  if (signs.length > TAIL_SIGNS && UNSPACED.test(words.at(-1)!)) keys.add(`…${signs.slice(-TAIL_SIGNS).join('')}`);
  return [...keys];
}
