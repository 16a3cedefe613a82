import { SEVERITIES, type Severity, type TrivyReport } from './findings.ts';
import { configPlace } from './image-config.ts';

/** The lists of a result that hold findings, and what is said of each. */
export const LISTS = ['Vulnerabilities', 'Misconfigurations', 'Secrets', 'Licenses'] as const;
export type List = (typeof LISTS)[number];

export interface Finding {
  kind: 'vulnerability' | 'misconfiguration' | 'secret' | 'license';
  id: string;
  /** Package; for the other kinds the file, or the ENV, LABEL or history line of the image. */
  package: string;
  installed: string;
  /** Version that mends it; empty when there is none yet. */
  fixed: string;
  severity: Severity;
  title: string;
  url: string;
}

/** A finding at one place of one report. */
export interface Occurrence extends Finding {
  /** File or folder within the image; empty for packages of the system. */
  path: string;
  /** DiffID of the layer that brought it; empty when it isn't known. */
  layer: string;
  /** Where it stands in the report. */
  at: { result: number; list: List; index: number };
  /** Of a secret in the image's configuration: the secret, to be hidden. */
  secret?: string;
}

/** A finding with all its places. */
export interface Group extends Finding {
  /** The first of its places; `places` counts all. */
  paths: string[];
  places: number;
  /** DiffIDs of the layers that brought it. */
  layers: string[];
}

/** What makes two findings the same one, wherever in the image: this line, and no other, decides it. */
export const keyOf = ({ kind, id, package: name, installed }: Finding) => [kind, id, name, installed].join('|');

/** The same finding at the same place; a secret's line may move within its file. */
export const placeKeyOf = (found: Occurrence) => {
  const name = found.kind === 'secret' ? found.package.replace(/:\d+$/, '') : found.package;
  return [keyOf({ ...found, package: name }), found.path].join('|');
};

type Result = TrivyReport['Results'][number];

function vulnerabilities(result: Result, at: (index: number) => Occurrence['at']): Occurrence[] {
  return result.Vulnerabilities.map((v, i) => ({
    kind: 'vulnerability',
    id: v.VulnerabilityID,
    package: v.PkgName,
    installed: v.InstalledVersion,
    fixed: v.FixedVersion,
    severity: v.Severity,
    title: v.Title,
    url: v.PrimaryURL,
    path: v.PkgPath || (result.Class === 'os-pkgs' ? '' : result.Target),
    layer: v.Layer,
    at: at(i),
  }));
}

const plain = { installed: '', fixed: '', url: '', layer: '' };

function secrets(report: TrivyReport, result: Result, at: (index: number) => Occurrence['at']): Occurrence[] {
  return result.Secrets.map((s, i) => {
    // Trivy's name for the configuration is the image's: an id that the next build changes, and no path.
    const ofConfig = result.Target === report.ArtifactName;
    const { place, secret } = ofConfig
      ? configPlace(report, s.StartLine ?? 0, s.Match)
      : { place: `${result.Target}${s.StartLine ? `:${s.StartLine}` : ''}`, secret: undefined };
    return {
      ...plain,
      kind: 'secret',
      id: s.RuleID,
      // The match itself stays in the report file: it may hold the secret.
      package: place,
      severity: s.Severity,
      title: s.Title,
      path: ofConfig ? place : result.Target,
      layer: s.Layer,
      at: at(i),
      ...(secret ? { secret } : {}),
    };
  });
}

/** Everything a report found, each at its place. */
export function occurrencesOf(report: TrivyReport): Occurrence[] {
  return report.Results.flatMap((result, n): Occurrence[] => {
    const at = (list: List) => (index: number) => ({ result: n, list, index });
    // The image's own configuration goes by no id, which the next build changes.
    const place = result.Target === report.ArtifactName ? 'image configuration' : result.Target;
    return [
      ...vulnerabilities(result, at('Vulnerabilities')),
      ...result.Misconfigurations.flatMap((m, i): Occurrence[] =>
        m.Status === 'PASS'
          ? []
          : [
              {
                ...plain,
                kind: 'misconfiguration',
                id: m.ID,
                package: place,
                severity: m.Severity,
                title: m.Title,
                url: m.PrimaryURL,
                path: place,
                at: at('Misconfigurations')(i),
              },
            ],
      ),
      ...secrets(report, result, at('Secrets')),
      ...result.Licenses.map(
        (l, i): Occurrence => ({
          ...plain,
          kind: 'license',
          id: l.Name,
          package: l.PkgName || l.FilePath,
          severity: l.Severity,
          title: `Licence ${l.Name}`,
          path: l.FilePath,
          at: at('Licenses')(i),
        }),
      ),
    ];
  });
}

/** As many places as are named; the count says how many there are. */
const NAMED = 20;

/** The same finding in several places as one, the worst first. */
export function groupsOf(occurrences: readonly Occurrence[]): Group[] {
  const groups = new Map<string, Group & { seen: Set<string> }>();
  for (const found of occurrences) {
    const { at: _, path, layer, secret: __, ...rest } = found;
    const key = keyOf(found);
    const group = groups.get(key) ?? { ...rest, paths: [], places: 0, layers: [], seen: new Set<string>() };
    groups.set(key, group);
    if (layer && !group.layers.includes(layer)) group.layers.push(layer);
    if (group.seen.has(path)) continue;
    group.seen.add(path);
    group.places++;
    if (path && group.paths.length < NAMED) group.paths.push(path);
  }
  return [...groups.values()]
    .map(({ seen: _, ...group }) => group)
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
        a.package.localeCompare(b.package) ||
        a.id.localeCompare(b.id),
    );
}
