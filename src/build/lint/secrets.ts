export interface LintFinding {
  rule: string;
  /** 0 stands for the file as a whole. */
  line: number;
  why: string;
  mend: string;
  /** From the context, when it is another file than the Dockerfile. */
  file?: string;
}

/** Words that say what a variable holds; joined ones (`DBPASSWORD`) count by their end. */
const SECRET_WORDS = new Set(
  'PASSWORD PASSWD PASSPHRASE PASS PWD SECRET SECRETS TOKEN APIKEY SECRETKEY AUTHTOKEN CREDENTIAL CREDENTIALS'.split(
    ' ',
  ),
);
const SECRET_END = /(PASSWORD|PASSWD|PASSPHRASE)$/;
/** `API_KEY` is a secret; a `PUBLIC_KEY`, a `CACHE_KEY` or a `GPG_KEY` (a fingerprint) is none. */
const KEY_KINDS = new Set(
  'API PRIVATE ACCESS SECRET SIGNING ENCRYPTION MASTER AUTH ACCOUNT STORAGE SERVICE'.split(' '),
);
/** What may follow without changing what the variable holds: `SECRET_KEY_BASE`, `DB_PASSWORD_DEV`. */
const TRAILERS = new Set('BASE DEV PROD TEST STAGING DEFAULT VALUE B64 BASE64 PLAIN'.split(' '));
/** What makes it a statement about secrets: `MYSQL_ALLOW_EMPTY_PASSWORD`, `MYSQL_RANDOM_ROOT_PASSWORD`. */
const ABOUT = new Set(
  'ALLOW ENABLE ENABLED DISABLE DISABLED REQUIRE USE SKIP NO RANDOM GENERATE HAS WITH WITHOUT CHECK MAX MIN NUM HASH PUBLIC EMPTY VERIFY COUNT'.split(
    ' ',
  ),
);
/** Frameworks that write such variables into the code every browser gets: nothing in them is a secret. */
const PUBLISHED = /^(NEXT_PUBLIC|VITE|REACT_APP|GATSBY|EXPO_PUBLIC|NUXT_PUBLIC|VUE_APP|PUBLIC|STORYBOOK|NG_APP)_/;

/** Whether a variable holds a secret by its name: the last word decides, in any case and in camel case. */
export function isSecretName(name: string): boolean {
  const upper = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  if (PUBLISHED.test(upper) || upper === 'GOOGLE_APPLICATION_CREDENTIALS') return false;
  const words = upper.split(/[^A-Z0-9]+/).filter(Boolean);
  while (words.length > 1 && (TRAILERS.has(words.at(-1)!) || /^\d+$/.test(words.at(-1)!))) words.pop();
  const last = words.at(-1);
  if (last === undefined || words.slice(0, -1).some((word) => ABOUT.has(word))) return false;
  if (last === 'PWD' && (words.length === 1 || words[0] === 'OLD')) return false; // the shell's own folder
  if (/^(KEY|KEYS)$/.test(last)) return KEY_KINDS.has(words.at(-2) ?? '');
  return SECRET_WORDS.has(last) || SECRET_END.test(last);
}

/** Keys by their makers' marks. Names of example keys in vendors' own documentation are none. */
const MARKED =
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bLTAI[0-9A-Za-z]{12,30}\b|\bAIza[\w-]{35}|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}|\bxox[abpr]-[\w-]{10,}|\bsk_live_\w{16,}|\brk_live_\w{16,}|\bsk-(?:proj-|ant-)[\w-]{20,}|\bhf_[A-Za-z]{34}\b|\bdckr_pat_[\w-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY/g;
/** A password within a URL, written out. */
const IN_URL = /\b[a-z][a-z0-9+.-]*:\/\/([^\s/:@"'`]*):([^\s/@$"'`<>{}%]+)@([^\s/:"'`]*)/gi;

/** Stand-ins that people write where a value will come later. */
const STAND_IN =
  /^(?:[0-]+|[<{[].*|\*+|\.+|x{3,}.*|-+|_+|dummy.*|fake.*|mock.*|example.*|sample.*|placeholder.*|todo.*|tbd|fixme|your[-_ ].*|replace[-_ ]?.*|insert[-_ ].*|set[-_ ]?me.*|change[-_ ]?(?:me|this|it).*|not[-_ ]?(?:set|used|a|needed|real).*|none|null|nil|undefined|unset|empty|unused|build(?:time|only|[-_ ].*)?|te?mp(?:orary)?(?:[-_ ].*)?|ignored|irrelevant|.*[-_ ](?:here|placeholder|dummy))$/i;
/** Switches, figures, places: what a setting about secrets holds, and no secret does. */
const SETTING =
  /^(?:true|false|yes|no|on|off|enabled?|disabled?|auto|always|never|required|optional|\d{1,3}|\d+(?:ms|s|m|h|d|[kmg]i?b?)|~?\.{0,2}\/[\w./@${}-]*|[a-z]:\\.*|file:.*|(?:https?|unix|tcp):\/\/[^@]*)$/i;

/** Whether a value can be a secret at all, by what it is. */
export const isValue = (value: string) => {
  const text = value.trim();
  return text !== '' && !SETTING.test(text) && !STAND_IN.test(text);
};

/** Where nothing answers once the image runs elsewhere: addresses that satisfy a program which wants one to start. */
const LOCAL = /^(localhost|127\.0\.0\.1|0\.0\.0\.0|dummy|host|example\.(com|org)|.*\.example(\.com)?|\[?::1\]?)$/i;
const WEAK = /^(pass(word)?|user(name)?|postgres|mysql|root|secret|test|admin|guest|dummy|x|y|pw|pwd|p)$/i;

/** A secret written out in a text, by what it looks like: `makers` for its marks, `url` for a password in a URL. */
export function secretIn(text: string): 'key' | 'url' | undefined {
  for (const [key] of text.matchAll(MARKED)) {
    if (!/EXAMPLE|X{8}|x{8}|0{10}/.test(key)) return 'key';
  }
  for (const [, , password = '', host = ''] of text.matchAll(IN_URL)) {
    if (isValue(password) && !(LOCAL.test(host) && WEAK.test(password))) return 'url';
  }
  return undefined;
}

/**
 * The same in a command. `DATABASE_URL=postgres://user:pass@localhost/db npm run build` satisfies a program that wants
 * an address to start; nothing answers there.
 */
export function secretInCommand(text: string): boolean {
  const found = secretIn(text);
  if (found !== 'url') return found !== undefined;
  return [...text.matchAll(IN_URL)].some(
    ([, , password = '', host = '']) => isValue(password) && !(LOCAL.test(host) || WEAK.test(password)),
  );
}

/** Whether a variable is one of those that hold secrets, by its name and by what it holds. */
export const holdsSecret = (name: string, value: string): boolean =>
  secretIn(value) !== undefined || (isSecretName(name) && isValue(value));

/** Whether it may be one: for keeping a value out of sight, where a doubt decides the other way than for a finding. */
export const mayHoldSecret = (name: string, value: string): boolean => isSecretName(name) || holdsSecret(name, value);

/** Arguments every Dockerfile has unasked; builders keep them out of the history (Dockerfile reference, ARG). */
export const isProxy = (name: string) => /^(http|https|ftp|no|all)_proxy$/i.test(name);

const SECRET_FILE =
  /^(\.env(\..+)?|\.netrc|\.pgpass|\.git-credentials|\.dockercfg|\.htpasswd|\.vault-token|kubeconfig|credentials\.json|service[-_]?account.*\.json|id_(rsa|dsa|ecdsa|ed25519)|.*\.(key|ppk|p12|pfx|jks|keystore)|.*key\.pem)$/i;
/** Files whose name says nothing and whose content may: a registry's address, or its token. */
const MAYBE_FILE = /^(\.npmrc|\.yarnrc(\.yml)?|\.pypirc|pip\.conf|config\.json|.*\.(pem|asc|gpg))$/i;
const SECRET_FOLDER = /^(\.aws|\.ssh)$/i;
const HARMLESS_FILE =
  /\.(example|sample|template|tmpl|tpl|dist|pub|defaults?|md|schema)$|^\.env[._-]?(example|sample|template|dist|defaults?|schema|test|ci)$|trust|cacerts|(^|[._-])(gpg|pgp|pub|public|apt|rpm|repo|repository|archive|keyring|signing|release|debug)[._-]?.*\.(key|asc|keystore|jks|pem)$/i;

/** What a path says by itself: a file of secrets, one whose content decides, or neither. */
export function fileKind(path: string): 'secret' | 'maybe' | undefined {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  if (path.endsWith('.docker/config.json')) return 'secret';
  if (HARMLESS_FILE.test(name)) return /\.(key|pem|asc|keystore|jks)$/i.test(name) ? 'maybe' : undefined;
  if (SECRET_FILE.test(name) || parts.some((part) => SECRET_FOLDER.test(part))) return 'secret';
  return MAYBE_FILE.test(name) && name !== 'config.json' ? 'maybe' : undefined;
}

/** A line of a settings file: `export NAME=value`, `"name": "value"`, `//host/:_authToken=value`. */
function lineHolds(line: string): boolean {
  if (/^\s*[#;]/.test(line)) return false;
  if (secretIn(line)) return true;
  const [, name = '', value = ''] =
    /^\s*(?:export\s+)?(?:\S*:_)?["']?([\w.-]+)["']?\s*[=:]\s*(.*?)[\s,]*$/.exec(line) ?? [];
  const bare = value.replace(/^(["'])(.*)\1$/, '$2');
  return isSecretName(name.replace(/^_/, '')) && isValue(bare) && !bare.startsWith('$');
}

/** Whether a text of settings holds a secret: a private key, a maker's mark, a password by its name. */
export const textHoldsSecret = (text: string) => text.split(/\r?\n/).some(lineHolds);

/** Whether a file that is there holds one. Of most kinds the content decides; a key store can only be judged by its name. */
export function fileHoldsSecret(path: string, text: string): boolean {
  const name = path.split('/').at(-1) ?? '';
  if (/\.(key|pem|asc|gpg)$/i.test(name)) {
    // A bare key (Rails' master.key) has no mark of any kind; what says that it is public is believed.
    if (/PRIVATE KEY/.test(text)) return true;
    return /\.key$/i.test(name) && text.trim() !== '' && !/PUBLIC KEY|CERTIFICATE|PGP /.test(text);
  }
  if (/^(\.env(\..+)?|\.npmrc|\.yarnrc(\.yml)?|\.pypirc|pip\.conf|.*\.json)$/i.test(name)) {
    return textHoldsSecret(text) || (name === 'config.json' && /"auth"\s*:\s*"\w/.test(text));
  }
  return text !== '';
}
