/** Stands in baseline files: counts made with another mask can't be compared. */
export const MASK_VERSION = 3;

/** A variable part, whatever it was. */
export const HOLE = '<*>';

const TLD =
  'com|net|org|edu|gov|io|dev|app|cn|hk|tw|jp|kr|de|fr|uk|ru|eu|us|info|biz|local|internal|lan|svc|cloud|test|example|localhost|invalid|arpa';

/**
 * What differs from one time to the next, by shape. Order matters: the whole goes before its parts. A quoted text is data,
 * unless it is all there is.
 */
const MASKS: [RegExp, string][] = [
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, HOLE],
  [
    /\b\d{4}[-/.]\d\d[-/.]\d\d(?:[T _-]?\d\d[:.]\d\d(?:[:.]\d\d(?:[.,:]\d+)?)?)?(?: ?(?:Z|UTC|GMT)\b|[+-]\d\d:?\d\d)?/g,
    HOLE,
  ],
  [
    /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} [A-Z][a-z]{2})(?: \d{4})? \d\d:\d\d:\d\d(?: [A-Z]{3,4})?(?: \d{4})?/g,
    HOLE,
  ],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+/gi, HOLE],
  [/(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*/g, HOLE],
  [
    new RegExp(
      `(?<![\\w./@-])(?:[\\w-]{1,63}\\.){1,8}(?:(?:${TLD})(?![\\w.-])(?::\\d+)?|[\\w-]*[a-z][\\w-]*:\\d+)`,
      'gi',
    ),
    HOLE,
  ],
  [/(?<![\w.])\/?(?:\d{1,3}\.){3}\d{1,3}(?::\d+|\/\d+)?(?![\w])/g, HOLE],
  [/(?<![\w:])(?=[0-9a-f:]*:[0-9a-f:]*:)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, HOLE],
  // A host by the digits in its first label: `dsl-10-0-0-9.isp.at`.
  [/(?<![\w./@-])(?=[A-Za-z-]*\d)[\w-]{1,63}(?:\.[A-Za-z][\w-]{0,62}){2,8}(?![\w-])/g, HOLE],
  [/(?<![\w<.])(?:[A-Za-z]:)?(?:[\\/][\w.@%+~$#=:-]+){2,}[\\/]?(?:\?[^\s"'<>)]*)?/g, HOLE],
  [/(?<![\w<.])\.{0,2}\/[\w.@%+~$#=:-]*[\w$](?:\?[^\s"'<>)]*)?/g, HOLE],
  [/\[[a-z]{2,10}\]/g, HOLE],
  // Who it was, behind the word that says so; `user not found` has no name there.
  [
    /(?<=\b(?:[Uu]ser(?:name)?|USER|[Aa]ccount|[Ll]ogin|[Pp]assword for(?: invalid user)?)[ :]{1,2})(?!(?:not|was|is|has|had|does|did|do|can|could|cannot|name|names|id|ids|for|from|by|of|in|on|at|to|with|and|or|request|requests|session|sessions|already|exists?|authentication|error|failed|failure|denied|invalid|unknown|input|data|password|agent|account|login|service|the|a)\b|<\*>)[\w.@$-]+/g,
    HOLE,
  ],
  // Values of key=value and of (name: value) lists.
  [/(?<=[\w\])]=)(?!=|(?![a-f]{4,}\b)[a-z][a-z_]{2,15}(?![\w.-]))[^\s,;&)\]}]+/g, HOLE],
  [/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b/gi, HOLE],
];

/** One quoted word is a value; a quoted text of several is masked like the rest. */
const QUOTED =
  /"((?:[^"\\\n]|\\.){0,400})"|(?<!\w)'((?:[^'\\\n]|\\.){0,200})'(?!\w)|“([^”\n]{0,200})”|‘([^’\n]{0,200})’|「([^」\n]{0,200})」|`([^`\n]{0,200})`/g;
const maskQuoted = (whole: string, ...parts: string[]) =>
  /\s\S+\s/.test(parts.slice(0, 6).find((part) => part !== undefined) ?? '') ? whole : HOLE;
/** A measure: the unit goes with the number, as it changes with its size. */
const MEASURE =
  /<?(?<![\w.])[+-]?\d+(?:[.,]\d+)* ?(?:[kKMGT]i?B|[kKMGT]?bit|B|ns|[µμu]s|ms|s|secs?|min|mins|h|hrs?|%)(?![\w])/g;

/** A word with a digit in it: an id, a count, a size. HTTP/1.1, utf8, x86 and the like stay by their letters. */
const NUMBERED = /(?<![\p{L}<])[+-]?(?:[\w.,:$#%*+-]*\d[\w.,:$#%*+-]*)/gu;
const KEPT =
  /^(?:utf-?8|ipv?[46]|x86(?:_64)?|http2?|https?|s3|ec2|k8s|sha\d{1,3}|md5|base64|oauth2?|http\/\d(?:\.\d)?|mysql8?|h2|v[1-9]|log4j\d?|p\d{1,2}|tls1?|i18n|e2e)$/i;

function maskNumber(word: string): string {
  if (KEPT.test(word)) return word;
  const tail = /[.,:]+$/.exec(word)?.[0] ?? '';
  return HOLE + tail;
}

/** A message with everything that differs from one time to the next replaced; stateless, so runs can be compared. */
export function mask(message: string): string {
  let text = message.slice(0, 600).replace(QUOTED, maskQuoted);
  for (const [pattern, name] of MASKS) text = text.replace(pattern, name);
  text = text.replace(MEASURE, HOLE).replace(NUMBERED, maskNumber);
  // Lists of values are as long as they are.
  return text
    .replace(/<\*>(?:\.[A-Za-z][\w-]*)+/g, HOLE)
    .replace(/<\*>( bytes)? ?\((?:<\*>)?\)/g, '<*>$1')
    .replace(/<\*>(?:(?:, ?| |[:/x×|*().~<>-]{0,3})<\*>)+/g, HOLE)
    .replace(/\s+/g, ' ')
    .trim();
}

const WORDY = /\p{L}{2}/u;

/** Masks a message so that something of it stays: of one that is all quotes, the quoted. */
export function maskWhole(message: string): string {
  const masked = mask(message);
  if (WORDY.test(masked.replaceAll(HOLE, ''))) return masked;
  const bare = message.slice(0, 600).replace(/["'“”‘’「」`{}]/g, ' ');
  const again = mask(bare);
  return WORDY.test(again.replaceAll(HOLE, '')) ? again : masked;
}
