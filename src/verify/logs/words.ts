export type Level = 'fatal' | 'error' | 'warn' | 'info' | 'unknown';

/** Words that stand for a level in the logs of public libraries, servers and databases, by what they mean for a verdict. */
const BY_LEVEL: Record<Exclude<Level, 'unknown'>, string> = {
  // logrus FATA, Serilog FTL, zap dpanic, syslog emerg/alert/crit, Android's wtf; PostgreSQL's and Java's translations.
  fatal: `fatal fata ftl ftal panic pani pnc dpanic emerg emergency emrg alert alrt crit critical crt wtf assert disaster
    致命 致命的 致命错误 致命錯誤 치명적오류 ВАЖНО КРИТИЧЕСКАЯ`,
  // .NET fail, logrus ERRO, log15 eror, Java's SEVERE in the languages of its runtime (sun.util.logging.resources).
  error: `error err erro eror errr severe sever svr fail schwerwiegend grave allvarlig fehler erreur errore
    严重 嚴重 错误 錯誤 重大 エラー 심각 오류 ОШИБКА СБОЙ`,
  // go-zero's slow is a warning about time.
  warn: `warn warning wrn warni wara slow warnung avertissement advertencia advertência avvertenza avviso aviso varning attention
    attenzione 警告 경고 ПРЕДУПРЕЖДЕНИЕ`,
  info: `info inf information informational informação informações información informazioni infos infor information notice note
    ntc log system debug debu dbug dbg trace trac trce trc verbose vrb verb fine finer finest config configuration stat statement
    detail hint context location query default success konfig fein hinweis journal 信息 資訊 信息 日志 日誌 注意 情報 정보 로그
    配置 详细 較詳細 СООБЩЕНИЕ ЗАМЕЧАНИЕ`,
};

const WORDS = new Map<string, Level>();
for (const [level, words] of Object.entries(BY_LEVEL))
  for (const word of words.split(/\s+/)) WORDS.set(word.toLowerCase(), level as Level);

/** Only where a place is known to hold a level: klog, Ruby, Android, MongoDB. */
const LETTERS: Record<string, Level> = {
  A: 'fatal',
  C: 'fatal',
  F: 'fatal',
  E: 'error',
  W: 'warn',
  N: 'info',
  I: 'info',
  D: 'info',
  V: 'info',
  T: 'info',
};

/** The level a word stands for, in any case. */
export const levelOfWord = (word: string): Level | undefined => WORDS.get(word.toLowerCase());

/** The level a single letter stands for, where a level must stand. MongoDB's D1 to D5 are one letter and a depth. */
export const levelOfLetter = (text: string): Level | undefined =>
  /^[A-Z][1-5]?$/.test(text) ? LETTERS[text[0]!] : undefined;

/** Scales of numeric levels; the same number means different things in different libraries. */
export type Scale =
  | 'tens'
  | 'python'
  | 'syslog'
  | 'monolog'
  | 'gcp'
  | 'nextcloud'
  | 'otel'
  | 'dotnet'
  | 'thousands'
  | 'slog';

/** Least number of warn, error and fatal on a rising scale. */
const RISING: Record<Exclude<Scale, 'syslog'>, [warn: number, error: number, fatal: number]> = {
  tens: [40, 50, 60], // pino, bunyan
  python: [30, 40, 50],
  monolog: [300, 400, 500],
  gcp: [400, 500, 600],
  nextcloud: [2, 3, 4],
  otel: [13, 17, 21],
  dotnet: [3, 4, 5], // Microsoft.Extensions.Logging.LogLevel
  thousands: [30_000, 40_000, 50_000], // log4j and Logback: level_value
  slog: [4, 8, 12],
};

/** The level a number stands for on a scale. */
export function levelOfNumber(n: number, scale: Scale): Level {
  if (scale === 'syslog') return n <= 2 ? 'fatal' : n === 3 ? 'error' : n === 4 ? 'warn' : 'info';
  const [warn, error, fatal] = RISING[scale];
  return n >= fatal ? 'fatal' : n >= error ? 'error' : n >= warn ? 'warn' : 'info';
}
