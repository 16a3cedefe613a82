import { SEVERITIES, type Severity } from './findings.ts';
import { type Group, groupsOf, keyOf, type Occurrence } from './occurrences.ts';

export interface Policy {
  severities: readonly Severity[];
  ignoreUnfixed: boolean;
  /** Whether the baseline has it at the same place already; undefined when there is no baseline. */
  known?: (found: Occurrence) => boolean;
}

export interface Verdict {
  /** Vulnerabilities by severity, each once; what the gate let pass is counted too. */
  counts: Record<Severity, number>;
  /** Vulnerabilities a newer version mends. */
  fixable: number;
  /** What stands in the way of a push; empty means that the gate is open. */
  blocking: Group[];
  /** Of a refused severity, but let pass: no fix yet, or in the baseline already. */
  waived: { unfixed: number; baseline: number };
}

/**
 * The gate: pure, so that what is refused can be proved by a test and never depends on an exit code. Each place of a
 * finding is judged by itself; only what is shown and counted is put together.
 */
export function judge(
  findings: readonly Occurrence[],
  policy: Policy,
): { verdict: Verdict; blocked: readonly Occurrence[] } {
  const vulnerabilities = groupsOf(findings.filter(({ kind }) => kind === 'vulnerability'));
  const counts = Object.fromEntries(
    SEVERITIES.map((level) => [level, vulnerabilities.filter(({ severity }) => severity === level).length]),
  ) as Record<Severity, number>;
  const passed = { unfixed: new Set<string>(), baseline: new Set<string>() };
  const blocked = findings.filter((found) => {
    if (!policy.severities.includes(found.severity)) return false;
    if (policy.known?.(found)) {
      passed.baseline.add(keyOf(found));
      return false;
    }
    if (policy.ignoreUnfixed && found.kind === 'vulnerability' && found.fixed === '') {
      passed.unfixed.add(keyOf(found));
      return false;
    }
    return true;
  });
  const refused = new Set(blocked.map(keyOf));
  const only = (keys: Set<string>) => [...keys].filter((key) => !refused.has(key)).length;
  const fixable = vulnerabilities.filter(({ fixed }) => fixed !== '').length;
  const waived = { unfixed: only(passed.unfixed), baseline: only(passed.baseline) };
  return { verdict: { counts, fixable, blocking: groupsOf(blocked), waived }, blocked };
}
