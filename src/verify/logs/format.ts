import { SeatrialError } from '../../lib/errors.ts';
import { parsePattern } from '../pattern.ts';
import type { LogFormat } from './intake.ts';
import { type Level, levelOfLetter, levelOfNumber, levelOfWord, type Scale } from './words.ts';

/** What a declared name tells that lines can't: mostly what their numbers mean. The rest is read as ever. */
const SCALES: Record<string, Scale> = {
  pino: 'tens',
  bunyan: 'tens',
  roarr: 'tens',
  python: 'python',
  structlog: 'python',
  loguru: 'python',
  monolog: 'monolog',
  laravel: 'monolog',
  symfony: 'monolog',
  nextcloud: 'nextcloud',
  syslog: 'syslog',
  gelf: 'syslog',
  journald: 'syslog',
  gcp: 'gcp',
  otel: 'otel',
  opentelemetry: 'otel',
  dotnet: 'dotnet',
  serilog: 'dotnet',
  nlog: 'dotnet',
  log4j: 'thousands',
  logback: 'thousands',
  slog: 'slog',
};
/** Their levels are words, and are known without a declaration. */
const PLAIN =
  'auto text json logfmt logrus zerolog zap klog glog hclog charm winston log4js nest apex go-zero tracing env_logger nginx apache haproxy envoy traefik caddy php php-fpm ruby rails elixir erlang java jul spring tomcat kafka postgres mysql mariadb mongodb redis rabbitmq elasticsearch lambda docker ecs'.split(
    ' ',
  );
/** On these scales errors have numbers that other scales give to what is well. */
const READ_ALL: readonly Scale[] = ['dotnet', 'slog', 'python'];

export const FORMAT_NAMES: readonly string[] = [...Object.keys(SCALES), ...PLAIN, 'stderr'].sort();

const LEVELS = ['fatal', 'error', 'warn', 'info'] as const;
const GROUP = /\(\?P?<(level|fatal|error|warn|info)>/;
const WORD = /^([^\s=()<>]{1,40})\s*=\s*(fatal|error|warn|info)$/;

export interface FormatSpec {
  scale?: Scale;
  stderr?: boolean;
  patterns: string[];
  words: Map<string, Level>;
}

/**
 * Lines of `log-format`: a name; RE2 patterns with a group `level` (and `message`, `logger` as wanted), or groups `error`,
 * `warn` … that only take part where the line is one; and `WORD=error` for levels that no list has. Errors: INPUT_INVALID.
 */
export function parseFormat(lines: readonly string[]): FormatSpec {
  const spec: FormatSpec = { patterns: [], words: new Map() };
  for (const [i, line] of lines.entries()) {
    const name = line.trim().toLowerCase();
    const word = WORD.exec(line.trim());
    if (name === 'stderr') spec.stderr = true;
    else if (SCALES[name]) spec.scale = SCALES[name];
    else if (PLAIN.includes(name)) continue;
    else if (word) spec.words.set(word[1]!.toLowerCase(), word[2] as Level);
    else if (GROUP.test(line)) spec.patterns.push(parsePattern(line, i + 1));
    else {
      throw new SeatrialError(
        'INPUT_INVALID',
        `line ${i + 1}: "${line}" is neither a known format (${FORMAT_NAMES.join(', ')}), nor WORD=error, nor a pattern with a group (?P<level>…).`,
      );
    }
  }
  return spec;
}

/** Whether a format may find an error in any line, so that none can be passed over by its words. */
export const readsAll = ({ patterns, words, scale, stderr }: FormatSpec): boolean =>
  patterns.length > 0 || words.size > 0 || stderr === true || (scale !== undefined && READ_ALL.includes(scale));

/** The declared format, ready to read with; undefined where none is declared. Errors: INPUT_INVALID. */
export async function compileFormat(lines: readonly string[]): Promise<LogFormat | undefined> {
  if (lines.length === 0) return undefined;
  const spec = parseFormat(lines);
  const { patterns, words, scale, stderr } = spec;
  const format: LogFormat = { scale, words, all: readsAll(spec), stderrIsError: stderr };
  if (patterns.length === 0) return format;
  const { RE2JS } = await import('re2js');
  const compiled = patterns.map((pattern) => {
    try {
      return {
        re: RE2JS.compile(pattern),
        names: new Set([...pattern.matchAll(/\(\?P?<(\w+)>/g)].map(([, name]) => name!)),
      };
    } catch (cause) {
      throw new SeatrialError('INPUT_INVALID', `log-format: "${pattern}" is not an RE2 pattern.`, { cause });
    }
  });
  format.pattern = (line) => {
    for (const { re, names } of compiled) {
      const matcher = re.matcher(line);
      if (!matcher.find()) continue;
      const group = (name: string) => (names.has(name) ? (matcher.group(name) ?? undefined) : undefined);
      const told = group('level')?.trim();
      const level =
        LEVELS.find((one) => group(one) !== undefined) ??
        (told === undefined
          ? undefined
          : (words.get(told.toLowerCase()) ?? levelOfWord(told) ?? levelOfLetter(told) ?? numbered(told, scale)));
      return { level, message: group('message') ?? line, logger: group('logger') };
    }
    return undefined;
  };
  return format;
}

/** A number in a declared place: on the declared scale, else on the one it can only be on. */
function numbered(text: string, scale: Scale | undefined): Level | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  const n = Number(text);
  const guess: Scale = n >= 10_000 ? 'thousands' : n >= 100 ? 'monolog' : n >= 10 ? 'tens' : 'syslog';
  return levelOfNumber(n, scale ?? guess);
}
