import type { Instruction } from './dockerfile.ts';
import { ignores } from './ignore.ts';

export interface LintFinding {
  rule: string;
  /** 0 stands for the file as a whole. */
  line: number;
  why: string;
  mend: string;
}

const SECRET_NAME =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET(_|$)|(^|_)(PASS|PWD|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY|CREDENTIALS?)(_|$)/;
/** Names that speak about a secret without holding one. */
const HARMLESS = /(_FILE|_PATH|_DIR|_URL|_URI|_TTL|_NAME|_HEADER|_ID|_LENGTH|_EXPIRY|_ENABLED|_POLICY)$/;
/** Keys by their makers' marks, and a password within a URL. */
const SECRET_VALUE =
  /AKIA[0-9A-Z]{16}|LTAI[0-9A-Za-z]{12,}|AIza[\w-]{35}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}|glpat-[\w-]{20}|npm_[A-Za-z0-9]{36}|xox[abp]-[\w-]{10}|sk_live_\w{16}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:[^\s/@$"']+@/;
const SECRET_FILE =
  /^(\.env(\..+)?|\.npmrc|\.netrc|\.pgpass|\.pypirc|\.git-credentials|\.dockercfg|\.htpasswd|\.vault-token|kubeconfig|credentials\.json|service[-_]?account.*\.json|id_(rsa|dsa|ecdsa|ed25519)|.*\.(key|ppk|p12|pfx|jks|keystore)|.*key\.pem|\.aws|\.ssh)$/i;
const EXAMPLE_FILE = /\.(example|sample|template|dist|pub)$/i;

/** Whether a variable is one of those that hold secrets, by its name or by what it holds. */
export function holdsSecret(name: string, value: string): boolean {
  const upper = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  return SECRET_VALUE.test(value) || (SECRET_NAME.test(upper) && !HARMLESS.test(upper));
}

/** Arguments every Dockerfile has unasked; builders keep them out of the history (Dockerfile reference, ARG). */
export const isProxy = (name: string) => /^(http|https|ftp|no|all)_proxy$/i.test(name);

const isSecretFile = (path: string) =>
  path.split('/').some((part) => SECRET_FILE.test(part) && !EXAMPLE_FILE.test(part)) ||
  path.endsWith('.docker/config.json');

const bare = (value: string) => value.replace(/^(["'])(.*)\1$/s, '$2');

/** `KEY=value KEY2="v 2"` or the old `KEY value` of ENV; `KEY[=value]…` of ARG. */
export function pairs(keyword: string, args: string): [string, string][] {
  if (keyword === 'ENV' && !/^[\w.-]+=/.test(args))
    return [[args.split(/\s+/)[0] ?? '', bare(args.replace(/^\S+\s*/, ''))]];
  return [...args.matchAll(/([\w.-]+)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*))?/g)].map(([, name, value]) => [
    name!,
    bare(value ?? ''),
  ]);
}

/** An instruction, or the one that `ONBUILD` keeps in the image for those built from it. */
function within({ keyword, args }: Instruction): { keyword: string; args: string } {
  if (keyword !== 'ONBUILD') return { keyword, args };
  const [, kept = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(args) ?? [];
  return { keyword: kept.toUpperCase(), args: rest };
}

const ENV_MEND = 'Give it to the container when it starts, as a file: input secrets of action-deploy.';
const ARG_MEND = 'Hand it over as a build secret: input secrets, RUN --mount=type=secret.';

/** Who reads what a stage holds: of a stage that is thrown away, only those who keep its layers. */
const readers = (shipped: boolean) =>
  shipped ? 'anyone who can pull the image reads it' : 'it stays in the layers and caches of its stage';

export function secretsInVariables(instructions: readonly Instruction[], shipped: boolean): LintFinding[] {
  return instructions.flatMap((instruction) => {
    const { keyword, args } = within(instruction);
    if (keyword !== 'ENV' && keyword !== 'ARG') return [];
    return (
      pairs(keyword, args)
        // An empty ENV is a placeholder; an ARG is filled from outside, and its value stays in the history.
        .filter(([name, value]) => holdsSecret(name, value) && (keyword === 'ARG' || value !== ''))
        .map(([name]) => ({
          rule: `secret-in-${keyword.toLowerCase()}`,
          line: instruction.line,
          why: `${name} looks like a secret: ${readers(shipped)}.`,
          mend: keyword === 'ARG' ? ARG_MEND : ENV_MEND,
        }))
    );
  });
}

/** Build arguments of the call; those a Dockerfile declares are found at their ARG. */
export function secretsInBuildArgs(given: ReadonlyMap<string, string>, found: readonly LintFinding[]): LintFinding[] {
  return [...given]
    .filter(([name, value]) => value !== '' && !isProxy(name) && holdsSecret(name, value))
    .filter(([name]) => !found.some(({ rule, why }) => rule === 'secret-in-arg' && why.startsWith(`${name} `)))
    .map(([name]) => ({
      rule: 'secret-in-build-arg',
      line: 0,
      why: `The build argument ${name} looks like a secret: it stays readable in the history of the image.`,
      mend: ARG_MEND,
    }));
}

/** Sources of COPY and ADD that come from the context; the last word is where they go. */
function copied(args: string): string[] {
  const [line = ''] = args.split('\n');
  const [, flags = '', rest = ''] = /^((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
  if (/(^|\s)--from=/.test(flags)) return [];
  const words = rest.startsWith('[')
    ? [...rest.matchAll(/"([^"]*)"/g)].map((found) => found[1]!)
    : rest.trim().split(/\s+/);
  return words
    .slice(0, -1)
    .filter((word) => !word.startsWith('<<') && !/^[a-z+]+:\/\//i.test(word))
    .map((path) => path.replace(/^\.?\/+/, '').replace(/\/+$/, '') || '.');
}

/** A here-document of COPY that is a file of secrets, or has a line that is one. */
function writtenSecret(args: string): boolean {
  const [line = '', ...body] = args.split('\n');
  if (!line.includes('<<')) return false;
  return body.some((text) => {
    const [, name = '', value = ''] = /^\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(.*?)\s*$/.exec(text) ?? [];
    return holdsSecret(name, bare(value)) ? value !== '' : SECRET_VALUE.test(text);
  });
}

/** `files` are those of the context, by their path within it. */
export function secretsCopied(
  instructions: readonly Instruction[],
  { dockerignore = '', files }: { dockerignore?: string; files: readonly string[] },
  shipped: boolean,
): LintFinding[] {
  const ignored = ignores(dockerignore);
  return instructions.flatMap((instruction) => {
    const { keyword, args } = within(instruction);
    if (keyword !== 'COPY' && keyword !== 'ADD') return [];
    const sources = copied(args);
    const takes = sources.map((source) => (/^(\.|\*\*?)$/.test(source) ? () => true : ignores(source)));
    const named = sources.filter((path) => isSecretFile(path) && !/[*?[]/.test(path));
    const along = files.filter((path) => isSecretFile(path) && takes.some((take) => take(path)));
    const found = [...new Set([...named, ...along])].filter((path) => !ignored(path));
    const finding = (what: string, mend: string): LintFinding => ({
      rule: 'secret-copied',
      line: instruction.line,
      why: `${what}: ${readers(shipped)}.`,
      mend,
    });
    return [
      ...found.map((path) =>
        finding(
          `${path} is copied`,
          `Put ${path} into .dockerignore; hand it over as a build secret where a RUN needs it.`,
        ),
      ),
      ...(writtenSecret(args) ? [finding('A here-document holds a secret', ENV_MEND)] : []),
    ];
  });
}
