import { code, escapeMarkdown, table } from '../lib/markdown.ts';
import { percent } from './edge/shares.ts';
import type { Host } from './host.ts';
import { find } from './state/history.ts';

const HEAD = ['Release', 'Status', 'Traffic', 'Containers', 'Since', 'By', 'Why'];
/** What a reader wants to see at once; the output `history` has them all. */
const SHOWN = 15;

/** `2 running`, or `1 running, 1 exited`. */
function counted(states: readonly string[]): string {
  const words = [...new Set(states)].map((state) => `${states.filter((s) => s === state).length} ${state}`);
  return words.join(', ') || '-';
}

/** One row a release, newest first: those of the history, and before them any that runs and is in none. Pure. */
export function overview(
  host: Pick<Host, 'history' | 'of' | 'releases'>,
  shares: ReadonlyMap<string, number>,
): string[][] {
  const { history } = host;
  const strangers = host.releases().filter((release) => !find(history, release));
  const known = history.releases.slice(0, SHOWN).map((record) => record.release);
  return [...strangers, ...known].map((release) => {
    const record = find(history, release);
    return [
      release,
      record?.status ?? 'unknown',
      `${percent(shares.get(release) ?? 0)}%`,
      counted(host.of(release).map(({ state }) => state)),
      record ? `${record.at.slice(0, 19)}Z` : '-',
      record?.by || '-',
      record?.reason || '-',
    ];
  });
}

/** As a table in a log: columns of equal width. */
export function inColumns(rows: readonly string[][]): string[] {
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
}

/** As a table of a summary. */
export const inMarkdown = (rows: readonly string[][]) =>
  table(
    HEAD,
    rows.map(([release = '', ...rest]) => [code(release), ...rest.map(escapeMarkdown)]),
  );
