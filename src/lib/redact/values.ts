import type { KeyKind } from './keys.ts';

/** Where a machine listens or data lie, not where a person lives. A bare public IP address may be a client's. */
const MACHINE =
  /^(?:\[?[0-9a-f:]*::[0-9a-f:]*\]?(?::\d+)?|(?:0\.0\.0\.0|127(?:\.\d+){3}|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2})(?:[:/]\d+)?|(?:\d{1,3}\.){3}\d{1,3}[:/]\d+|0x[0-9a-f]+|\*?:\d{2,5}|[\w-]+(?:\.[\w-]+)*:\d{2,5}|localhost|[a-z][a-z0-9+.-]*:\/\/\S*|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|unix:\S+|\/\S+\.sock)$/i;
/** Names of code and files: reverse domains, paths, scopes, endings. */
const CODE_NAME =
  /^(?:(?=[\w.-]*\d)[A-Za-z][\w-]*(?:\.[\w-]+){2,}|[\w.$]+:[0-9a-f]{6,}|(?:com|org)\.[\w.]+:\w+|[A-Z]\w*(?:View|Window|Service|Manager|Activity|Provider|Handler|Controller|Listener|Factory|Job|Task|Worker|Thread|Queue|Pool|Filter|Plugin|Module)|(?:com|org|net|io|cn|de|java|javax|jakarta|android|androidx|kotlin|sun|akka|microsoft|system)\.[\w.$/-]+|@[\w-]+\/[\w.-]+|(?:\.{0,2}\/)[\w./@-]+|[\w-]+(?:::[\w-]+)+|[\w.-]+\.(?:js|ts|mjs|py|go|rs|rb|java|class|jar|so|dll|exe|xml|json|ya?ml|toml|txt|log|conf|sh|service|sock|html?|css|png|jpe?g|svg|sql|db))$/i;
/** Java's `Token{78af589 …}`: an object's class and hash. */
const OBJECT = /^[A-Z]\w*\{[0-9a-f]{4,}\b|^[\w.$]+@[0-9a-f]{4,8}\b(?!\.)/;
/** Mechanisms, not credentials. */
const MECHANISM =
  /^(?:SIMPLE|KERBEROS|TOKEN|NONE|BASIC|DIGEST|OAUTH2?|LDAP|SASL|PLAIN|NTLM|SCRAM|JWT|ANONYMOUS)\b(?![\w-])/;

/** First words of what is said about a datum and is none. */
const SAID_OF = new Set(
  `a an the is are was were be been not no none nil null undefined unknown missing required invalid valid empty expired
  expires revoked rejected refused denied wrong incorrect mismatch mismatched malformed unsupported unauthorized
  forbidden failed fails failure failing error errors cannot can't can could couldn't must should shall may might will would
  won't has have had too already only all any both each every some add added adds adding allow allows avoid bump change changed close closed closes document documents explain explains normalise require requires
  sanitise sanitize httponly secure samesite
  changes check checks cleanup convert create created delete deleted deprecate disable disabled do does don't drop
  enable enabled encrypt ensure expand export extract fallback fetch fix fixed fixes fixing format handle handles hash
  hide implement import improve introduce keep limit load log make mask merge migrate move normalize parse pass prevent print
  read redact refactor refresh refreshed refreshes reject remove removed removes rename renew replace reset resend
  resolve retry return returns revert rework rotate rotated rotation save send set show simplify skip split store stop strip
  support sync test tests trim truncate try turn update updated updates upgrade use used uses using validate validated
  validation verify verified write connection timeout timed lookup family resolution verification authentication
  field fields column parameter header is's please page screen form button optional mandatory pending ok okay yes true false`
    .trim()
    .split(/\s+/),
);
const STOP =
  /(?:^|\s)(?:the|an?|is|are|was|were|to|for|of|in|on|at|by|with|and|or|not|be|been|as|from|when|after|before|into|if|that|this|it|so|no|has|have|can|cannot|will|must|should|does|do)(?=\s|[.,;!?]|$)/;
const LOWER_WORDS = /^[a-z][a-z'’-]*(?: [a-z][a-z'’-]*){2,}/;

const SAID_ZH =
  /校验|报错|報錯|失败|失敗|错误|錯誤|为空|為空|不能|无法|無法|格式|必填|超时|超時|异常|異常|缺失|缺少|修改|更新|接口|字段|页面|頁面|功能|问题|問題|支持|新增|增加|修复|修復|不存在|无效|無效|没有|沒有|请|長度|长度|解析|优化|優化|调整|調整|保存|提交|加载|显示|顯示|不对|丢失|重复|重複|服务|模块|系统|登录|登錄|注册|发送|發送|删除|刪除|查询|导出|下单|改为|改成|不可|不正确|过期|過期|失效|刷新|验证|驗證|绑定|脱敏|加密|迁移|兼容|暂时|需要|应该|可以|已经|尚未|展示|读取|隐藏|锁定|不一致|不匹配|被|的/g;
const PLACE_ZH =
  /[省市区區县縣镇鎮乡鄉村路街巷弄号號栋棟室楼樓州]|北京|上海|天津|重庆|重慶|香港|澳门|台北|深圳|广东|浙江|江苏|山东|河南|四川|湖北|湖南|福建|安徽/;

/** How a sentence about an address begins, and no address does. */
const ABOUT_ZH = /^(?:从|由|按|改|默认|支持|自动)/;
/** A variable of which something is said: `secret: DB_PASSWORD is missing`. */
const VARIABLE =
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+ (?:is|was|are|isn't|not|missing|required|must|has|needs?|unset|empty)\b/;
/** `session expired`: a word, and what is wrong with it. */
const AMISS = /^[a-z]+ (?:expired|missing|required|invalid|rejected|revoked|refused|mismatch|not found)\b/;

/** Kinds of data that always hold a digit. */
const DIGITS_KEY =
  /phone|mobile|tel|card|ssn|cpf|passport|iban|account|birth|dob|电话|電話|手机|手機|身份证|身份證|银行卡|銀行卡|信用卡|卡号|卡號|护照|護照/i;
const MAIL_KEY = /e-?mail|邮箱|郵箱/i;

/** A number of 64 bits or a pointer, as ZooKeeper's sessions have: too short to be a credential. */
const HANDLE = /^0x[0-9a-f]{1,16}$/i;

/** A value under a sensitive key, quoted or not, that a machine gave: nobody's datum. */
export function isMachines(kind: KeyKind, key: string, value: string): boolean {
  if (kind === 'address') return MACHINE.test(value);
  if (kind === 'secret')
    return (
      OBJECT.test(value) ||
      (/session_?id$/i.test(key) && HANDLE.test(value)) ||
      (/^auth$/i.test(key) && MECHANISM.test(value))
    );
  // One or two digits are a slot's or a count's, no number of a person.
  if (kind === 'personal' && DIGITS_KEY.test(key) && /^\d{1,2}$/.test(value)) return true;
  return kind === 'personal' && /name$/i.test(key) && (CODE_NAME.test(value) || OBJECT.test(value));
}

/** Sentences say `token: refresh before it expires`; only what stands unquoted behind a colon can be one. */
export function isProse(kind: KeyKind, key: string, text: string, from: number): boolean {
  // What is hidden already counts as a word, so that a second look says the same.
  const clause = /^[^\n，。；！？]{0,160}/.exec(text.slice(from, from + 160))![0].replace(/(?<=\S )\[[a-z]+\]/g, 'it');
  if (/^[\u3400-\u9fff]/.test(clause)) return isChineseProse(kind, key, clause);
  if (kind !== 'personal' && kind !== 'address' && (VARIABLE.test(clause) || AMISS.test(clause))) return true;
  // A list of causes: `listen tcp address: bind: address already in use`.
  if (kind === 'address' && /^[a-z]+: /.test(clause)) return true;
  const first = /^[A-Za-z][A-Za-z'’-]*(?=[\s.,;:!?)\]]|$)/.exec(clause)?.[0];
  if (first === undefined) return false;
  const digits = /\d/.test(clause.slice(0, 40));
  if (kind === 'personal' && !digits && DIGITS_KEY.test(key) && !clause.includes('*')) return true;
  if (kind === 'personal' && MAIL_KEY.test(key) && !/@|%40|＠/.test(clause)) return true;
  // A scheme's word begins a credential: `Authorization: Basic dXNlcjpwYXNz`.
  // One with a colon is a key, which is looked at by itself: `auth: token: rotate on login`.
  const isScheme = /^(?:basic|bearer|digest|negotiate|token|apikey)$/i.test(first);
  if (isScheme && kind !== 'personal') return /^(?:token|apikey): /i.test(clause);
  if (SAID_OF.has(first.toLowerCase())) return true;
  return first === first.toLowerCase() && LOWER_WORDS.test(clause) && STOP.test(clause.slice(0, 80));
}

function isChineseProse(kind: KeyKind, key: string, clause: string): boolean {
  const said = /^[^\s,;]+/.exec(clause)![0];
  const digits = /[\d０-９]/.test(said);
  if (digits) return false;
  if (kind === 'personal' && DIGITS_KEY.test(key)) return true;
  if (kind === 'address' && PLACE_ZH.test(said)) return false;
  const rest = said.replace(SAID_ZH, '');
  if (rest === '') return true;
  // No credential is words alone; and no address begins as a sentence about one.
  if (kind === 'secret' || kind === 'header') return rest !== said && !/[\w+/=-]{6,}/.test(said);
  if (kind === 'address' && ABOUT_ZH.test(said)) return rest !== said;
  // What is left of a sentence without its words for faults and changes may be a name.
  return said.length > 2 && !/^[\u3400-\u9fff]{2,3}$/.test(rest) && rest !== said;
}
