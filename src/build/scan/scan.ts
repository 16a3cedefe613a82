import type { TrivyReport } from './findings.ts';
import type { Occurrence } from './occurrences.ts';

/** One scan of one platform. */
export interface Scan {
  json: string;
  report: TrivyReport;
  /** Path of Trivy's report. */
  output: string;
  /** `-linux-arm64` where there are several. */
  suffix: string;
  found: Occurrence[];
  /** Findings that a VEX statement about the whole image took out. */
  excused: number;
}
