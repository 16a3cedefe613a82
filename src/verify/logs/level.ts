export type Level = 'fatal' | 'error' | 'warn' | 'info' | 'unknown';

const WORDS: Record<string, Level> = {
  fatal: 'fatal',
  panic: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  alert: 'fatal',
  crit: 'fatal',
  critical: 'fatal',
  dpanic: 'fatal',
  f: 'fatal',
  severe: 'error',
  error: 'error',
  err: 'error',
  eror: 'error',
  e: 'error',
  warn: 'warn',
  warning: 'warn',
  wrn: 'warn',
  w: 'warn',
  notice: 'info',
  info: 'info',
  inf: 'info',
  i: 'info',
  information: 'info',
  log: 'info',
  debug: 'info',
  dbg: 'info',
  d: 'info',
  trace: 'info',
  verbose: 'info',
  fine: 'info',
};

/** pino and bunyan count up by tens, syslog and GELF down from 7. */
function ofNumber(n: number): Level {
  if (n >= 60) return 'fatal';
  if (n >= 50) return 'error';
  if (n >= 40) return 'warn';
  if (n >= 10) return 'info';
  return n <= 2 ? 'fatal' : n === 3 ? 'error' : n === 4 ? 'warn' : 'info';
}

const KEYS = ['level', 'severity', 'lvl', 'log.level', '@l', 'loglevel', 'levelname', 'severity_text'];

function ofJson(line: string): Level | undefined {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined; // looks like JSON and isn't: judged as text
  }
  const nested = (entry.log as Record<string, unknown> | undefined)?.level;
  for (const value of [...KEYS.map((key) => entry[key]), nested]) {
    if (typeof value === 'number') return ofNumber(value);
    if (typeof value !== 'string') continue;
    const level = WORDS[value.toLowerCase()] ?? (/^\d+$/.test(value) ? ofNumber(Number(value)) : undefined);
    if (level) return level;
  }
  const failure = entry.err ?? entry.exception ?? (entry.error as { stack?: unknown } | undefined)?.stack;
  if (failure) return 'error';
  return typeof entry.status === 'number' && entry.status >= 500 ? 'error' : 'unknown';
}

const LOGFMT = /(?:^|\s)(?:level|lvl|severity)=["']?(\w+)/i;
const BRACKET =
  /\[(?:[\w.-]+:)?(emerg|alert|crit|critical|fatal|error|err|severe|warn|warning|notice|info|debug|trace)\]/i;
/** A word in level position: behind at most a time, a host or a thread, and followed by something that ends it. */
const FRONT =
  /^(?:[\d:T.,/+Z-]+\s+){0,3}(?:\[[^\]]{1,60}\]\s*){0,3}(?:[\d:T.,/+Z-]+\s+)?\[?(FATAL|PANIC|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE|fatal|panic|critical|error|warning|warn|info|debug|trace|Fatal|Error|Warning|Warn|Info|Debug)\]?(?=[\s:|\])-]|$)/;
const KLOG = /^([EWIF])\d{4} \d\d:\d\d:\d\d/;
const PHP = /PHP (?:Fatal error|Parse error|(Warning|Notice|Deprecated))/;
const THROWN =
  /^(?:Uncaught |Unhandled |Exception in thread |Caused by: |goroutine \d+ \[|Traceback \(most recent call last\)|panic: |\S*(?:Exception|Error|Throwable)(?:\b(?!=)(?=[:\s(])|$)|thread '[^']*' panicked)/;
const ACCESS = /"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) [^"]*" ([1-5]\d\d) /;
const UPPER = /(?<![\w=."'-])(FATAL|CRITICAL|SEVERE|ERROR|WARN|WARNING|INFO|DEBUG|TRACE)(?![\w=."'-])/;

/** The level an entry was written at. The mere word `error` in an INFO line's text is not a level. */
export function levelOf(entry: string): Level {
  const end = entry.indexOf('\n');
  const line = (end < 0 ? entry : entry.slice(0, end)).trimStart();
  if (line.startsWith('{')) {
    const level = ofJson(line);
    if (level) return level;
  }
  const klog = KLOG.exec(line);
  if (klog) return WORDS[klog[1]!.toLowerCase()]!;
  const named = FRONT.exec(line)?.[1] ?? LOGFMT.exec(line)?.[1] ?? BRACKET.exec(line.slice(0, 120))?.[1];
  if (named && WORDS[named.toLowerCase()]) return WORDS[named.toLowerCase()]!;
  const php = PHP.exec(line);
  if (php) return php[1] ? 'warn' : 'fatal';
  const upper = UPPER.exec(line.slice(0, 120));
  if (upper) return WORDS[upper[1]!.toLowerCase()]!;
  const access = ACCESS.exec(line);
  if (access) return access[1]! >= '500' ? 'error' : 'info';
  if (THROWN.test(line)) return /^panic: |^goroutine|panicked/.test(line) ? 'fatal' : 'error';
  return /\n\s+at |\nTraceback /.test(entry) ? 'error' : 'unknown';
}
