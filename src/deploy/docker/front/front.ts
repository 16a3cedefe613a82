import { SeatrialError } from '../../../lib/errors.ts';
import { type Claim, namesOf, type Standing } from '../../front/claim.ts';
import { backendOf, EDGE_DOOR, FRONT, FRONT_NETWORK } from '../../front/names.ts';
import { refuseTaken, withClaim } from '../../front/table.ts';
import { Runtime } from '../edge/runtime.ts';
import type { Host } from '../host.ts';
import { changeFront } from './apply.ts';
import { joinFront } from './container.ts';
import { withFrontLock } from './lock.ts';
import { readFront } from './read.ts';

/** Before anything is touched: that no other app has one of the names. DOMAIN_TAKEN. */
export async function checkFree(host: Host, claim: Claim): Promise<void> {
  const { table } = await readFront(host);
  refuseTaken(host.label, table.apps, host.app, claim);
}

/** Gives the app its names at the front, which is made where there is none. DOMAIN_TAKEN, PORT_TAKEN, FRONT_CONFIG. */
export async function claimNames(host: Host, claim: Claim): Promise<Standing> {
  const { app, context } = host;
  const pem = claim.tls === 'own' ? context.inputs['tls-certificate'] : undefined;
  return withFrontLock(host, async (lock) => {
    const { table } = await changeFront(
      host,
      lock,
      (before) => {
        refuseTaken(host.label, before.apps, host.app, claim);
        return withClaim(before, app, claim);
      },
      pem === undefined ? undefined : { app, pem },
    );
    const { image, http, https } = table;
    keepsItsOwn(host, { image, http, https });
    return { ...claim, app, image, http, https };
  });
}

/** What was asked for and is not taken on by the way: all apps would feel it. */
function keepsItsOwn(host: Host, has: Pick<Standing, 'image' | 'http' | 'https'>): void {
  const { inputs, actions } = host.context;
  const differs = [
    inputs['front-http'] && inputs['front-http'] !== has.http ? `front-http stays ${has.http}` : '',
    inputs['front-https'] && inputs['front-https'] !== has.https ? `front-https stays ${has.https}` : '',
  ].filter(Boolean);
  if (differs.length) {
    actions.warning(
      `${host.label}: ${differs.join(', ')}: the front door is there already; command: upgrade-front changes it.`,
    );
  }
}

/** Takes the app's names away from the front; nothing happens where it has none. */
export async function releaseNames(host: Host): Promise<void> {
  const { id, table } = await readFront(host);
  if (!id || !table.apps[host.app]) return;
  await withFrontLock(host, (lock) => changeFront(host, lock, (before) => withClaim(before, host.app, undefined)));
}

/** The edge joins the front's network, and the front learns its address at once and not from a DNS in a second. */
export async function joinEdge(host: Host): Promise<void> {
  const edge = host.listing.edge;
  if (!edge) return;
  const ip = await joinFront(host.engine, edge.Id);
  const runtime = new Runtime(host.engine, FRONT);
  try {
    const answer = await runtime.ask(`set server ${backendOf(host.app)}/edge addr ${ip} port ${EDGE_DOOR}`);
    if (!/changed|no need/i.test(answer)) {
      throw new SeatrialError(
        'EDGE_REFUSED',
        `${host.label}: the front door refused the address of the edge: ${answer}`,
      );
    }
    await runtime.ask(`set server ${backendOf(host.app)}/edge state ready`);
  } finally {
    runtime.close();
  }
}

/** The edge leaves the front's network. */
export async function leaveFront(host: Host): Promise<void> {
  const edge = host.listing.edge?.Id;
  if (!edge || !host.listing.edge?.NetworkSettings?.Networks?.[FRONT_NETWORK]) return;
  await host.engine.call(`leave ${FRONT_NETWORK}`, (docker, abortSignal) =>
    docker.getNetwork(FRONT_NETWORK).disconnect({ Container: edge, abortSignal } as object),
  );
}

/** Whether the front runs and has what the app claims. */
export async function stands(host: Host, claim: Claim): Promise<boolean> {
  const { running, lost, table } = await readFront(host);
  const has = table.apps[host.app];
  return running && !lost && has !== undefined && namesOf(claim).every((name) => namesOf(has).includes(name));
}

/** The ports the front would need: none where it runs. */
export async function portsNeeded(host: Host): Promise<string[]> {
  const { id, table } = await readFront(host);
  return id ? [] : [table.http, table.https];
}
