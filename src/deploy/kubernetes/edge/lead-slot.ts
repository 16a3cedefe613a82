import { SeatrialError } from '../../../lib/errors.ts';
import { askHttp, askTcp } from '../../asking.ts';
import type { SlotName } from '../model.ts';
import { slotOf } from '../objects/edge.ts';
import type { Space } from '../space.ts';
import type { Edge } from './edge.ts';

/** How long a slot may take to lead to its release everywhere. */
const LEADS_MS = 60_000;

/** Points a slot's Service at a release, and comes back when every pod of the edge reaches it by that address. */
export async function leadSlot(
  space: Space,
  edge: Edge,
  slot: SlotName,
  release: string,
  port: number,
): Promise<string> {
  const { api, app, environment, clock, signal } = space;
  const service = await api.apply('services', slotOf(app, environment, slot, release, port));
  const ip = service.spec.clusterIP ?? '';
  const health = space.history.releases.find((record) => record.release === release)?.spec.health;
  const end = clock.mono() + LEADS_MS;
  await Promise.all(
    edge.told.map(async ({ metadata: { name } }) => {
      const from = edge.from(name);
      const ask = () =>
        health?.path
          ? askHttp(from, { ...health, path: health.path, ip, port }, signal)
          : askTcp(from, { ip, port }, signal);
      for (;;) {
        const { ok, said } = await ask();
        if (ok) return;
        if (clock.mono() > end) {
          throw new SeatrialError(
            'DEPLOY_UNHEALTHY',
            `${space.label}: the Service ${space.names.slot(slot)} does not lead to ${release}: ${said}; look at kube-proxy and the network policies.`,
          );
        }
        await clock.sleep(100, signal);
      }
    }),
  );
  return ip;
}
