import type { Instruction } from './dockerfile.ts';
import { ignores } from './ignore.ts';
import { fileHoldsSecret, fileKind, type LintFinding, textHoldsSecret } from './secrets.ts';
import { readers } from './variables.ts';

/** The build context as the rules see it. */
export interface ContextFiles {
  /** Text of the .dockerignore in force; undefined when there is none. */
  dockerignore?: string;
  /** Files of the context, by their path within it. */
  files: readonly string[];
  /** Folders at whose door the list stops (`.git`, `node_modules`), by their path. */
  folders?: readonly string[];
  /** The text of a file; undefined where it can't be read. Without it only names are judged. */
  read?: (path: string) => string | undefined;
}

interface Copy {
  instruction: Instruction;
  /** Sources from the context, without a leading `./` or `/`; `.` is all of it. */
  sources: string[];
  /** Whether a path of the context is among them, `--exclude` minded. */
  takes(path: string): boolean;
}

/** What COPY and ADD take from the context; nothing for those that take from a stage, an address or a here-document. */
function copyOf(instruction: Instruction): Copy | undefined {
  const { keyword, flags, text, exec } = instruction;
  if (keyword !== 'COPY' && keyword !== 'ADD') return undefined;
  if (flags.some(([name]) => name === 'from')) return undefined;
  const sources = (exec ?? text.split(/\s+/))
    .slice(0, -1)
    .filter((word) => !word.startsWith('<<') && !/^([a-z+]+:\/\/|git@)/i.test(word))
    .map(
      (path) =>
        path
          .replace(/^["']|["']$/g, '')
          .replace(/^(\.?\/)+/, '')
          .replace(/\/+$/, '') || '.',
    );
  if (sources.length === 0) return undefined;
  const excluded = flags.filter(([name]) => name === 'exclude').map(([, value]) => ignores(value));
  const within = sources.map((source) => (/^(\.|\*\*?)$/.test(source) ? () => true : ignores(source)));
  return {
    instruction,
    sources,
    takes: (path) => within.some((take) => take(path)) && !excluded.some((leave) => leave(path)),
  };
}

/** A here-document of COPY that has a line with a secret. */
function writtenSecrets({ instruction: { keyword, line, heredocs } }: { instruction: Instruction }, shipped: boolean) {
  if (keyword === 'RUN' || !heredocs.some(({ text }) => textHoldsSecret(text))) return [];
  return [
    {
      rule: 'secret-copied',
      line,
      why: `A here-document holds a secret: ${readers(shipped)}.`,
      mend: 'Give it to the container when it starts, as a file: input secrets of action-deploy.',
    },
  ];
}

/** Places for the public keys of package sources; what goes there is no secret. */
const KEYRINGS = /\/(apt|keyrings?|trusted\.gpg\.d|rpm-gpg|apk\/keys|ca-certificates|certs)(\/|$)/;

export function secretsCopied(instructions: readonly Instruction[], context: ContextFiles, shipped: boolean) {
  const ignored = ignores(context.dockerignore ?? '');
  const present = new Set(context.files);
  const isSecret = (path: string, to: string) => {
    const kind = fileKind(path);
    if (kind === undefined) return false;
    const text = present.has(path) ? context.read?.(path) : undefined;
    if (text !== undefined) return fileHoldsSecret(path, text);
    return kind === 'secret' && !(/\.key$/i.test(path) && KEYRINGS.test(to));
  };
  return instructions.flatMap((instruction): LintFinding[] => {
    const written = writtenSecrets({ instruction }, shipped);
    const copy = copyOf(instruction);
    if (!copy) return written;
    const to = (instruction.exec ?? instruction.text.split(/\s+/)).at(-1) ?? '';
    const named = copy.sources.filter((path) => !/[*?[$]/.test(path) && copy.takes(path));
    const along = context.files.filter((path) => copy.takes(path));
    const found = [...new Set([...named, ...along])].filter((path) => !ignored(path) && isSecret(path, to));
    return [
      ...found.map((path) => ({
        rule: 'secret-copied',
        line: instruction.line,
        why: `${path} is copied: ${readers(shipped)}.`,
        mend: `Put ${path} into .dockerignore; hand it over as a build secret where a RUN needs it.`,
      })),
      ...written,
    ];
  });
}

/** Folders that no image needs from a context: history, and packages built for another machine. */
const HEAVY = /(^|\/)(\.git|node_modules)$/;
const LOCAL_ENV = /^(.*\/)?\.env(\.(local|production|prod|development|dev|staging))?$/;

/**
 * Whether the context is kept clean: a `.dockerignore` where one is needed, and in it what COPY would take along.
 * A context of which only named files are copied needs none: builders fetch what is copied and no more.
 */
export function contextKept(
  instructions: readonly Instruction[],
  context: ContextFiles,
  found: readonly LintFinding[],
): LintFinding[] {
  const copies = instructions.flatMap((instruction) => (instruction.onbuild ? [] : (copyOf(instruction) ?? [])));
  const isFolder = (path: string) => context.files.some((file) => file.startsWith(`${path}/`));
  const isAll = ({ sources }: Copy) => sources.some((source) => /^(\.|\*\*?)$/.test(source));
  const wide = copies.find((copy) => isAll(copy) || copy.sources.some(isFolder));
  if (!wide) return [];
  if (context.dockerignore === undefined) {
    return [
      {
        rule: 'no-dockerignore',
        line: 0,
        why: `COPY ${wide.sources.join(' ')} takes whatever lies there: .git, local settings and secrets included.`,
        mend: 'Add a .dockerignore with at least .git, .env* and node_modules.',
      },
    ];
  }
  const ignored = ignores(context.dockerignore);
  const known = found.filter(({ rule }) => rule === 'secret-copied').map(({ why }) => why);
  // Who names a folder means what is in it; all of the context is what holes are about.
  return copies.filter(isAll).flatMap(({ instruction, takes }): LintFinding[] => {
    const let_in = [
      ...(context.folders ?? []).filter((path) => HEAVY.test(path)),
      ...context.files.filter((path) => LOCAL_ENV.test(path) && !known.some((why) => why.startsWith(`${path} `))),
    ].filter((path) => takes(path) && !ignored(path));
    if (let_in.length === 0) return [];
    const shown = let_in.length > 5 ? [...let_in.slice(0, 5), '…'] : let_in;
    return [
      {
        rule: 'dockerignore-gaps',
        line: instruction.line,
        why: `The .dockerignore lets ${shown.join(', ')} in, and ${instruction.keyword} takes it.`,
        mend: `Add ${[...new Set(let_in.map((path) => `**/${path.split('/').at(-1)}`))].join(', ')} to .dockerignore.`,
      },
    ];
  });
}
