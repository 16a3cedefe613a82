import { SeatrialError } from '../../../lib/errors.ts';
import { askHttp, askTcp } from '../../asking.ts';
import type { Edge } from '../edge/edge.ts';
import type { Space } from '../space.ts';

/** How long a Service may take to lead to its release. */
const LEADS_MS = 60_000;

/** A Service of ours, and whom it is to lead to. */
interface Led {
  service: string;
  ip: string;
  port: number;
  release: string;
  /** The release is known to be well: where no pod that can ask is left, that is all there is to know. */
  known?: boolean;
}

/**
 * Comes back when every pod that can ask has had an answer of the release by a Service. One that goes meanwhile is not
 * waited for, its successor is. DEPLOY_UNHEALTHY.
 */
export async function untilLed(
  space: Space,
  edge: Edge,
  { service, ip, port, release, known = false }: Led,
): Promise<void> {
  const { clock, signal } = space;
  const health = space.history.releases.find((record) => record.release === release)?.spec.health;
  const end = clock.mono() + LEADS_MS;
  const well = new Set<string>();
  const ask = async (name: string) => {
    const from = edge.from(name);
    const { ok, said } = health?.path
      ? await askHttp(from, { ...health, path: health.path, ip, port }, signal)
      : await askTcp(from, { ip, port }, signal);
    if (ok) well.add(name);
    return said;
  };
  for (;;) {
    const left = space.gates.map(({ metadata: { name } }) => name).filter((name) => !well.has(name));
    const answers = await Promise.allSettled(left.map(ask));
    signal?.throwIfAborted();
    const silent = answers.find((answer) => answer.status === 'rejected');
    if (silent || !left.length) await space.refresh(signal);
    const { gates } = space;
    if (gates.length ? gates.every(({ metadata: { name } }) => well.has(name)) : known) return;
    if (clock.mono() > end) {
      const said = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      throw new SeatrialError(
        'DEPLOY_UNHEALTHY',
        `${space.label}: the Service ${service} does not lead to ${release}: ${said[0] ?? 'there is no pod to ask from'}; look at kube-proxy and the network policies.`,
        { cause: silent?.reason },
      );
    }
    await clock.sleep(100, signal);
  }
}
