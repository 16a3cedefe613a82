import { SEVERITIES } from './findings.ts';
import { keyOf, LISTS, type List, type Occurrence, placeKeyOf } from './occurrences.ts';

/** GitHub's code scanning shows 5,000 results of a run and drops the rest (docs, "SARIF support for code scanning"). */
export const SARIF_RESULTS = 5000;

/** The first place of every finding, worst first, then the further places in the same order; each place once. */
export function inOrder(blocked: readonly Occurrence[]): Occurrence[] {
  const once = [...new Map(blocked.map((found) => [placeKeyOf(found), found])).values()].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  const seen = new Set<string>();
  const firsts = once.filter((found) => !seen.has(keyOf(found)) && seen.add(keyOf(found)));
  const first = new Set(firsts);
  return [...firsts, ...once.filter((found) => !first.has(found))];
}

interface RawResult extends Partial<Record<List, unknown[] | null>> {
  Class?: string;
  Target?: string;
}

/**
 * The report with only these findings, under the image's own name: SARIF and the log's table are made of it, so that
 * code scanning and the gate never tell two stories.
 */
export function onlyThese(json: string, kept: readonly Occurrence[], image: string): string {
  const report = JSON.parse(json) as { ArtifactName: string; Results?: RawResult[] | null };
  const places = new Set(kept.map(({ at }) => `${at.result}/${at.list}/${at.index}`));
  const scanned = report.ArtifactName;
  // A finding in the image's own configuration gets the target as its URI, and Trivy 0.74.0 dies of one that is none:
  // with a port or a tag before the first slash. The path within the registry is what it writes for packages too.
  const path = image.replace(/:[^:/]*$/, '').replace(/^[^/]*[.:][^/]*\//, '');
  const results = (report.Results ?? []).map((result, n) => {
    const lists = LISTS.filter((list) => result[list]).map((list) => [
      list,
      result[list]!.filter((_, i) => places.has(`${n}/${list}/${i}`)),
    ]);
    const target = result.Target === scanned ? path : result.Target?.replace(scanned, image);
    return { ...result, Target: target, ...Object.fromEntries(lists) };
  });
  return JSON.stringify({ ...report, ArtifactName: image, Results: results });
}
