import { label, roleLabels } from '../release/labels.ts';

/** Names of what an app owns in a namespace. A public contract, as its labels are. */
export const namesOf = (app: string) => ({
  history: `${app}-seatrial`,
  aside: `${app}-seatrial-aside`,
  lock: `${app}-lock`,
  /** Where users come in. */
  front: app,
  edge: `${app}-edge`,
  /** The budget of the app's own pods. */
  budget: `${app}-pods`,
  /** Ingress or HTTPRoute of its domains; routes of further hosts are numbered. */
  way: (n = 0) => (n ? `${app}-way-${n + 1}` : app),
  /** The Secret an Ingress names for its certificate: the cluster's to fill. */
  certificate: `${app}-tls`,
  slot: (slot: 'a' | 'b') => `${app}-${slot}`,
  release: (release: string) => `${app}-${release}`,
  /** Without an edge: the pod that our own requests come from, and the Ingress of a candidate. */
  probe: `${app}-probe`,
  canary: `${app}-canary`,
  pull: (release: string) => `${app}-${release}-pull`,
  hook: (release: string, kind: string) => `${app}-${release}-${kind.startsWith('pre') ? 'pre' : 'post'}`,
});

export { label };

export type Role = 'app' | 'edge' | 'front' | 'probe' | 'slot' | 'lock' | 'history' | 'hook' | 'way';

/** Labels of what is ours; https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export function ownLabels(app: string, environment: string, role: Role, release?: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': app,
    'app.kubernetes.io/component': role,
    'app.kubernetes.io/managed-by': 'seatrial',
    ...(release ? { 'app.kubernetes.io/version': release } : {}),
    ...roleLabels(app, environment, role),
    ...(release ? { [label('release')]: release } : {}),
  };
}

/** Pods of one release; the selector of its Deployment and of its slot. */
export const releaseSelector = (app: string, release: string) => ({
  [label('app')]: app,
  [label('release')]: release,
  [label('role')]: 'app',
});

export const edgeSelector = (app: string) => ({ [label('app')]: app, [label('role')]: 'edge' });

/** What a label may hold; an image or an address may not stand in one. */
export const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
export const LABEL_NAME = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
