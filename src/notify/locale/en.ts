import type { Message } from '../message.ts';
import {
  ICONS,
  isAboutNewVersion,
  isOffNewVersion,
  isRehearsed,
  neverServed,
  rollbackFailed,
  type Words,
  wasTakenBack,
} from './words.ts';

const VERDICTS: Record<string, string> = {
  pass: 'Verification passed.',
  fail: 'Verification failed.',
  inconclusive: 'Verification had too few samples to conclude.',
  error: 'Verification could not finish, which is not a pass.',
};

function happened(message: Message): string {
  const version = message.version ? ` ${message.version}` : '';
  switch (message.event) {
    case 'start':
      return `Deploying${version || ' the new version'}.`;
    case 'success':
      return message.version ? `Version${version} is live.` : 'The new version is live.';
    case 'failure':
      if (rollbackFailed(message)) return 'The rollback did not come about.';
      if (wasTakenBack(message)) return `The new version${version} was found faulty with live traffic and rolled back.`;
      if (neverServed(message)) return `The new version${version} failed its checks; traffic was not switched.`;
      return `Deploying${version || ' the new version'} failed.`;
    case 'rollback':
      if (wasTakenBack(message)) return `The new version${version} was found faulty with live traffic and rolled back.`;
      return `Rolled back to ${message.version ?? 'the last good release'}.`;
    case 'alert':
      return 'The live checks found a fault.';
    case 'recovered':
      return 'The fault is over; the service is back to normal.';
    case 'drill':
      return 'This is a rehearsal of the alert path; nothing is wrong in production.';
  }
}

const count = (n: number, one: string) => `${n} ${n === 1 ? one : `${one}s`}`;

function customersSaw(message: Message): string {
  const { requests, lost, seconds } = message.customers ?? {};
  if (neverServed(message)) return 'Customers saw: nothing, the new version never had their traffic.';
  if (!isAboutNewVersion(message)) return '';
  const parts = [
    requests === undefined ? '' : `${count(requests, 'request')} answered by the new version`,
    seconds === undefined ? '' : `about ${count(seconds, 'second')} of traffic on it`,
    lost === undefined ? '' : lost === 0 ? 'no request lost' : `${count(lost, 'request')} lost`,
  ].filter(Boolean);
  return parts.length ? `Customers saw: ${parts.join(', ')}.` : '';
}

function todo(message: Message): string {
  if (isRehearsed(message)) return todo({ ...message, event: 'drill', drill: false });
  if (wasTakenBack(message)) {
    return 'Read the run, mend it, and release again; customers are off the new version, no need to roll back again.';
  }
  switch (message.event) {
    case 'failure':
      if (isOffNewVersion(message))
        return 'Read the run, mend it, and release again; customers are off the new version.';
      return 'Read the run now and make sure which version is live.';
    case 'rollback':
      return 'Find the cause before the next release; there is no need to roll back again.';
    case 'alert':
      return message.links.rollback ? 'Look now; the rollback page takes it back if need be.' : 'Look now.';
    case 'drill':
      return 'Nothing to do; seeing this is enough.';
    default:
      return '';
  }
}

export const en: Words = {
  drill: '[DRILL] ',
  environment: 'Environment',
  service: 'Service',
  version: 'Version',
  resultLabel: 'Result',
  serving: 'Live version',
  who: 'By',
  runLink: 'Run',
  reportLink: 'Report',
  rollbackLink: 'Rollback page',
  commitLink: 'Commit',
  colon: ': ',
  icon: (message) => ICONS[message.event],
  severity: { info: 'info', warning: 'warning', critical: 'critical' },
  jobResult: (result) => result,
  digest(jobs) {
    const failed = jobs.filter(({ result }) => result !== 'success' && result !== 'skipped').map(({ name }) => name);
    return failed.length
      ? `${failed.length} of ${count(jobs.length, 'job')} did not succeed: ${failed.join(', ')}.`
      : `${count(jobs.length, 'job')} done.`;
  },
  result(message) {
    switch (message.event) {
      case 'start':
        return 'deploy started';
      case 'success':
        return 'deployed';
      case 'failure':
        if (rollbackFailed(message)) return 'rollback failed';
        return wasTakenBack(message) ? 'deploy failed, rolled back' : 'deploy failed';
      case 'rollback':
        return wasTakenBack(message) ? 'deploy failed, rolled back' : 'rolled back';
      case 'alert':
        return 'alert';
      case 'recovered':
        return 'recovered';
      case 'drill':
        return 'alert drill';
    }
  },
  story: (message) =>
    [
      isRehearsed(message) ? happened({ ...message, event: 'drill' }) : '',
      happened(message),
      message.verdict ? (VERDICTS[message.verdict] ?? '') : '',
      message.why ? `Why: ${message.why}` : '',
      message.jobs.length ? en.digest(message.jobs) : '',
      customersSaw(message),
      message.serving ? `Live now: ${message.serving}.` : '',
      todo(message),
    ].filter(Boolean),
};
