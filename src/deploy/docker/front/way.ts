import { keeperOn } from '../../front/ground.ts';
import { FrontWay } from '../../front/way.ts';
import { reshapeEdge } from '../edge/ensure.ts';
import type { Host } from '../host.ts';
import { awaitCertificates } from './certificates.ts';
import { claimNames, joinEdge, leaveFront, releaseNames, stands } from './front.ts';
import { servesGiven } from './own.ts';

/** The way of an app on a Docker host. */
export const frontWay = (host: Host): FrontWay =>
  new FrontWay(
    keeperOn(host, {
      claim: (claim) => claimNames(host, claim),
      release: () => releaseNames(host),
      join: () => joinEdge(host),
      leave: async () => {
        await reshapeEdge(host, { ...host.history.edge!, front: undefined });
        await leaveFront(host);
      },
      stands: (claim) => stands(host, claim),
      servesGiven: () => servesGiven(host),
      missing: (claim) => awaitCertificates(host, claim),
    }),
  );
