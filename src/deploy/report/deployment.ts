import type { DeployedHost, Deployment, Slot } from '../../lib/deployment.ts';
import { of, placeOf } from '../on-target.ts';
import { find, type History, waiting } from '../release/history.ts';
import { percent } from '../release/share.ts';
import type { Instance, Target, Way } from '../target.ts';

/** Workers rest while their release is only kept warm. */
const isThere = ({ aside, state }: Instance) => !aside || state === 'running';
const entry = ({ id, name, part }: Instance) => ({ id, name, ...(part ? { service: part } : {}) });

/** A host as verify and notify are handed it: every release that serves, waits, or is warm. */
export function hostReport(
  target: Target,
  shares: ReadonlyMap<string, number>,
  ways: readonly Way[] = [],
): DeployedHost {
  const { history } = target.ledger;
  const pending = waiting(history)?.release ?? history.open?.release;
  const role = (release: string): Slot['role'] =>
    release === history.current ? 'current' : release === pending ? 'candidate' : 'warm';
  const slots = target.releases
    .filter(
      (release) =>
        release === history.current ||
        release === pending ||
        placeOf(target, release) ||
        (shares.get(release) ?? 0) > 0,
    )
    .filter((release) => of(target, release).some((c) => c.state === 'running' || c.state === 'paused'))
    .map(
      (release): Slot => ({
        release,
        image: of(target, release)[0]!.image,
        role: role(release),
        weight: percent(shares.get(release) ?? 0),
        containers: of(target, release).filter(isThere).map(entry),
      }),
    );
  return {
    host: target.label,
    edge: target.traffic.edge,
    ...(ways.length ? { domains: [...ways] } : {}),
    slots,
  };
}

/** What history knows of these releases, for messages; secrets are taken out of the subjects. */
export const namedIn = (
  history: History,
  releases: readonly string[],
  scrub: (text: string) => string,
): NonNullable<Deployment['releases']> =>
  [...new Set(releases)].flatMap((release) => {
    const record = find(history, release);
    if (!record) return [];
    const { at, commit, subject } = record;
    return [{ release, at, ...(commit ? { commit } : {}), ...(subject ? { subject: scrub(subject) } : {}) }];
  });
