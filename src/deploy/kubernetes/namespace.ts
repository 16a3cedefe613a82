import { SeatrialError } from '../../lib/errors.ts';
import { statusOf } from '../../lib/kubernetes/error.ts';
import type { Space } from './space.ts';

/** NAMESPACE_MISSING where the namespace is not there; to look at namespaces themselves is a right of the whole cluster. */
export async function namespaceIsThere({ api, label: where }: Space): Promise<void> {
  // Dry, and refused with 404 for the namespace alone.
  try {
    const metadata = { name: 'seatrial-is-there' };
    await api.apply('configmaps', { metadata, data: {} }, { dryRun: true });
  } catch (error) {
    if (statusOf(error) !== 404) return;
    throw new SeatrialError(
      'NAMESPACE_MISSING',
      `${where}: there is no namespace ${api.namespace}; make it first (kubectl create namespace ${api.namespace}), or name another in hosts.`,
      { cause: error },
    );
  }
}
