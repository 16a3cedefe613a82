import { chainOf, type Dockerfile, type Instruction, type Stage } from './dockerfile.ts';
import { ignores } from './ignore.ts';

export interface LintContext {
  target?: string;
  /** Text of the .dockerignore in force; undefined when there is none. */
  dockerignore?: string;
  /** Names at the top of the context. */
  names: readonly string[];
}

export interface LintFinding {
  rule: string;
  /** 0 stands for the file as a whole. */
  line: number;
  why: string;
  mend: string;
}

const SECRET_NAME =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(_|$)/;
/** Names that speak about a secret without holding one. */
const HARMLESS = /(_FILE|_PATH|_DIR|_URL|_URI|_TTL|_NAME|_HEADER|_ID|_LENGTH|_EXPIRY|_ENABLED|_POLICY)$/;
const SECRET_VALUE =
  /AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}|xox[abp]-[\w-]{10}|sk_live_\w{16}|-----BEGIN [A-Z ]*PRIVATE KEY/;
const SECRET_FILE =
  /^(\.env(\..+)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.dockercfg|\.htpasswd|kubeconfig|id_(rsa|dsa|ecdsa|ed25519)|.*\.(key|p12|pfx|jks|keystore)|.*key\.pem|\.aws|\.ssh)$/i;
const EXAMPLE_FILE = /\.(example|sample|template|dist|pub)$/i;

const looksSecret = (name: string) => {
  const upper = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  return SECRET_NAME.test(upper) && !HARMLESS.test(upper);
};
const isSecretFile = (path: string) =>
  path.split('/').some((part) => SECRET_FILE.test(part) && !EXAMPLE_FILE.test(part)) ||
  path.endsWith('.docker/config.json');

/** `KEY=value KEY2="v 2"` or the old `KEY value` of ENV; `KEY[=value]…` of ARG. */
function pairs({ keyword, args }: Instruction): [string, string][] {
  if (keyword === 'ENV' && !/^[\w.-]+=/.test(args)) return [[args.split(/\s+/)[0] ?? '', args.replace(/^\S+\s*/, '')]];
  return [...args.matchAll(/([\w.-]+)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*))?/g)].map(([, name, value]) => [
    name!,
    (value ?? '').replace(/^(["'])(.*)\1$/, '$2'),
  ]);
}

function secretsInVariables(instructions: Instruction[]): LintFinding[] {
  return instructions
    .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG')
    .flatMap((instruction) =>
      pairs(instruction)
        // An empty ENV is a placeholder; an ARG is filled from outside, and its value stays in the history.
        .filter(
          ([name, value]) =>
            SECRET_VALUE.test(value) || (looksSecret(name) && (instruction.keyword === 'ARG' || value)),
        )
        .map(([name]) => ({
          rule: `secret-in-${instruction.keyword.toLowerCase()}`,
          line: instruction.line,
          why: `${name} looks like a secret: anyone who can pull the image reads it.`,
          mend:
            instruction.keyword === 'ARG'
              ? 'Hand it over as a build secret: input secrets, RUN --mount=type=secret.'
              : 'Give it to the container when it starts, as a file: input secrets of action-deploy.',
        })),
    );
}

/** Sources of COPY and ADD that come from the context; the last word is where they go. */
function copied({ args }: Instruction): string[] {
  const line = args.split('\n')[0]!;
  if (/(^|\s)--from=/.test(line) || line.includes('<<')) return [];
  const plain = line.replace(/--\S+\s*/g, '').trim();
  const words = plain.startsWith('[')
    ? [...plain.matchAll(/"([^"]*)"/g)].map((found) => found[1]!)
    : plain.split(/\s+/);
  return words.slice(0, -1).map((path) => path.replace(/^\.?\/+/, '').replace(/\/+$/, '') || '.');
}

function secretsCopied(instructions: Instruction[], { dockerignore, names }: LintContext): LintFinding[] {
  const ignored = ignores(dockerignore ?? '');
  return instructions
    .filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD')
    .flatMap((instruction) => {
      const sources = copied(instruction);
      const whole = sources.some((path) => path === '.' || path === '*' || path === '**');
      const named = sources.filter((path) => isSecretFile(path) && !ignored(path));
      const along = whole ? names.filter((name) => isSecretFile(name) && !ignored(name)) : [];
      return [...new Set([...named, ...along])].map((path) => ({
        rule: 'secret-copied',
        line: instruction.line,
        why: `${path} goes into the image, and whoever pulls it reads it.`,
        mend: `Put ${path} into .dockerignore; hand it over as a build secret where a RUN needs it.`,
      }));
    });
}

function latestBases({ stages }: Dockerfile): LintFinding[] {
  return stages
    .filter(({ base }, i) => {
      if (base === '' || base === 'scratch' || base.includes('$') || base.includes('@')) return false;
      if (stages.slice(0, i).some(({ name }) => name !== '' && name === base.toLowerCase())) return false;
      const tag = /:([^:/]+)$/.exec(base)?.[1];
      return tag === undefined || tag === 'latest';
    })
    .map(({ base, line }) => ({
      rule: 'latest-base',
      line,
      why: `${base} is another image tomorrow: the same commit then builds something else.`,
      mend: 'Name a version, better with its digest: node:24.21.0-slim@sha256:….',
    }));
}

function aptLists(chain: Stage[]): LintFinding[] {
  return chain
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword, args }) => {
      if (keyword !== 'RUN' || !/\bapt(-get)?\b[^&|;]*\b(update|install)\b/.test(args)) return false;
      const cached = /--mount=\S*type=cache\S*\/var\/(lib|cache)\/apt/.test(args);
      return !cached && !/rm\s+-[a-z]*r[a-z]*\s[^&;]*\/var\/lib\/apt\/lists/.test(args);
    })
    .map(({ line }) => ({
      rule: 'apt-lists',
      line,
      why: 'The package lists stay in the layer: tens of megabytes nobody uses.',
      mend: 'End the same RUN with && rm -rf /var/lib/apt/lists/*.',
    }));
}

/** The last instruction of that keyword in what the image is made of. */
const last = (chain: Stage[], keyword: string) =>
  chain.flatMap(({ instructions }) => instructions).findLast((instruction) => instruction.keyword === keyword);

function rootUser(chain: Stage[]): LintFinding[] {
  const user = last(chain, 'USER');
  const base = chain[0]?.base ?? '';
  if (!user && /nonroot|rootless|unprivileged/.test(base)) return [];
  if (user && !/^(root|0)(:|$)/.test(user.args.trim())) return [];
  return [
    {
      rule: 'root-user',
      line: user?.line ?? chain.at(-1)?.line ?? 0,
      why: 'The container runs as root: a hole in the app is a hole into the host.',
      mend: 'Add USER with an account of its own (node, 1000:1000) at the end.',
    },
  ];
}

function healthcheck(chain: Stage[]): LintFinding[] {
  const found = last(chain, 'HEALTHCHECK');
  if (found && !/^NONE\b/i.test(found.args)) return [];
  return [
    {
      rule: 'no-healthcheck',
      line: found?.line ?? 0,
      why: 'Docker can’t tell whether the app works, and shows a hung one as up.',
      mend: 'Add HEALTHCHECK CMD with a call of the app’s own health path.',
    },
  ];
}

/** All rules over one Dockerfile and its context, in the order of the file. */
export function lint(dockerfile: Dockerfile, context: LintContext): LintFinding[] {
  const chain = chainOf(dockerfile, context.target);
  const every = [...dockerfile.globals, ...dockerfile.stages.flatMap(({ instructions }) => instructions)];
  const findings: LintFinding[] = [
    ...(context.dockerignore === undefined
      ? [
          {
            rule: 'no-dockerignore',
            line: 0,
            why: 'All of the folder goes to the builder, .git and local secrets included.',
            mend: 'Add a .dockerignore with at least .git, .env* and node_modules.',
          },
        ]
      : []),
    ...healthcheck(chain),
    ...latestBases(dockerfile),
    ...secretsInVariables(every),
    ...secretsCopied(every, context),
    ...aptLists(chain),
    ...rootUser(chain),
  ];
  const waived = ({ rule, line }: LintFinding) =>
    dockerfile.waivers.some((waiver) => waiver.rules.includes(rule) && (line === 0 || waiver.line === line - 1));
  return findings.filter((finding) => !waived(finding)).sort((a, b) => a.line - b.line);
}
