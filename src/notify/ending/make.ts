import type { Event, Severity } from '../events.ts';
import type { Ending, EndingKind, Traffic, Trouble } from './ending.ts';
import type { Facts } from './facts.ts';

export type More = Partial<Pick<Ending, 'traffic' | 'trouble' | 'severity' | 'about' | 'before'>>;

const EVENT: Record<EndingKind, Event> = {
  started: 'start',
  deployed: 'success',
  'live-but': 'failure',
  'partly-live': 'failure',
  waiting: 'start',
  unchanged: 'success',
  failed: 'failure',
  cancelled: 'failure',
  'not-deployed': 'failure',
  skipped: 'failure',
  'rolled-back': 'rollback',
  'rollback-failed': 'failure',
  'rollback-cancelled': 'failure',
  'jobs-done': 'success',
  'jobs-failed': 'failure',
  'jobs-cancelled': 'failure',
  alert: 'alert',
  recovered: 'recovered',
  drill: 'drill',
  'drill-failed': 'drill',
};

/** Kinds that tell of nothing that went wrong, or of what somebody chose. */
const CALM = new Set<EndingKind>([
  'started',
  'deployed',
  'waiting',
  'unchanged',
  'skipped',
  'jobs-done',
  'jobs-cancelled',
  'recovered',
  'drill',
]);
/** Kinds after which users may be on a release that nobody vouches for. */
const GRAVE = new Set<EndingKind>(['alert', 'rollback-failed']);

function severityOf(kind: EndingKind, traffic: Traffic, trouble: Trouble | undefined): Severity {
  if (GRAVE.has(kind)) return 'critical';
  if (kind === 'failed' && (traffic === 'has' || traffic === 'left')) return 'critical';
  if (kind === 'rolled-back' && trouble?.what === 'fail') return 'critical';
  if (kind === 'cancelled' && !['has', 'left', 'unknown'].includes(traffic)) return 'info';
  if (kind === 'not-deployed' && trouble?.what === 'cancelled') return 'info';
  if (CALM.has(kind))
    return trouble && trouble.what !== 'inconclusive' && trouble.what !== 'skipped' ? 'warning' : 'info';
  return 'warning';
}

/** An ending of a kind, with the event and the severity that follow from it. */
export function ending(facts: Facts, kind: EndingKind, more: More = {}): Ending {
  const { share } = facts;
  const traffic = more.traffic ?? 'unknown';
  // A release that was taken back is told as that, whether by hand, by a verdict or by a cancel.
  const taken = traffic === 'back' && (kind === 'failed' || kind === 'cancelled');
  const against = (kind === 'waiting' || kind === 'unchanged') && more.trouble && more.trouble.what !== 'inconclusive';
  return {
    kind,
    event: taken ? 'rollback' : against ? 'failure' : EVENT[kind],
    severity: severityOf(kind, traffic, more.trouble),
    traffic,
    ...(share === undefined ? {} : { share }),
    ...(facts.gap && (traffic === 'never' || traffic === 'untouched') ? { gap: true as const } : {}),
    about: facts.about,
    before: facts.before,
    ...more,
  };
}
