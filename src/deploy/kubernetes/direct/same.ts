import { SeatrialError } from '../../../lib/errors.ts';
import type { Space } from '../space.ts';
import type { KubernetesSpec } from '../spec.ts';
import { type Carrier, carrierOf } from '../ways/claim.ts';

const NAMES: Record<Carrier | 'edge', string> = {
  edge: 'the edge',
  service: 'its Service',
  ingresses: 'its Ingress',
  httproutes: 'its HTTPRoutes',
};

/**
 * That traffic is not to change what carries it: what is open by the one would be cut by the other, and no write moves both.
 * NOT_SUPPORTED, before anything is touched.
 */
export function sameCarrier({ history: { edge }, label, app }: Space, spec: KubernetesSpec): void {
  const wanted = carrierOf(spec) ?? 'edge';
  const now = edge?.by ?? 'edge';
  if (!edge || !spec.publish || wanted === now) return;
  throw new SeatrialError(
    'NOT_SUPPORTED',
    `${label}: the traffic of ${app} goes by ${NAMES[now]}, and is to go by ${NAMES[wanted]}: deploy it so as another app, lead users there, then remove this one.`,
  );
}
