import { SeatrialError } from '../../../lib/errors.ts';
import { statusOf } from '../../../lib/kubernetes/error.ts';
import type { Space } from '../space.ts';
import type { KubernetesSpec } from '../spec.ts';

/** Who reads the annotations of a candidate's Ingress: ingress-nginx, and Traefik's provider for Ingresses written for it. */
const READS_CANARY = 'k8s.io/ingress-nginx';

/**
 * That a candidate can have a share by an Ingress of this class: any other controller would take the candidate's Ingress for
 * one more of the same host, and might give it everybody. ACCESS_MISSING, NOT_SUPPORTED.
 */
export async function checkClass(
  { api, label, signal }: Space,
  { edge, way, strategy }: Pick<KubernetesSpec, 'edge' | 'way' | 'strategy'>,
): Promise<void> {
  if (!edge || way?.kind !== 'ingresses' || strategy !== 'canary') return;
  const { through } = way;
  const found = await api.get('ingressclasses', through, { signal }).catch((error: unknown) => {
    if (statusOf(error) !== 403) throw error;
    throw new SeatrialError(
      'ACCESS_MISSING',
      `${label}: we may not get ingressclasses.networking.k8s.io, which tells who reads the candidate's Ingress; grant the ClusterRole at the end of docs/kubernetes-role.yaml.`,
      { cause: error },
    );
  });
  if (found?.spec?.controller === READS_CANARY) return;
  const who = found ? `is of ${found.spec?.controller || 'no controller'}` : 'is not there';
  throw new SeatrialError(
    'NOT_SUPPORTED',
    `${label}: the IngressClass ${through} ${who}, and a canary with edge: none needs one of ${READS_CANARY}; use strategy: blue-green, a gateway, or leave out edge: none.`,
  );
}
