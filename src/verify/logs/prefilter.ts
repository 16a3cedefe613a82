/** A stem in lower case, as a word and in capitals. */
function both(...stems: string[]): string[] {
  return stems.flatMap((stem) => [stem, stem[0]!.toUpperCase() + stem.slice(1), stem.toUpperCase()]);
}

/** `key":n`, `key": n` and as text; a single digit must end there, a longer number may go on. */
function numbers(keys: string[], digits: string[], longer: string[]): string[] {
  return keys.flatMap((key) =>
    ['":', '": ', '":"', '": "'].flatMap((sep) => [
      ...digits.flatMap((n) => [`${key}${sep}${n},`, `${key}${sep}${n}}`, `${key}${sep}${n}"`]),
      ...longer.map((n) => `${key}${sep}${n}`),
    ]),
  );
}

/**
 * Texts of which a line holds at least one when it may be a failure's or a warning's; `?` is any digit. A line without any is
 * no evidence, and nothing else is done with it. So this must hold whatever `levelOf` can read as warn or worse.
 */
const TEXTS: string[] = [
  // Levels and what was thrown, by their stems.
  ...both(
    'err',
    'fail',
    'fatal',
    'panic',
    'crit',
    'emerg',
    'alert',
    'sever',
    'except',
    'traceback',
    'warn',
    'uncaught',
    'unhandled',
    'throwable',
    'disaster',
  ),
  ...['EROR', 'FATA', 'FTL', 'PNC', 'CRT', 'WRN', 'WTF', 'ALRT', 'EMRG', 'SVR', 'PANI'],
  ...['"sev":', 'l="slow"', 'l":"slow"', 'Interrupt', 'Exit)', 'Failure'],
  // The same in the languages of Java's and PostgreSQL's messages.
  ...[
    'SCHWER',
    'GRAVE',
    'ALLVAR',
    'FEHLER',
    'AVERT',
    'ADVERT',
    'AVVERT',
    'AVISO',
    'VARNING',
    'ATTENTION',
    'ATTENZIONE',
  ],
  ...[
    '严重',
    '嚴重',
    '错误',
    '錯誤',
    '重大',
    '致命',
    '警告',
    'エラー',
    '심각',
    '오류',
    '치명',
    '경고',
    'ОШИБКА',
    'ВАЖНО',
    'ПРЕДУПР',
    'СБОЙ',
  ],
  // The end of a program, and stacks.
  ...[
    'goroutine ?',
    '[signal ',
    'SIGSEGV',
    'SIGABRT',
    'SIGBUS',
    'SIGILL',
    'egmentation',
    'core dumped',
    'Aborted',
    'Killed',
    'Bus error',
  ],
  ...[
    'terminate called',
    'stack smashing',
    'buffer overflow',
    'double free',
    'free()',
    'munmap_chunk',
    'Illegal instr',
    'OutOfMemory',
    'has overflowed',
    'Died at',
  ],
  ...['Caused by', '.rb:', '** (', 'stack backtrace', 'UnhandledPromise', 'breakpoint trap', 'FileNotFound'],
  ...[
    'not found',
    'No such file',
    'Permission denied',
    'permission denied',
    'exec format',
    'cannot ',
    'exec /',
    'exec: ',
  ],
  ...['Task timed out', 'Process exited', 'Status: timeout', 'ORA-', 'SQLSTATE', 'CRASH REPORT', 'SUPERVISOR REPORT'],
  // HTTP statuses of access logs, as text, in records and in columns.
  ...['" 5??', 'tatus":5', 'tatus": 5', 'tatus":"5', 'tatus": "5', 'tatus=5', 'tatus:5', 'tatus: 5'],
  ...['ode":5', 'ode": 5', 'ode":"5', 'ode": "5', ' 5?? '],
  // Letters in level position.
  ...['E', 'W', 'F', 'A', 'C'].flatMap((l) => [
    `"s":"${l}"`,
    `"s": "${l}"`,
    `"l":"${l}"`,
    `"lvl":"${l}"`,
    `vel":"${l}"`,
    `[${l}]`,
    `|${l}|`,
    `| ${l} |`,
    `? ${l} `,
    ` ${l}! `,
    `[${l} ?`,
    `Z ${l} `,
  ]),
  ...['E', 'W', 'F'].flatMap((l) => [`\n${l}??`, ` ${l}??`, `${l}, [`]),
  ...['\nE/', '\nW/', '\nF/', '\nA/'],
  ...['? # '],
  // Numbers on the scales of pino, Python, syslog, Monolog, GCP, log4j and OpenTelemetry.
  ...numbers(
    ['evel', 'lvl', 'rity', 'RITY', 'LEVEL', 'evelno', 'evel_no', 'evelNo', 'evel_number'],
    ['0', '1', '2', '3', '4'],
    ['40', '50', '60', '300', '350', '400', '450', '500', '550', '600', '700', '800', '900', '1000'],
  ),
  ...numbers(
    ['everityNumber', 'everity_number'],
    [],
    ['13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23', '24'],
  ),
  ...numbers(['evel_value', 'evelValue'], [], ['30000', '40000', '50000']),
  // Syslog's priorities of warning and worse.
  ...Array.from({ length: 192 }, (_, n) => n)
    .filter((n) => n % 8 <= 4)
    .map((n) => `<${n}>`),
  // Signs that stand for a level.
  ...['❌', '✖', '✗', '✘', '⨯', '×', '🚨', '💥', '🔥', '⚠'],
];

/** What a program without levels writes to stderr when something went wrong. */
const TROUBLE_TEXTS: string[] = [
  ...both(
    'cannot',
    'unable',
    'refused',
    'denied',
    'timeout',
    'timed',
    'invalid',
    'abort',
    'crash',
    'reject',
    'missing',
    'corrupt',
    'could n',
    'couldn',
    "can't",
  ),
  ...['ECONN', 'ENOENT', 'EACCES', 'EADDR', 'EPIPE', 'EHOST', 'ETIME', 'ENOTF', 'EAI_', 'EMFILE', 'ENOSPC', 'EPERM'],
  ...['失败', '失敗', '异常', '異常', '超时', '超時', '无法', '無法', '不存在', '拒绝'],
];

/** How often a byte stands in logs, roughly: the rarest pair of a text is looked for. */
function common(byte: number): number {
  const letter = String.fromCharCode(byte);
  const at = ' etaoinsrhdlucmfywgpbvk'.indexOf(letter);
  if (at >= 0) return 30 - at;
  if (byte >= 0x30 && byte <= 0x39) return 25;
  return '":,.-/=_[]'.includes(letter) ? 18 : 2;
}

/** Each `?` of a text as every digit: a handful of texts have one or two. */
const spelt = (text: string): string[] =>
  text.includes('?') ? [...'0123456789'].flatMap((digit) => spelt(text.replace('?', digit))) : [text];

const hash = (first: number, pair: number) => (pair ^ (first * 337)) & 0xffff;
/** The first node of the tree, and the mark of a text's end. */
const ROOT = 1;
const END = 65535;

/**
 * Finds the first of many texts in bytes. Three bytes of each, with the rarest pair, are looked for as Wu and Manber do
 * (TR-94-17): most positions are passed with one look-up for two bytes. What looks right is compared in a tree of all
 * texts. A regular expression of as many texts takes several times as long.
 */
export class Scanner {
  readonly #texts: readonly string[];
  /** By pair of bytes: 0 where a text's three bytes may end, else how far to go on. */
  readonly #shift = new Uint8Array(65536).fill(2);
  /** Whether any text has these three bytes, by a hash of them: a pair alone is met too often. */
  readonly #threes = new Uint8Array(65536);
  /** By pair: where in their texts the three bytes may stand. */
  readonly #offsets: (number[] | undefined)[] = new Array(65536);
  #next = new Uint16Array(256 * 1024);
  #nodes = ROOT;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    for (const text of texts.flatMap(spelt)) this.#add(Buffer.from(text, 'utf8'));
  }

  #add(bytes: Uint8Array): void {
    let at = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 2 < bytes.length; i++) {
      const cost = common(bytes[i + 1]!) * common(bytes[i + 2]!);
      if (cost >= least) continue;
      least = cost;
      at = i;
    }
    const before = (bytes[at]! << 8) | bytes[at + 1]!;
    const pair = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.#shift[pair] = 0;
    if (this.#shift[before] === 2) this.#shift[before] = 1;
    this.#threes[hash(bytes[at]!, pair)] = 1;
    this.#offsets[pair] ??= [];
    if (!this.#offsets[pair].includes(at)) this.#offsets[pair].push(at);
    this.#grow(bytes);
  }

  #grow(bytes: Uint8Array): void {
    let node = ROOT;
    for (const [i, byte] of bytes.entries()) {
      const slot = node * 256 + byte;
      if (i === bytes.length - 1) this.#next[slot] = END;
      else if (this.#next[slot] === END) return;
      else if (this.#next[slot] === 0) this.#next[slot] = this.#node();
      node = this.#next[slot]!;
    }
  }

  #node(): number {
    this.#nodes++;
    if ((this.#nodes + 1) * 256 > this.#next.length) {
      const wider = new Uint16Array(this.#next.length * 2);
      wider.set(this.#next);
      this.#next = wider;
    }
    return this.#nodes;
  }

  /** The same as a POSIX extended regular expression for one line. */
  get source(): string {
    const escaped = (text: string) => text.replace(/[.*+^${}()|[\]\\]/g, '\\$&');
    return this.#texts
      .map((text) => (text.startsWith('\n') ? `^${escaped(text.slice(1))}` : escaped(text)).replaceAll('?', '[0-9]'))
      .join('|');
  }

  /** Index of a byte inside the first text found between `from` and `to`, or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const shift = this.#shift;
    const threes = this.#threes;
    for (let i = from + 2; i < to; ) {
      const pair = (bytes[i - 1]! << 8) | bytes[i]!;
      const step = shift[pair]!;
      if (step !== 0) i += step;
      else if (threes[hash(bytes[i - 2]!, pair)] === 1 && this.#holds(bytes, pair, i - 2, from, to)) return i;
      else i++;
    }
    return -1;
  }

  #holds(bytes: Uint8Array, pair: number, three: number, from: number, to: number): boolean {
    const next = this.#next;
    for (const offset of this.#offsets[pair]!) {
      const start = three - offset;
      if (start < from) continue;
      for (let node = ROOT, i = start; i < to && node !== 0; i++) {
        node = next[node * 256 + bytes[i]!]!;
        if (node === END) return true;
      }
    }
    return false;
  }
}

export const EVIDENCE = new Scanner(TEXTS);
const TROUBLE = new Scanner(TROUBLE_TEXTS);

const SCRATCH = Buffer.allocUnsafe(64 * 1024);
SCRATCH[0] = 0x0a;

/** Whether a line may be a failure's or a warning's; `stderr` where what is well goes to stdout. */
export function mayBeEvidence(line: string, stderr = false): boolean {
  if (line.length > 16 * 1024) return true;
  const to = 1 + SCRATCH.write(line, 1, 'utf8');
  return EVIDENCE.find(SCRATCH, 0, to) >= 0 || (stderr && TROUBLE.find(SCRATCH, 0, to) >= 0);
}
