import type { LeaseObject } from '../../../lib/kubernetes/types.ts';
import type { Holder, Lease } from '../../release/lease.ts';
import { LEASE_MS } from '../../release/lease.ts';
import { label, namesOf, ownLabels } from '../names.ts';

/** Kubernetes' MicroTime. */
const micro = (ms: number) => new Date(ms).toISOString().replace(/Z$/, '000Z');

/** The Lease as one who holds it writes it. Pure. */
export function leaseOf(
  app: string,
  environment: string,
  id: string,
  { holder, run }: Holder,
  sinceMs: number,
  nowMs: number,
  resourceVersion?: string,
): LeaseObject {
  return {
    metadata: {
      name: namesOf(app).lock,
      labels: ownLabels(app, environment, 'lock'),
      annotations: { [label('lease')]: id, [label('run')]: run, [label('environment')]: environment },
      ...(resourceVersion ? { resourceVersion } : {}),
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: LEASE_MS / 1000,
      acquireTime: micro(sinceMs),
      renewTime: micro(nowMs),
    },
  };
}

/** Who holds a Lease; undefined where nobody does. */
export function readLease({ metadata, spec }: LeaseObject): Lease | undefined {
  const { holderIdentity = '', renewTime = '', acquireTime = '', leaseDurationSeconds = LEASE_MS / 1000 } = spec ?? {};
  if (!holderIdentity) return undefined;
  const renewed = Date.parse(renewTime);
  const known = !Number.isNaN(renewed);
  return {
    id: metadata.annotations?.[label('lease')] || (metadata.uid ?? ''),
    holder: holderIdentity,
    run: metadata.annotations?.[label('run')] ?? '',
    since: acquireTime,
    expiresAt: known ? renewed + leaseDurationSeconds * 1000 : undefined,
    unreadable: known ? '' : 'it has no renewTime',
  };
}
