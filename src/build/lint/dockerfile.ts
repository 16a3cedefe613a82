export interface Instruction {
  /** 1-based line it begins on. */
  line: number;
  /** Upper case: `RUN`. */
  keyword: string;
  /** All that follows, continuation lines joined, comments within removed; here-documents included. */
  args: string;
}

export interface Stage {
  name: string;
  /** The image or stage of FROM, variables replaced where they are known. */
  base: string;
  line: number;
  instructions: Instruction[];
}

export interface Dockerfile {
  /** ARG lines before the first FROM. */
  globals: Instruction[];
  stages: Stage[];
  /** `# seatrial-ignore: rule, rule`: the line after such a comment, and rules of the file as a whole. */
  waivers: { line: number; rules: string[] }[];
}

/**
 * The escape character: a directive counts only in the comment lines at the very top, before anything else
 * (BuildKit, parser directives).
 */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, key, value] = /^#\s*([a-z]+)\s*=\s*(.+?)\s*$/i.exec(line) ?? [];
    if (!key) return '\\';
    if (key.toLowerCase() === 'escape') return value === '`' ? '`' : '\\';
  }
  return '\\';
}

/** A here-document begins a word of its own: not `<<<` of bash, not `1<<2` within an expression (BuildKit, ParseHeredoc). */
const HEREDOC = /(?:^|\s)\d*<<(-?)(["']?)([^\s<"']+)\2(?=\s|[;&|)]|$)/g;

/** Splits a Dockerfile into instructions as BuildKit does: escape directive, continuations, comments, here-documents. */
function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/);
  const mark = escapeOf(lines);
  const found: Instruction[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (/^\s*(#|$)/.test(lines[i]!)) continue;
    const start = i;
    let joined = '';
    for (; i < lines.length; i++) {
      const line = lines[i]!;
      // Comments and empty lines within an instruction are as if they were not there.
      if (i > start && /^\s*(#|$)/.test(line)) continue;
      const text = line.trimEnd();
      const more = text.endsWith(mark) && !text.endsWith(mark + mark);
      joined += more ? `${text.slice(0, -1)} ` : line;
      if (!more) break;
    }
    const [, keyword = '', args = ''] = /^\s*(\w+)\s*([\s\S]*)$/.exec(joined) ?? [];
    const bodies: string[] = [];
    if (/^(RUN|COPY|ADD)$/i.test(keyword)) {
      for (const [, dash, , word] of args.matchAll(HEREDOC)) {
        const ends = (line: string) => (dash ? line.replace(/^\t+/, '') : line) === word;
        const length = lines.slice(i + 1).findIndex(ends);
        if (length < 0) break; // without its end it is none, and swallows nothing
        bodies.push(...lines.slice(i + 1, i + 1 + length));
        i += length + 1;
      }
    }
    found.push({ line: start + 1, keyword: keyword.toUpperCase(), args: [args.trim(), ...bodies].join('\n') });
  }
  return found;
}

/** `$NAME ${NAME} ${NAME:-fallback}` replaced; a name that isn't known stays as it is. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g,
    (whole, braced?: string, fallback?: string, bare?: string) => {
      const value = values.get(braced ?? bare ?? '');
      return value || (fallback ?? whole);
    },
  );
}

/** Reads a Dockerfile for the rules. `buildArgs` win over the defaults of the ARGs before the first FROM. */
export function parseDockerfile(text: string, buildArgs: ReadonlyMap<string, string> = new Map()): Dockerfile {
  const globals: Instruction[] = [];
  const stages: Stage[] = [];
  const values = new Map<string, string>();
  for (const instruction of instructionsOf(text)) {
    const { keyword, args, line } = instruction;
    if (keyword === 'FROM') {
      const words = args.split(/\s+/).filter((word) => !word.startsWith('--'));
      const name = words[1]?.toUpperCase() === 'AS' ? (words[2] ?? '') : '';
      stages.push({ name: name.toLowerCase(), base: expand(words[0] ?? '', values), line, instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1)!.instructions.push(instruction);
    } else if (keyword === 'ARG') {
      globals.push(instruction);
      const [, name = '', , value = ''] = /^(\w+)(=(.*))?$/.exec(args) ?? [];
      values.set(name, buildArgs.get(name) ?? value.replace(/^(["'])(.*)\1$/, '$2'));
    }
  }
  const waivers = text.split(/\r?\n/).flatMap((line, i) => {
    const found = /^\s*#\s*seatrial-ignore:\s*(.+)$/.exec(line);
    return found ? [{ line: i + 1, rules: found[1]!.split(/[\s,]+/) }] : [];
  });
  return { globals, stages, waivers };
}

/** The stage that is built and, before it, those it is built from: what ends up in the image. */
export function chainOf({ stages }: Dockerfile, target?: string): Stage[] {
  const index = target
    ? stages.findIndex((stage, i) => stage.name === target.toLowerCase() || String(i) === target)
    : -1;
  let at = index >= 0 ? index : stages.length - 1;
  const chain: Stage[] = [];
  while (at >= 0) {
    const stage = stages[at]!;
    chain.unshift(stage);
    const before = stages.slice(0, at).findLastIndex(({ name }) => name !== '' && name === stage.base.toLowerCase());
    at = before;
  }
  return chain;
}
