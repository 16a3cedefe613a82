import { stringify } from 'yaml';

/** A scalar with a comment behind it. */
export class Noted {
  readonly value: string | boolean;
  readonly note: string;
  constructor(value: string | boolean, note: string) {
    this.value = value;
    this.note = note;
  }
}
/** A text too long for one line, folded: its lines are joined by blanks when read. */
export class Folded {
  readonly lines: readonly string[];
  constructor(...lines: string[]) {
    this.lines = lines;
  }
}
export type Node = string | number | boolean | Noted | Folded | readonly Node[] | NodeMap;
/** A key that begins with `# ` is a comment line; a key without a value is left out. */
export interface NodeMap {
  readonly [key: string]: Node | undefined;
}

const isScalar = (node: Node) => typeof node !== 'object' || node instanceof Noted || node instanceof Folded;
const pad = (depth: number) => '  '.repeat(depth);
/** The same quoting wherever a scalar must be quoted, and none elsewhere. */
const plain = (value: string | number | boolean) => stringify(value, { lineWidth: 0, singleQuote: true }).trimEnd();

function scalar(node: Node, depth: number): string {
  if (node instanceof Noted) return `${plain(node.value)} # ${node.note}`;
  if (node instanceof Folded) return `>-\n${node.lines.map((line) => pad(depth) + line).join('\n')}`;
  if (typeof node === 'string' && node.includes('\n')) {
    const lines = node.replace(/\n$/, '').split('\n');
    return `${node.endsWith('\n') ? '|' : '|-'}\n${lines.map((line) => (line ? pad(depth) + line : '')).join('\n')}`;
  }
  return plain(node as string);
}

function map(node: NodeMap, depth: number): string[] {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined) continue;
    if (key.startsWith('# ')) lines.push(pad(depth) + key);
    else if (isScalar(value)) lines.push(`${pad(depth)}${key}: ${scalar(value, depth + 1)}`);
    else if (Array.isArray(value) && value.every(isScalar)) {
      lines.push(`${pad(depth)}${key}: [${value.map((item) => scalar(item, 0)).join(', ')}]`);
    } else if (Array.isArray(value)) lines.push(`${pad(depth)}${key}:`, ...list(value, depth + 1));
    else if (Object.values(value).every((one) => one === undefined)) lines.push(`${pad(depth)}${key}: {}`);
    else lines.push(`${pad(depth)}${key}:`, ...map(value as NodeMap, depth + 1));
  }
  return lines;
}

/** Comments that begin an item stand before its dash. */
function list(items: readonly Node[], depth: number): string[] {
  return items.flatMap((item) => {
    const entries = Object.entries(item as NodeMap);
    const first = entries.findIndex(([key]) => !key.startsWith('# '));
    const before = entries.slice(0, first).map(([key]) => pad(depth) + key);
    const lines = map(Object.fromEntries(entries.slice(first)), depth + 1);
    return [...before, `${pad(depth)}- ${lines[0]!.trimStart()}`, ...lines.slice(1)];
  });
}

/** A workflow as YAML, with an empty line between its parts and between its jobs. */
export function emit(head: readonly string[], workflow: NodeMap): string {
  const parts = Object.entries(workflow)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const lines = map({ [key]: value }, 0);
      if (key !== 'jobs') return lines.join('\n');
      return lines
        .map((line, at) => (at > 1 && /^ {2}\S/.test(line) && !line.startsWith('  #') ? `\n${line}` : line))
        .join('\n');
    });
  return `${head.map((line) => `# ${line}`).join('\n')}\n${parts.join('\n\n')}\n`;
}
