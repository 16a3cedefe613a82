import { chainOf, type Dockerfile, expand, type Stage } from './dockerfile.ts';
import { type LintFinding, pairs, secretsCopied, secretsInBuildArgs, secretsInVariables } from './secrets.ts';

export interface LintContext {
  target?: string;
  /** Text of the .dockerignore in force; undefined when there is none. */
  dockerignore?: string;
  /** Files of the context, by their path within it. */
  files: readonly string[];
  /** Build arguments of the call. */
  buildArgs?: ReadonlyMap<string, string>;
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
      const cached = [...args.matchAll(/--mount=(\S+)/g)].some(
        ([, mount = '']) => /\btype=(cache|tmpfs)\b/.test(mount) && /=\/var\/lib\/apt\b/.test(mount),
      );
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

/** What `$NAME` stands for where the chain ends: ARG, filled by the call or else by its default, and ENV. */
function variablesOf(chain: Stage[], globals: Dockerfile['globals'], given: ReadonlyMap<string, string>) {
  const values = new Map<string, string>();
  const outer = new Map(globals.flatMap(({ args }) => pairs('ARG', args)));
  for (const { keyword, args } of chain.flatMap(({ instructions }) => instructions)) {
    if (keyword === 'ENV') for (const [name, value] of pairs('ENV', args)) values.set(name, expand(value, values));
    if (keyword !== 'ARG') continue;
    for (const [name, value] of pairs('ARG', args))
      values.set(name, given.get(name) ?? (value || outer.get(name) || ''));
  }
  return values;
}

function rootUser(chain: Stage[], values: ReadonlyMap<string, string>): LintFinding[] {
  const user = last(chain, 'USER');
  const base = chain[0]?.base ?? '';
  if (!user && /nonroot|rootless|unprivileged/.test(base)) return [];
  if (user && !/^(root|0)(:|$)/.test(expand(user.args.trim(), values))) return [];
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
  const shipped = chain.flatMap(({ instructions }) => instructions);
  const elsewhere = dockerfile.stages
    .filter((stage) => !chain.includes(stage))
    .flatMap(({ instructions }) => instructions);
  const variables = [
    ...secretsInVariables([...dockerfile.globals, ...shipped], true),
    ...secretsInVariables(elsewhere, false),
  ];
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
    ...variables,
    ...secretsInBuildArgs(context.buildArgs ?? new Map(), variables),
    ...secretsCopied(shipped, context, true),
    ...secretsCopied(elsewhere, context, false),
    ...aptLists(chain),
    ...rootUser(chain, variablesOf(chain, dockerfile.globals, context.buildArgs ?? new Map())),
  ];
  const waived = ({ rule, line }: LintFinding) =>
    dockerfile.waivers.some((waiver) => waiver.rules.includes(rule) && (line === 0 || waiver.line === line - 1));
  return findings.filter((finding) => !waived(finding)).sort((a, b) => a.line - b.line);
}
