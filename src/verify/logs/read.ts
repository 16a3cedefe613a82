import { type Head, readHead } from './head.ts';
import { readRecord } from './record.ts';
import { unwrap } from './unwrap.ts';
import { type Level, levelOfLetter, levelOfWord, type Scale } from './words.ts';

/** What an entry says: its level, and its message without the times, threads and ids around it. */
export interface Reading {
  level: Level;
  message: string;
  logger: string;
  /** The type of what was thrown, where a key of a structured line holds it. */
  thrown?: string;
  /** A structured line's stack, or the lines that follow the first. */
  stack: string;
  /** Structured: the message is a whole, and quotes in it are data. */
  structured: boolean;
}

/** What is known of a log before it is read. */
export interface LogTraits {
  scale?: Scale;
  /** The line came from stderr, and this program writes what is well to stdout. */
  stderr?: boolean;
  /** Every line of stderr is an error, by declaration. */
  stderrIsError?: boolean;
  /** Levels by words that no list has, in lower case. */
  words?: ReadonlyMap<string, Level>;
  /** A level of the carrier's: syslog's priority. */
  carried?: Level;
  /** A declared pattern's reading of a line; undefined where it doesn't fit. */
  pattern?: (line: string) => { level?: Level; message: string; logger?: string } | undefined;
}

const KLOG = /^([EWIF])(?:\d{4}|\d{6}|\d{8}) \d\d:\d\d:\d\d\S*\s+(?:\d+\s+)?([\w./<>-]+:\d+)\]?\s*/;
const LOGFMT = /(?:^|\s)(?:level|lvl|severity|log\.level|loglevel|levelname)=["']?(\w+)["']?(?=[\s,;>]|$)/i;
const PAIR = /(?:^|\s)[\w.@-]+=/g;
const LOOSE_LEVEL = /["']?(?:level|severity|lvl|levelname|log_level|@l)["']?\s*[:=]\s*["']?([A-Za-z]+|\d{1,3})\b/;
/** php-fpm and nginx hand a PHP message on inside a line of their own. */
const HANDED = /(?:said into std(?:err|out): "|PHP message: |FastCGI sent in stderr: ")(.*)$/s;
const PHP =
  /(?:PHP )?(?:(Fatal|Parse|Catchable fatal|Recoverable fatal|Core|Compile) error|(Warning|Notice|Deprecated|Strict Standards)):\s/;
const ERLANG = /^=(ERROR|CRASH|SUPERVISOR|WARNING|INFO|NOTICE|PROGRESS|DEBUG|CRITICAL|ALERT|EMERGENCY) REPORT====/;
const REDIS = /^\d+:[MSCX] \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} ([.*#-]) (.*)$/s;
/** `#` is the highest level Redis has; what it says at every start is no fault. */
const REDIS_HARMLESS =
  /^(?:WARNING|Warning|Server initialized|Server started|oO0|Redis version|Configuration loaded|User requested|Redis is now ready)/;
const TELEGRAF = /^\S+ ([EWID])! /;
const LOGCAT = /^(?:\d\d-\d\d \d\d:\d\d:\d\d\.\d+\s+\d+\s+\d+\s+([VDIWEFA])\s+|([VDIWEFA])\/)/;
const RUBY = /^([DIWEFA]), \[/;
const NPM = /^npm (?:ERR!|error|(WARN|warn|notice))/;

const DEAD =
  /^(?:(?:[\w./-]+: )?(?:line \d+: +\d+ )?(?:Segmentation fault|Aborted|Bus error|Illegal instruction|Killed|Trace\/breakpoint trap)(?: +\(core dumped\))?|terminate called|\*\*\* (?:stack smashing|buffer overflow|Error in)|double free|free\(\)|munmap_chunk|# A fatal error has been detected|SIG(?:SEGV|ABRT|BUS|ILL|FPE)\b|Kernel panic|FATAL ERROR: |fatal runtime error: |java\.lang\.OutOfMemoryError)/;
const PANIC =
  /^(?:panic: |fatal error: |goroutine \d+ \[|\[signal |unexpected fault address|runtime: (?:goroutine stack exceeds|out of memory))|thread '[^']*' (?:\(\d+\) )?(?:panicked|has overflowed)|^panicked at /;
const SERVED_PANIC =
  /(?:http: panic serving|panic recovered|\[PANIC RECOVER\]|http2: panic serving|recovered from panic)/;
const THROWN =
  /^(?:\[?Uncaught |\[?Unhandled |Exception in thread |Caused by: |Traceback \(most recent call last\)|(?:\(node:\d+\) )?(?:UnhandledPromiseRejectionWarning|Uncaught ?Exception|\[?UnhandledPromiseRejection)|\*\* \((?:EXIT|[A-Z][\w.]*(?:Error|Exit|Exception|Clause)?)[ )]|Error in [\w.(]|Died at |<?(?:[\w$]+[.\\:]+)*[\w$]*(?:Exception|Error|Throwable)(?:\b(?![=\w])(?=[:(>]|\s\(|$)))/;
/** Behind a few words: `payment failed Error: refused` of console.error, `x: java.io.IOException: reset`. */
const THROWN_INSIDE =
  /(?:^|[\s:("'#<])(?:[\w$]+[.\\])*[A-Z][\w$]*(?:Exception|Error)(?:: |\(\S|>$)|\(([A-Z]\w*(?:Error|Exception))\)$|ORA-\d{5}|SQLSTATE\[|(?:[:)]|\bfailed|\berror) Error: \S|\bInternal [Ss]erver [Ee]rror\b/;
const RUBY_RAISED = /^\S+\.rb:\d+:in [`'"].+\(([A-Z][\w:]*)\)$/;
const NODE_WARNING = /^\(node:\d+\) |: \w*Warning: /;
const SHELL =
  /^(?:[\w./-]*sh|[\w./-]+): (?:line )?\d+: .*(?:not found|No such file|Permission denied|syntax error|cannot )|^exec(?: \S+)?:? .*(?:exec format error|no such file|permission denied)|^exec [^:]+: /i;
const LAMBDA = /Task timed out after \d|RequestId: \S+ (?:Error|Process exited)|Status: (?:timeout|error)\b/;
const ACCESS =
  /"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE|PROPFIND|PRI|-) ?[^"]*" ([1-5]\d\d)\b|^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \/\S* ([1-5]\d\d)\b|\| +([1-5]\d\d) +\||^Completed ([1-5]\d\d) |^\S+ \[\d\d\/\w{3}\/\d{4}:[\d:.]+\] \S+ \S+ [-\d/]+ ([1-5]\d\d) /;
/** Python's servers write their access log as INFO, whatever was answered: uvicorn, werkzeug. */
const ASKED_AS_INFO = /^(?:\S+ (?:- ){1,2}(?:\[[^\]]*\] )?)?"[A-Z]+ \S+ HTTP\/[\d.]+" 5\d\d\b/;
/** The only words left for what a program without levels writes to stderr. */
const TROUBLE =
  /\b(?:fail(?:ed|ure|s|ing)?|errors?|exception|cannot|can't|could ?n[o']t|unable|refused|denied|timed? ?out|invalid|fatal|abort(?:ed|ing)?|crash(?:ed)?|E[A-Z]{4,}|unhandled|rejected|not found|missing|panic|corrupt(?:ed)?)\b|失败|失敗|错误|錯誤|异常|異常|超时|超時|无法|無法|不存在|拒绝|エラー|失败/i;

/** Text of a whole level's worth between strong marks: `… - ERROR - …`, `…,ERROR,…`; not `12 OK, 0 ERROR`. */
const MIDDLE =
  /(?:[|,[(<:/] ?|\s-\s|\t)(FATAL|CRITICAL|SEVERE|ERROR|WARN|WARNING|INFO|DEBUG|TRACE|PANIC|NOTICE)(?: ?[\])>|,]|:(?!\s*\d+\b)|\s+-\s|\t)|(?<=^\S*\d[^a-z]{0,60}\s(?:[\w.-]+\s){1,3})(?<!\d )(FATAL|CRITICAL|SEVERE|ERROR|WARN|WARNING|INFO|DEBUG)(?= [^\s\d])/;

function parsed(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{') || !/\}\s*$/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // looks like JSON and isn't: judged as text
  }
}

const text = (level: Level, message: string, logger = '', stack = ''): Reading => ({
  level,
  message,
  logger,
  stack,
  structured: false,
});

/** Lines that name their own trouble without a level. */
function ofTrouble(line: string): Level | undefined {
  // A handler's panic that the server outlives is an error; the program's own is its end.
  if (SERVED_PANIC.test(line)) return 'error';
  if (DEAD.test(line) || PANIC.test(line)) return 'fatal';
  if (NODE_WARNING.test(line) && !/Unhandled|Uncaught/.test(line)) return 'warn';
  if (THROWN.test(line) || RUBY_RAISED.test(line) || SHELL.test(line)) return 'error';
  return undefined;
}

function ofAccess(line: string): Level | undefined {
  const found = ACCESS.exec(line);
  if (!found) return undefined;
  const status = found.slice(1).find(Boolean)!;
  return status >= '500' ? 'error' : 'info';
}

/** Forms that hold a level by a letter or a sign in a place of their own. */
function ofSigns(line: string): { level: Level; end: number } | undefined {
  const erlang = ERLANG.exec(line);
  if (erlang) {
    const word = erlang[1]!;
    const level: Level = word === 'CRASH' || word === 'SUPERVISOR' ? 'error' : (levelOfWord(word) ?? 'info');
    return { level, end: erlang[0].length };
  }
  const redis = REDIS.exec(line);
  if (redis) {
    const level: Level =
      redis[1] !== '#'
        ? 'info'
        : /^WARNING|^Warning/.test(redis[2]!)
          ? 'warn'
          : REDIS_HARMLESS.test(redis[2]!)
            ? 'info'
            : 'error';
    return { level, end: line.length - redis[2]!.length };
  }
  const letter = TELEGRAF.exec(line) ?? LOGCAT.exec(line) ?? RUBY.exec(line);
  if (letter) return { level: levelOfLetter(letter[1] ?? letter[2]!)!, end: -1 };
  const npm = NPM.exec(line);
  if (npm) return { level: npm[1] ? 'warn' : 'error', end: npm[0].length };
  return undefined;
}

function readText(line: string, entry: string, traits: LogTraits, depth: number): Reading {
  const klog = KLOG.exec(line);
  if (klog) {
    const rest = line.slice(klog[0].length);
    // Structured klog quotes its message, and what stands behind are values.
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest)?.[1];
    return { ...text(levelOfLetter(klog[1]!)!, quoted ?? rest), structured: quoted !== undefined };
  }
  const handed = depth < 3 ? HANDED.exec(line) : null;
  if (handed) {
    const inner = readText(handed[1]!, entry, traits, depth + 1);
    if (inner.level !== 'unknown') return inner;
  }
  const php = PHP.exec(line);
  if (php && (php.index === 0 || /PHP |^\[[^\]]+\] $/.test(line.slice(0, php.index + 4))))
    return text(php[1] ? 'fatal' : 'warn', line.slice(php.index));
  const signs = ofSigns(line);
  const head: Head = readHead(line);
  const message = line.slice(head.end) || line;
  if (signs) return text(signs.level, signs.end < 0 ? message : line.slice(signs.end).trim() || line, head.logger);
  if (head.level) return { ...text(head.level, message, head.logger), ...logfmtMessage(line) };
  const word = LOGFMT.exec(line)?.[1];
  if (word && ((line.match(PAIR)?.length ?? 0) > 1 || /^(?:level|lvl|severity)=/i.test(line))) {
    const level =
      levelOfWord(word) ?? (/^\d+$/.test(word) ? readRecord({ level: Number(word) }, traits.scale).level : undefined);
    if (level) return { ...text(level, message), ...logfmtMessage(line) };
  }
  const brace = message.startsWith('{') ? message : line.startsWith('{') ? line : '';
  if (brace) {
    const record = depth < 3 ? parsed(brace) : undefined;
    if (record) return ofRecord(record, entry, traits, depth + 1);
    const loose = LOOSE_LEVEL.exec(brace.slice(0, 4096))?.[1];
    const level =
      loose &&
      (levelOfWord(loose) ??
        (/^\d+$/.test(loose) ? readRecord({ level: Number(loose) }, traits.scale).level : undefined));
    if (level) {
      const said = /["']?(?:msg|message|event|content)["']?\s*:\s*(["'])((?:(?!\1)[^\\\n]|\\.)*)/.exec(brace)?.[2];
      return { ...text(level, said ?? brace), structured: said !== undefined };
    }
  }
  const access = ofAccess(line);
  if (access) return text(access, message);
  const trouble = ofTrouble(message) ?? ofTrouble(line);
  if (trouble) return text(trouble, message);
  if (LAMBDA.test(line)) return text('error', message);
  const middle = MIDDLE.exec(line.slice(0, 200));
  if (middle) {
    const found = middle[1] ?? middle[2]!;
    const behind = line.slice(middle.index + middle[0].length).replace(/^[\s\])>|,:-]+/, '');
    return text(levelOfWord(found)!, behind || message);
  }
  return text('unknown', message);
}

/** logfmt's message, and that it is one. */
function logfmtMessage(line: string): { message: string; structured: boolean; logger: string } | undefined {
  const found = /(?:^|\s)(?:msg|message|event)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line);
  if (!found) return undefined;
  const logger = /(?:^|\s)(?:logger|component|module)=["']?([\w./:-]+)/.exec(line)?.[1] ?? '';
  return { message: found[1] ?? found[2]!, structured: true, logger };
}

function ofRecord(record: Record<string, unknown>, entry: string, traits: LogTraits, depth: number): Reading {
  const { level, message = '', logger, thrown, stack } = readRecord(record, traits.scale);
  const carriedText =
    level === undefined && depth < 3 && message !== '' ? readEntry(message, traits, depth + 1) : undefined;
  if (carriedText && carriedText.level !== 'unknown') return carriedText;
  return { level: level ?? 'unknown', message: message || entry, logger, thrown, stack, structured: true };
}

/** Reads an entry: its first line for level and message, the lines behind it for what they tell of a failure. */
export function readEntry(entry: string, traits: LogTraits = {}, depth = 0): Reading {
  const end = entry.indexOf('\n');
  const first = end < 0 ? entry : entry.slice(0, end);
  const { text: unwrapped, level: pri, stderr } = unwrap(first);
  const line = unwrapped.trim();
  const carried = pri ?? traits.carried;
  const declared = traits.pattern?.(line);
  const rest = end < 0 ? '' : entry.slice(end + 1);
  let reading: Reading;
  const pretty = end >= 0 && /^[{[]$/.test(line) ? parsed(entry.trim()) : undefined;
  const record = pretty ?? (depth < 4 ? parsed(line) : undefined);
  if (declared)
    reading = { ...text(declared.level ?? 'unknown', declared.message, declared.logger ?? ''), structured: false };
  else if (record) reading = ofRecord(record, entry, traits, depth);
  else if (end >= 0 && line === '{') reading = readText(`{${rest.replace(/\s+/g, ' ')}`, entry, traits, depth);
  else reading = readText(line, entry, traits, depth);
  if (rest && !reading.stack && !pretty) reading.stack = rest;
  if (rest && !record && !declared) goesOn(reading, rest);
  if (reading.level === 'info' && !declared && ASKED_AS_INFO.test(reading.message)) reading.level = 'error';
  if (reading.level !== 'unknown' || declared) return reading;
  if (rest) reading.level = ofRest(rest);
  if (reading.level === 'unknown' && traits.words) reading.level = ofWords(line, traits.words);
  if (reading.level !== 'unknown') return reading;
  if (traits.stderrIsError && (stderr ?? traits.stderr)) return { ...reading, level: 'error' };
  if (carried) return { ...reading, level: carried };
  if (THROWN_INSIDE.test(line) && !reading.structured) return { ...reading, level: 'error' };
  if ((stderr ?? traits.stderr) && TROUBLE.test(line)) return { ...reading, level: 'error' };
  return reading;
}

/** A declared word where a level may stand: in the head, in brackets, behind a level's key. */
function ofWords(line: string, words: ReadonlyMap<string, Level>): Level {
  for (const [found] of line.slice(0, 200).matchAll(/[^\s=:|,;"'()[\]{}<>]+/g)) {
    const level = words.get(found.toLowerCase());
    if (level) return level;
  }
  return 'unknown';
}

/** Where the first line only says who and when, the message is on the next: .NET, java.util.logging, Rust, Erlang, Rails. */
function goesOn(reading: Reading, rest: string): void {
  const second = /^\s*([^\n]*)/.exec(rest)![1]!.trim();
  if (reading.level === 'unknown') {
    // java.util.logging writes the time on one line and the level on the next.
    const head = /^[\p{L}]+[:：]/u.test(second) ? readHead(second) : undefined;
    if (head?.level) Object.assign(reading, { level: head.level, message: second.slice(head.end) || second });
    return;
  }
  const { message } = reading;
  if (/^[\w.+`<>$]+\[\d+\]$/.test(message))
    Object.assign(reading, { logger: message.replace(/\[\d+\]$/, ''), message: second });
  else if (/panicked at [^\n]*:$/.test(message))
    reading.message = `${message.replace(/^thread '[^']*' (?:\(\d+\) )?/, '').replace(/(?::\d+)+:$/, '')}: ${second}`;
  else if (!/[\p{L}\d]/u.test(message) || ERLANG.test(message) || /^\d[^a-z]*===$/.test(message))
    reading.message = second || message;
}

/** An entry without a level that goes on with a stack was a failure. */
function ofRest(rest: string): Level {
  if (/(?:^|\n)goroutine \d+ \[|(?:^|\n)panic: /.test(rest)) return 'fatal';
  if (
    /(?:^|\n)(?:\s+at \S|Traceback |\s*Caused by|Stack trace:|\[stacktrace\]|#0 |stack backtrace:|\s+from \S+:\d+:in )/.test(
      rest,
    )
  )
    return 'error';
  return 'unknown';
}
