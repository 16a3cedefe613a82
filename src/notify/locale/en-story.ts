import { percentText } from '../ending/traffic.ts';
import type { Message } from '../message.ts';
import { whyOf } from './codes.ts';
import { clause } from './en-result.ts';
import { clock, isAboutNewVersion, isAgainst, isRehearsed, namesOf, offset, servesSince } from './words.ts';

const VERDICTS: Record<string, string> = {
  pass: 'Verification passed.',
  fail: 'Verification failed.',
  inconclusive: 'Verification had too few samples to conclude.',
  error: 'Verification could not finish, which is not a pass.',
};

/** Why a release that had traffic was taken away from it. */
function takenBack(message: Message, version: string, to: string): string {
  const { trouble } = message.ending;
  const where = to ? `rolled back to ${to}` : 'rolled back';
  if (trouble?.what === 'fail') return `${version} failed its verification with live traffic and was ${where}.`;
  if (trouble) return `${version} had live traffic and ${clause(trouble)}; it was ${where}.`;
  if (message.verdict === 'pass')
    return `${version} passed its verification, a later step failed, and it was ${where}.`;
  return `Deploying ${version} failed after it had live traffic; it was ${where}.`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function happened(message: Message): string {
  const { kind, traffic, trouble, gap, about, before } = message.ending;
  const { share: own } = message.ending;
  const share = own && (percentText(own) ?? `${own.on} of ${own.hosts} hosts`);
  const name = namesOf(message);
  const [release, from] = [about ?? message.version, before].map((id) => (id ? name(id) : ''));
  const version = release || 'the new version';
  const Version = release || 'The new version';
  const part = !share ? 'traffic' : share.endsWith('%') ? `${share} of the traffic` : `the traffic of ${share}`;
  switch (kind) {
    case 'started':
      return release ? `Deploying ${release}.` : 'A deploy has started.';
    case 'deployed':
    case 'live-but': {
      const live = `${Version} is live${from && from !== release ? ` in place of ${from}` : ''}`;
      if (!trouble) return `${live}.`;
      return kind === 'live-but'
        ? `${live} and has the traffic, but ${clause(trouble)}.`
        : `${live}; ${clause(trouble)}.`;
    }
    case 'partly-live':
      return traffic === 'gone'
        ? `${Version} is called good and has no traffic.`
        : `${Version} has only ${part}: not every host went over to it.`;
    case 'waiting':
      return `${Version} has ${share ? part : 'not all of the traffic'} and waits for promotion${trouble ? `; ${clause(trouble)}` : ''}.`;
    case 'unchanged':
      return about
        ? `Nothing was deployed: ${name(about)} serves already and nothing differs${trouble ? `; but ${clause(trouble)}` : ''}.`
        : `Nothing was deployed; production is untouched${trouble ? `; but ${clause(trouble)}` : ''}.`;
    case 'failed':
      if (traffic === 'back') return takenBack(message, Version === release ? release : 'The new version', from ?? '');
      if (traffic === 'left')
        return `Deploying ${version} failed, and the rollback is incomplete: it still has ${part}.`;
      if (traffic === 'has') return `Deploying ${version} failed, and it still has ${part}.`;
      if (traffic === 'never') return `Deploying ${version} failed; traffic was not switched.`;
      if (traffic === 'gone') return `Deploying ${version} failed; it has no traffic now.`;
      if (gap) return `Deploying ${version} failed, with a gap in service; the release from before is still the one.`;
      return traffic === 'untouched'
        ? 'The deploy failed before anything was changed; production is untouched.'
        : `Deploying ${version} failed.`;
    case 'cancelled':
      if (traffic === 'back') {
        return `Deploying ${version} was cancelled, and it was rolled back${from ? ` to ${from}` : ''}${message.verdict === 'fail' ? '' : '; nobody judged it bad'}.`;
      }
      if (traffic === 'left')
        return `Deploying ${version} was cancelled, and the rollback is incomplete: it still has ${part}.`;
      if (traffic === 'has') return `Deploying ${version} was cancelled, and it still has ${part}.`;
      if (traffic === 'never') return `Deploying ${version} was cancelled; traffic was not switched.`;
      if (traffic === 'gone') return `Deploying ${version} was cancelled; it has no traffic now.`;
      if (gap)
        return `Deploying ${version} was cancelled, with a gap in service; the release from before is still the one.`;
      return traffic === 'untouched'
        ? 'The deploy was cancelled before anything was changed; production is untouched.'
        : `Deploying ${version} was cancelled.`;
    case 'not-deployed':
      return `${trouble ? capital(clause(trouble)) : 'An earlier job stopped it'}, so nothing was deployed; production is untouched.`;
    case 'skipped':
      return 'The deploy was skipped and nothing was deployed; production is untouched.';
    case 'rolled-back': {
      const to = `Rolled back${from ? ` from ${from}` : ''} to ${release || 'the last good release'}`;
      return trouble ? `${to}, but ${clause(trouble)}.` : `${to}.`;
    }
    case 'rollback-failed':
      if (gap) return 'The rollback failed, with a gap in service; the release from before is still the one.';
      return traffic === 'untouched'
        ? 'The rollback failed and nothing was changed.'
        : 'The rollback did not come about.';
    case 'rollback-cancelled':
      if (gap) return 'The rollback was cancelled, with a gap in service; the release from before is still the one.';
      return traffic === 'untouched'
        ? 'The rollback was cancelled and nothing was changed.'
        : 'The rollback was cancelled; part of it may be done.';
    case 'jobs-done':
    case 'jobs-failed':
    case 'jobs-cancelled':
      return '';
    case 'alert':
      if (trouble?.what === 'inconclusive') return 'The live checks had too few samples to conclude.';
      if (trouble?.what === 'error')
        return 'The live checks could not finish; whether the service is well is not known.';
      return message.verdict === 'pass'
        ? 'An alert was raised; the live checks themselves passed.'
        : 'The live checks found a fault.';
    case 'recovered':
      return 'The fault is over; the service is back to normal.';
    case 'drill':
      return 'This is a rehearsal of the alert path; nothing is wrong in production.';
    case 'drill-failed':
      if (trouble && trouble.what !== 'failure') {
        return `This is a rehearsal, nothing is wrong in production; but ${clause(trouble)}, so the way back was not rehearsed.`;
      }
      return 'The rollback did not work in a rehearsal. Nothing is wrong in production now, but in an emergency the way back may fail.';
  }
}

function verdictSaid(message: Message): string {
  const { kind, trouble } = message.ending;
  const told = kind === 'failed' && message.ending.traffic === 'back' && message.verdict === 'pass';
  const saidBy = trouble?.role === 'verify' && kind !== 'cancelled';
  if (told || saidBy || kind === 'alert') return '';
  return message.verdict ? (VERDICTS[message.verdict] ?? '') : '';
}

const count = (n: number, one: string) => `${n} ${n === 1 ? one : `${one}s`}`;

function customersMet(message: Message): string {
  const { requests, lost, seconds, gap } = message.customers ?? {};
  const { kind, traffic } = message.ending;
  const without = gap ? `no version answering for about ${count(gap, 'second')}` : '';
  // That it never had traffic says nothing of what served before: it may have had to stop for it, or not be there at all.
  if (traffic === 'never' && (kind === 'failed' || kind === 'cancelled')) {
    return `Customers saw: nothing of the new version, which never had their traffic${without && `; but ${without}`}.`;
  }
  if (kind === 'alert' || kind === 'recovered') {
    if (requests === undefined || lost === undefined) return '';
    const within = seconds === undefined ? '' : ` within ${count(seconds, 'second')}`;
    return `Customers saw${within}: ${count(lost, 'request')} failed of ${requests}.`;
  }
  if (!isAboutNewVersion(message)) return without && `Customers saw: ${without}.`;
  const parts = [
    without,
    requests === undefined ? '' : `${count(requests, 'request')} answered by the new version`,
    lost === undefined ? '' : lost === 0 ? 'no request failed' : `${count(lost, 'request')} failed`,
    seconds === undefined ? '' : `about ${count(seconds, 'second')} of traffic on it`,
  ].filter(Boolean);
  return parts.length ? `Customers saw: ${parts.join(', ')}.` : '';
}

export function live(message: Message): string {
  const name = namesOf(message);
  const share = (releases: { release: string; share: number }[]) =>
    releases.length === 1
      ? name(releases[0]!.release)
      : releases.map(({ release, share: part }) => `${name(release)} (${Math.round(part * 100)}%)`).join(', ');
  if (!message.live) return '';
  return message.live.hosts
    ? message.live.hosts.map(({ host, releases }) => `${share(releases)} on ${host}`).join(', ')
    : share(message.live.releases);
}

function serving(message: Message): string {
  const now = live(message);
  if (!now) return '';
  const { since } = message;
  const at = since === undefined ? '' : `${clock(since, message)} ${offset(since, message.zone)}`;
  const when = {
    now: ', since just now',
    again: at ? ' again, deployed on '.concat(at) : ' again',
    before: at && `, since ${at}`,
  }[servesSince(message)];
  return `Live now: ${now}${message.live!.releases.length === 1 ? when : ''}.`;
}

function todo(message: Message): string {
  if (isRehearsed(message)) return 'Nothing to do; seeing this is enough.';
  const { kind, traffic, trouble } = message.ending;
  const page = message.links.rollback ? '; the rollback page takes it back if need be' : '; roll back if need be';
  switch (kind) {
    case 'live-but':
      return isAgainst(trouble) ? `Read the report and the run${page}.` : '';
    case 'partly-live':
      return 'Read the run now and make sure which version is live on each host.';
    case 'waiting':
      return isAgainst(trouble) ? 'Read the report, then promote it or roll it back.' : '';
    case 'unchanged':
      return isAgainst(trouble) ? `Read the report${page}.` : '';
    case 'failed':
      if (traffic === 'back') {
        const first =
          trouble?.what === 'inconclusive'
            ? 'Give it more traffic or a longer look, and release again'
            : trouble?.what === 'error'
              ? 'Mend what verification reads from, and release again'
              : 'Read the run, mend it, and release again';
        return `${first}; customers are off the new version, no need to roll back again.`;
      }
      if (traffic === 'has' || traffic === 'left') return `Read the run now${page}.`;
      if (message.code === 'LOCK_HELD' && traffic === 'untouched') return 'Deploy again once the other run is over.';
      if (traffic === 'never' || traffic === 'untouched') {
        return 'Read the run, mend it, and release again.';
      }
      return 'Read the run now and make sure which version is live.';
    case 'cancelled':
      if (traffic === 'left') return 'Roll back now.';
      if (traffic === 'has') return 'Decide whether to deploy on or to roll back.';
      if (traffic === 'unknown' || traffic === 'gone') return 'Read the run and make sure which version is live.';
      return 'Deploy again when you like.';
    case 'not-deployed':
      return trouble?.what === 'cancelled' ? 'Run it again when you like.' : 'Read the run, mend it, and run it again.';
    case 'rolled-back':
      if (trouble?.what === 'fail') {
        return 'Look now: the release gone back to is not well either; an older one may be needed.';
      }
      if (trouble) return 'Make sure now that the service is well.';
      return 'Find the cause before the next release; there is no need to roll back again.';
    case 'rollback-failed':
      if (message.code === 'LOCK_HELD') return 'Once the other run is over, roll back again if need be.';
      return 'Read the run now and make sure which version is live.';
    case 'rollback-cancelled':
      return 'Make sure which version is live, and roll back again if need be.';
    case 'jobs-failed':
      return 'Read the run.';
    case 'alert':
      return message.links.rollback ? 'Look now; the rollback page takes it back if need be.' : 'Look now.';
    case 'drill':
      return 'Nothing to do; seeing this is enough.';
    case 'drill-failed':
      return trouble?.what === 'failure' ? 'Find out why, and mend it before the next release.' : 'Rehearse it again.';
    default:
      return '';
  }
}

function digest(jobs: Message['jobs']): string {
  if (jobs.length < 2) return '';
  const failed = jobs
    .filter(({ result: r }) => r !== 'success' && r !== 'skipped')
    .map(({ name, result: r }) => (r === 'failure' ? name : `${name} (${r})`));
  const skipped = jobs.filter(({ result: r }) => r === 'skipped').map(({ name }) => name);
  if (failed.length) return `${failed.length} of ${count(jobs.length, 'job')} did not succeed: ${failed.join(', ')}.`;
  const done = jobs.length - skipped.length;
  return skipped.length
    ? `${count(done, 'job')} succeeded, ${skipped.length} skipped: ${skipped.join(', ')}.`
    : `${count(done, 'job')} succeeded.`;
}

/** What serves now, what happened, what customers met, why, what to do. */
export function story(message: Message): string[] {
  return [
    isRehearsed(message)
      ? 'This is a rehearsal: nothing of what follows has happened, nothing is wrong in production.'
      : '',
    serving(message),
    happened(message),
    customersMet(message),
    verdictSaid(message),
    message.why ? `Why: ${whyOf(message, 'en')}` : '',
    digest(message.jobs),
    todo(message),
  ].filter(Boolean);
}
