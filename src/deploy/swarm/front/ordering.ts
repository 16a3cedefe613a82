import { awaitOrders, type Wanted } from '../../front/await.ts';
import { type Certificate, type Missing, parseCertificate, parseOrders, serves } from '../../front/certificates.ts';
import { type Claim, namesOf } from '../../front/claim.ts';
import { hostsOf } from '../../front/domains.ts';
import { servedFrom } from '../../front/table.ts';
import type { Cluster } from '../cluster.ts';
import type { EdgeSession } from '../edge/session.ts';
import { lastLines } from '../log.ts';
import { FrontFleet } from './fleet.ts';
import { ensureFiles } from './objects.ts';
import { ordersBody, ordersFiles, ordersMark } from './orders.ts';
import { type FrontState, readFront } from './read.ts';
import type { Placed } from './reads.ts';
import type { FrontTable } from './table.ts';

/** What orders certificates is there as the table says, or is not there. Nothing happens where nothing differs. */
export async function ensureOrders(
  cluster: Cluster,
  { orders }: FrontState,
  table: FrontTable,
  adminNet: string,
  strangers: Placed,
): Promise<void> {
  const { api } = cluster;
  const mark = ordersMark(table);
  if (orders?.mark === mark) return;
  if (mark === undefined) {
    await api.removeService(orders!.id);
    return;
  }
  const body = ordersBody(table.image, mark, await ensureFiles(cluster, ordersFiles(table, adminNet)), strangers);
  const auth = cluster.auth(table.image);
  if (orders) await api.update(orders.id, (spec) => Object.assign(spec, body), auth);
  else await api.create(body, auth);
}

/** The certificate that one of the front has in use under a file's name. */
export const certificateOf = async (session: EdgeSession, file: string): Promise<Certificate | undefined> =>
  parseCertificate(await session.ask(`show ssl cert ${file}`));

/** Lines of a log among which the words of an order are looked for. */
const LOG = 400;

/** What the task that orders has said; nothing where none runs, as one that was lost can't be asked. */
export async function ordersLog(cluster: Cluster, orders: FrontState['orders']): Promise<string[]> {
  const running = await runningOrders(cluster, orders);
  return running ? lastLines(cluster, running, LOG) : [];
}

/** The newest task that orders and runs, on a node that is there. */
export async function runningOrders(cluster: Cluster, orders: FrontState['orders']) {
  if (!orders) return undefined;
  const [tasks, nodes] = [await cluster.api.tasks([orders.id], cluster.signal), await cluster.nodes()];
  return tasks
    .filter(({ NodeID, Status }) => Status.State === 'running' && nodes.get(NodeID ?? '')?.Status.State === 'ready')
    .sort((x, y) => y.CreatedAt.localeCompare(x.CreatedAt))[0];
}

/** Waits until every node serves a certificate for every host of the claim. Answers what is missing then, and why. */
export async function awaitCertificates(cluster: Cluster, claim: Claim): Promise<Missing[]> {
  // One that is given is looked at before anything is touched, and a door that can't read it does not come up.
  if (claim.tls !== 'auto') return [];
  const { clock, signal, context } = cluster;
  let state = await readFront(cluster);
  let fleet: FrontFleet | undefined;
  const has = new Map<string, Certificate | undefined>();
  /** Asks the doors that users are led to, and what orders. Another app's run may put others in their place meanwhile. */
  const each = async (ofDoor: (session: EdgeSession) => Promise<void>, ofOrders: typeof ofDoor) => {
    const { live, orders } = state;
    fleet ??= new FrontFleet(cluster, [live?.id ?? [], orders?.id ?? []].flat(), state.table.image);
    await fleet.each((session) => (fleet!.serviceOf(session) === orders?.id ? ofOrders(session) : ofDoor(session)));
  };
  const look = async () => {
    const now = await readFront(cluster);
    if (now.live?.id !== state.live?.id || now.orders?.id !== state.orders?.id) {
      await fleet?.close();
      fleet = undefined;
    }
    state = now;
  };
  try {
    return await awaitOrders({
      ...{ clock, signal, server: claim.acme?.server, withinMs: context.inputs['deploy-timeout'] },
      say: (line) => cluster.say(line),
      open: async () => {
        await look();
        const all = hostsOf(namesOf(claim)).map((domain) => ({ domain, file: servedFrom(state.table, domain) }));
        const open = new Set<Wanted>();
        const ask = async (session: EdgeSession) => {
          for (const one of all) {
            if (!serves(await certificateOf(session, one.file), one.domain, cluster.now())) open.add(one);
          }
        };
        const keep = async (session: EdgeSession) => {
          for (const { file } of all) has.set(file, await certificateOf(session, file));
        };
        await each(ask, keep);
        return all.filter((one) => open.has(one));
      },
      lasts: async () => true,
      idle: async (open) => {
        const under = new Map<string, string>();
        await each(
          async () => undefined,
          async (session) => {
            for (const [file, order] of parseOrders(await session.ask('acme status'))) under.set(file, order);
          },
        );
        // One that is there is on its way to the doors; one that nobody knows is of a task that is about to begin.
        return open.filter(({ domain, file }) => {
          const order = under.get(file);
          return order !== undefined && order !== 'Running' && !serves(has.get(file), domain, cluster.now());
        });
      },
      again: (file) =>
        each(
          async () => undefined,
          async (session) => {
            await session.ask(`acme renew ${file}`);
          },
        ),
      log: () => ordersLog(cluster, state.orders),
      turn: () => undefined,
    });
  } finally {
    await fleet?.close();
  }
}
