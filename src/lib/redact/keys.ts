/** What hides behind a key: `secret` values run to a blank, `header` values to the line's end, people's may hold blanks. */
export type KeyKind = 'secret' | 'header' | 'personal' | 'address';

const HEADERS = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'xauthorization',
  'xforwardedfor',
]);
const SECRET =
  /(password|passwd|passphrase|token|secret|authorization|cookie|credential|apikey|accesskey|privatekey|jwt|sessionid|sessionkey|signature|connectionstring)/;
const SECRET_WORDS = new Set(['pwd', 'pass', 'auth', 'pin', 'cvv', 'cvc', 'otp', 'sig']);
const PERSONAL =
  /(buyer|receiver|recipient|consignee|customer|phone|mobile|email|idcard|idno$|idnumber|identitycard|passport|ssn$|birthda|firstname|lastname|fullname|realname|username|nickname|surname|wechat|openid|unionid|cpf$|nric$|aadhaar|socialsecurity|taxid$|clienthost|remotehost|sourceip|srcip|peerip|connectingip|trueclientip|telno$|cardno$|cardnumber|bankcard|creditcard|debitcard|bankaccount|iban$|clientip|remoteip|userip|realip|remoteaddr|clientaddr)/;
const PERSONAL_WORDS = new Set(['tel', 'mail', 'name', 'names', 'dob', 'contact', 'payee', 'payer']);
const ADDRESS = /(address|shippingaddr|streetaddr|homeaddr|deliveryaddr|receiveraddr)/;
/** `service_name` names a thing, not a person. */
const THINGS = new Set(
  `service host file container image app application logger log thread class method function func module table column
  db database queue topic event metric domain server node pod namespace cluster job task step release branch tag
  product sku item brand category key field type exception error program process env environment operation span
  resource device volume network bucket index schema package repo repository project workflow action route handler
  display template plugin command cmd channel config param parameter property variable attribute unit zone region os lib library
  driver vm jvm runtime model layer stage alias rule policy filter provider adapter endpoint view window surface activity
  intent bundle framework artifact build pipeline runner agent worker pool partition shard replica cache stack machine
  instance disk mount fs interface nic protocol cipher algorithm font dir folder path script test suite spec scenario feature
  flag metadata experiment variant level arch tool lock wakelock tier site group set bean`
    .trim()
    .split(/\s+/),
);
/** `phone_verified`, `token_count`: facts about the datum, not the datum. */
const ABOUT = new Set(
  `count counts total type status state verified valid enabled required template length size ms version format ttl expires
  expiry fail failed failure error errors success succeeded bar view window manager service handler listener activity
  provider controller dialog screen panel adapter factory util utils helper module class interface api endpoint page form
  label policy rule rules mode method algorithm alg issuer audience scope grant lifetime timeout retries attempts rate limit`.split(
    /\s+/,
  ),
);
const CHINESE_ADDRESS = /地址|住址/;
const CHINESE_SECRET = /密码|密碼|口令|令牌|密钥|密鑰/;
/** With the traditional forms; a 客户端 is a program. */
const CHINESE =
  /姓名|收件人|收货人|收貨人|寄件人|联系人|聯絡人|买家|買家|卖家|賣家|顾客|顧客|客[户戶](?!端)|电话|電話|手机|手機|身份证|身份證|邮箱|郵箱|护照|護照|银行卡|銀行卡|信用卡|卡号|卡號|微信号|微信號/;

function decode(key: string): string {
  let plain = key.replace(/\\+u([0-9a-fA-F]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (/%[0-9a-f]{2}/i.test(plain)) {
    try {
      plain = decodeURIComponent(plain);
    } catch {
      return plain; // a stray percent sign: the key as it stands is the best reading
    }
  }
  return plain;
}

const cache = new Map<string, KeyKind | undefined>();

/** The kind of a JSON, logfmt or header key in any case and in camel, snake, kebab or run-together form. */
export function kindOfKey(key: string): KeyKind | undefined {
  if (cache.has(key)) return cache.get(key);
  const kind = classify(decode(key));
  // Logs have few keys; a hostile one with many must not grow this for ever.
  if (cache.size > 5000) cache.clear();
  cache.set(key, kind);
  return kind;
}

function classify(key: string): KeyKind | undefined {
  // A quoted text that holds pairs or data itself is no key.
  if (/[=＝@]|\s[^[\]]*\[|\][^[\]]*\s/.test(key)) return undefined;
  if (/[\u4e00-\u9fff]/.test(key)) {
    const tail = key.slice(-10); // Chinese prose runs into its key without a blank
    if (CHINESE_SECRET.test(tail)) return 'secret';
    if (CHINESE_ADDRESS.test(tail)) return 'address';
    return CHINESE.test(tail) ? 'personal' : undefined;
  }
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const last = words.at(-1);
  if (last === undefined || (words.length > 1 && ABOUT.has(last))) return undefined;
  const joined = words.join('');
  if (HEADERS.has(joined)) return 'header';
  if (SECRET.test(joined) || (words.length <= 3 && words.some((word) => SECRET_WORDS.has(word)))) return 'secret';
  if (ADDRESS.test(joined)) return 'address';
  if (PERSONAL.test(joined)) return 'personal';
  if (!PERSONAL_WORDS.has(last)) return undefined;
  return words.slice(0, -1).some((word) => THINGS.has(word)) ? undefined : 'personal';
}
