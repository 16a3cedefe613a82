import type { Resource } from '../../lib/kubernetes/types.ts';

/** Who keeps an object as it wants it to be, by the marks it leaves on each. Pure. */
export function keeperOf({ metadata: { labels = {}, annotations = {} } }: Resource): string | undefined {
  const marks: [string, string | undefined][] = [
    ['Argo CD', annotations['argocd.argoproj.io/tracking-id'] ?? labels['argocd.argoproj.io/instance']],
    ['Flux', labels['kustomize.toolkit.fluxcd.io/name'] ?? labels['helm.toolkit.fluxcd.io/name']],
    ['Helm', annotations['meta.helm.sh/release-name']],
  ];
  const [who] = marks.find(([, mark]) => mark) ?? [];
  return who;
}

/** The same of an object with a name of ours, which nobody else is to manage. Pure. */
export function ownerOf(object: Resource): string | undefined {
  const managed = object.metadata.labels?.['app.kubernetes.io/managed-by'];
  return keeperOf(object) ?? (managed && managed !== 'seatrial' ? managed : undefined);
}
