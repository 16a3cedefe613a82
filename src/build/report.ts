import type { SeatrialError } from '../lib/errors.ts';
import { code, escapeMarkdown, table } from '../lib/markdown.ts';
import { formatDuration, formatSize } from '../lib/units.ts';
import type { Facts } from './facts.ts';
import type { Comparison } from './scan/compare.ts';
import { SEVERITIES } from './scan/findings.ts';
import type { Layer, LayerChange } from './scan/layers.ts';
import type { Finding, Group } from './scan/occurrences.ts';
import { shortened, versionOf, whereOf } from './scan/words.ts';

/** The first sentence: what became of the image. */
export function headline(facts: Facts, push: boolean, error?: SeatrialError): string {
  const what = `${facts.repository}${facts.version ? ` ${facts.version}` : ''}`;
  const count = facts.scan?.verdict.blocking.length ?? 0;
  if (error?.code === 'SCAN_BLOCKED') {
    const fixed = facts.scan?.verdict.blocking.filter(({ fixed }) => fixed).length ?? 0;
    return `**Blocked: ${what} has ${count} finding${count === 1 ? '' : 's'} the gate refuses, ${fixed} with a fix. Nothing was pushed.**`;
  }
  if (error) {
    const missing = facts.tags.filter((tag) => !facts.pushed.includes(tag));
    const state = facts.digest
      ? `The image is in the registry as ${facts.pushed.join(', ')}${missing.length ? `, but not as ${missing.join(', ')}` : ''}.`
      : 'Nothing can be deployed from this run.';
    return `**Failed: ${what} stopped at ${error.code}. ${state}**`;
  }
  const scanned = facts.scan ? 'passed the scan' : 'was not scanned';
  return push && facts.digest
    ? `**Pushed: ${what} ${scanned} and is in the registry.**`
    : `**Built: ${what} ${scanned}; ${facts.inEngine ? 'it stays in the engine' : 'nothing is kept of it'} (push: false).**`;
}

/** What to do about a finding, in a few words. */
function mend(found: Finding): string {
  if (found.kind === 'secret') return 'revoke it, and take it out of the image';
  if (found.kind === 'misconfiguration') return 'mend the configuration';
  if (found.kind === 'license') return 'replace the package, or allow the licence in the ignore file';
  if (found.fixed) return `update ${found.package} to ${found.fixed}`;
  return 'no fix yet: replace it, or state in a VEX document why it does no harm';
}

const link = (found: Finding) =>
  /^https:\/\/[^\s()<>]+$/.test(found.url) ? `[${escapeMarkdown(found.id)}](${found.url})` : escapeMarkdown(found.id);

export function blockingTable(blocking: readonly Group[], limit: number, layers: ReadonlyMap<string, Layer>): string {
  const rows = blocking
    .slice(0, limit)
    .map((found) => [
      found.severity,
      link(found),
      code(found.package),
      escapeMarkdown(versionOf(found)) || '–',
      escapeMarkdown(whereOf(found, layers)) || '–',
      escapeMarkdown(mend(found)),
    ]);
  const rest = blocking.length - rows.length;
  const more = rest > 0 ? `\n\n… and ${rest} more: see the report.` : '';
  return table(['Severity', 'Finding', 'Package', 'Installed → fixed', 'Where', 'What to do'], rows) + more;
}

const signed = (bytes: number) => `${bytes < 0 ? '−' : '+'}${formatSize(Math.abs(bytes))}`;

/** Largest layers, or beside a baseline those that are not its own. */
const SHOWN_LAYERS = 10;

const isChange = (layer: Layer | LayerChange): layer is LayerChange => 'kind' in layer;

function layerLines(facts: Facts): string[] {
  const { comparison, layers } = facts.scan ?? {};
  const all: (Layer | LayerChange)[] = comparison
    ? comparison.layers.filter(({ kind }) => kind !== 'same')
    : [...(layers?.values() ?? [])].filter(({ size }) => size !== undefined);
  const rows = all
    .toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0))
    .slice(0, SHOWN_LAYERS)
    .map((layer) => [
      code(shortened(layer.by || layer.diffId.slice(0, 19), 100)),
      layer.size === undefined ? '–' : formatSize(layer.size),
      ...(isChange(layer) ? [layer.kind === 'new' ? 'new' : signed(layer.more)] : []),
    ]);
  if (rows.length === 0) return [];
  const more = comparison?.more === undefined ? '' : ` (${signed(comparison.more)} in all)`;
  const title = comparison ? `Layers beside ${escapeMarkdown(comparison.name)}${more}` : 'Layers';
  const head = comparison ? ['Layer', 'Size', 'Change'] : ['Layer', 'Size'];
  return ['', `<details><summary>${title}</summary>`, '', table(head, rows), '', '</details>'];
}

/** What an image has more and less than what it is compared with. */
export function differenceLines({ name, added, gone, more }: Comparison, limit: number): string[] {
  const list = (some: readonly Group[]) =>
    some.slice(0, limit).map((found) => {
      const version = versionOf(found);
      return `- ${found.severity} ${link(found)} in ${code(found.package)}${version ? ` ${escapeMarkdown(version)}` : ''}`;
    });
  const rest = (some: readonly Group[]) => (some.length > limit ? [`- … and ${some.length - limit} more`] : []);
  return [
    '',
    `#### Compared with ${code(name)}`,
    '',
    `${added.length} finding(s) new, ${gone.length} gone${more === undefined ? '' : `, size ${signed(more)}`}.`,
    ...(added.length ? ['', 'New:', '', ...list(added), ...rest(added)] : []),
    ...(gone.length ? ['', 'Gone:', '', ...list(gone), ...rest(gone)] : []),
  ];
}

function scanLines({ scan }: Facts): string[] {
  if (!scan) return ['Not scanned (`scan: false`): what this image holds is not known.'];
  const { counts, fixable, waived } = scan.verdict;
  const passed = [
    waived.unfixed ? `${waived.unfixed} without a fix (ignore-unfixed)` : '',
    waived.baseline ? `${waived.baseline} in the baseline ${scan.baseline ? code(scan.baseline) : ''} already` : '',
    scan.suppressed ? `${scan.suppressed} by ignore file or VEX` : '',
  ].filter(Boolean);
  return [
    table([...SEVERITIES, 'fixable'], [[...SEVERITIES.map((level) => String(counts[level])), String(fixable)]]),
    '',
    `The gate refuses ${scan.severities.join(', ')}.${passed.length ? ` Let pass: ${passed.join('; ')}.` : ''}`,
    `${scan.scanner}${scan.db ? `; its database is ${scan.db.ageHours} hours old` : ''}.`,
    ...(scan.skipped ? [`Not looked at: ${scan.skipped.map(code).join(', ')}.`] : []),
    ...(scan.sarifCut
      ? [`SARIF holds ${scan.sarifCut.kept} of ${scan.sarifCut.total} places: code scanning takes no more.`]
      : []),
    ...(scan.uploaded ? [escapeMarkdown(scan.uploaded)] : []),
    ...scan.doubts.map((doubt) => `⚠️ ${escapeMarkdown(doubt)}`),
  ];
}

function lintLines(facts: Facts): string[] {
  if (facts.lint.length === 0) return [];
  const rows = facts.lint.map(({ rule, file, line, why, mend }) => [
    code(rule),
    code(line ? `${file}:${line}` : file),
    escapeMarkdown(why),
    escapeMarkdown(mend),
  ]);
  return ['', '#### Dockerfile', '', table(['Rule', 'Where', 'Why', 'What to do'], rows)];
}

/** The message; what a tool said with it, as it said it. */
function errorLines({ message }: SeatrialError): string[] {
  const [first = '', ...said] = message.split('\n');
  const fence = said.some((line) => line.includes('```')) ? '~~~~' : '```';
  return [escapeMarkdown(first), ...(said.length ? ['', fence, ...said, fence] : [])];
}

/** The step summary: verdict first, then what it rests on. */
export function summary(facts: Facts, push: boolean, error?: SeatrialError, limit = 100): string {
  const rows = [
    ['Image', facts.digest ? code(`${facts.repository}@${facts.digest}`) : code(facts.imageId ?? 'not built')],
    ['Tags', facts.pushed.length ? facts.pushed.map(code).join(' ') : facts.digest ? '–' : 'none pushed'],
    ...(facts.platforms.length > 1 ? [['Platforms', facts.platforms.map(code).join(' ')]] : []),
    ['Size', facts.size === undefined ? '–' : formatSize(facts.size)],
    ['Builder', escapeMarkdown(facts.builder ?? '–')],
    ['Time', facts.times.map(([name, ms]) => `${name} ${formatDuration(ms)}`).join(', ') || '–'],
  ];
  const refused = facts.scan?.verdict.blocking ?? [];
  return [
    `### ${facts.blocked || error ? '❌' : '✅'} Build`,
    '',
    headline(facts, push, error),
    '',
    ...(error && error.code !== 'SCAN_BLOCKED' ? [...errorLines(error), ''] : []),
    table(['', ''], rows),
    '',
    ...(facts.scan || facts.imageId ? scanLines(facts) : []),
    ...(refused.length
      ? ['', '#### What stands in the way', '', blockingTable(refused, limit, facts.scan?.layers ?? new Map())]
      : []),
    ...(facts.scan?.comparison ? differenceLines(facts.scan.comparison, Math.min(limit, 20)) : []),
    ...layerLines(facts),
    ...lintLines(facts),
    '',
  ].join('\n');
}
