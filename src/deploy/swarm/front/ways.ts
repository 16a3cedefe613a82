import { orderFault, wayOf } from '../../front/certificates.ts';
import type { Claim } from '../../front/claim.ts';
import { hostsOf } from '../../front/domains.ts';
import { servedFrom } from '../../front/table.ts';
import type { Way } from '../../seen.ts';
import type { Cluster } from '../cluster.ts';
import { isWhole } from './change.ts';
import { reaches, withFleet } from './fleet.ts';
import { ORDERS } from './names.ts';
import { certificateOf, ordersLog, runningOrders } from './ordering.ts';
import { readFront } from './read.ts';

/** How each way in of the app is now, as the worst of the nodes has it: its certificate with its end, and what is wrong. */
export async function waysOf(cluster: Cluster, claim: Claim): Promise<Way[]> {
  const state = await readFront(cluster);
  const { table, live, holder, nodes } = state;
  const { tls } = claim;
  const all = (fault: string): Way[] => claim.domains.map((domain) => ({ domain, tls, open: false, fault }));
  if (!holder || !live) return all('the front door does not run; the next deploy of any app starts it');
  const has = table.apps[cluster.app];
  if (state.lost || !has) return all('the front door does not know the app; its next deploy puts that in order');
  const tasks = await cluster.api.tasks([holder.id, live.id], cluster.signal);
  const runs = (service: string, node: string) =>
    tasks.some(
      ({ ServiceID, NodeID, Status }) => ServiceID === service && NodeID === node && Status.State === 'running',
    );
  const without = nodes.filter(({ ID }) => !runs(holder.id, ID)).map(({ Description }) => Description.Hostname);
  if (!tasks.some(({ ServiceID, Status }) => ServiceID === holder.id && Status.State === 'running')) {
    return all('the front door runs on no node; look at docker service ps seatrial-front');
  }
  if (!tasks.some(({ ServiceID, Status }) => ServiceID === live.id && Status.State === 'running')) {
    return all(`what the front door leads to runs on no node; look at docker service ps ${live.name}`);
  }
  const auto = tls === 'auto';
  const log = auto ? await ordersLog(cluster, state.orders) : [];
  const told = await withFleet(cluster, [live.id], table.image, (fleet) =>
    fleet.each(async (session) => {
      const led = await reaches(session, cluster.app);
      const ways: Way[] = [];
      for (const domain of claim.domains) {
        const file = servedFrom(table, hostsOf([domain])[0]!);
        const certificate = tls === 'off' ? undefined : await certificateOf(session, file);
        const known = has.domains.includes(domain);
        const order = orderFault(log, file)?.why;
        ways.push(wayOf({ domain, tls, known, reaches: led, certificate, order }, cluster.now()));
      }
      return ways;
    }),
  );
  const worst = told.sort((x, y) => faults(y) - faults(x))[0]!;
  const more = [
    without.length ? `no task of the front door runs on ${without.join(', ')}` : '',
    auto && !(await runningOrders(cluster, state.orders))
      ? `what renews its certificate runs on no node; look at docker service ps ${ORDERS}`
      : '',
    isWhole(state) ? '' : 'a change of the front door was cut off; the next deploy of any app ends it',
  ].filter(Boolean);
  if (!more.length) return worst;
  return worst.map((way) => ({ ...way, fault: [way.fault, ...more].filter(Boolean).join('; ') }));
}

const faults = (ways: readonly Way[]) => ways.filter(({ fault }) => fault).length;
