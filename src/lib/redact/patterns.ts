import { NAMES } from './names.ts';

/** Issuer prefix and the lengths it is issued in (ISO/IEC 7812 ranges of the large schemes). */
const ISSUERS: [RegExp, (length: number) => boolean][] = [
  [/^4/, (n) => n === 13 || n === 16 || n === 19],
  [/^(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)/, (n) => n === 16],
  [/^3[47]/, (n) => n === 15],
  [/^62/, (n) => n >= 16],
  [/^(?:6011|64[4-9]|65)/, (n) => n >= 16],
  [/^35(?:2[89]|[3-8]\d)/, (n) => n >= 16],
  [/^3(?:0[0-5]|[689])/, (n) => n >= 14],
  [/^(?:50[12]\d|5[678]\d\d|6304|67\d\d)/, (n) => n >= 16],
];

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  return ISSUERS.some(([prefix, fits]) => prefix.test(digits) && fits(digits.length)) && luhn(digits);
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643: a real date and the ISO 7064 mod 11-2 check digit. */
function isChineseId(text: string): boolean {
  const id = text.replace(/[ -]/g, '');
  const [year, month, day] = [Number(id.slice(6, 10)), Number(id.slice(10, 12)), Number(id.slice(12, 14))];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1850 || year > 2100 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return false;
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(id[i]), 0);
  return '10X98765432'[sum % 11] === id[17]!.toUpperCase();
}

/** Words before a number that say that it is no person's: `order_no=`, `/runs/`, `"bytes": `, `订单号：`. */
const SAID =
  /(?:\/(?:runs?|jobs?|builds?|orders?)\/|(?:(?:run|job|build|order|trade|trace|span|request|tracking|waybill|serial|batch)[_-]?(?:id|no|number|sn)|(?:订单|訂單|运单|运單|快递单|流水|编|批次)[号號]|bytes|nanos|micros|_[nu]s|offset|timestamp|elapsed|duration)(?:\\*["'])?\s?[=:：]\s?(?:\\*["'])?)$/i;
const SAID_LENGTH = 40;

/** Replaces the hits `check` accepts, unless the words before say what they are; then the search goes on behind them. */
function replaceChecked(text: string, pattern: RegExp, check: (hit: string) => boolean, mark: string): string {
  let out = '';
  let done = 0;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const { 0: whole, index } = found;
    // Behind a number in groups may stand another's first group.
    const hit = check(whole) ? whole : whole.replace(/[ .-]\d{1,3}$/, '');
    if (check(hit) && !SAID.test(text.slice(Math.max(0, index - SAID_LENGTH), index))) {
      out += text.slice(done, index) + mark;
      done = index + hit.length;
      pattern.lastIndex = done;
    } else {
      pattern.lastIndex = index + (/^\d+/.exec(hit)?.[0].length ?? 1);
    }
  }
  return done === 0 ? text : out + text.slice(done);
}

const CARD =
  /(?:(?<=card[_-]?)|(?<![A-Za-z0-9_.+]|[_=:,(\s]-))(?:\d{13,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![A-Za-z0-9_])(?!\.\d)/gi;
const CHINESE_ID = /(?<![A-Za-z0-9])[1-9]\d{5}([ -]?)\d{8}\1\d{3}[\dXx](?![A-Za-z0-9])/g;
const MOBILE =
  /(?<=(?<![A-Za-z0-9])|(?:tel|phone|mobile|\\n|\\t))(?<!\d\.)(?:(?:\+|00)?86[- ]?|\+)?1[3-9]\d(?:\d{8}|([ .-])\d{4}\1\d{4})(?![A-Za-z0-9]|\.\d|_\d)/gi;
/** With `+`, or with 00 and parted groups: 00 alone begins many a number that is none. */
const E164 = /(?<![\w+])(?:\+[1-9]\d{0,2}|(?<![.,:/-])00[1-9]\d{0,2}(?=[ .-]\(?\d))(?:[ .-]?\(?\d{1,4}\)?){2,6}(?!\d)/g;
const isE164 = (hit: string) => {
  const { length } = hit.replace(/\D/g, '').replace(/^00/, '');
  return length >= 8 && length <= 15;
};

const SHAPES: [RegExp, string][] = [
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}/g, '[jwt]'],
  [/\b(Bearer|Basic|Digest)(\s+)(?=[A-Za-z]*[\d=._~+/-])[\w.~+/=-]{8,}/gi, '$1$2[redacted]'],
  // The key's id, and where it stands right behind, the key itself.
  [/\b((?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16})([\s,;:/|]{1,3})[A-Za-z0-9+/]{40}(?![\w+/=])/g, '[key]$2[key]'],
  [/\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b/g, '[key]'],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,})/g, '[key]'],
  [/\b(?:xox[abceoprs]-|xapp-)[\w-]{8,}/g, '[key]'],
  [/\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bGOCSPX-[\w-]{16,}/g, '[key]'],
  [/\bLTAI[A-Za-z0-9]{8,30}\b|\bAKID[A-Za-z0-9]{13,40}\b/g, '[key]'],
  [
    /\b(?:[rs]k|pk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,}|\bsk-[\w-]{20,}|\bdckr_pat_[\w-]{16,}|\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
    '[key]',
  ],
  [/(?<!\d)\d{8,10}:AA[\w-]{30,}/g, '[key]'],
  [/(\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/g, '$1[redacted]'],
  [/(\/api\/webhooks\/\d+\/)[\w-]+/g, '$1[redacted]'],
  [/(\/open-apis\/bot\/v2\/hook\/)[\w-]+/g, '$1[redacted]'],
  // A name alone (ssh://deploy@host) is no secret, but for http it is a token's usual place.
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)(?!\[redacted\])[^\s/?#@"'`<>]*:[^\s/?#"'`<>]*@/gi, '$1[redacted]@'],
  [/(\bhttps?:\/\/)(?!\[redacted\])[^\s/?#@"'`<>]+@/gi, '$1[redacted]@'],
  [
    /([?&](?:key|sig|sign|signature|auth|ticket|code|sid|session|x-amz-[a-z-]+)=)(?!\[redacted\])[^&#\s"'`<>]+/gi,
    '$1[redacted]',
  ],
  [
    /(?<![\w.%+-])(?<!:\/\/)(?!git@[\w.-]+[:/])[\w.%+-]{1,256}(?:@|%40)(?:[A-Za-z0-9\u4e00-\u9fff-]{1,63}\.){1,8}(?:[A-Za-z]{2,24}|[\u4e00-\u9fff]{2,6})(?![A-Za-z0-9])/g,
    '[email]',
  ],
  [
    /(?<![\w\u4e00-\u9fff])[\u4e00-\u9fff]{2,6}@(?:[\w\u4e00-\u9fff-]{1,63}\.){1,8}(?:[A-Za-z]{2,24}|[\u4e00-\u9fff]{2,6})/g,
    '[email]',
  ],
  // Data sources of Go, of Python and of Oracle, which have no scheme.
  [
    /(?<![\w/@.-])[\w.%+-]{1,64}:[^\s:@/"'`<>]{1,128}@(?=(?:tcp|udp|unix|cloudsql)\(|[A-Za-z][\w.-]{0,100}:\d{2,5}\/|\d{1,3}(?:\.\d{1,3}){3}[:/])/g,
    '[redacted]@',
  ],
  [/(?<![\w/@.-])[A-Za-z]\w{1,30}\/[^\s/@"'`<>]{1,64}@(?=\/{0,2}[\w.-]{1,100}(?::\d{2,5})?\/\w)/g, '[redacted]@'],
  // Passwords among the arguments of well-known commands.
  [/(?<=\bmysql(?:dump|admin|import)?\b[^\n|;&]{0,120}\s-p)(?!\[|assword)[^\s"'`]+/g, '[redacted]'],
  [/(?<=\bcurl\b[^\n|;&]{0,200}\s(?:-u|--user)[ =]?["']?)(?!\[)[^\s"'`:]+:[^\s"'`]+/g, '[redacted]'],
  [
    /(?<=\b(?:redis-cli\b[^\n|;&]{0,120}\s-a|sshpass\s+-p|(?:docker|podman|helm registry)\s+login\b[^\n|;&]{0,120}\s-p)\s*["']?)(?!\[)[^\s"'`]+/g,
    '[redacted]',
  ],
  // The client of an access log, and who it logged in as.
  [
    /(?<![\w.:/-])(?:(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:.]{3,45})(?= \S{1,80} \S{1,80} \[\d\d\/[A-Z][a-z]{2}\/\d{4}[: ])/gi,
    '[ip]',
  ],
  [/(?<=(?:^|[\s|])\[ip\] \S{1,80} )(?!-|\[)\S{1,80}(?= \[\d\d\/)/gm, '[redacted]'],
  // The same of nginx' and Apache's error logs, HAProxy, gin, uvicorn, Rails and morgan.
  [
    /(?<=\bclient: |\[client )(?:::ffff:)?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)(?::\d+)?(?=[,\]\s]|$)/gi,
    '[ip]',
  ],
  // Who came to sshd, and went.
  [
    /(?<=\b(?:from|by|user \S{1,40}) )(?:::ffff:)?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]{2,40})(?= port \d{1,5}\b)/gi,
    '[ip]',
  ],
  [/(?<=\bfor )(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]{2,40})(?= at \d{4}-)/gi, '[ip]'],
  [
    /(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}(?= \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:.]+\] \S+ \S+\/| - "(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) )/g,
    '[ip]',
  ],
  [
    /(?<=\| +)(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)(?= +\| +(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b)/gi,
    '[ip]',
  ],
  [
    /(?<![\w.:])(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}(?= - (?:"?(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) |\S+ \[\d\d\/))/g,
    '[ip]',
  ],
];

const PHONES: [RegExp, string][] = [
  [/(?<![\w.-])(?:\(0\d{2,3}\) ?|0\d{2,3}[- ])\d{7,8}(?![\w-])/g, '[phone]'],
  [/(?<![\w.-])(?:1[ -])?(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}(?![\w-])/g, '[phone]'],
  [/(?<![\w.-])\d{3}\.\d{3}\.\d{4}(?![\w-]|\.\d)/g, '[phone]'],
  // Taiwan's mobiles.
  [/(?<![\w.:/-])09\d\d([- ]?)\d{3}\1\d{3}(?![\w-]|\.\d)/g, '[phone]'],
];

/** Numbers of persons by their form: US social security, Korean resident registration. */
const PERSONS: [RegExp, string][] = [
  [/(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-]|\.\d)/g, '[id]'],
  [/(?<![\w.-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?![\w-]|\.\d)/g, '[id]'],
];

const CPF = /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d\d(?![\w-]|\.\d)/g;
/** Brazil's CPF: two check digits, modulo 11. */
function isCpf(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].map(Number);
  if (new Set(digits).size === 1) return false;
  const check = (n: number) => {
    const sum = digits.slice(0, n).reduce((total, digit, i) => total + digit * (n + 1 - i), 0);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === digits[9] && check(10) === digits[10];
}

const IBAN = /(?<![\w-])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![\w-])/g;
/** ISO 13616: modulo 97 over the rearranged digits. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '');
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const sign of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const STREETS: [RegExp, string][] = [
  [
    /[\u4e00-\u9fff]{2,12}?(?:省|市|自治区|特别行政区)[\u4e00-\u9fff\d]{1,30}?(?:路|街|道|巷|弄|村|镇|乡|小区|大厦|花园)[\u4e00-\u9fff\dA-Za-z\-－]{0,30}?\d+(?:号|弄|栋|幢|室|楼|单元)[\u4e00-\u9fff\dA-Za-z-]{0,20}/g,
    '[address]',
  ],
  [
    /(?<![\w.:/-])\d{1,5}[A-Za-z]? (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq)\b\.?/g,
    '[address]',
  ],
];

export function redactPem(text: string): string {
  if (!text.includes('-----BEGIN')) return text;
  // A block cut off by a log's line limit still is a key: hide to the end.
  return text.replace(/-----BEGIN ([A-Z0-9 ]{1,40})-----[\s\S]*?(?:-----END \1-----|$(?![\s\S]))/g, '[pem]');
}

const each = (text: string, rules: [RegExp, string][]) =>
  rules.reduce((clean, [pattern, mark]) => clean.replace(pattern, mark), text);

/** Hides what is known by its shape: tokens, URL credentials, mail, ID numbers, cards, phones, street addresses. */
export function redactPatterns(text: string): string {
  let clean = each(text, SHAPES);
  if (/\d/.test(clean)) {
    clean = replaceChecked(clean, CHINESE_ID, isChineseId, '[id]');
    clean = replaceChecked(clean, CARD, isCard, '[card]');
    clean = replaceChecked(clean, MOBILE, () => true, '[phone]');
    clean = replaceChecked(clean, CPF, isCpf, '[id]');
    clean = replaceChecked(clean, IBAN, isIban, '[iban]');
    clean = each(clean, PERSONS);
    clean = each(clean, PHONES);
    clean = replaceChecked(clean, E164, isE164, '[phone]');
  }
  return each(each(clean, STREETS), NAMES);
}
