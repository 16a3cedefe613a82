import { expand, type Instruction } from './dockerfile.ts';
import { holdsSecret, isProxy, isSecretName, isValue, type LintFinding, secretIn, secretInCommand } from './secrets.ts';
import { type Command, commandsOf } from './shell.ts';

const ENV_MEND = 'Give it to the container when it starts, as a file: input secrets of action-deploy.';
const ARG_MEND = 'Hand it over as a build secret: input secrets, RUN --mount=type=secret.';

/** Who reads what a stage holds: of a stage that is thrown away, only those who keep its layers. */
export const readers = (shipped: boolean) =>
  shipped ? 'anyone who can pull the image reads it' : 'it stays in the layers and caches of its stage';

/** What `$NAME` stands for: ARGs filled by the call or else by their defaults, and ENV. */
export class Scope {
  readonly values = new Map<string, string>();
  readonly #args = new Set<string>();
  readonly #outer: ReadonlyMap<string, string>;
  readonly #given: ReadonlyMap<string, string>;

  constructor(globals: readonly Instruction[], given: ReadonlyMap<string, string>) {
    this.#given = given;
    this.#outer = new Map(globals.flatMap(({ pairs }) => pairs.map(([name, value]) => [name, value ?? ''])));
  }

  /** Takes in what an instruction declares; to be called in the order of the file. */
  take({ keyword, pairs, onbuild }: Instruction): void {
    if (onbuild) return;
    for (const [name, value] of pairs) {
      if (keyword === 'ENV') this.values.set(name, expand(value ?? '', this.values));
      if (keyword !== 'ARG') continue;
      this.#args.add(name);
      this.values.set(name, this.#given.get(name) ?? (expand(value ?? '', this.values) || this.#outer.get(name) || ''));
    }
  }

  /** Whether a value is nothing but variables: then it is one only where an ARG of the call fills it. */
  filledLater(value: string): boolean {
    const names = [...value.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!);
    return names.some((name) => this.#args.has(name));
  }
}

const BARE_VARIABLE = /^["']?\$(\w+|\{[^}]*\})["']?$/;

function inVariables(instruction: Instruction, scope: Scope, shipped: boolean): LintFinding[] {
  const { keyword, line, pairs } = instruction;
  const isArg = keyword === 'ARG';
  return pairs
    .filter(([name, value]) => {
      // An ARG without a value is filled from outside, and what fills it stays in the history.
      if (isArg && !value) return isSecretName(name) && !isProxy(name);
      if (!value) return false;
      if (!BARE_VARIABLE.test(value)) return holdsSecret(name, value);
      const known = expand(value, scope.values);
      if (!known.includes('$') && known !== '') return holdsSecret(name, known);
      return isSecretName(name) && scope.filledLater(value);
    })
    .map(([name]) => ({
      rule: isArg ? 'secret-in-arg' : 'secret-in-env',
      line,
      why: `${name} looks like a secret: ${readers(shipped)}.`,
      mend: isArg ? ARG_MEND : ENV_MEND,
    }));
}

/** `echo 'root:toor' | chpasswd`: a password written into the command. */
function setsPassword(commands: readonly Command[]): boolean {
  const at = commands.findIndex(({ name }) => name === 'chpasswd');
  const said = at > 0 ? commands[at - 1]! : undefined;
  if (!said || !/^(echo|printf)$/.test(said.name)) return false;
  return said.args.some((arg) => /^["']?[\w.-]+:[^\s$:`"'%]+(\\n)?["']?$/.test(arg));
}

function inText(instruction: Instruction, shipped: boolean): LintFinding[] {
  const { keyword, line, text, heredocs } = instruction;
  const finding = (rule: string, what: string, mend: string): LintFinding[] => [
    { rule, line, why: `${what} holds a secret: ${readers(shipped)}.`, mend },
  ];
  if (keyword === 'RUN') {
    const all = [text, ...heredocs.map((heredoc) => heredoc.text)].join('\n');
    const found = secretInCommand(all) || (all.includes('chpasswd') && setsPassword(commandsOf(instruction)));
    return found ? finding('secret-in-run', 'The command', `Revoke it. ${ARG_MEND}`) : [];
  }
  if (keyword === 'CMD' || keyword === 'ENTRYPOINT' || keyword === 'HEALTHCHECK') {
    return secretInCommand(text) ? finding('secret-in-cmd', `The ${keyword}`, `Revoke it. ${ENV_MEND}`) : [];
  }
  if (keyword === 'LABEL') {
    const held = instruction.pairs.find(([name, value]) => value && !value.includes('$') && holdsLabel(name, value));
    return held ? finding('secret-in-label', `The label ${held[0]}`, 'Revoke it, and leave it out.') : [];
  }
  if (keyword === 'ADD' && secretIn(text.replace(/\s\S+$/, ''))) {
    return finding('secret-in-add', 'The address', 'Revoke it; fetch it in a RUN with --mount=type=secret.');
  }
  return [];
}

/** Labels are prose and addresses more than settings: a name alone is not enough. */
const holdsLabel = (name: string, value: string) =>
  secretIn(value) !== undefined ||
  (isSecretName(name) && isValue(value) && /^[^\s]{8,}$/.test(value) && /\d/.test(value));

/** Secrets in ENV, ARG, RUN, LABEL, CMD, ENTRYPOINT, HEALTHCHECK and ADD, in the order of the file. */
export function secretsWritten(instructions: readonly Instruction[], scope: Scope, shipped: boolean): LintFinding[] {
  return instructions.flatMap((instruction) => {
    const found =
      instruction.keyword === 'ENV' || instruction.keyword === 'ARG'
        ? inVariables(instruction, scope, shipped)
        : inText(instruction, shipped);
    scope.take(instruction);
    return found;
  });
}

/** Build arguments of the call; those a Dockerfile declares are found at their ARG. */
export function secretsInBuildArgs(given: ReadonlyMap<string, string>, found: readonly LintFinding[]): LintFinding[] {
  return [...given]
    .filter(([name, value]) => !isProxy(name) && holdsSecret(name, value))
    .filter(([name]) => !found.some(({ rule, why }) => rule === 'secret-in-arg' && why.startsWith(`${name} `)))
    .map(([name]) => ({
      rule: 'secret-in-build-arg',
      line: 0,
      why: `The build argument ${name} looks like a secret: it stays readable in the history of the image.`,
      mend: ARG_MEND,
    }));
}
