const NAMED = /^[A-Za-z_][A-Za-z0-9_.-]*(=|<<)/;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Reads on from a value's first line to its end; answers the lines it takes, or undefined where it never ends. */
function take(first: string, following: readonly string[]): string[] | undefined {
  const until = (ends: (text: string, line: string) => boolean) => {
    let text = first;
    for (let n = 0; n < following.length; n++) {
      text += `\n${following[n]}`;
      if (ends(text, following[n]!)) return [first, ...following.slice(0, n + 1)];
    }
    return undefined;
  };
  if (/^-----BEGIN /.test(first) && !/-----END .*-----\s*$/.test(first))
    return until((_, line) => /^\s*-----END /.test(line));
  if (/^[[{]/.test(first) && !isJson(first)) return until((text) => isJson(text));
  if (/^"[^"]*$/.test(first)) return until((_, line) => /"\s*$/.test(line));
  return undefined;
}

/**
 * `NAME=value`, one a line, as texts `NAME=value`. A value of several lines is one that begins a PEM block, JSON or a
 * quote, to its end (the quotes fall away), or stands between `NAME<<EOF` and `EOF`. What is none of these stays a line
 * of its own, for the caller to refuse. Pure.
 */
export function parsePairs(text: string): string[] {
  const lines = text.split(/\r?\n/);
  const found: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '') continue;
    const name = NAMED.exec(line)?.[0];
    if (name?.endsWith('<<')) {
      const mark = line.slice(name.length).trim();
      const end = lines.findIndex((other, n) => n > i && other.trim() === mark);
      if (mark !== '' && end > 0) {
        found.push(`${name.slice(0, -2)}=${lines.slice(i + 1, end).join('\n')}`);
        i = end;
        continue;
      }
    }
    const first = name?.endsWith('=') ? line.slice(name.length) : '';
    const whole = first && take(first, lines.slice(i + 1));
    if (!whole) {
      found.push(line);
      continue;
    }
    i += whole.length - 1;
    const value = whole.join('\n');
    found.push(`${name}${value.startsWith('"') ? value.trim().slice(1, -1) : value}`);
  }
  return found;
}
