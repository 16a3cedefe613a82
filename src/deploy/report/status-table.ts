import { code, escapeMarkdown } from '../../lib/markdown.ts';
import { find, type History } from '../release/history.ts';
import { percent } from '../release/share.ts';
import type { Instance, Way } from '../target.ts';

/** `instance` is what the engine calls one: `container` gives the column `Containers`. */
export const headOf = (instance: string) => {
  const many = `${instance.charAt(0).toUpperCase()}${instance.slice(1)}s`;
  return ['Release', 'Traffic', 'Status', many, 'Since', 'By', 'Why'];
};

/** `2 running, 1 exited`; a dash where nothing is left of it here. */
function states(instances: readonly Instance[]): string {
  const count = new Map<string, number>();
  for (const { state } of instances) count.set(state, (count.get(state) ?? 0) + 1);
  return [...count].map(([state, n]) => `${n} ${state}`).join(', ') || '-';
}

/** A row for each release that the history knows, newest first, and for what runs without it knowing. Pure. */
export function releaseRows(
  history: History,
  instances: readonly Instance[],
  shares: ReadonlyMap<string, number>,
): string[][] {
  const known = history.releases.map((r) => r.release);
  const there = [...new Set(instances.map(({ release }) => release))];
  const strange = there.filter((release) => !known.includes(release));
  return [...strange.sort().reverse(), ...known].map((release) => {
    const record = find(history, release);
    return [
      release,
      `${percent(shares.get(release) ?? 0)}%`,
      record?.status ?? 'unknown',
      states(instances.filter((instance) => instance.release === release)),
      record ? `${record.at.slice(0, 19)}Z` : '',
      record?.by ?? '',
      record?.reason ?? '',
    ];
  });
}

export const WAYS = ['Domain', 'Days left', 'Certificate', 'State'];

/** A row for each way in by name, with the days its certificate has left. Pure. */
export const wayRows = (ways: readonly Way[]): string[][] =>
  ways.map(({ domain, tls, ends, daysLeft, open, fault }) => [
    domain,
    daysLeft === undefined ? '-' : String(daysLeft),
    tls === 'off' ? 'plain HTTP' : ends ? `${tls}, ends ${ends.slice(0, 10)}` : fault ? `${tls}, none` : tls,
    fault ?? (open ? 'open' : 'closed'),
  ]);

/** As a table of the summary. */
export const cells = ([release = '', ...rest]: readonly string[]) => [code(release), ...rest.map(escapeMarkdown)];

/** More of the past than anybody reads in a log; the summary and the output `history` have all of it. */
const LINES = 12;

/** As lines of a log, in columns. */
export function columns(rows: readonly string[][], head: readonly string[]): string[] {
  const shown = [head, ...rows.slice(0, LINES)];
  const widths = head.map((_, i) => Math.max(...shown.map((row) => row[i]!.length)));
  const lines = shown.map((row) =>
    row
      .map((cell, i) => (i === 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return rows.length > LINES ? [...lines, `and ${rows.length - LINES} older`] : lines;
}
