import { FrontWay, type Keeper } from '../../front/way.ts';
import { reshapeEdge } from '../edge/ensure.ts';
import type { Host } from '../host.ts';
import { awaitCertificates } from './certificates.ts';
import { claimNames, joinEdge, leaveFront, releaseNames, stands } from './front.ts';
import { servesGiven } from './own.ts';

/** The way of an app on a Docker host. */
export const frontWay = (host: Host): FrontWay => new FrontWay(keeperOf(host));

function keeperOf(host: Host): Keeper {
  return {
    get label() {
      return host.label;
    },
    get edge() {
      return host.history.edge;
    },
    get edgeRuns() {
      return host.edgeRuns;
    },
    get ports() {
      const { inputs } = host.context;
      return [inputs['front-http'] ?? '80', inputs['front-https'] ?? '443'];
    },
    say: (line) => host.say(line),
    warn: (line) => host.context.actions.warning(line),
    guard: () => host.guard(),
    note: (standing) =>
      host.save((draft) => {
        draft.edge!.front = standing;
      }),
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
  };
}
