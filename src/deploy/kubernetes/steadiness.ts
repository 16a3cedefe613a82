import type { Pod } from '../../lib/kubernetes/types.ts';
import type { Look } from '../seen.ts';

/** What a run has seen of a pod's readiness. */
export interface Steadiness {
  ready: boolean;
  /** Since when, by the API. */
  since: string;
  /** Times it was lost. */
  lost: number;
}

/**
 * What is known after one more look. Readiness that was lost and came back between two looks is told by the moment since
 * which it holds. Pure.
 */
export function steadiness(before: Steadiness | undefined, { status }: Pod): Steadiness {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  const since = condition?.lastTransitionTime ?? '';
  const lost = before?.ready && (!ready || since !== before.since) ? 1 : 0;
  return { ready, since, lost: (before?.lost ?? 0) + lost };
}

const times = (n: number) => (n === 1 ? 'once' : `${n} times`);

/** A look with what the pod's readiness has done so far: one that comes and goes is not well while it is there. Pure. */
export function unsteady<T extends Omit<Look, 'atMs' | 'probe'>>(
  look: T,
  before: Steadiness | undefined,
  now: Steadiness,
  gate: boolean,
): T {
  if (look.health === 'none' || look.gone || !now.lost || (now.ready && now.lost === before?.lost)) return look;
  const health = gate ? ('starting' as const) : ('unhealthy' as const);
  const said = `its readiness was lost ${times(now.lost)}${now.ready ? ' and came back' : ''}`;
  return { ...look, health, healthSaid: [said, look.healthSaid].filter(Boolean).join('; ') };
}
