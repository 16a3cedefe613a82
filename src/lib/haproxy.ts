/** The edge's HAProxy listens for its administrator on this port of its container's loopback. */
export const ADMIN_PORT = 9999;
/** Where edges can't be entered they listen on this port too, for their admin network alone. */
export const ADMIN_NET_PORT = 9998;

/**
 * Rows of an answer of HAProxy's admin socket, by column name: releases of HAProxy add columns. The head begins with
 * `# `; `show stat` parts by commas, `show servers state` by blanks and has a line `1` (its version) before the head.
 */
export function adminRows(text: string, separator: ',' | ' '): Map<string, string>[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '1' && !line.startsWith('>'));
  const head = lines.findIndex((line) => line.startsWith('# '));
  if (head < 0) return [];
  const columns = lines[head]!.slice(2).split(separator);
  return lines.slice(head + 1).map((line) => {
    const cells = line.split(separator);
    return new Map(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}
