import { type Level, levelOf } from './level.ts';

/** Stands in baseline files: counts made with another mask can't be compared. */
export const MASK_VERSION = 1;

const MASKS: [RegExp, string][] = [
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+/gi, '<url>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, '<ip>'],
  [/(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '<mail>'],
  [/(?<![\w<])(?:\/[\w.@%+~-]+){2,}\/?/g, '<path>'],
  [/\[[a-z]+\]/g, '<hidden>'],
  [/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b/gi, '<hex>'],
  [/"(?:[^"\\\n]|\\.){0,200}"/g, '"<s>"'],
  [/[A-Za-z_]*\d[\w]*/g, '<n>'],
];

/** A message with everything that differs from one time to the next replaced; stateless, so runs can be compared. */
export function mask(message: string): string {
  let text = message.slice(0, 600);
  for (const [pattern, name] of MASKS) text = text.replace(pattern, name);
  return text.replace(/\s+/g, ' ').trim();
}

const EXCEPTION =
  /(?:^|[\s:"])((?:[\w$]+[.\\])*[\w$]*(?:Exception|Error|Throwable|Panic)|panic|PHP Fatal error)(?=[:\s"(]|$)/m;
const FRAME = /^\s*(?:at (?:async )?(.+?)|#\d+ (.+?)|File "([^"]+)", line \d+, in (.+)|([\w./*()-]+)\([^)]*\))\s*$/;
const FOREIGN =
  /node_modules|node:|internal\/|site-packages|\/usr\/(?:local\/)?lib|java\.|javax\.|sun\.|jdk\.|runtime[./]|vendor\//;

function frames(lines: string[]): string[] {
  const own: string[] = [];
  for (const line of lines) {
    const found = FRAME.exec(line);
    if (!found || FOREIGN.test(line)) continue;
    const name = found[4] ? `${found[3]}:${found[4]}` : (found[1] ?? found[2] ?? found[5] ?? '');
    own.push(name.replace(/[:(]\d+[\d:)]*/g, '').replace(/\d+/g, '#'));
    if (own.length === 3) break;
  }
  return own;
}

interface Message {
  text: string;
  logger: string;
  stack: string;
}

function messageOf(first: string): Message {
  if (first.startsWith('{')) {
    try {
      const entry = JSON.parse(first) as Record<string, unknown>;
      const failure = (entry.err ?? entry.error ?? entry.exception) as Record<string, unknown> | string | undefined;
      const inner = typeof failure === 'object' && failure !== null ? failure : {};
      const text = entry.msg ?? entry.message ?? entry['@m'] ?? entry['@mt'] ?? inner.message ?? failure ?? first;
      const name = [inner.type, inner.name, entry['exception.type']].find((v) => typeof v === 'string');
      return {
        text: `${name ? `${name}: ` : ''}${typeof text === 'string' ? text : JSON.stringify(text)}`,
        logger: String(entry.logger ?? entry.name ?? ''),
        stack: String(inner.stack ?? entry.stack ?? entry.stack_trace ?? ''),
      };
    } catch {
      return { text: first, logger: '', stack: '' }; // cut off by a line limit: judged as text
    }
  }
  const msg = /(?:^|\s)msg=(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(first);
  return { text: msg ? (msg[1] ?? msg[2]!) : first, logger: '', stack: '' };
}

export interface Signature {
  key: string;
  level: Level;
  /** Words of the masked message, for the likeness of two signatures. */
  words: string[];
}

/** Exception and its own frames where there is a stack, else level, logger and masked message. */
export function signatureOf(entry: string, level: Level = levelOf(entry)): Signature {
  const lines = entry.split('\n');
  const { text, logger, stack } = messageOf(lines[0]!);
  const trace = stack ? stack.split('\n') : lines.slice(1);
  const own = frames(trace);
  const masked = mask(text);
  if (own.length > 0) {
    // Python names the exception last, the others first.
    const python = lines.length > 2 && /Traceback/.test(entry) ? lines.at(-1)! : `${text}\n${stack}`;
    const thrown = EXCEPTION.exec(python)?.[1];
    if (thrown) return { key: `${thrown} at ${own.join(' < ')}`, level, words: [thrown, ...own] };
  }
  return { key: `${level} ${logger ? `${logger}: ` : ''}${masked}`, level, words: masked.split(' ') };
}

/** Same length and half of the words alike: the same message with a part the mask doesn't know. */
export function alike(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length || a.length === 0) return false;
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length >= 0.5;
}
