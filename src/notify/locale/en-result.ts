import type { Trouble } from '../ending/ending.ts';
import { isUpkeep, makesImage } from '../ending/jobs.ts';
import { percentText } from '../ending/traffic.ts';
import type { Message } from '../message.ts';

/** `at 10 %` or `on 1 of 2 hosts`; undefined where nobody knows. */
function atShare({ ending: { share } }: Message): string | undefined {
  const percent = share && percentText(share);
  return percent ? `at ${percent}` : share && `on ${share.on} of ${share.hosts} hosts`;
}

/** What did not end well, in as few letters as a card's title has room for. */
export function troubled({ role, job, named, what }: Trouble): string {
  if (what === 'blocked') return 'scan blocked';
  if (what === 'fail') return 'verification failed';
  if (what === 'inconclusive') return 'inconclusive';
  if (what === 'error') return 'not verified';
  const ended = what === 'failure' ? 'failed' : what;
  if (named && role !== 'build') return `job ${job} ${ended}`;
  if (role === 'build') return makesImage(job) && !named ? `build ${ended}` : `${job} ${ended}`;
  if (role === 'verify') return what === 'skipped' ? 'not verified' : `verification ${ended}`;
  if (role === 'promote') return `promotion ${ended}`;
  if (role === 'rollback') return `rollback job ${ended}`;
  return role === 'deploy' ? `deploy job ${ended}` : `job ${job} ${ended}`;
}

/** The same as a clause of a sentence. */
export function clause(trouble: Trouble): string {
  const { role, job, named, what } = trouble;
  if (what === 'blocked') return 'the scan did not let the image through';
  if (what === 'fail') return 'its verification failed';
  if (what === 'inconclusive') return 'its verification had too few samples to conclude';
  if (what === 'error') return 'its verification could not finish';
  const ended = what === 'failure' ? 'failed' : `was ${what}`;
  if (named) return `the job ${job} ${ended}`;
  if (role === 'build' && troubled(trouble).startsWith('build ')) return `the build ${ended}`;
  if (role === 'verify') return `its verification ${ended}`;
  if (role === 'promote') return `its promotion ${ended}`;
  if (role === 'rollback') return `the rollback job ${ended}`;
  return role === 'deploy' ? `the deploy job ${ended}` : `the job ${job} ${ended}`;
}

/** A job that only looks after what serves says by its name what was done. */
const allWell = ({ jobs }: Message) =>
  jobs.length === 1 && isUpkeep(jobs[0]!) ? `job ${jobs[0]!.name} succeeded` : 'all jobs succeeded';

export function result(message: Message): string {
  const { kind, traffic, trouble, gap } = message.ending;
  const share = atShare(message);
  const but = trouble ? troubled(trouble) : '';
  switch (kind) {
    case 'started':
      return 'deploy started';
    case 'deployed':
      return but ? `deployed, ${but}` : 'deployed';
    case 'live-but':
      return `live, but ${but}`;
    case 'partly-live':
      return traffic === 'gone' ? 'no traffic on it' : `partly live, ${share}`;
    case 'waiting': {
      const at = share ? `waiting ${share}` : 'waiting for promotion';
      return but ? `${but}, ${at}` : at;
    }
    case 'unchanged':
      return but ? `unchanged, but ${but}` : 'unchanged, not deployed';
    case 'failed':
      if (traffic === 'back') {
        return trouble && trouble.what !== 'fail' ? `${but}, rolled back` : 'deploy failed, rolled back';
      }
      if (traffic === 'left') return `rollback incomplete, still ${share}`;
      if (traffic === 'has') return share ? `deploy failed, still ${share}` : 'deploy failed, still has traffic';
      if (gap) return 'deploy failed, with a gap';
      if (traffic === 'never') return 'deploy failed, never live';
      if (traffic === 'gone') return 'deploy failed, not live';
      return traffic === 'untouched' ? 'deploy failed, no change' : 'deploy failed';
    case 'cancelled':
      if (traffic === 'back') return 'cancelled, rolled back';
      if (traffic === 'left') return 'cancelled, not all back';
      if (traffic === 'has') return share ? `cancelled, still ${share}` : 'cancelled, still has traffic';
      if (gap) return 'cancelled, with a gap';
      if (traffic === 'never') return 'cancelled, never live';
      return traffic === 'untouched' ? 'cancelled, no change' : 'deploy cancelled';
    case 'not-deployed':
      return `${but}, not deployed`;
    case 'skipped':
      return 'skipped, not deployed';
    case 'rolled-back':
      return but ? `rolled back, ${but}` : 'rolled back';
    case 'rollback-failed':
      if (gap) return 'rollback failed, with a gap';
      return traffic === 'untouched' ? 'rollback failed, no change' : 'rollback failed';
    case 'rollback-cancelled':
      return gap ? 'rollback cancelled, with a gap' : 'rollback cancelled';
    case 'jobs-done':
      return trouble?.what === 'skipped' ? `jobs succeeded, ${trouble.job} skipped` : allWell(message);
    case 'jobs-failed':
      return but || 'jobs failed';
    case 'jobs-cancelled':
      return but || 'jobs cancelled';
    case 'alert':
      if (trouble?.what === 'inconclusive') return 'alert, inconclusive';
      return trouble?.what === 'error' ? 'alert, look unfinished' : 'alert';
    case 'recovered':
      return 'recovered';
    case 'drill':
      return 'alert drill';
    case 'drill-failed':
      return trouble?.what === 'failure' ? 'drill: rollback failed' : `drill: ${but}`;
  }
}
