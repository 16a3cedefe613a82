import { type Finding, placeOf } from './findings.ts';

interface RawResult {
  Class?: string;
  Vulnerabilities?: { VulnerabilityID: string; PkgName: string; InstalledVersion?: string }[] | null;
  Misconfigurations?: { ID: string; Status?: string }[] | null;
  Secrets?: { RuleID: string; StartLine?: number }[] | null;
  Licenses?: { Name: string; PkgName?: string; FilePath?: string }[] | null;
  Target?: string;
}

/**
 * The report with only what the gate refused, under the image's own name: SARIF and the log's table are made of it, so
 * that code scanning and the gate never tell two stories.
 */
export function onlyBlocking(json: string, blocking: readonly Finding[], image: string): string {
  const report = JSON.parse(json) as { ArtifactName: string; Results?: RawResult[] | null };
  const keys = new Set(blocking.map(({ kind, id, package: name, installed }) => [kind, id, name, installed].join('|')));
  const kept = (kind: string, id: string, name: string, installed = '') =>
    keys.has([kind, id, name, installed].join('|'));
  const scanned = report.ArtifactName;
  // A finding in the image's own configuration gets the target as its URI, and Trivy 0.74.0 dies of one that is none:
  // with a port or a tag before the first slash. The path within the registry is what it writes for packages too.
  const path = image.replace(/:[^:/]*$/, '').replace(/^[^/]*[.:][^/]*\//, '');
  const results = (report.Results ?? []).map((result) => ({
    ...result,
    Target: result.Target?.replace(scanned, result.Class === 'config' ? path : image),
    Vulnerabilities: result.Vulnerabilities?.filter((v) =>
      kept('vulnerability', v.VulnerabilityID, v.PkgName, v.InstalledVersion),
    ),
    Misconfigurations: result.Misconfigurations?.filter((m) =>
      kept('misconfiguration', m.ID, placeOf(result.Target ?? '', scanned)),
    ),
    Secrets: result.Secrets?.filter((s) =>
      kept('secret', s.RuleID, `${result.Target ?? ''}${s.StartLine ? `:${s.StartLine}` : ''}`),
    ),
    Licenses: result.Licenses?.filter((l) => kept('license', l.Name, l.PkgName || l.FilePath || '')),
  }));
  return JSON.stringify({ ...report, ArtifactName: image, Results: results });
}
