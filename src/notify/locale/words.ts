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
  at: string;
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

/** A deploy that failed and whose traffic was given back to the release before. */
export const wasTakenBack = (message: Message): boolean =>
  message.state === 'rolled-back' && (message.event === 'failure' || message.event === 'rollback');

/** A release that failed before any customer reached it. */
export const neverServed = (message: Message): boolean => message.state === 'bad' && message.event === 'failure';
