import type { Deployment } from '../../lib/deployment.ts';
import type { Event } from '../events.ts';
import { isOlder, madeAt } from '../release.ts';
import { type JobFact, outputOf, type Tally, tally } from './jobs.ts';
import { type Share, shareOf } from './traffic.ts';

/** What a caller hands over about a run, as far as its ending depends on it. */
export interface Given {
  /** The caller's own word for it; it counts only where nothing else tells. */
  said?: Event;
  /** `mode: drill` or `mode: check`. */
  rehearsal: boolean;
  deployment?: Deployment;
  /** action-verify's verdict. */
  verdict?: string;
  /** The version the caller names; a release's id where one is at hand. */
  version?: string;
  /** Requests or seconds that customers met on the new version. */
  metCustomers: boolean;
  /** For some seconds no version could answer customers. */
  gap?: boolean;
  /** The bare code handed over as reason, e.g. `CANCELLED`. */
  code?: string;
  jobs: readonly JobFact[];
  /** Fields of the caller: drill.yml tells the way back's result in one. */
  fields: readonly { name: string; value: string }[];
}

/** The same, sorted by what it proves. */
export interface Facts extends Given {
  build: Tally;
  deploy: Tally;
  verify: Tally;
  promote: Tally;
  rollback: Tally;
  other: Tally;
  state?: string;
  about?: string;
  before?: string;
  /** What `about` has of the traffic. */
  share?: Share;
  /** It has none now, since another release serves, although the state handed over is that one's. */
  replaced: boolean;
}

const ran = ({ ran: jobs }: Tally) => jobs.length > 0;

/**
 * The release a deploy was about. After ship.yml took one back, the deployment is of the release that serves again, so
 * what the deploy job or the caller calls by another id is the one that was taken away.
 */
function subject(given: Given, deploy: Tally, rollback: Tally): string | undefined {
  const { deployment, version, said } = given;
  const named = outputOf(deploy, 'release');
  if (named && ran(deploy)) return named;
  if (!deployment) return madeAt(version) === undefined ? undefined : version;
  const { release, previous, state } = deployment;
  if (version && (madeAt(version) !== undefined || version === previous)) return version;
  if (version && said === 'rollback' && state === 'good' && !ran(rollback)) return version;
  const unwell = ran(deploy) && !deploy.succeeded;
  if (unwell && state === 'good' && isOlder(release, previous)) return previous;
  return release || undefined;
}

export function factsOf(given: Given): Facts {
  const of = (role: Parameters<typeof tally>[1]) => tally(given.jobs, role);
  const tallies = {
    build: of('build'),
    deploy: of('deploy'),
    verify: of('verify'),
    promote: of('promote'),
    rollback: of('rollback'),
    other: of('other'),
  };
  const { deploy, rollback } = tallies;
  const { deployment } = given;
  const about = subject(given, deploy, rollback);
  const told = ran(deploy) ? outputOf(deploy, 'state') : undefined;
  const takenBack = ran(deploy) && outputOf(deploy, 'rolled-back') === 'true';
  const state = takenBack ? 'rolled-back' : told || deployment?.state || undefined;
  const other = deployment?.release && about !== deployment.release;
  const replaced = Boolean(other && deployment.state === 'good' && !deploy.succeeded && !ran(rollback));
  const before = outputOf(deploy, 'previous-release') || deployment?.previous || undefined;
  return {
    ...given,
    ...tallies,
    state,
    about,
    before: other ? deployment.release : before === about ? undefined : before,
    share: about === undefined ? undefined : shareOf(deployment, about),
    replaced,
  };
}

export { ran };
