/**
 * Dates in moment's format (https://momentjs.com/docs/#/displaying/format/), which metadata-action's `date` takes. The
 * package itself is in maintenance and brings its own table of zones; the zones here are those of the runtime.
 */

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const DAY_MS = 86_400_000;

/** Long forms of the English locale. */
const LOCAL: Record<string, string> = {
  LTS: 'h:mm:ss A',
  LT: 'h:mm A',
  LLLL: 'dddd, MMMM D, YYYY h:mm A',
  LLL: 'MMMM D, YYYY h:mm A',
  LL: 'MMMM D, YYYY',
  L: 'MM/DD/YYYY',
  llll: 'ddd, MMM D, YYYY h:mm A',
  lll: 'MMM D, YYYY h:mm A',
  ll: 'MMM D, YYYY',
  l: 'M/D/YYYY',
};

/** A moment as a clock on the wall of its zone shows it. */
interface Wall {
  instant: number;
  /** Milliseconds of the same wall time, were the zone UTC. */
  local: Date;
  offsetMinutes: number;
}

/** Minutes the zone is ahead of UTC at that instant. Throws RangeError for a zone the runtime does not know. */
function offsetOf(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  ) as [number, number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return Math.round((wall - Math.floor(instant / 1000) * 1000) / 60_000);
}

const pad = (value: number, length: number) => String(Math.abs(value)).padStart(length, '0');

function ordinal(value: number): string {
  const teen = value % 100 > 10 && value % 100 < 14;
  return `${value}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')}`;
}

const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;

/** Week and its year, where weeks begin on `first` (0 Sunday) and week 1 holds `anchor` of January. */
function week(date: Date, first: number, anchor: number): { week: number; year: number } {
  const startOf = (year: number) => {
    const fixed = new Date(Date.UTC(year, 0, anchor));
    return fixed.getTime() - ((fixed.getUTCDay() - first + 7) % 7) * DAY_MS;
  };
  const year = date.getUTCFullYear();
  const own = date.getTime() >= startOf(year + 1) ? year + 1 : date.getTime() < startOf(year) ? year - 1 : year;
  return { week: Math.floor((date.getTime() - startOf(own)) / (7 * DAY_MS)) + 1, year: own };
}

const localWeek = ({ local }: Wall) => week(local, 0, 1);
const isoWeek = ({ local }: Wall) => week(local, 1, 4);

function offset({ offsetMinutes }: Wall, separator: string): string {
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${separator}${pad(minutes % 60, 2)}`;
}

type Token = (wall: Wall) => string;
const of =
  (part: (date: Date) => number, length = 1): Token =>
  ({ local }) =>
    pad(part(local), length);
const nth =
  (part: (date: Date) => number): Token =>
  ({ local }) =>
    ordinal(part(local));

const month = (date: Date) => date.getUTCMonth() + 1;
const quarter = (date: Date) => Math.floor(date.getUTCMonth() / 3) + 1;
const day = (date: Date) => date.getUTCDate();
const weekday = (date: Date) => date.getUTCDay();
const hour = (date: Date) => date.getUTCHours();
const hour12 = (date: Date) => date.getUTCHours() % 12 || 12;
const hour24 = (date: Date) => date.getUTCHours() || 24;
const minute = (date: Date) => date.getUTCMinutes();
const second = (date: Date) => date.getUTCSeconds();
const year = (date: Date) => date.getUTCFullYear();
const half = (date: Date) => (date.getUTCHours() < 12 ? 'am' : 'pm');

const TOKENS: Record<string, Token> = {
  M: of(month),
  Mo: nth(month),
  MM: of(month, 2),
  MMM: ({ local }) => MONTHS[local.getUTCMonth()]!.slice(0, 3),
  MMMM: ({ local }) => MONTHS[local.getUTCMonth()]!,
  Q: of(quarter),
  Qo: nth(quarter),
  D: of(day),
  Do: nth(day),
  DD: of(day, 2),
  DDD: of(dayOfYear),
  DDDo: nth(dayOfYear),
  DDDD: of(dayOfYear, 3),
  d: of(weekday),
  do: nth(weekday),
  dd: ({ local }) => DAYS[local.getUTCDay()]!.slice(0, 2),
  ddd: ({ local }) => DAYS[local.getUTCDay()]!.slice(0, 3),
  dddd: ({ local }) => DAYS[local.getUTCDay()]!,
  e: of(weekday),
  E: of((date) => weekday(date) || 7),
  w: (wall) => pad(localWeek(wall).week, 1),
  wo: (wall) => ordinal(localWeek(wall).week),
  ww: (wall) => pad(localWeek(wall).week, 2),
  W: (wall) => pad(isoWeek(wall).week, 1),
  Wo: (wall) => ordinal(isoWeek(wall).week),
  WW: (wall) => pad(isoWeek(wall).week, 2),
  Y: of(year),
  YY: of((date) => year(date) % 100, 2),
  YYYY: of(year, 4),
  YYYYY: of(year, 5),
  YYYYYY: ({ local }) => `+${pad(year(local), 6)}`,
  gg: (wall) => pad(localWeek(wall).year % 100, 2),
  gggg: (wall) => pad(localWeek(wall).year, 4),
  ggggg: (wall) => pad(localWeek(wall).year, 5),
  GG: (wall) => pad(isoWeek(wall).year % 100, 2),
  GGGG: (wall) => pad(isoWeek(wall).year, 4),
  GGGGG: (wall) => pad(isoWeek(wall).year, 5),
  A: ({ local }) => half(local).toUpperCase(),
  a: ({ local }) => half(local),
  H: of(hour),
  HH: of(hour, 2),
  h: of(hour12),
  hh: of(hour12, 2),
  k: of(hour24),
  kk: of(hour24, 2),
  m: of(minute),
  mm: of(minute, 2),
  s: of(second),
  ss: of(second, 2),
  hmm: ({ local }) => `${hour12(local)}${pad(minute(local), 2)}`,
  hmmss: ({ local }) => `${hour12(local)}${pad(minute(local), 2)}${pad(second(local), 2)}`,
  Hmm: ({ local }) => `${hour(local)}${pad(minute(local), 2)}`,
  Hmmss: ({ local }) => `${hour(local)}${pad(minute(local), 2)}${pad(second(local), 2)}`,
  Z: (wall) => offset(wall, ':'),
  ZZ: (wall) => offset(wall, ''),
  X: ({ instant }) => String(Math.floor(instant / 1000)),
  x: ({ instant }) => String(instant),
};
for (let digits = 1; digits <= 9; digits++) {
  TOKENS['S'.repeat(digits)] = ({ local }) => pad(local.getUTCMilliseconds(), 3).padEnd(9, '0').slice(0, digits);
}
const longestFirst = (words: string[]) => words.sort((a, b) => b.length - a.length).join('|');
const QUOTED = '\\[[^[]*\\]';
// A backslash keeps the whole token after it as it is written.
const PIECES = new RegExp(`${QUOTED}|\\\\?(?:${longestFirst(Object.keys(TOKENS))})|[zyN]+o?|[^]`, 'g');
const LOCAL_FORMS = new RegExp(`${QUOTED}|\\\\?(?:${longestFirst(Object.keys(LOCAL))})`, 'g');

/**
 * `instant` (milliseconds since 1970) as `format` says, on the clocks of `zone`. Throws RangeError for a zone nobody
 * knows, and for names of zones and eras (`z`, `N`, `y`), which the runtime has in other words than moment.
 */
export function formatDate(instant: number, format = '', zone = 'UTC'): string {
  const offsetMinutes = offsetOf(instant, zone);
  const wall: Wall = { instant, local: new Date(instant + offsetMinutes * 60_000), offsetMinutes };
  // Without a format moment writes ISO 8601, and UTC by its letter.
  const spelled = (format || `YYYY-MM-DDTHH:mm:ss${offsetMinutes === 0 ? '[Z]' : 'Z'}`).replace(
    LOCAL_FORMS,
    (piece) => LOCAL[piece] ?? piece,
  );
  return spelled.replace(PIECES, (piece) => {
    if (piece.startsWith('[') && piece.length > 1) return piece.slice(1, -1);
    if (piece.startsWith('\\')) return piece.slice(1);
    if (/^z+$/.test(piece) && zone.toUpperCase() === 'UTC') return 'UTC';
    if (/^[zyN]/.test(piece)) throw new RangeError(`"${piece}" is not known in a date; write Z for the zone's offset`);
    return TOKENS[piece]?.(wall) ?? piece;
  });
}
