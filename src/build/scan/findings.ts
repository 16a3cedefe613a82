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

const layer = z
  .looseObject({ DiffID: text })
  .nullish()
  .transform((value) => value?.DiffID ?? '');
/** The image's own configuration as far as it is read (OCI image spec). */
export interface RawConfig {
  history?: { created_by?: string; empty_layer?: boolean }[];
}
/** Handed on as it is: secrets are found by its lines, and a schema would put known keys first. */
const imageConfig = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'object' ? (value as RawConfig | null) : null));

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
    DiffIDs: list(z.string()),
    ImageConfig: imageConfig,
    Layers: list(z.looseObject({ DiffID: text, Size: z.number().nullish() })),
    OS: z.looseObject({ Family: text, Name: text, EOSL: z.boolean().nullish() }).nullish(),
  }),
  Results: list(
    z.looseObject({
      Target: text,
      Class: text,
      Type: text,
      Packages: list(z.looseObject({ Identifier: z.looseObject({ PURL: text }).nullish() })),
      Vulnerabilities: list(
        z.looseObject({
          VulnerabilityID: z.string(),
          PkgName: z.string(),
          PkgPath: text,
          Layer: layer,
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
        z.looseObject({
          RuleID: z.string(),
          Title: text,
          Severity: severity,
          StartLine: z.number().nullish(),
          Match: text,
          Layer: layer,
        }),
      ),
      Licenses: list(z.looseObject({ Name: z.string(), PkgName: text, FilePath: text, Severity: severity })),
      ExperimentalModifiedFindings: list(
        z.looseObject({
          Source: text,
          Finding: z
            .looseObject({ VulnerabilityID: text, ID: text, RuleID: text, Name: text })
            .nullish()
            .transform((value) => value && (value.VulnerabilityID || value.RuleID || value.ID || value.Name)),
        }),
      ),
    }),
  ),
});

export type TrivyReport = z.output<typeof reportSchema>;

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

/** Ids of the findings that the ignore file and the VEX document took out, each as often as it was. */
export const suppressedBy = (report: TrivyReport): string[] =>
  report.Results.flatMap(({ ExperimentalModifiedFindings: all }) => all.map(({ Finding }) => Finding ?? ''));

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
