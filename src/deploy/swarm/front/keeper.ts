import { until } from '../../../lib/clock.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { type Claim, namesOf, type Standing } from '../../front/claim.ts';
import { keeperOn } from '../../front/ground.ts';
import { refuseTaken, withClaim } from '../../front/table.ts';
import { FrontWay } from '../../front/way.ts';
import { normalPem } from '../../pem.ts';
import type { Cluster } from '../cluster.ts';
import { objectName } from '../secrets.ts';
import { changeFront, isWhole } from './change.ts';
import { dissolveFront, dropNetworks } from './dissolve.ts';
import { ownKey } from './door.ts';
import { reaches, withFleet } from './fleet.ts';
import { withFrontLock } from './lock.ts';
import { NODE_LABEL, PLACE } from './names.ts';
import { awaitCertificates } from './ordering.ts';
import { type FrontState, readFront } from './read.ts';

const JOIN_MS = 30_000;

/** Gives the app its names at the front, which is made where there is none. */
async function claimNames(cluster: Cluster, claim: Claim): Promise<Standing> {
  const { app, context } = cluster;
  const pem = claim.tls === 'own' ? context.inputs['tls-certificate'] : undefined;
  return withFrontLock(cluster, async (lock) => {
    const { image, http, https } = await changeFront(
      cluster,
      lock,
      (before) => {
        refuseTaken(cluster.label, before.apps, app, claim);
        return withClaim(before, app, claim);
      },
      pem === undefined ? undefined : { key: ownKey(app), pem },
    );
    const { inputs } = context;
    const stays = [
      inputs['front-http'] && inputs['front-http'] !== http ? `front-http stays ${http}` : '',
      inputs['front-https'] && inputs['front-https'] !== https ? `front-https stays ${https}` : '',
    ].filter(Boolean);
    if (stays.length) {
      context.actions.warning(
        `${cluster.label}: ${stays.join(', ')}: the front door is there already; command: upgrade-front changes it.`,
      );
    }
    return { ...claim, app, image, http, https };
  });
}

/** Takes the app's names away; the last app takes the front with it. */
export async function releaseNames(cluster: Cluster): Promise<void> {
  const { app } = cluster;
  const { table, holder, doors } = await readFront(cluster);
  if (!holder && !doors.length) return;
  const others = Object.keys(table.apps).filter((one) => one !== app);
  if (others.length === Object.keys(table.apps).length && others.length) return;
  await withFrontLock(cluster, async (lock) => {
    const now = await readFront(cluster);
    const left = Object.keys(now.table.apps).some((one) => one !== app);
    if (left) await changeFront(cluster, lock, (before) => withClaim(before, app, undefined));
    else await dissolveFront(cluster, now);
  });
}

/** The front leads to the edge: every task of the door finds one of its tasks. EDGE_UNREACHABLE. */
async function joinEdge(cluster: Cluster): Promise<void> {
  const { app, clock, label } = cluster;
  const { live, table } = await readFront(cluster);
  if (!live) return;
  const led = await withFleet(cluster, [live.id], table.image, (fleet) =>
    until(
      async () => {
        const told = await fleet.each((session) => reaches(session, app));
        return told.every(Boolean) || undefined;
      },
      { every: 250, within: JOIN_MS, clock },
    ),
  );
  if (led) return;
  throw new SeatrialError(
    'EDGE_UNREACHABLE',
    `${label}: the front door does not reach the edge of ${app}; look at docker service ps ${app}-edge and ${live.name}.`,
  );
}

/**
 * It is written down that the front leads here no more. The edge stays in the front's network until it is made anew for
 * something else: to leave it would cost each node a moment without an answer.
 */
async function leave(cluster: Cluster): Promise<void> {
  await cluster.save((draft) => {
    draft.edge!.front = undefined;
  });
  await dropNetworks(cluster);
}

/** Whether the front is whole and has what the app claims, on nodes that are there. */
export const has = (state: FrontState, app: string, claim: Claim): boolean => {
  const known = state.table.apps[app];
  return isWhole(state) && known !== undefined && namesOf(claim).every((name) => namesOf(known).includes(name));
};

async function servesGiven(cluster: Cluster): Promise<boolean> {
  const { app, context, history } = cluster;
  const given = context.inputs['tls-certificate'];
  if (given === undefined || history.edge?.front?.tls !== 'own') return true;
  const { table } = await readFront(cluster);
  return table.secrets[ownKey(app)] === objectName(PLACE, ownKey(app), normalPem(given));
}

/** Before anything is touched: a node has the label, and no other app a name. NO_CAPACITY, DOMAIN_TAKEN. */
export function checkFront(cluster: Cluster, state: FrontState, claim: Claim): void {
  if (!state.nodes.length) {
    throw new SeatrialError(
      'NO_CAPACITY',
      `${cluster.label}: no node that takes tasks has the label ${NODE_LABEL}=true, so nothing could own ports 80 and 443; label those that users come to: docker node update --label-add ${NODE_LABEL}=true NODE.`,
    );
  }
  refuseTaken(cluster.label, state.table.apps, cluster.app, claim);
}

/** The way of an app on a Swarm. */
export const frontWay = (cluster: Cluster): FrontWay =>
  new FrontWay(
    keeperOn(cluster, {
      claim: (claim) => claimNames(cluster, claim),
      release: () => releaseNames(cluster),
      join: () => joinEdge(cluster),
      leave: () => leave(cluster),
      stands: async (claim) => has(await readFront(cluster), cluster.app, claim),
      servesGiven: () => servesGiven(cluster),
      missing: (claim) => awaitCertificates(cluster, claim),
    }),
  );
