import type { Ending, Trouble } from '../ending/ending.ts';
import type { Message } from '../message.ts';
import { shortNames } from '../release.ts';

/** Everything a message can say in one language. A new language is one more file of this shape. */
export interface Words {
  /** Put before everything of a rehearsal. */
  drill: string;
  environment: string;
  service: string;
  version: string;
  before: string;
  serving: string;
  commit: string;
  who: string;
  /** The same labels in at most five characters, for cards that give them no more room. */
  short: { environment: string; service: string; version: string; serving: string; who: string; before: string };
  runLink: string;
  reportLink: string;
  rollbackLink: string;
  commitLink: string;
  compareLink: string;
  /** Between a label and its value. */
  colon: string;
  severity: Record<Message['severity'], string>;
  jobResult: (result: string) => string;
  /** The result in some twenty characters, with its sign: the first thing of every message. */
  icon: (message: Message) => string;
  result: (message: Message) => string;
  /** What serves now, what happened, what customers met, why, what to do; a sentence or two each. */
  story: (message: Message) => string[];
  /** What serves now, for a fact; empty when it is not known. */
  live: (message: Message) => string;
}

/** How the releases of a message are called in its text: the same in every sentence. */
export const namesOf = ({ ending, version, previous, live }: Message): ((release: string) => string) =>
  shortNames([ending.about, ending.before, version, previous, ...(live?.releases.map(({ release }) => release) ?? [])]);

const ICONS: Partial<Record<Ending['kind'], string>> = {
  started: '🚀',
  deployed: '✅',
  'live-but': '⚠️',
  'partly-live': '⚠️',
  waiting: '⏳',
  unchanged: '✅',
  cancelled: '⏹️',
  skipped: '⏭️',
  'rolled-back': '↩️',
  'rollback-cancelled': '⏹️',
  'jobs-done': '✅',
  'jobs-cancelled': '⏹️',
  alert: '🚨',
  recovered: '💚',
  drill: '🧪',
};

/** Against it: a verdict or a job that ended otherwise than well; too few samples are not. */
export const isAgainst = (trouble: Trouble | undefined): boolean =>
  trouble !== undefined && trouble.what !== 'inconclusive' && trouble.what !== 'skipped';

export function iconOf({ ending: { kind, trouble } }: Message): string {
  if (kind === 'not-deployed' && trouble?.what === 'cancelled') return '⏹️';
  if ((kind === 'rolled-back' || kind === 'unchanged' || kind === 'waiting') && isAgainst(trouble)) return '⚠️';
  return ICONS[kind] ?? '❌';
}

/** Another ending said as a rehearsal: what it says happened did not. */
export const isRehearsed = ({ drill, event }: Message): boolean => drill && event !== 'drill';

/** Endings at which figures of the new version's traffic are about what customers met on it. */
export const isAboutNewVersion = ({ ending: { kind } }: Message): boolean =>
  ['deployed', 'live-but', 'partly-live', 'waiting', 'failed', 'cancelled'].includes(kind);

/** What serves has just been given the traffic: anew, or once more. */
export function servesSince({ ending: { kind, traffic } }: Message): 'now' | 'again' | 'before' {
  if (kind === 'deployed' || kind === 'live-but') return 'now';
  if (kind === 'rolled-back' || traffic === 'back') return 'again';
  return 'before';
}

/** `11-29 18:15`, in the message's zone; with the year where it is another one. */
export function clock(at: number, { zone, at: now }: Message): string {
  const parts = (time: number) =>
    Object.fromEntries(
      new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      })
        .formatToParts(time)
        .map(({ type, value }) => [type, value]),
    ) as Record<string, string>;
  const p = parts(at);
  const year = p.year === parts(now).year ? '' : `${p.year}-`;
  return `${year}${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

/** `UTC+8`, `UTC`: how the zone stands to UTC at that time. */
export function offset(at: number, zone: string): string {
  const part = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName');
  return (part?.value ?? 'UTC').replace('GMT', 'UTC').replace('+0', '');
}
