import * as z from 'zod';
import { SeatrialError } from '../../lib/errors.ts';

export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const;
export type Severity = (typeof SEVERITIES)[number];

const severity = z
  .string()
  .nullish()
  .transform((text) => (SEVERITIES.find((known) => known === text?.toUpperCase()) ?? 'UNKNOWN') as Severity);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const list = <S extends z.ZodType>(item: S) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/**
 * Trivy's JSON report, schema version 2, as far as the gate reads it. Optional is what 0.44 leaves out and 0.74 has;
 * what makes it a report of an image at all is required, so that another file can't pass for an empty one.
 */
const reportSchema = z.looseObject({
  SchemaVersion: z.literal(2),
  ArtifactName: z.string(),
  ArtifactType: text,
  Metadata: z.looseObject({
    ImageID: text,
    OS: z.looseObject({ Family: text, Name: text, EOSL: z.boolean().nullish() }).nullish(),
  }),
  Results: list(
    z.looseObject({
      Target: text,
      Class: text,
      Type: text,
      Packages: list(z.unknown()),
      Vulnerabilities: list(
        z.looseObject({
          VulnerabilityID: z.string(),
          PkgName: z.string(),
          PkgPath: text,
          InstalledVersion: text,
          FixedVersion: text,
          Severity: severity,
          Title: text,
          PrimaryURL: text,
        }),
      ),
      Misconfigurations: list(
        z.looseObject({
          ID: z.string(),
          Title: text,
          Severity: severity,
          Status: text,
          PrimaryURL: text,
          Resolution: text,
        }),
      ),
      Secrets: list(
        z.looseObject({ RuleID: z.string(), Title: text, Severity: severity, StartLine: z.number().nullish() }),
      ),
      Licenses: list(z.looseObject({ Name: z.string(), PkgName: text, FilePath: text, Severity: severity })),
      ExperimentalModifiedFindings: list(z.unknown()),
    }),
  ),
});

export type TrivyReport = z.output<typeof reportSchema>;

export interface Finding {
  kind: 'vulnerability' | 'misconfiguration' | 'secret' | 'license';
  id: string;
  /** Package, or for the other kinds the file. */
  package: string;
  installed: string;
  /** Version that mends it; empty when there is none yet. */
  fixed: string;
  severity: Severity;
  title: string;
  url: string;
}

/** The scanner's report, or SCAN_FAILED: what can't be read is never "no findings". */
export function parseReport(json: string): TrivyReport {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (cause) {
    throw new SeatrialError(
      'SCAN_FAILED',
      'Trivy’s report is not JSON; nothing was pushed. Run again with debug logging.',
      {
        cause,
      },
    );
  }
  const result = reportSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new SeatrialError(
    'SCAN_FAILED',
    `Trivy’s report can’t be read (${issue.path.join('.') || 'root'}: ${issue.message}); nothing was pushed. Check the version of Trivy.`,
  );
}

/** What a finding of a file or a configuration is about; the image's own goes by no id, which the next build changes. */
export const placeOf = (target: string, scanned: string) => (target === scanned ? 'image configuration' : target);

/** Everything the report found, the same thing in several places once, worst first. */
export function findingsOf(report: TrivyReport): Finding[] {
  const all = report.Results.flatMap((result): Finding[] => [
    ...result.Vulnerabilities.map((v) => ({
      kind: 'vulnerability' as const,
      id: v.VulnerabilityID,
      package: v.PkgName,
      installed: v.InstalledVersion,
      fixed: v.FixedVersion,
      severity: v.Severity,
      title: v.Title,
      url: v.PrimaryURL,
    })),
    ...result.Misconfigurations.filter((m) => m.Status !== 'PASS').map((m) => ({
      kind: 'misconfiguration' as const,
      id: m.ID,
      package: placeOf(result.Target, report.ArtifactName),
      installed: '',
      fixed: '',
      severity: m.Severity,
      title: m.Title,
      url: m.PrimaryURL,
    })),
    // The match itself stays in the report file: it may hold the secret.
    ...result.Secrets.map((s) => ({
      kind: 'secret' as const,
      id: s.RuleID,
      package: `${result.Target}${s.StartLine ? `:${s.StartLine}` : ''}`,
      installed: '',
      fixed: '',
      severity: s.Severity,
      title: s.Title,
      url: '',
    })),
    ...result.Licenses.map((l) => ({
      kind: 'license' as const,
      id: l.Name,
      package: l.PkgName || l.FilePath,
      installed: '',
      fixed: '',
      severity: l.Severity,
      title: `Licence ${l.Name}`,
      url: '',
    })),
  ]);
  return mergeFindings([all]);
}

/** Findings of several reports as one list, the same thing once, worst first. */
export function mergeFindings(lists: readonly (readonly Finding[])[]): Finding[] {
  const keyed = lists
    .flat()
    .map((found) => [`${found.kind}|${found.id}|${found.package}|${found.installed}`, found] as const);
  return [...new Map(keyed).values()].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      a.package.localeCompare(b.package) ||
      a.id.localeCompare(b.id),
  );
}

/** How many findings the ignore file and the VEX document took out. */
export const suppressedIn = (report: TrivyReport) =>
  report.Results.reduce((sum, result) => sum + result.ExperimentalModifiedFindings.length, 0);

/** Why few findings may mean little: the scanner knew nothing in the image, or its source no longer says anything. */
export function doubts({ Metadata: { OS }, Results }: TrivyReport): string[] {
  const packages = Results.reduce(
    (sum, { Packages, Vulnerabilities }) => sum + Packages.length + Vulnerabilities.length,
    0,
  );
  return [
    ...(packages === 0 ? ['Trivy recognised no package in this image, so it could judge none.'] : []),
    ...(OS?.EOSL
      ? [`${OS.Family} ${OS.Name} gets no security updates any more; what is found since is not reported.`]
      : []),
  ];
}
