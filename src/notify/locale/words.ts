import type { Message } from '../message.ts';

/** Everything a message can say in one language. A new language is one more file of this shape. */
export interface Words {
  /** Put before everything of a rehearsal. */
  drill: string;
  environment: string;
  service: string;
  version: string;
  resultLabel: string;
  result: (message: Message) => string;
  serving: string;
  who: string;
  runLink: string;
  reportLink: string;
  rollbackLink: string;
  commitLink: string;
  /** Between a label and its value. */
  colon: string;
  jobResult: (result: string) => string;
  /** One sentence for many jobs. */
  digest: (jobs: Message['jobs']) => string;
  icon: (message: Message) => string;
  severity: Record<Message['severity'], string>;
  /** What happened, what customers saw, what serves now, what to do. */
  story: (message: Message) => string[];
}

export const ICONS: Record<Message['event'], string> = {
  start: '🚀',
  success: '✅',
  failure: '❌',
  rollback: '↩️',
  alert: '🚨',
  recovered: '💚',
  drill: '🧪',
};

/** A rollback that did not come about: of no new version, and nobody is off anything. Told by the results of the jobs. */
export const rollbackFailed = ({ event, jobs }: Message): boolean =>
  event === 'failure' &&
  jobs.some(({ name, result }) => name === 'rollback' && (result === 'failure' || result === 'cancelled'));

/**
 * A deploy that failed and whose traffic was given back to the release before. The deployment handed on may already be
 * about what serves again: then the message's version is another than that.
 */
export function wasTakenBack(message: Message): boolean {
  const { event, state, version, serving } = message;
  if ((event !== 'failure' && event !== 'rollback') || rollbackFailed(message)) return false;
  if (state === 'rolled-back') return true;
  return event === 'rollback' && version !== undefined && serving !== undefined && version !== serving;
}

/** Whether customers are known to be off the new version; a canary's share is not off. */
export const isOffNewVersion = (message: Message): boolean =>
  neverServed(message) ||
  (!rollbackFailed(message) &&
    message.version !== undefined &&
    message.serving !== undefined &&
    !message.serving.includes(message.version));

/** Another event said as a rehearsal: what it says happened did not. */
export const isRehearsed = ({ drill, event }: Message): boolean => drill && event !== 'drill';

/** Events at which figures of the new version's traffic are about what customers saw of it. */
export const isAboutNewVersion = (message: Message): boolean =>
  !rollbackFailed(message) && (message.event === 'success' || message.event === 'failure' || wasTakenBack(message));

/** A release that failed before any customer reached it. */
export const neverServed = (message: Message): boolean =>
  message.state === 'bad' && message.event === 'failure' && !rollbackFailed(message);
