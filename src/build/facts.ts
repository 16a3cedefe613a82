import type { LintFinding } from './lint/secrets.ts';
import type { Comparison } from './scan/compare.ts';
import type { Verdict } from './scan/gate.ts';
import type { Layer } from './scan/layers.ts';

export type LintResult = LintFinding & { severity: 'error' | 'warning'; file: string };

/** What is known of this run so far; outputs, summary and comment are made of it, also when a step failed. */
export interface Facts {
  /** The first of those asked for. */
  repository: string;
  /** Full references, in the order asked for. */
  tags: string[];
  version: string;
  /** Where annotations of the image's findings go: its Dockerfile as messages name it, and its path. */
  dockerfile?: { shown: string; path: string };
  lint: LintResult[];
  lintRan: boolean;
  builder?: string;
  /** Id of what was built: the engine's, or the digest of the index for several platforms. */
  imageId?: string;
  inEngine: boolean;
  size?: number;
  platforms: string[];
  scan?: {
    verdict: Verdict;
    severities: string[];
    suppressed: number;
    /** Why few findings may mean little. */
    doubts: string[];
    baseline?: string;
    /** Beside the baseline, or for a pull request its base branch's image. */
    comparison?: Comparison;
    scanner: string;
    /** Layers by their DiffID: what brought a finding. */
    layers: ReadonlyMap<string, Layer>;
    /** Folders and files that were not looked at. */
    skipped?: string[];
    /** Places in SARIF, where code scanning would not take them all. */
    sarifCut?: { kept: number; total: number };
    /** What became of the upload of SARIF. */
    uploaded?: string;
    db?: { updatedAt: string; ageHours: number };
  };
  /** Undefined until the gate has spoken. */
  blocked?: boolean;
  tooLarge?: { limit: number };
  /** Only after the push of a tag was proved: the digest of what was scanned. */
  digest?: string;
  /** Digest of the index with the attestations, which the tags name. */
  index?: string;
  /** Full references. */
  pushed: string[];
  files: { report?: string; sarif?: string; sbom?: string };
  /** Milliseconds by step, in their order. */
  times: [string, number][];
}

export const emptyFacts = (): Facts => ({
  repository: '',
  tags: [],
  version: '',
  lint: [],
  lintRan: false,
  inEngine: false,
  platforms: [],
  pushed: [],
  files: {},
  times: [],
});

/** `vulnerabilities` output: at most 1 MB may leave a step, so of a very long list the worst are named. */
const LISTED = 500;

export function vulnerabilities({ scan }: Facts): object | '' {
  if (!scan) return '';
  const { counts, fixable, blocking, waived } = scan.verdict;
  return {
    counts,
    fixable,
    blocking: blocking.slice(0, LISTED).map(({ layers, ...found }) => {
      const from = layers.map((id) => scan.layers.get(id)?.by).find((by) => by);
      return { ...found, ...(from ? { from } : {}) };
    }),
    blockingTotal: blocking.length,
    waived: { ...waived, ignored: scan.suppressed },
    ...(scan.db ? { db: scan.db } : {}),
  };
}

/** The outputs of README, by name. What isn't known is empty. */
export function outputsOf(facts: Facts, push: boolean): Record<string, string | number | boolean | object> {
  const passed = facts.blocked === false;
  return {
    image: facts.digest
      ? `${facts.repository}@${facts.digest}`
      : !push && passed && facts.inEngine && facts.imageId
        ? facts.imageId
        : '',
    digest: facts.digest ?? '',
    index: facts.digest && facts.index ? `${facts.repository}@${facts.index}` : '',
    tags: facts.tags.filter((tag) => facts.pushed.includes(tag)).join('\n'),
    version: facts.version,
    size: facts.size ?? '',
    vulnerabilities: vulnerabilities(facts),
    blocked: facts.blocked ?? '',
    report: facts.files.report ?? '',
    sarif: facts.files.sarif ?? '',
    sbom: facts.files.sbom ?? '',
    lint: facts.lintRan
      ? facts.lint.map(({ rule, severity, file, line, why, mend }) => ({ rule, severity, file, line, why, mend }))
      : '',
  };
}
