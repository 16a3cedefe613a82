import { forEachChild, type Command as Node, parse, type SyntaxNode } from 'unbash';
import type { Instruction } from './dockerfile.ts';

/** One command of a RUN as the shell would start it. */
export interface Command {
  /** Without its folder: `apt-get`. */
  name: string;
  /** Words after it, quotes removed, variables as they stand. */
  args: string[];
  /** `NAME=value` before it, and of `export` so far. */
  env: ReadonlyMap<string, string>;
  /** Folder it runs in, as far as `cd` says it. */
  folder: string;
}

const SHELLS = /^(ba|da|a|z|k)?sh$/;
/** Commands that start another one, which is the one that counts. */
const RUNNERS = new Set(['sudo', 'env', 'exec', 'command', 'nice', 'time', 'eatmydata', 'nohup', 'builtin', 'timeout']);

const base = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** `sudo -E apt-get …` is apt-get: the words from the command that counts on, with the assignments passed by. */
function unwrapped(words: string[], env: Map<string, string>): string[] {
  let rest = words;
  while (rest.length && RUNNERS.has(base(rest[0]!))) {
    const runner = base(rest[0]!);
    rest = rest.slice(1);
    for (;;) {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(rest[0] ?? '') ?? [];
      if (name) env.set(name, value ?? '');
      else if (!rest[0]?.startsWith('-') && !(runner === 'timeout' && /^[\d.]+[smhd]?$/.test(rest[0] ?? ''))) break;
      rest = rest.slice(1);
    }
  }
  return rest;
}

/** The script within `sh -c '…'`, `bash -exc '…'`. */
function inner(words: readonly string[]): string | undefined {
  if (!SHELLS.test(base(words[0] ?? ''))) return undefined;
  const at = words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word));
  return at > 0 ? words[at + 1] : undefined;
}

interface State {
  exported: Map<string, string>;
  folder: string;
}

function visit(script: string, state: State, found: Command[], depth: number): void {
  const walk = (node: SyntaxNode): void => {
    if (node.type === 'Command') take(node);
    forEachChild(node, walk);
  };
  const take = (node: Node) => {
    const own = new Map(state.exported);
    for (const part of node.prefix) {
      if (part.type === 'Assignment' && part.value.type === 'Word') own.set(part.name, part.value.value);
    }
    const args = node.args.map((arg) => (arg.type === 'Assignment' ? arg.text : arg.value));
    if (!node.name) return;
    add([node.name.value, ...args], own, state, found, depth);
  };
  walk(parse(script));
}

function add(given: string[], env: Map<string, string>, state: State, found: Command[], depth: number): void {
  const words = unwrapped(given, env);
  const [name = '', ...args] = words;
  const nested = inner(words);
  if (nested !== undefined && depth < 4) {
    visit(nested, state, found, depth + 1);
    return;
  }
  if (name === 'export') {
    for (const arg of args) {
      const [, key, value = ''] = /^(\w+)=["']?(.*?)["']?$/s.exec(arg) ?? [];
      if (key) state.exported.set(key, value);
    }
  }
  if (name === 'cd' && args[0] && !args[0].startsWith('-')) {
    state.folder = args[0].startsWith('/') ? args[0] : `${state.folder}/${args[0]}`;
  }
  found.push({ name: base(name), args, env, folder: state.folder });
}

/** Who a here-document of RUN is for: the shell, or (`RUN <<EOF python3`, `#!/usr/bin/env python3`) somebody else. */
function isScript(text: string, body: string): boolean {
  const shebang = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(body);
  const named = text
    .replace(/\d*<<-?["']?[\w.-]+["']?/g, ' ')
    .trim()
    .split(/\s+/)[0];
  const asked = named || (shebang ? (shebang[1]!.endsWith('/env') ? shebang[2]! : shebang[1]!) : 'sh');
  return SHELLS.test(base(asked));
}

/** Commands of a RUN in the order of the script: exec form, `sh -c` within and here-documents included. */
export function commandsOf({ text, exec, heredocs }: Instruction): Command[] {
  const found: Command[] = [];
  const state: State = { exported: new Map(), folder: '' };
  if (exec) {
    add(exec, new Map(), state, found, 0);
    return found;
  }
  const body = heredocs.map((heredoc) => heredoc.text).join('\n');
  if (heredocs.length && isScript(text, body)) visit(body, state, found, 0);
  // Otherwise the bodies are data to the commands of the line.
  else visit([text, ...heredocs.flatMap(({ name, text: data }) => [data, name])].join('\n'), state, found, 0);
  return found;
}
