/** The edge's HAProxy listens for its administrator on this port of its container's loopback. */
export const ADMIN_PORT = 9999;
/** Where edges can't be entered they listen on this port too, for their admin network alone. */
export const ADMIN_NET_PORT = 9998;

/** Ring in the edge's memory that holds a record of each request, and what our own probes call themselves. */
export const RING = 'users';
export const PROBE_AGENT = 'seatrial-verify';

/**
 * A record: its fields in order, parted by tabs, and what HAProxy writes for each. `number` counts the records of one `door`
 * (the frontend), of one worker; two that end at the same instant may bear the same. `begun` is when the connection was
 * taken or its last request ended, seconds of the epoch, and `span` how long ago that was at the request's end; `wait`,
 * `connect`, `answer` and `total` are milliseconds too, -1 where it never came to that; `end` is how it ended and `kind` is
 * `canary` (named by `canary-match`), `probe` (ours) or `-`. The path comes without its query, and last: what is too long is
 * cut off there. Only what HAProxy holds already: an expression costs several times as much as a variable.
 * https://docs.haproxy.org/2.6/configuration.html#8.2.4
 */
export const RECORD = [
  ['mark', 'r2'],
  ['door', '%f'],
  ['number', '%lc'],
  ['begun', '%Ts.%ms'],
  ['span', '%Tt'],
  ['server', '%s'],
  ['status', '%ST'],
  ['wait', '%Tw'],
  ['connect', '%Tc'],
  ['answer', '%Tr'],
  ['total', '%Ta'],
  ['end', '%ts'],
  ['kind', '%[var(txn.kind)]'],
  ['method', '%HM'],
  ['path', '%HPO'],
] as const;

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
