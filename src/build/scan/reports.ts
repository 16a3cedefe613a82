import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from '../facts.ts';
import type { Inputs } from '../inputs.ts';
import { harmless } from '../lines.ts';
import { inOrder, onlyThese, SARIF_RESULTS } from './filter.ts';
import { keyOf, type Occurrence } from './occurrences.ts';
import type { Scan } from './scan.ts';
import { convert } from './trivy.ts';

/** The log's table is read by people. */
const TABLE_ROWS = 100;

export interface ReportSite {
  /** What Trivy is started with. */
  tool: Omit<Parameters<typeof convert>[0], 'report' | 'format' | 'output'>;
  /** Where files go that stay, and those that don't. */
  reports: string;
  temp: string;
  info: (line: string) => void;
}

/** Each finding once, at its first place. */
function firsts(found: readonly Occurrence[]): Occurrence[] {
  const seen = new Set<string>();
  return found.filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)));
}

/**
 * SARIF, bill of materials and the log's table, made by `trivy convert` of the one report. SARIF holds what the gate
 * refused, as far as code scanning takes it: every finding before any finds a second place.
 */
export async function writeReports(
  scans: readonly Scan[],
  blocked: readonly Occurrence[],
  sbomKind: Inputs['sbom'],
  facts: Facts,
  { tool, reports, temp, info }: ReportSite,
): Promise<void> {
  const image = `${facts.repository}${facts.version ? `:${facts.version}` : ''}`;
  const refused = new Set(blocked);
  const sarif: string[] = [];
  const sbom: string[] = [];
  const cut = { kept: 0, total: 0 };
  for (const { json, output, suffix, found } of scans) {
    const own = inOrder(found.filter((one) => refused.has(one)));
    const kept = own.slice(0, SARIF_RESULTS);
    cut.kept += kept.length;
    cut.total += own.length;
    const filtered = (name: string, some: readonly Occurrence[]) => {
      const file = join(temp, `${name}${suffix}.json`);
      writeFileSync(file, onlyThese(json, some, image));
      return file;
    };
    const to = join(reports, `trivy${suffix}.sarif`);
    const [format, end] = sbomKind === 'spdx' ? (['spdx-json', 'spdx'] as const) : (['cyclonedx', 'cdx'] as const);
    const rows = own.length ? filtered('table', firsts(own).slice(0, TABLE_ROWS)) : undefined;
    // Three readings of the same report, each a process of its own: one after the other they would cost thrice the time.
    const [document, bill, table] = await Promise.all([
      convert({ ...tool, report: filtered('refused', kept), format: 'sarif', output: to }),
      sbomKind !== 'none' &&
        convert({ ...tool, report: output, format, output: join(reports, `sbom${suffix}.${end}.json`) }),
      rows && convert({ ...tool, report: rows, format: 'table', output: join(temp, 'table.txt') }),
    ]);
    sarif.push(document);
    if (bill) sbom.push(bill);
    if (!table) continue;
    for (const line of readFileSync(table, 'utf8').trimEnd().split('\n')) info(harmless(line));
  }
  facts.files.sarif = sarif.join('\n');
  facts.files.sbom = sbom.join('\n');
  if (facts.scan && cut.total > cut.kept) facts.scan.sarifCut = cut;
}

/** Trivy's report with the image's own secrets hidden: the scanner masks its findings, and quotes the configuration whole. */
export function hideSecrets(json: string, found: readonly Occurrence[]): string {
  const secrets = [...new Set(found.flatMap(({ secret }) => (secret ? [secret] : [])))];
  return secrets.reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), '***'), json);
}
