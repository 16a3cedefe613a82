import {
  DockerfileParser,
  type JSONInstruction,
  type Instruction as Parsed,
  type PropertyInstruction,
} from 'dockerfile-ast';

/** A here-document of RUN, COPY or ADD: `<<EOF` and what stands between it and its end. */
export interface Heredoc {
  name: string;
  text: string;
}

export interface Instruction {
  /** 1-based line it begins on. */
  line: number;
  /** Line it ends on. */
  end: number;
  /** Upper case: `RUN`. */
  keyword: string;
  /** What follows keyword and flags: continuation lines joined, comments within removed, here-documents left out. */
  text: string;
  /** `--from=nginx` as `['from', 'nginx']`, in their order. */
  flags: [name: string, value: string][];
  heredocs: Heredoc[];
  /** The words of the exec form, `["a","b"]`; undefined for the shell form. */
  exec?: string[];
  /** `name=value` of ENV, ARG and LABEL; a bare ARG has no value. */
  pairs: [name: string, value: string | undefined][];
  /** Kept in the image for those built from it (ONBUILD); nothing of it happens in this build. */
  onbuild: boolean;
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
  /** `# seatrial-ignore: rule, rule` and the lines of the instruction it is about. */
  waivers: { line: number; from: number; to: number; rules: string[] }[];
  /** The escape character is a backtick: a Dockerfile for Windows. */
  windows: boolean;
}

/** Two escape characters at a line's end are no continuation (BuildKit, parser.go); the parser takes the second for one. */
const GUARD = '\u2060';
const guarded = (text: string) => text.replace(/(\\\\|``)(?=[ \t]*\r?$)/gm, `$1${GUARD}`);

const isExec = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string');

function execForm(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isExec(value) ? value : undefined;
  } catch {
    return undefined; // as Docker does: what is no JSON is a command for the shell
  }
}

/** Parses; `echo $((1 <<2))` begins no here-document: one without its end is none, and swallows nothing. */
function parse(text: string): { clean: string; parsed: ReturnType<typeof DockerfileParser.parse> } {
  const lines = text.split('\n');
  for (;;) {
    const clean = lines.join('\n');
    const parsed = DockerfileParser.parse(clean);
    const endless = (parsed.getInstructions() as Loose[]).find((node) =>
      heredocsOf(node).some((heredoc) => !heredoc.getDelimiterRange()),
    );
    const from = endless?.getRange().start.line ?? 0;
    const at = endless ? lines.findIndex((line, i) => i >= from && line.includes('<<')) : -1;
    if (at < 0) return { clean, parsed };
    lines[at] = lines[at]!.replaceAll('<<', `<${GUARD}<`);
  }
}

/** The lines of an instruction as one: no comments and empty lines within, no escape characters at the ends. */
function joined(raw: string, mark: string): string {
  const lines = raw.split(/\r?\n/).filter((line, i) => i === 0 || !/^\s*(#|$)/.test(line));
  return lines
    .map((line, i) => {
      const text = line.trimEnd();
      return i < lines.length - 1 && text.endsWith(mark) ? `${text.slice(0, -1)} ` : line;
    })
    .join('')
    .replaceAll(GUARD, '')
    .trim();
}

/** Parts of the parser's classes that not every kind of instruction has. */
type Loose = Parsed &
  Partial<Pick<JSONInstruction, 'getFlags'>> &
  Partial<Pick<PropertyInstruction, 'getProperties'>> & {
    getHeredocs?(): {
      getName(): string;
      getContentRange(): { start: { line: number }; end: { line: number; character: number } } | null;
      getDelimiterRange(): { start: { line: number } } | null;
    }[];
    getTriggerInstruction?(): Parsed | null;
  };

const heredocsOf = (node: Loose) => (/^(RUN|COPY|ADD)$/.test(node.getKeyword()) ? (node.getHeredocs?.() ?? []) : []);

/** One parsed instruction in our plain form. */
function plain(parsed: Parsed, lines: readonly string[], mark: string, onbuild = false): Instruction {
  const node = parsed as Loose;
  const trigger = node.getTriggerInstruction?.();
  if (trigger) return { ...plain(trigger, lines, mark, true), line: node.getRange().start.line + 1 };
  const range = node.getRange();
  const keyword = node.getKeyword();
  const found = heredocsOf(node);
  const heredocs = found.map((heredoc) => {
    const content = heredoc.getContentRange();
    const until = heredoc.getDelimiterRange()?.start.line ?? (content ? content.end.line + 1 : 0);
    return { name: heredoc.getName(), text: content ? lines.slice(content.start.line, until).join('\n') : '' };
  });
  const bodies = found.flatMap((heredoc) => {
    const line = heredoc.getContentRange()?.start.line ?? heredoc.getDelimiterRange()?.start.line;
    return line === undefined ? [] : [line];
  });
  const last = bodies.length ? Math.min(...bodies) - 1 : range.end.line;
  const flags = node.getFlags?.() ?? [];
  const start = flags.at(-1)?.getRange().end ?? node.getInstructionRange().end;
  const own = lines.slice(start.line, last + 1);
  if (own[0] !== undefined) own[0] = own[0].slice(start.character);
  if (last === range.end.line && own.length) {
    const cut = start.line === last ? range.end.character - start.character : range.end.character;
    own[own.length - 1] = own.at(-1)!.slice(0, cut);
  }
  const text = joined(own.join('\n'), mark);
  const exec = execForm(text);
  return {
    line: range.start.line + 1,
    end: range.end.line + 1,
    keyword,
    text,
    flags: flags.map((flag) => [flag.getName(), flag.getValue() ?? '']),
    heredocs,
    ...(exec ? { exec } : {}),
    pairs: (node.getProperties?.() ?? []).map((property) => [property.getName(), property.getValue() ?? undefined]),
    onbuild,
  };
}

/** `$NAME ${NAME} ${NAME:-fallback} ${NAME:+other}` replaced; a name that isn't known stays as it is. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))/g,
    (whole, braced?: string, mark?: string, other?: string, bare?: string) => {
      const value = values.get(braced ?? bare ?? '');
      if (mark === '+') return value ? (other ?? '') : '';
      return value || (mark === '-' ? (other ?? '') : whole);
    },
  );
}

function waiversOf(lines: readonly string[], instructions: readonly Instruction[]): Dockerfile['waivers'] {
  return lines.flatMap((text, i) => {
    const found = /^\s*#\s*seatrial-ignore:\s*(.+)$/.exec(text);
    if (!found) return [];
    const line = i + 1;
    // Of the instruction it stands in, else of the next one: further comments between change nothing.
    const about = instructions.find(({ line: from, end }) => end >= line && (from > line || end > line));
    return [{ line, from: about?.line ?? line, to: about?.end ?? line, rules: found[1]!.trim().split(/[\s,]+/) }];
  });
}

/**
 * Reads a Dockerfile for the rules. The parser is dockerfile-ast; what is added here is what a build of it decides:
 * stages, and ARGs before the first FROM, over whose defaults `buildArgs` win.
 */
export function parseDockerfile(text: string, buildArgs: ReadonlyMap<string, string> = new Map()): Dockerfile {
  const { clean, parsed } = parse(guarded(text.replace(/^\uFEFF/, '')));
  const lines = clean.split(/\r?\n/);
  const mark = parsed.getEscapeCharacter();
  const globals: Instruction[] = [];
  const stages: Stage[] = [];
  const values = new Map<string, string>();
  const instructions = parsed.getInstructions().map((node) => plain(node, lines, mark));
  for (const instruction of instructions) {
    const { keyword, line, pairs } = instruction;
    if (keyword === 'FROM') {
      const words = instruction.text.split(/\s+/);
      const name = words[1]?.toUpperCase() === 'AS' ? (words[2] ?? '') : '';
      stages.push({ name: name.toLowerCase(), base: expand(words[0] ?? '', values), line, instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1)!.instructions.push(instruction);
    } else if (keyword === 'ARG') {
      globals.push(instruction);
      for (const [name, value] of pairs) values.set(name, buildArgs.get(name) ?? expand(value ?? '', values));
    }
  }
  return { globals, stages, waivers: waiversOf(lines, instructions), windows: mark === '`' };
}

/** Index of the stage a name or number means, among those before `before`; -1 for an image from elsewhere. */
const stageIndex = (stages: readonly Stage[], wanted: string, before: number) => {
  const name = wanted.toLowerCase();
  const at = stages.slice(0, before).findLastIndex((stage) => stage.name !== '' && stage.name === name);
  return at >= 0 || !/^\d+$/.test(wanted) || Number(wanted) >= before ? at : Number(wanted);
};

const targetIndex = (stages: readonly Stage[], target?: string) => {
  const at = target ? stageIndex(stages, target, stages.length) : -1;
  return at >= 0 ? at : stages.length - 1;
};

/** The stage that is built and, before it, those it is built from: what ends up in the image. */
export function chainOf({ stages }: Dockerfile, target?: string): Stage[] {
  const chain: Stage[] = [];
  let at = targetIndex(stages, target);
  while (at >= 0) {
    chain.unshift(stages[at]!);
    const { base } = stages[at]!;
    at = /^\d+$/.test(base) ? -1 : stageIndex(stages, base, at);
  }
  return chain;
}

/** Names that COPY and RUN take files from: stages, images or named contexts. */
export const sourcesOf = ({ keyword, flags }: Instruction): string[] =>
  flags.flatMap(([name, value]) => {
    if (name === 'from' && (keyword === 'COPY' || keyword === 'ADD')) return [value];
    const from = name === 'mount' && keyword === 'RUN' ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined;
    return from ? [from] : [];
  });

/** Whether `name`, said in `stage`, is another stage and no image. */
export const isStage = ({ stages }: Dockerfile, stage: Stage, name: string) =>
  stageIndex(stages, name, stages.indexOf(stage)) >= 0;

/** The stages a build of the target runs, in the order of the file; builders leave out the others. */
export function reachable(dockerfile: Dockerfile, target?: string): Stage[] {
  const { stages } = dockerfile;
  const wanted = new Set<number>();
  const open = [targetIndex(stages, target)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at < 0 || wanted.has(at)) continue;
    wanted.add(at);
    const { base, instructions } = stages[at]!;
    if (!/^\d+$/.test(base)) open.push(stageIndex(stages, base, at));
    for (const from of instructions.flatMap(sourcesOf)) open.push(stageIndex(stages, from, at));
  }
  return stages.filter((_, i) => wanted.has(i));
}
