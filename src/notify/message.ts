import type { ChannelName } from './channel-names.ts';
import type { Ending } from './ending/ending.ts';
import type { Serving } from './ending/traffic.ts';
import type { Event, Severity } from './events.ts';

export const LOCALES = ['zh-CN', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

/** Somebody to ring. Without a channel it holds on every channel that knows this kind of name. */
export interface Mention {
  channel?: ChannelName;
  kind: 'all' | 'mobile' | 'user';
  /** Empty for `all`. */
  id: string;
}

export interface Field {
  name: string;
  value: string;
}

/** What customers saw of a version that was taken back; each figure is left out when nobody measured it. */
export interface Customers {
  /** Requests the new version answered. */
  requests?: number;
  /** Requests that failed for a customer. */
  lost?: number;
  /** Seconds in which the new version had traffic. */
  seconds?: number;
  /** Seconds in which no version could answer, as one was stopped before another was up. */
  gap?: number;
}

export interface Links {
  run?: string;
  commit?: string;
  /** What changed between the release before and this one; of a rollback, what was taken away. */
  compare?: string;
  report?: string;
  rollback?: string;
}

export interface Job {
  name: string;
  result: string;
}

/**
 * What is to be told, before any language and any channel. Every value is already redacted; what is not known is left
 * out, never invented.
 */
export interface Message {
  /** How it ended; every heading and sentence follows from it. */
  ending: Ending;
  /** The ending's public name. */
  event: Event;
  severity: Severity;
  /** A rehearsal: every rendering says so first. */
  drill: boolean;
  environment?: string;
  service?: string;
  version?: string;
  /** The release that served before. */
  previous?: string;
  /** What customers' traffic is on now, as text with whole ids. */
  serving?: string;
  /** The same by release and, where they differ, by host. */
  live?: Serving;
  /** When what serves was deployed, milliseconds since the epoch; only where a single release serves. */
  since?: number;
  /** IANA time zone in which times are told. */
  zone: string;
  /** Commit of the release this is about. */
  commit?: { sha: string; subject?: string };
  /** action-deploy's state, e.g. `good`, `bad`, `rolled-back`. */
  state?: string;
  /** action-verify's verdict: `pass`, `fail`, `inconclusive` or `error`. */
  verdict?: string;
  why?: string;
  /** `why` is this error code and nothing more. */
  code?: string;
  customers?: Customers;
  /** The user's own words, templates filled in. */
  title?: string;
  text?: string;
  fields: Field[];
  jobs: Job[];
  who?: string;
  links: Links;
  mentions: Mention[];
  /** Milliseconds since the epoch. */
  at: number;
}
