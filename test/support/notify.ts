import type { RenderContext } from '../../src/notify/channel.ts';
import { compose, type Document } from '../../src/notify/document.ts';
import type { Ending, EndingKind } from '../../src/notify/ending/ending.ts';
import type { Event } from '../../src/notify/events.ts';
import type { Locale, Message } from '../../src/notify/message.ts';

const plain = (kind: EndingKind, event: Event): Ending => ({
  kind,
  event,
  severity: 'info',
  traffic: 'unknown',
  about: 'v13',
  before: 'v12',
});

/** The usual ending of an event. */
const ENDINGS: Record<Event, Ending> = {
  start: plain('started', 'start'),
  success: plain('deployed', 'success'),
  failure: { ...plain('failed', 'failure'), traffic: 'back', trouble: { role: 'verify', what: 'fail' } },
  rollback: plain('rolled-back', 'rollback'),
  alert: plain('alert', 'alert'),
  recovered: plain('recovered', 'recovered'),
  drill: plain('drill', 'drill'),
};

/** A failed deploy that was rolled back, with everything known. */
export const message = (over: Partial<Message> = {}): Message => ({
  ending: ENDINGS[over.event ?? 'failure'],
  event: 'failure',
  severity: 'warning',
  drill: false,
  environment: 'production',
  service: 'shop',
  version: 'v13',
  previous: 'v12',
  serving: 'v12',
  live: { releases: [{ release: 'v12', share: 1 }] },
  zone: 'UTC',
  state: 'rolled-back',
  verdict: 'fail',
  why: 'error rate 4.1% over 1%',
  customers: { requests: 1200, lost: 3, seconds: 14 },
  fields: [],
  jobs: [],
  who: 'mei',
  links: { run: 'https://github.com/o/r/actions/runs/1', commit: 'https://github.com/o/r/commit/abc' },
  mentions: [],
  at: Date.parse('2026-11-22T02:00:00Z'),
  ...over,
});

export const documentOf = (over: Partial<Message> = {}, locale: Locale = 'zh-CN'): Document =>
  compose(message(over), locale);

export const contextAt = (now: number): RenderContext => ({
  now,
  key: '0123456789abcdef',
  id: '0123456789abcdef0123456789abcdef',
  silent: false,
});
