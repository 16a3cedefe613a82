import { type ContextFiles, contextKept, secretsCopied } from './copied.ts';
import { chainOf, type Dockerfile, reachable } from './dockerfile.ts';
import { addedUrls, latestBases, unpinnedSources } from './images.ts';
import { packageLeftovers } from './packages.ts';
import { type ImageConfig, judgeConfig, shellForm, startsAs } from './process.ts';
import type { LintFinding } from './secrets.ts';
import { Scope, secretsInBuildArgs, secretsWritten } from './variables.ts';

/** Every rule, in the order of the manual; a test measures how often each is right. */
export const RULES = [
  'no-dockerignore',
  'dockerignore-gaps',
  'no-healthcheck',
  'root-user',
  'latest-base',
  'copy-from-unpinned',
  'add-url',
  'shell-form-cmd',
  'apt-lists',
  'package-cache',
  'secret-in-env',
  'secret-in-arg',
  'secret-in-build-arg',
  'secret-in-run',
  'secret-in-label',
  'secret-in-cmd',
  'secret-in-add',
  'secret-copied',
  'secret-in-compose',
] as const;

/** Rules about the image or the context as a whole: their waivers count wherever in the file they stand. */
const WHOLE = new Set(['no-dockerignore', 'no-healthcheck', 'root-user', 'secret-in-build-arg', 'secret-in-compose']);

export interface LintContext extends ContextFiles {
  target?: string;
  /** Build arguments of the call. */
  buildArgs?: ReadonlyMap<string, string>;
  /** Names of `build-contexts`: what FROM and COPY --from mean by them is no image. */
  contexts?: ReadonlySet<string>;
}

/** Takes out what `# seatrial-ignore: rule` waives. */
export const unwaived = ({ waivers }: Dockerfile, findings: readonly LintFinding[]) =>
  findings.filter(
    ({ rule, line }) =>
      !waivers.some(
        ({ rules, from, to }) =>
          rules.includes(rule) && (line === 0 || WHOLE.has(rule) || (line >= from && line <= to)),
      ),
  );

const inOrder = (a: LintFinding, b: LintFinding) => a.line - b.line;

/** All rules over one Dockerfile and its context, in the order of the file; `compose` are findings beside it. */
export function lint(
  dockerfile: Dockerfile,
  context: LintContext,
  compose: readonly LintFinding[] = [],
): LintFinding[] {
  const given = context.buildArgs ?? new Map<string, string>();
  const contexts = context.contexts ?? new Set<string>();
  const chain = chainOf(dockerfile, context.target);
  const built = reachable(dockerfile, context.target);
  const shipped = chain.flatMap(({ instructions }) => instructions);
  // A secret written down is one, whether or not this run builds the stage.
  const others = dockerfile.stages.filter((stage) => !chain.includes(stage));
  const elsewhere = others.flatMap(({ instructions }) => instructions);
  const scope = new Scope(dockerfile.globals, given);
  const written = [
    ...secretsWritten(dockerfile.globals, new Scope([], given), true),
    ...secretsWritten(shipped, scope, true),
    ...others.flatMap(({ instructions }) => secretsWritten(instructions, new Scope(dockerfile.globals, given), false)),
  ];
  const copied = [...secretsCopied(shipped, context, true), ...secretsCopied(elsewhere, context, false)];
  const findings = [
    ...contextKept(
      built.flatMap(({ instructions }) => instructions),
      context,
      copied,
    ),
    ...startsAs(chain, scope.values),
    ...latestBases(dockerfile, built, contexts),
    ...unpinnedSources(dockerfile, built, contexts),
    ...addedUrls(built),
    ...shellForm(chain),
    ...packageLeftovers(shipped),
    ...written,
    ...secretsInBuildArgs(given, written),
    ...copied,
    ...compose,
  ];
  return unwaived(dockerfile, findings).sort(inOrder);
}

/** What only the built image tells: findings of its configuration that were not made of the Dockerfile already. */
export function lintImage(
  dockerfile: Dockerfile,
  target: string | undefined,
  configs: readonly ImageConfig[],
  already: readonly { rule: string }[],
): LintFinding[] {
  const chain = chainOf(dockerfile, target);
  const found = configs.flatMap((config) => judgeConfig(config, chain));
  // Several platforms mostly say the same.
  const once = found.filter(
    ({ rule }, i) =>
      found.findIndex((other) => other.rule === rule) === i && !already.some((known) => known.rule === rule),
  );
  return unwaived(dockerfile, once);
}

/** Words of waivers that are no rule, when a waiver names none at all: it waives nothing, and its author thinks it does. */
export const deadWaivers = ({ waivers }: Dockerfile): { line: number; rules: string[] }[] =>
  waivers.filter(({ rules }) => !rules.some((rule) => (RULES as readonly string[]).includes(rule)));
