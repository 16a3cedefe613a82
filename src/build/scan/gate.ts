import { type Finding, SEVERITIES, type Severity } from './findings.ts';

export interface Policy {
  severities: readonly Severity[];
  ignoreUnfixed: boolean;
  /** Findings the baseline has already; undefined when there is no baseline. */
  baseline?: readonly Finding[];
}

export interface Verdict {
  /** Vulnerabilities by severity; what the gate let pass is counted too. */
  counts: Record<Severity, number>;
  /** Vulnerabilities a newer version mends. */
  fixable: number;
  /** What stands in the way of a push; empty means that the gate is open. */
  blocking: Finding[];
  /** Of a refused severity, but let pass: no fix yet, or in the baseline already. */
  waived: { unfixed: number; baseline: number };
}

/** A baseline's finding stays the same one when its package moves to another version that has it too. */
const keyOf = ({ kind, id, package: name }: Finding) =>
  `${kind}|${id}|${kind === 'secret' ? name.replace(/:\d+$/, '') : name}`;

/** The gate: pure, so that what is refused can be proved by a test and never depends on an exit code. */
export function judge(findings: readonly Finding[], policy: Policy): Verdict {
  const vulnerabilities = findings.filter(({ kind }) => kind === 'vulnerability');
  const counts = Object.fromEntries(
    SEVERITIES.map((level) => [level, vulnerabilities.filter(({ severity }) => severity === level).length]),
  ) as Record<Severity, number>;
  const known = new Set(policy.baseline?.map(keyOf));
  const waived = { unfixed: 0, baseline: 0 };
  const blocking = findings.filter((found) => {
    if (!policy.severities.includes(found.severity)) return false;
    if (known.has(keyOf(found))) {
      waived.baseline++;
      return false;
    }
    if (policy.ignoreUnfixed && found.kind === 'vulnerability' && found.fixed === '') {
      waived.unfixed++;
      return false;
    }
    return true;
  });
  return { counts, fixable: vulnerabilities.filter(({ fixed }) => fixed !== '').length, blocking, waived };
}
