import { type KeyKind, kindOfKey } from './keys.ts';
import { looksLikeName } from './names.ts';
import { isMachines, isProse } from './values.ts';

const MARK = '[redacted]';
/** `"key":` with as many backslashes before its quotes as the JSON is deep inside other JSON strings. */
const QUOTED_KEY = /(\\*)(["'])((?:[^"'\\\n]|\\+u[0-9a-fA-F]{4}){1,80})\1\2\s*(?:[:：]|=>)\s*/g;
/** `key=`, `key: `, `姓名：`; `Passport No:` is one key of two words. */
const PLAIN_KEY =
  /(?:(?<=(?:^|[\s"'=,[(])--?)|(?<![\w\u4e00-\u9fff.%-]))((?:passport|phone|mobile|id card) (?:no|number)|[\w\u4e00-\u9fff%][\w\u4e00-\u9fff.%-]{0,80})(?:\]|%5D)?\s?(=>\s?|[=＝]\s?|[:：]\s*)/gi;
/** `--password hunter2` of a command line. */
const FLAG = /(?<=(?:^|[\s"'=,[(])--?)([A-Za-z][\w-]{1,40}) (?!-|\[redacted\])([^\s"'`,;)\]]+|"[^"\n]*"|'[^'\n]*')/g;
/** “姓名”：“张三” in the quotes of running text. */
const CURLY =
  /([“「『])([^“”「」『』\n]{1,40})([”」』]\s*[:：=＝]\s*[“「『])(?!\[redacted\])[^“”「」『』\n]+([”」』])/g;
/** `"name":"Cookie",` before `"value":`: headers and form fields as lists of pairs. */
const PAIR = /(\\*)(["'])(?:key|name|field|header|k)\1\2\s*:\s*\1\2([^"'\\\n]{1,60})\1\2\s*,\s*$/i;
const PAIR_LENGTH = 120;
const VALUE_KEYS = /^(?:value|val|v)$/i;
const XML = /<([A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff.-]{0,60})>([^<\n]+)<\/\1>/g;
const SCHEME = /(?:Bearer|Basic|Digest|Negotiate|Token|ApiKey|AWS4-HMAC-SHA256)\s+/iy;
const BARE_SECRET = /[^\s"'`&,;)}\]<>]+(?:[,;)}\]](?!\s*[\w.-]+=)[^\s"'`&,;)}\]<>]+)*/y;
const BARE = /[^\s,;&|"'`<>)}\]，；。、]+/y;
/** Unquoted words before the next `key=` belong to the value, and so do words that look like names. */
const UP_TO_NEXT_KEY = /(?: +[^\s=:：＝,;|"'{}()[\]]+){1,6}?(?= +[\w\u4e00-\u9fff.-]+[=:：＝])/y;
const NAME_WORD = /[ ·]+[\p{Lu}\u4e00-\u9fff][^\s,;&|"'<>)}\]，；。、=:：＝]*(?![=:：＝\w\u4e00-\u9fff.%-])/uy;
const ADDRESS_WORD =
  /[,，]? +[\p{Lu}\u4e00-\u9fff\d#][^\s,;&|"'<>)}\]；。=:：＝]*(?![=:：＝\w\u4e00-\u9fff.%-])|[,，、][^\s,;&|"'<>)}\]；。=:：＝]+(?![=:：＝\w\u4e00-\u9fff.%-])/uy;
const COOKIE_PAIR = /;\s*[^\s=;"']+=[^\s;"']*/y;
const TO_LINE_END = /[^\r\n"'`]+/y;

function at(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Index of the quote that closes a string which began before `from` at this depth of escaping, or -1. */
function closing(text: string, from: number, depth: number, quote: string): number {
  for (let i = text.indexOf(quote, from); i >= 0; i = text.indexOf(quote, i + 1)) {
    let run = 0;
    while (i - run - 1 >= from && text[i - run - 1] === '\\') run++;
    // One backslash of the innermost text takes 2(depth+1) here, an escaped quote one more step.
    if (run >= depth && (run - depth) % (2 * (depth + 1)) === 0) return i;
  }
  return -1;
}

/** End of an object or array that begins at `start`; a cut-off one ends with the text. */
function containerEnd(text: string, start: number, slashes: string, quote: string): number {
  const opener = slashes + quote;
  let open = 0;
  for (let i = start; i < text.length; i++) {
    if (text.startsWith(opener, i)) {
      const end = closing(text, i + opener.length, slashes.length, quote);
      if (end < 0) return text.length;
      i = end;
    } else if (text[i] === '{' || text[i] === '[') open++;
    else if ((text[i] === '}' || text[i] === ']') && --open === 0) return i + 1;
  }
  return text.length;
}

/** Where a quoted string that starts at `i` stops; its own end, or the line's when it was cut off. */
function stringEnd(text: string, i: number, slashes: string, quote: string): { inner: number; end: number } {
  const inner = i + slashes.length + 1;
  const close = closing(text, inner, slashes.length, quote);
  if (close >= 0) return { inner: close - slashes.length, end: close + 1 };
  const line = text.indexOf('\n', inner);
  const end = line < 0 ? text.length : line;
  return { inner: end, end };
}

const IDENTIFIER = /^[A-Za-z][\w-]*(?:[./:][\w-]+)*$/;
const RECORD = [
  /"(?:levelname|levelno)"\s*:/,
  /"pid"\s*:\s*\d/,
  /"hostname"\s*:/,
  /"(?:level|severity)"\s*:/,
  /"(?:msg|message)"\s*:/,
];

/** A logger's name, as bunyan, pino and Python's formatters write it beside their own keys. */
function isLogger(text: string, at: number, value: string): boolean {
  if (!IDENTIFIER.test(value)) return false;
  const start = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  const line = text.slice(Math.max(start, at - 2000), end < 0 ? at + 2000 : Math.min(end, at + 2000));
  const [python, pid, host, level, message] = RECORD.map((pattern) => pattern.test(line));
  return (
    python === true || (pid === true && host === true) || (level === true && message === true && /[.:/]/.test(value))
  );
}

/** Objects whose name is a thing's, as the Elastic Common Schema, OpenTelemetry and Kubernetes nest them. */
const THING =
  /^(?:os|host|service|span|event|metadata|metric|container|process|thread|logger|pod|node|namespace|image|kernel)$/i;
const NEAR = 400;
/** `thread name=main`. */
const THING_BEFORE =
  /\b(?:thread|process|service|pod|container|span|metric|event|file|class|method|queue|topic|image|logger|module|package)\s$/i;

/** The key of the object that a key at `at` stands in; undefined where it is not near or not told. */
function parentOf(text: string, at: number): string | undefined {
  let open = 0;
  for (let i = at - 1; i >= Math.max(0, at - NEAR); i--) {
    if (text[i] === '}' || text[i] === ']') open++;
    else if (text[i] === '[' && open > 0) open--;
    else if (text[i] === '{' && open-- === 0)
      return /([\w.-]{1,60})\\*["']\s*:\s*$/.exec(text.slice(Math.max(0, i - 80), i))?.[1];
  }
  return undefined;
}

/** `"host":{"name":"web-1"}`: a thing's name, as far as it doesn't look like a person's. */
const isThings = (text: string, at: number, value: string) =>
  /^[\w. ()/:+-]+$/.test(value) && !looksLikeName(value) && THING.test(parentOf(text, at)?.split('.').at(-1) ?? '');

function redactJson(text: string): string {
  let out = '';
  let done = 0;
  QUOTED_KEY.lastIndex = 0;
  for (let found = QUOTED_KEY.exec(text); found; found = QUOTED_KEY.exec(text)) {
    const [whole, slashes, quote, key] = found as unknown as [string, string, string, string];
    const i = found.index + whole.length;
    const named = VALUE_KEYS.test(key)
      ? PAIR.exec(text.slice(Math.max(0, found.index - PAIR_LENGTH), found.index))?.[3]
      : undefined;
    const kind = kindOfKey(named ?? key);
    if (!kind) {
      // The key's own closing quote may open nothing; go on right behind the colon.
      QUOTED_KEY.lastIndex = i;
      continue;
    }
    const mark = `${slashes}${quote}${MARK}${slashes}${quote}`;
    let end = i;
    let value = mark;
    const mine = ['"', "'"].find((q) => text.startsWith(slashes + q, i));
    if (mine) {
      const string = stringEnd(text, i, slashes, mine);
      end = string.end;
      const opener = slashes + mine;
      const inner = text.slice(i + opener.length, string.inner);
      if (
        inner === '' ||
        isMachines(kind, named ?? key, inner) ||
        (key === 'name' && (isLogger(text, found.index, inner) || isThings(text, found.index, inner)))
      )
        value = text.slice(i, end);
      else value = `${opener}${MARK}${text.slice(string.inner, end)}`;
    } else if (text[i] === '{' || text[i] === '[') {
      end = text.startsWith(MARK, i) ? i + MARK.length : containerEnd(text, i, slashes, quote);
    } else {
      end = i + at(/[^,}\]\s"'\\]+/y, text, i);
      const bare = text.slice(i, end);
      if (end === i || /^(?:true|false|null|None|undefined|True|False)$/.test(bare)) value = bare;
    }
    out += text.slice(done, i) + value;
    done = end;
    QUOTED_KEY.lastIndex = Math.max(end, i);
  }
  return out + text.slice(done);
}

function bareEnd(text: string, start: number, kind: KeyKind, separator: string): number {
  if (kind === 'header' && /[:：]/.test(separator)) return start + at(TO_LINE_END, text, start);
  let end = start + at(SCHEME, text, start);
  if (kind === 'secret' || kind === 'header') {
    end += at(BARE_SECRET, text, end);
    for (let n = 1; kind === 'header' && n > 0; end += n) n = at(COOKIE_PAIR, text, end);
    return end;
  }
  end = start + at(BARE, text, start);
  if (end === start) return end;
  const rest = at(UP_TO_NEXT_KEY, text, end);
  if (rest > 0) return end + rest;
  const word = kind === 'address' ? ADDRESS_WORD : NAME_WORD;
  for (let n = at(word, text, end); n > 0; n = at(word, text, end)) end += n;
  return end;
}

/** A key in brackets is a form's field, `user[email]=`; in brackets alone it is a mark of ours. */
const isLoose = (text: string, at: number, whole: string, key: string) =>
  /^(?:\]|%5D)/.test(whole.slice(key.length)) && !/\w(?:\[|%5B)$/.test(text.slice(Math.max(0, at - 4), at));

/** Addresses of machines in a list: `addresses :[akka.tcp://node-1:55904]`. */
const MACHINES = /^[[{]\s*(?:[a-z][a-z0-9+.-]*:\/\/|(?:\d{1,3}\.){3}\d{1,3}|\/[\d.]+:|[0-9a-f:]*\]:\d)/i;
/** `auth.example.com:443`, `//customer:8443/`: a host and its port; `com.app:push`, `name:value:`: a process, a selector. */
function isPort(text: string, at: number, key: string, separator: string, i: number): boolean {
  if (
    separator === ':' &&
    (/^(?:com|org|net|io|android|java)\.[\w.]+$/.test(key) || /^[A-Za-z]\w*:(?!\/\/)/.test(text.slice(i, i + 60)))
  )
    return true;
  if (separator !== ':' || !/^\d{1,5}(?![\w-])/.test(text.slice(i, i + 6))) return false;
  return /\.[a-z]{2,}$/i.test(key) || text.startsWith('//', at - 2);
}
const SYSTEM_KEYS = /(?:^|[\s,;({[])(?:pid|uid|gid|tid|fd|flags|flg|tag|ws|lock|prio|oom_adj|cpu|wtoken)=/g;
/** A thing's name among the keys of a system's own log: `lock=1, flags=0x1, tag="x", name=android, pid=2227`. */
function isSystems(kind: KeyKind, key: string, text: string, at: number): boolean {
  if (kind !== 'personal' || key !== 'name' || !/^[a-z*]/.test(text[at] ?? '')) return false;
  const start = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  const line = text.slice(Math.max(start, at - 300), end < 0 ? at + 300 : Math.min(end, at + 300));
  return (line.match(SYSTEM_KEYS)?.length ?? 0) >= 3;
}

function redactPlain(text: string): string {
  let out = '';
  let done = 0;
  PLAIN_KEY.lastIndex = 0;
  for (let found = PLAIN_KEY.exec(text); found; found = PLAIN_KEY.exec(text)) {
    const [whole, key, separator] = found as unknown as [string, string, string];
    const kind = kindOfKey(key);
    const i = found.index + whole.length;
    if (
      !kind ||
      text.startsWith('//', i) ||
      isPort(text, found.index, key, separator, i) ||
      (key === 'name' && THING_BEFORE.test(text.slice(Math.max(0, found.index - 12), found.index))) ||
      isLoose(text, found.index, whole, key)
    ) {
      PLAIN_KEY.lastIndex = i;
      continue;
    }
    let end = i;
    let value = MARK;
    const opener = /\\*["']/y;
    opener.lastIndex = i;
    const quoted = opener.exec(text)?.[0];
    if (text.startsWith(MARK, i) || text.startsWith('***', i)) {
      end = i + (text[i] === '[' ? MARK.length : 3);
      value = text.slice(i, end);
    } else if (quoted) {
      const string = stringEnd(text, i, quoted.slice(0, -1), quoted.at(-1)!);
      end = string.end;
      const inner = text.slice(i + quoted.length, string.inner);
      if (inner === '' || isMachines(kind, key, inner)) value = text.slice(i, end);
      else value = `${quoted}${MARK}${text.slice(string.inner, end)}`;
    } else if ((text[i] === '{' || text[i] === '[') && kind === 'address' && MACHINES.test(text.slice(i, i + 80))) {
      value = '';
    } else if (text[i] === '{' || text[i] === '[') {
      end = Math.min(containerEnd(text, i, '', '"'), (text.indexOf('\n', i) + 1 || text.length + 1) - 1);
    } else {
      const first = /^[^\s,;"'<>)\]]*/.exec(text.slice(i, i + 300))![0];
      const spoken = /[:：]/.test(separator) && isProse(kind, key, text, i);
      end =
        spoken || isMachines(kind, key, first) || isSystems(kind, key, text, i) ? i : bareEnd(text, i, kind, separator);
      const bare = text.slice(i, end);
      if (end === i || /^(?:true|false|null|nil|none|undefined|-)$/i.test(bare)) value = bare;
    }
    out += text.slice(done, i) + value;
    done = end;
    PLAIN_KEY.lastIndex = Math.max(end, i);
  }
  return out + text.slice(done);
}

/** Hides the values of keys that name a person or a secret, in JSON at any depth of escaping, XML, logfmt and headers. */
export function redactKeyed(text: string): string {
  const json = /["']/.test(text) ? redactJson(text) : text;
  let clean = json;
  if (clean.includes('</'))
    clean = clean.replace(XML, (whole, key: string) => (kindOfKey(key) ? `<${key}>${MARK}</${key}>` : whole));
  if (/[”」』]/.test(clean))
    clean = clean.replace(CURLY, (whole, open: string, key: string, between: string, close: string) =>
      kindOfKey(key) ? `${open}${key}${between}${MARK}${close}` : whole,
    );
  if (/[=＝:：]/.test(clean)) clean = redactPlain(clean);
  if (!clean.includes('-')) return clean;
  return clean.replace(FLAG, (whole, key: string) => (kindOfKey(key) === 'secret' ? `${key} ${MARK}` : whole));
}
