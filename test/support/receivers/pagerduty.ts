import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const no = (...errors: string[]) => json({ status: 'invalid event', message: 'Event object is invalid', errors }, 400);

export interface PagerdutyState {
  /** Open incidents by dedup key. */
  open: Map<string, string>;
  changes: string[];
}

/** PagerDuty Events v2 with its incidents, so that a test can see what is open. */
export function pagerduty({
  key = 'pagerdutykey0123456789abcdef0123',
  state = { open: new Map(), changes: [] } as PagerdutyState,
} = {}): Receiver {
  const rate = new RateWindow(120, 60_000);
  return {
    channel: 'pagerduty',
    owns: (url) => /\/v2\/(change\/)?enqueue$/.test(url.pathname),
    inputs: (base) => ({ 'pagerduty-api-url': base, 'pagerduty-key': key }),
    answer({ url, body, at }) {
      if (Buffer.byteLength(body) > 512 * 1024) return json({ status: 'error', message: 'Payload too large' }, 413);
      const event = parse(body);
      if (!event) return no('Invalid JSON');
      if (event.routing_key !== key) return no('Invalid routing key');
      if (!rate.admit(at))
        return json(
          { status: 'throttle exceeded', message: 'Requests for this service are arriving too quickly.' },
          429,
        );
      const payload = (event.payload ?? {}) as Record<string, unknown>;
      const summary = payload.summary;
      const wellSummed = typeof summary === 'string' && summary !== '' && summary.length <= 1024;
      if (url.pathname.endsWith('/change/enqueue')) {
        if (!wellSummed) return no("'payload.summary' is missing or blank");
        state.changes.push(summary);
        return { ...json({ status: 'success', message: 'Change event processed' }, 202), rings: [], taken: true };
      }
      const dedup = event.dedup_key;
      if (typeof dedup !== 'string' || dedup.length > 255) return no("'dedup_key' is too long or missing");
      const done = (rings: string[]) => ({
        ...json({ status: 'success', message: 'Event processed', dedup_key: dedup }, 202),
        rings,
        taken: true,
      });
      if (event.event_action === 'resolve') {
        state.open.delete(dedup);
        return done([]);
      }
      if (event.event_action !== 'trigger') return no("'event_action' is invalid");
      if (!wellSummed) return no("'payload.summary' is missing or blank");
      if (!payload.source) return no("'payload.source' is missing or blank");
      if (!['critical', 'error', 'warning', 'info'].includes(String(payload.severity)))
        return no("'payload.severity' is invalid");
      const fresh = !state.open.has(dedup);
      state.open.set(dedup, summary);
      return done(fresh ? ['on-call'] : []);
    },
  };
}
