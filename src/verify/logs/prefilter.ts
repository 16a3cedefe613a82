import { Scanner } from './scanner.ts';

const words = (text: string) => text.trim().split(/\s+/);
/** Each word as it is, with a capital, and in capitals. */
const cased = (text: string) =>
  words(text).flatMap((word) => [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()]);
/** A short code of a level, behind what may stand before it; `m` ends a colour. */
const coded = (codes: string) =>
  words(codes).flatMap((code) =>
    [' ', '[', '|', '"', '=', '\t', '\n', '<', '/', '(', ':', 'm'].map((before) => before + code),
  );

/** `key":n`, `key": n` and as text, also within a string; a single digit must end there, a longer number may go on. */
const numbers = (keys: string, digits: string, longer: string) =>
  words(keys).flatMap((key) =>
    ['":', '": ', '":"', '": "', '\\":', '\\": '].flatMap((sep) => [
      ...[...digits].flatMap((n) => [`${key}${sep}${n},`, `${key}${sep}${n}}`, `${key}${sep}${n}"`]),
      ...words(longer).map((n) => key + sep + n),
    ]),
  );

/**
 * Texts of which a line holds at least one when it may be a failure's or a warning's; `?` is any digit. A line without any is
 * no evidence, and nothing else is done with it. So this must hold whatever `levelOf` can read as warn or worse.
 */
const evidenceTexts = (): string[] => [
  // Levels and what was thrown, by their stems.
  ...cased(
    'erro fail fatal panic crit emerg alert sever except traceback warn uncaught unhandled throwable disaster deprecat eror',
  ),
  ...cased('err').flatMap((err) =>
    [' ', ':', ']', '|', '=', '"', '!', ',', '>', ';', ')', '\t', '\n', '\u001b', '.'].map((behind) => err + behind),
  ),
  ...words('FATA ALRT EMRG PANI "sev": Interrupt Exit) Failure'),
  ...coded('ERR FTL PNC CRT WRN WTF SVR'),
  ...['l="slow"', 'l":"slow"', '"stream":"stderr"', 'level=slow'],
  // The same in the languages of Java's and PostgreSQL's messages.
  ...words(
    'SCHWER GRAVE ALLVAR FEHLER AVERT ADVERT AVVERT AVISO VARNING ATTENTION ATTENZIONE Fehler Avert Advert Avvert',
  ),
  ...words('严重 嚴重 错误 錯誤 重大 致命 警告 エラー 심각 오류 치명 경고 ОШИБКА ВАЖНО ПРЕДУПР СБОЙ'),
  // The end of a program, and stacks.
  ...words(
    'SIGSEGV SIGABRT SIGBUS SIGILL SIGFPE egmentation Aborted Killed munmap_chunk OutOfMemory .rb: UnhandledPromise FileNotFound SQLSTATE ORA-',
  ),
  ...[
    'goroutine ?',
    '[signal ',
    'core dumped',
    'Bus error',
    'terminate called',
    'stack smashing',
    'buffer overflow',
    'double free',
  ],
  ...[
    'free()',
    'Illegal instr',
    'has overflowed',
    'Died at',
    'Caused by',
    '** (',
    'stack backtrace',
    'breakpoint trap',
    'goroutine stack',
  ],
  ...['not found', 'No such file', 'ermission denied', 'exec format', 'cannot ', 'exec /', 'exec: '],
  ...['Task timed out', 'Process exited', 'Status: timeout', 'CRASH REPORT', 'SUPERVISOR REPORT'],
  // HTTP statuses of access logs, as text, in records and in columns.
  ...['" 5??', ' 5?? ', 'tatus=5', 'tatus:5', 'tatus: 5'],
  ...['tatus', 'Code', 'code'].flatMap((key) =>
    ['":5', '": 5', '":"5', '": "5', '\\":5', '\\": 5'].map((sep) => key + sep),
  ),
  // Letters in level position.
  ...[...'EWFAC'].flatMap((l) => [
    `"s":"${l}`,
    `"s": "${l}`,
    `"l":"${l}"`,
    `"lvl":"${l}"`,
    `vel":"${l}"`,
    `[${l}] `,
    ` [${l}]`,
    `?|${l}|`,
    `| ${l} |`,
    `? ${l} `,
    `Z ${l} `,
    ` ${l}! `,
    `[${l} ?`,
    `\\"s\\":\\"${l}`,
  ]),
  ...[...'EWF'].flatMap((l) => [`\n${l}??`, ` ${l}??`, `${l}, [`]),
  ...[...'EWFA'].flatMap((l) => [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].flatMap((tag) => [`\n${l}/${tag}`, ` ${l}/${tag}`])),
  '? # ',
  // Numbers on the scales of pino, Python, syslog, Monolog, GCP, log4j and OpenTelemetry.
  ...numbers(
    'evel lvl rity RITY LEVEL evelno evel_no evelNo evel_number',
    '01234',
    '40 50 60 300 350 400 450 500 550 600 700 800 900 1000',
  ),
  ...numbers('everityNumber everity_number', '', '13 14 15 16 17 18 19 20 21 22 23 24'),
  ...numbers('evel_value evelValue', '', '30000 40000 50000'),
  // Syslog's priorities of warning and worse.
  ...Array.from({ length: 192 }, (_, n) => n)
    .filter((n) => n % 8 <= 4)
    .map((n) => (n < 10 ? `\n<${n}>` : `<${n}>`)),
  ...[...'01234'].map((n) => ` <${n}>`),
  // Signs that stand for a level.
  ...['❌ ', '✖ ', '✗ ', '✘ ', '⨯ ', '⚠ ', '⚠\ufe0f', '🚨', '💥', '🔥'],
];

/** What a program without levels writes to stderr when something went wrong. */
const troubleTexts = (): string[] => [
  ...cased('cannot unable refused denied timeout timed invalid abort crash reject missing corrupt'),
  ...['could n', 'Could n', 'couldn', "can't", "Can't"],
  ...words('ECONN ENOENT EACCES EADDR EPIPE EHOST ETIME ENOTF EAI_ EMFILE ENOSPC EPERM'),
  ...words('失败 失敗 异常 異常 超时 超時 无法 無法 不存在 拒绝'),
];

/** Made when first needed: some thousand texts take a moment. */
const late = (texts: () => string[]) => {
  let made: Scanner | undefined;
  return () => {
    made ??= new Scanner(texts());
    return made;
  };
};

export const evidence = late(evidenceTexts);
const trouble = late(troubleTexts);

/** Whether a line of stderr tells of trouble without a level. */
export const troubled = (bytes: Uint8Array, from: number, to: number) => trouble().find(bytes, from, to) >= 0;

const SCRATCH = Buffer.allocUnsafe(64 * 1024);
SCRATCH[0] = 0x0a;

/** Whether a line may be a failure's or a warning's; `stderr` where what is well goes to stdout. */
export function mayBeEvidence(line: string, stderr = false): boolean {
  if (line.length > 16 * 1024) return true;
  // A text may end with what ends a line.
  const to = 1 + SCRATCH.write(line, 1, 'utf8');
  SCRATCH[to] = 0x0a;
  return evidence().find(SCRATCH, 0, to + 1) >= 0 || (stderr && trouble().find(SCRATCH, 0, to) >= 0);
}
