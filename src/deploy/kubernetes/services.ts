import { SeatrialError } from '../../lib/errors.ts';
import { statusOf } from '../../lib/kubernetes/error.ts';
import type { Service } from '../../lib/kubernetes/types.ts';
import type { Space } from './space.ts';

/** The Service users come in by; answers its address. PORT_TAKEN where another one has its NodePort. */
export async function applyService({ api, label: where }: Space, front: Service, dryRun = false): Promise<string> {
  try {
    const made = await api.apply('services', front, { dryRun });
    return made.spec.clusterIP ?? '';
  } catch (error) {
    if (statusOf(error) !== 422 || !/allocated|nodePort/i.test((error as Error).message)) throw error;
    throw new SeatrialError(
      'PORT_TAKEN',
      `${where}: another Service of the cluster has port ${front.spec.ports?.[0]?.nodePort}, or it is out of the cluster's range; choose another publish.`,
      { cause: error },
    );
  }
}
