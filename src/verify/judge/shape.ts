/** What a log line says, for telling whether it still comes: cheap enough to be made of a busy log. */

/** Message keys of JSON loggers. */
const MESSAGE =
  /"(?:msg|message|event|@mt|@m|body|content|short_message|fields\.message)"\s*:\s*"((?:[^"\\]|\\.){1,200})/;
const LOGFMT = /(?:^|\s)msg=(?:"((?:[^"\\]|\\.){1,200})"|(\S+))/;
const LONGEST = 200;
/** Words that open a line and may be all that is constant of it. */
const HEAD_WORDS = 4;

/** The part of a line that a person wrote. */
export function messageIn(line: string): string {
  const text = line.length > 4096 ? line.slice(0, 4096) : line;
  if (text.startsWith('{')) return MESSAGE.exec(text)?.[1] ?? text;
  const found = LOGFMT.exec(text);
  return found ? (found[1] ?? found[2]!) : text;
}

/**
 * Two keys of a line: all its words, and the first few. Words that hold a digit, and what stands in quotes or behind an
 * equals sign, differ from one time to the next and are left out. Undefined where nothing is left.
 */
export function shapeOf(line: string): { whole: string; head: string } | undefined {
  const message = messageIn(line).slice(0, LONGEST);
  const words: string[] = [];
  for (const word of message.split(/[\s,;|()[\]{}]+/)) {
    const plain = word.replace(/=.*$/, '=').replace(/^["'<]+|["'>.:]+$/g, '');
    if (plain === '' || /\d/.test(plain) || /["'@/]/.test(plain) || !/\p{L}/u.test(plain)) continue;
    words.push(plain);
    if (words.length === 16) break;
  }
  if (words.length === 0) return undefined;
  return { whole: words.join(' '), head: words.slice(0, HEAD_WORDS).join(' ') };
}
