import { type Level, levelOfLetter, levelOfNumber, levelOfWord, type Scale } from './words.ts';

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a structured line says, whatever its library calls it. */
export interface RecordRead {
  level?: Level;
  message?: string;
  logger: string;
  /** The type of what was thrown, where a key holds it. */
  thrown?: string;
  stack: string;
}

/** Keys without case and marks: `@level`, `LogLevel`, `log.level` and `log_level` are one name. */
const plain = (key: string) => key.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

const LEVEL_KEYS =
  'level loglevel severity severitytext levelname lvl priority l s sev levelstr severityname syslogseverity levelno severitynumber levelvalue levelnumber prioritylevel verbosity status type'.split(
    ' ',
  );
/** Keys whose value is a level only where it is a level's word: they mean other things as well. */
const LOOSE = new Set(['l', 's', 'status', 'type', 'priority', 'verbosity']);
const MESSAGE_KEYS =
  'msg message event content shortmessage body text log messagetemplate mt m originalformat fullmessage description request'.split(
    ' ',
  );
/** Where the rest of a record stands in some libraries: loguru, tracing, roarr, ECS, journald's readers, Lambda. */
const INNER = 'record log fields context attributes data payload jsonpayload event error'.split(' ');
const LOGGER_KEYS = 'logger loggername name category sourcecontext target channel component module system c'.split(' ');
const FAILURE_KEYS = 'err error exception exc excinfo exceptiondetail x thrown throwable'.split(' ');
const STACK_KEYS =
  'stack stacktrace errorstack errorstacktrace exception exceptionstacktrace excinfo exctext x thrown backtrace traceback stackinfo'.split(
    ' ',
  );

/** First value of the named keys, in the names' order. */
function pick(by: Map<string, unknown>, names: readonly string[]): unknown {
  for (const name of names) {
    const value = by.get(name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** What scale a record's numbers are on, told by the keys its library writes beside them. */
function scaleOf(key: string, n: number, by: Map<string, unknown>): Scale | undefined {
  if (key === 'severitynumber') return 'otel';
  if (key === 'levelno' || key === 'levelnumber') return 'python';
  if (key === 'levelvalue' || Math.abs(n) >= 10_000) return 'thousands';
  if (n >= 100) return key === 'severity' ? 'gcp' : n % 1000 === 0 || n % 50 === 0 ? 'monolog' : undefined;
  if (n >= 10) {
    const python = ['levelname', 'lineno', 'funcname', 'pathname', 'threadname', 'processname', 'asctime', 'excinfo'];
    return python.some((name) => by.has(name)) ? 'python' : n % 10 === 0 ? 'tens' : undefined;
  }
  if (key === 'priority' || key.startsWith('syslog') || by.has('shortmessage') || by.has('facility')) return 'syslog';
  if (by.has('reqid') && by.has('app')) return 'nextcloud';
  // Small numbers of unknown scale: 3 is an error to syslog, GELF and Nextcloud alike; the others say opposite things.
  return n === 3 ? 'syslog' : undefined;
}

function levelIn(key: string, value: unknown, by: Map<string, unknown>, scale?: Scale): Level | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,6}$/.test(value))) {
    const n = Number(value);
    // An HTTP status stands under a key of its own kind; it's no level.
    if (key === 'status' || key === 'type') return undefined;
    const known = scale ?? scaleOf(key, n, by);
    return known && levelOfNumber(n, known);
  }
  if (typeof value === 'string') {
    const word = value.trim();
    // Monolog and some .NET sinks write `app.ERROR`, Python `logging.ERROR`, OpenTelemetry `SEVERITY_NUMBER_ERROR`.
    const level =
      levelOfWord(word) ?? levelOfLetter(word) ?? levelOfWord(/(?:^|[._ ])([A-Za-z]+)\d?$/.exec(word)?.[1] ?? '');
    if (LOOSE.has(key) && !levelOfWord(word) && !levelOfLetter(word)) return undefined;
    // `status: ok` says as little as none; `type: log` is a kind.
    return LOOSE.has(key) && level === 'info' && key !== 's' && key !== 'l' ? undefined : level;
  }
  if (isFields(value)) {
    const inner = index(value);
    return levelOfNamed(inner, ['name', 'levelname', 'label', 'value', 'standardlevel', 'level'], scale);
  }
  return undefined;
}

function levelOfNamed(by: Map<string, unknown>, keys: readonly string[], scale?: Scale): Level | undefined {
  let numeric: Level | undefined;
  for (const key of keys) {
    const value = by.get(key);
    if (value === undefined || value === null) continue;
    const level = levelIn(key, value, by, scale);
    if (!level) continue;
    // A name is surer than a number: `"level":200,"level_name":"INFO"`.
    if (typeof value === 'string' && !/^-?\d+$/.test(value)) return level;
    numeric ??= level;
  }
  return numeric;
}

const index = (fields: Fields) => new Map(Object.entries(fields).map(([key, value]) => [plain(key), value]));

const STATUS_KEYS =
  'status statuscode httpstatus httpstatuscode responsestatus responsecode httpresponsestatuscode responsestatuscode respstatus downstreamstatus code resstatuscode'.split(
    ' ',
  );

/** The HTTP status of an access log's record, as number or text, also nested (`res.statusCode`, `httpRequest.status`). */
function statusOf(by: Map<string, unknown>): number {
  for (const from of [by, ...['res', 'response', 'httprequest', 'http'].map((key) => by.get(key))]) {
    const fields = from instanceof Map ? from : isFields(from) ? index(from) : undefined;
    if (!fields) continue;
    for (const key of STATUS_KEYS) {
      const value = fields.get(key);
      if ((typeof value === 'number' || typeof value === 'string') && /^[1-5]\d\d$/.test(String(value)))
        return Number(value);
    }
    if (from !== by && isFields(fields.get('response'))) return statusOf(index(fields.get('response') as Fields));
  }
  return Number.NaN;
}
const ASKED = [
  'request',
  'method',
  'requestmethod',
  'httpmethod',
  'uri',
  'path',
  'url',
  'requesturi',
  'req',
  'httprequest',
  'http',
  'res',
  'host',
];

/** A message that is an object: OpenTelemetry's AnyValue, or a payload. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isFields(value)) return value === undefined ? undefined : JSON.stringify(value);
  const by = index(value);
  const inner = pick(by, ['stringvalue', ...MESSAGE_KEYS]);
  return typeof inner === 'string' ? inner : JSON.stringify(value);
}

const TYPE_KEYS = ['type', 'name', 'class', 'kind', 'exceptiontype', 'errortype', 'exceptionclass'];

/** OTLP's own JSON holds many records in a line: the worst of them stands for it. */
function ofOtlp(by: Map<string, unknown>): Fields | undefined {
  const found: Fields[] = [];
  const dig = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) for (const one of value.slice(0, 1000)) dig(one, depth + 1);
    else if (isFields(value) && depth < 8) {
      if ('severityNumber' in value || 'severityText' in value) found.push(value);
      else for (const key of ['scopeLogs', 'logRecords', 'instrumentationLibraryLogs']) dig(value[key], depth + 1);
    }
  };
  dig(by.get('resourcelogs'), 0);
  return found.sort((a, b) => Number(b.severityNumber ?? 0) - Number(a.severityNumber ?? 0))[0];
}

/** Reads a record's level, message and failure by whatever names its library has for them. */
export function readRecord(fields: Fields, scale?: Scale, depth = 0): RecordRead {
  const by = index(fields);
  const otlp = by.has('resourcelogs') && ofOtlp(by);
  if (otlp) return readRecord(otlp, 'otel', depth + 1);
  // Docker's journald and GELF drivers give stderr's lines the priority of errors: that is a stream, no level.
  const streamOnly = by.has('containerid') && (by.has('priority') || by.has('shortmessage'));
  let level = levelOfNamed(
    by,
    streamOnly ? LEVEL_KEYS.filter((key) => key !== 'priority' && key !== 'level') : LEVEL_KEYS,
    scale,
  );
  const failure = pick(by, FAILURE_KEYS);
  const inner = isFields(failure) ? index(failure) : new Map<string, unknown>();
  let message = pick(by, MESSAGE_KEYS);
  const template = pick(by, ['messagetemplate', 'mt']) ?? originalFormat(by);
  const dotted = pick(by, ['errortype', 'exceptiontype', 'exceptionclass', 'exceptionname']);
  let thrown = [pick(inner, TYPE_KEYS), dotted].find((value) => typeof value === 'string') as string | undefined;
  let logger = pick(by, LOGGER_KEYS);
  const stacks = [
    pick(inner, STACK_KEYS),
    pick(by, STACK_KEYS),
    isFields(message) ? index(message).get('stack') : undefined,
  ];
  let stack = stacks.map(joined).find((value) => value !== undefined) ?? '';
  if (depth < 3) {
    for (const key of INNER) {
      const part = by.get(key);
      if (!isFields(part)) continue;
      const read = readRecord(part, scale, depth + 1);
      level ??= key === 'error' ? undefined : read.level;
      if (typeof message !== 'string') message = read.message ?? message;
      logger ??= read.logger || undefined;
      thrown ??= read.thrown;
      stack ||= read.stack;
    }
  }
  if (!level) {
    const status = statusOf(by);
    if (failure !== undefined && failure !== false && failure !== 'null' && failure !== '-') level = 'error';
    else if (status >= 500) level = 'error';
    else if (status >= 100 && ASKED.some((key) => by.has(key))) level = 'info';
  } else if (level === 'info' && Number(by.get('downstreamstatus')) >= 500) level = 'error'; // Traefik's access log is all info
  const said =
    template ??
    message ??
    pick(inner, ['message', 'msg']) ??
    failure ??
    pick(by, ['exception', 'detail', 'reason', 'title']) ??
    (depth === 0 ? wordiest(fields) : undefined);
  return { level, message: textOf(said), logger: typeof logger === 'string' ? logger : '', thrown, stack };
}

/** Where no key is a known one: the text of most words is what a person was meant to read. */
function wordiest(fields: Fields): string | undefined {
  let best: string | undefined;
  let most = 1;
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value !== 'string' || /time|date|trace|agent|host/i.test(key)) continue;
    const words = value.split(/\s+/, 60).length;
    if (words > most || best === undefined) {
      best = value;
      most = words;
    }
  }
  return best;
}

/** .NET keeps the template of a message under `State.{OriginalFormat}`. */
function originalFormat(by: Map<string, unknown>): unknown {
  const state = by.get('state') ?? by.get('properties');
  return isFields(state) ? state['{OriginalFormat}'] : undefined;
}

/** A stack as text: some libraries write it as a list of lines or of frames. */
function joined(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('\n') || /^\s*at /.test(value) ? value : undefined;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value
    .slice(0, 50)
    .map((one) => (typeof one === 'string' ? one : isFields(one) ? frameOf(index(one)) : ''))
    .join('\n');
}
const frameOf = (by: Map<string, unknown>) => {
  const name = [by.get('class'), pick(by, ['method', 'function', 'func', 'methodname'])].filter(Boolean).join('.');
  return `    at ${name} (${String(pick(by, ['file', 'filename', 'source']) ?? '')})`;
};
