/**
 * A file of the runner's: `name<<delimiter` blocks and `name=value` lines
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
 */
export function readCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.replace(/\r$/, '');
    const block = /^([^=<]+)<<(.+)$/.exec(line);
    if (block) {
      const body: string[] = [];
      while (++i < lines.length && lines[i]!.replace(/\r$/, '') !== block[2]) body.push(lines[i]!);
      values[block[1]!] = body.join('\n').replace(/\r$/, '');
    } else if (line.includes('=')) {
      values[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    }
  }
  return values;
}

/** What a workflow command escapes in its text. */
const plain = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

/**
 * A line a bundle prints, as a terminal shows it: `::error::` becomes `error: `, a group its title, and what only a
 * runner can read is left out. Undefined for a line that says nothing here.
 */
export function readable(line: string): string | undefined {
  const found = /^::([a-z-]+)(?: ([^:]*(?::[^:]+)*?))?::(.*)$/.exec(line);
  if (!found) return line;
  const [, command = '', , text = ''] = found;
  if (command === 'group') return plain(text);
  if (['error', 'warning', 'notice'].includes(command)) return `${command}: ${plain(text)}`;
  return undefined;
}
