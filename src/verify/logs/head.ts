import { type Level, levelOfLetter, levelOfWord } from './words.ts';

export interface Head {
  level?: Level;
  /** Where the message begins, behind times, levels, threads and loggers. */
  end: number;
  logger: string;
}

/** A time or a part of one: digits with the marks of dates and clocks, `1.79e+09`, months, days, zones, AM. */
const TIME =
  /^(?:\d[\d:.,/+T_-]*(?:e\+\d+)?(?:Z|[AP]M|ms)?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?|[AP]M|UTC|GMT|C[ES]T|CEST|[EP][SD]T|[+-]\d{2}:?\d{2}|\d{1,2}-[A-Z\u4e00-\u9fff][\w\u4e00-\u9fff]{1,3}-\d{4}|\d{0,2}\p{Script=Han}?月|上午|下午|[一二三四五六七八九十]+月)$/u;
const CLOCK = /\d[:.]\d\d|\d{4}[-/.]\d\d|^\d{10,}$|e\+\d+$|^\d{6,8}$/;
/** A word that names a place and not what happened: host, logger, thread, id. */
const PLACE = /[._:/@$#\\\d-]/;
const ID = /^(?:[0-9a-f-]{8,}|\d+|-+|[\w.-]+\/[\w.-]+)$/i;
const MARKS: Record<string, Level> = {
  '❌': 'error',
  '✖': 'error',
  '✗': 'error',
  '✘': 'error',
  '⨯': 'error',
  '×': 'error',
  '🚨': 'error',
  '💥': 'error',
  '🔥': 'error',
  '⚠': 'warn',
  '⚠️': 'warn',
  ℹ: 'info',
  ℹ️: 'info',
  '✔': 'info',
  '✓': 'info',
  '✅': 'info',
  '•': 'info',
};
/** A file's or host's name before the time. */
const AHEAD = /^\s+\d{4}[-/.]\d\d[-/.]\d\d/;
const MAX_TOKENS = 16;
/** The level inside brackets: `[core:error]`, `[Server thread/ERROR]`, `[06:42:35 ERR]`, `[E 2026-…]`, `[error    ]`. */
function levelInside(inside: string, square: boolean): Level | undefined {
  const text = inside.trim();
  if (text.length > 80) return undefined;
  const whole = levelOfWord(text) ?? (square ? levelOfLetter(text) : undefined);
  if (whole) return whole;
  const last = /(?:[:/\s,]|^)([\p{L}]+)(?:\/[\w-]+)?$/u.exec(text)?.[1];
  const first = /^([\p{L}]+)[\s:,]/u.exec(text)?.[1];
  const timed = /\d:\d\d|\d{4}-\d\d/.test(text);
  for (const word of [last, first]) {
    if (!word) continue;
    const level = levelOfWord(word) ?? (timed ? levelOfLetter(word) : undefined);
    // `[Pay error]` is a component with a fault in its name; `[core:error]` and `[12:00:01 ERR Pay]` are levels.
    if (level && (timed || /[:/]/.test(text))) return level;
  }
  // `[06:42:35 ERR Shop.Pay]`, `[2026-11-30T06:42:35Z ERROR shop::pay]`
  const middle = timed ? /\s([A-Z]{3,8})(?:\s|$)/.exec(text)?.[1] : undefined;
  return middle === undefined ? undefined : levelOfWord(middle);
}

/** `ERROR`, `error:`, `ERRO[0042]`, `production.ERROR:`, `|E|`: a level as a token of the head; undefined when it's a word of prose. */
function levelOfToken(token: string, behind: string, timed: boolean): Level | undefined {
  const mark = MARKS[token];
  if (mark) return mark;
  const word = /^[<*"']?([\p{L}]+)(?:[>*"'!:：|[\]]|\/|-$|$)/u.exec(token)?.[1];
  if (!word) {
    // Monolog: channel.LEVEL:
    const dotted = /^[\w-]+\.([A-Z]{4,9}):?$/.exec(token)?.[1] ?? /^[\w.-]+:(error|warn|info|debug)$/.exec(token)?.[1];
    return dotted ? levelOfWord(dotted) : undefined;
  }
  if (word.length === 1) {
    const letter = levelOfLetter(word);
    if (!letter) return undefined;
    return (timed && token.length === 1) || /^[A-Z][!|/,]/.test(token) ? letter : undefined;
  }
  const level = levelOfWord(word);
  if (!level) return undefined;
  const rest = token.slice(token.indexOf(word) + word.length);
  // `ERROR/ForkPoolWorker-1]`, `ERRO[0042]`, `error:`; `errors`, `error_page` and `error=3` are no levels.
  if (rest !== '' && !/^(?:[:：>*"'!|\]]|\[|\/|-$)/.test(rest)) return undefined;
  if (rest !== '' && rest[0] !== '/') return level;
  if (/[^\x20-\x7e]/.test(word)) return /^\s*[:：]/.test(behind) || timed ? level : undefined;
  const closed = /^(?:\s*[:|\])>—–-]|\s*$|\t| {2})/.test(behind);
  if (closed) return level;
  if (word === word.toUpperCase()) return level;
  // A sentence may begin with `Error`; behind a time a lower-case level stands alone.
  return timed && word === word.toLowerCase() && LOWER.test(word) ? level : undefined;
}
const LOWER = /^(?:fatal|crit|critical|alert|emerg|severe|error|err|warn|warning|notice|info|debug|trace)$/;

const SPACE = /[\s|,;]/;

/** Where a bracket that opens at `from` closes; those within it don't count. */
function closing(line: string, from: number, opener: string, closer: string): number {
  for (let i = from, depth = 0; i < line.length && i - from < 400; i++) {
    if (line[i] === opener) depth++;
    else if (line[i] === closer && --depth === 0) return i;
  }
  return -1;
}

/** Reads the head of a line of text: times, level, thread, logger, in whatever order. */
export function readHead(line: string): Head {
  let level: Level | undefined;
  let logger = '';
  let timed = false;
  let i = 0;
  let end = 0;
  let places = 0;
  for (let n = 0; n < MAX_TOKENS && i < line.length; n++) {
    while (i < line.length && (SPACE.test(line[i]!) || (/[-:–—]/.test(line[i]!) && /\s|^$/.test(line[i + 1] ?? ''))))
      i++;
    if (i >= line.length) break;
    const opener = line[i]!;
    const closer =
      opener === '['
        ? ']'
        : opener === '('
          ? ')'
          : opener === '<'
            ? '>'
            : opener === '{'
              ? '}'
              : opener === '【'
                ? '】'
                : '';
    const close = closer ? closing(line, i, opener, closer) : -1;
    if (close > 0 && close - i < (level ? 300 : 120)) {
      if (opener === '{' && /^\{\s*["']|^\{\w+[=:]/.test(line.slice(i, i + 40))) break; // data, not a head's braces
      const inside = line.slice(i + 1, close);
      const here = level ? undefined : levelInside(inside, opener === '[' || opener === '【');
      if (here) level = here;
      else if (/\d:\d\d|\d{4}[-/]\d\d/.test(inside)) timed = true;
      else if (!/^[\w\s.:/@#$%*+,=<>~-]*$/.test(inside)) break;
      i = close + 1;
      if (line[i] === ':') i++;
      end = i;
      if (!level) places++;
      continue;
    }
    let stop = i;
    while (stop < line.length && !SPACE.test(line[stop]!) && !(line[stop] === ']' && line[stop + 1] === ' ')) stop++;
    const token = line.slice(i, stop);
    const behind = line.slice(stop, stop + 12);
    const bare = token.replace(/[\]:]+$/, '');
    if (TIME.test(bare)) {
      if (CLOCK.test(bare)) timed = true;
      else if (level && !/^\d+$/.test(bare)) break;
      i = stop;
      end = stop;
      continue;
    }
    if (!level) {
      const here = levelOfToken(token, behind, timed);
      if (here) {
        level = here;
        const glued = /^[\p{L}]+([[:：|!/])/u.exec(token);
        if (glued && glued[1] === '[') {
          const until = line.indexOf(']', i);
          i = until > 0 ? until + 1 : stop;
        } else if (glued && (glued[1] === ':' || glued[1] === '：' || glued[1] === '/' || glued[1] === '|')) {
          // `ERROR:shop.pay:refused` of Python, `E/Tag(12): …` of Android.
          const named = /^[\p{L}]+[:：/|]([\w.$-]+)[:(]/u.exec(token + behind);
          i += glued[0].length;
          // OpenStack: `nova.api [req-… - - -] …`
          const tagged = PLACE.test(bare) && /^\w+(?:\.\w+)+$/.test(bare) && /^ \[(?:-\]|req-)/.test(behind);
          if (tagged) {
            logger = bare;
            i = line.indexOf(']', stop) + 1 || stop;
            end = i;
            break;
          }
          if (named) {
            logger = named[1]!;
            i += logger.length + 1;
            if (line[i - 1] === '(') i = Math.max(i, line.indexOf(')', i) + 2);
          }
        } else i = stop;
        end = i;
        continue;
      }
      // Before a level may stand a host, a thread or a logger; two words of prose in a row end the head.
      if (/^\w+=\S/.test(token) && timed && n < 9) {
        i = stop;
        continue;
      }
      const leads =
        places > 0 || timed || /^[\w.-]+\[\d+\]:$/.test(token) || (n === 0 && AHEAD.test(line.slice(stop, stop + 12)));
      if (
        leads &&
        places < 8 &&
        (PLACE.test(token) || /^\s*[-|:]\s/.test(behind) || token === token.toUpperCase() || places === 0)
      ) {
        places += PLACE.test(token) ? 1 : 2;
        i = stop;
        continue;
      }
      break;
    }
    // Behind the level: `---`, ids, `c.a.PayController :`, `shop::pay:`, `main.go:12`.
    const named =
      /^[\w.$:/<>*@-]+$/.test(token) &&
      (/^\s*[:|]\s|^\s+--?\s/.test(behind) || (token.endsWith(':') && PLACE.test(bare)));
    if (named) {
      logger = bare.replace(/:\d+$/, '');
      i = stop;
      while (/[\s:|-]/.test(line[i] ?? '') && i < line.length) i++;
      end = i;
      break;
    }
    if (ID.test(bare) || /^[\w/.-]+\.(?:go|rs|py|js|ts|cc|cpp|java|rb|ex|erl):\d+$/.test(bare)) {
      i = stop;
      end = stop;
      continue;
    }
    break;
  }
  while (end < line.length && /[\s|:,;-]/.test(line[end]!)) end++;
  return { level, end, logger };
}
