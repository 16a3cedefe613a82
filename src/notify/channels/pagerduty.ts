import type { Answer, Channel, Delivery, RenderContext } from '../channel.ts';
import { jsonObject, quote, refused, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { closes } from '../ending/closes.ts';
import { fitChars } from '../text.ts';
import { below, prefixed } from './address.ts';

const SUMMARY = 1024;

const details = ({ facts, story, text }: Document): Record<string, string> => ({
  ...Object.fromEntries(facts.map(({ name, value }) => [name, value])),
  ...(story.length ? { summary: story.join('\n') } : {}),
  ...(text ? { text } : {}),
});

interface Call {
  path: string;
  body: object;
  label?: string;
}

/**
 * An incident of a deploy and one of the watch are two, each with a key of its own, so that neither hides nor ends the
 * other; a rehearsal has a third, so that ending it ends nothing real.
 */
const keysOf = (key: string) => ({
  deploy: `seatrial-deploy-${key}`,
  watch: `seatrial-watch-${key}`,
  drill: `seatrial-drill-${key}`,
});

function trigger(document: Document, dedup_key: string, summary: string, source: string, links: object[]): object {
  const { message } = document;
  return {
    dedup_key,
    event_action: 'trigger',
    client: 'Seatrial',
    ...(message.links.run ? { client_url: message.links.run } : {}),
    payload: {
      summary,
      source,
      severity: message.severity,
      timestamp: new Date(message.at).toISOString(),
      ...(message.service ? { component: message.service } : {}),
      ...(message.environment ? { group: message.environment } : {}),
      class: message.event,
      custom_details: details(document),
    },
    links,
  };
}

function calls(document: Document, { key, closing }: RenderContext): Call[] {
  const { message, subject } = document;
  const source = [message.environment, message.service].filter(Boolean).join('/') || 'seatrial';
  const summary = fitChars(subject, SUMMARY);
  const links = document.links.map(({ label, url }) => ({ href: url, text: label }));
  const keys = keysOf(key);
  const drill = message.drill || message.event === 'drill';
  const over = closes(message.ending, message.verdict);
  // A drill that went well ends what one before it had opened.
  const drilled = message.ending.kind === 'drill';
  const ended = drill
    ? over.watch || drilled
      ? [keys.drill]
      : []
    : (['deploy', 'watch'] as const).filter((what) => over[what]).map((what) => keys[what]);
  const resolves = ended.map((dedup_key) => ({
    path: '/enqueue',
    body: { dedup_key, event_action: 'resolve' },
    label: 'closing what was open',
  }));
  if (message.event === 'recovered' || closing) return resolves;
  if (message.severity === 'info') {
    // A change event stands beside the incidents and pages nobody: a good deploy must wake no one.
    const timestamp = new Date(message.at).toISOString();
    const payload = { summary, source, timestamp, custom_details: details(document) };
    return [{ path: '/change/enqueue', body: { payload, links } }, ...resolves];
  }
  const open = drill ? keys.drill : message.event === 'alert' ? keys.watch : keys.deploy;
  return [{ path: '/enqueue', body: trigger(document, open, summary, source, links) }];
}

/** 202 and `"status": "success"`: PagerDuty has it in its queue; whom it then wakes it decides. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (answer.status === 202 && body?.status === 'success') {
    return {
      outcome: 'accepted',
      code: '202',
      reason:
        "Queued: PagerDuty's own rules decide whom it wakes; look for it among the service's incidents or changes.",
    };
  }
  if (!body || answer.status < 400) return unreadable(answer);
  const errors = Array.isArray(body.errors) ? body.errors.filter((e) => typeof e === 'string') : [];
  const said = [body.message, ...errors].filter((e) => typeof e === 'string').join('; ');
  const words = said ? ` (${quote(said)})` : '';
  if (answer.status >= 500) {
    return refused(answer.status, `PagerDuty is in trouble${words}: run the step again.`, { retry: {} });
  }
  const advice =
    answer.status === 400 ? 'check pagerduty-key (an Events API v2 key)' : 'check pagerduty-key and pagerduty-api-url';
  return refused(answer.status, `PagerDuty refused${words}: ${advice}.`);
}

export const pagerduty: Channel = {
  name: 'pagerduty',
  kind: 'pagerduty',
  // One incident a dedup key, however often it is triggered.
  idempotent: true,
  resolves: true,
  settings: {
    key: { input: 'pagerduty-key', secret: true, required: true },
    'api-url': { input: 'pagerduty-api-url', url: true },
  },
  render: (document, { settings }, context) =>
    calls(document, context).map(({ path, body, label }) => {
      const { url, headers } = below(prefixed(settings['api-url'] ?? 'https://events.pagerduty.com', '/v2'), path);
      return {
        url,
        headers,
        body: JSON.stringify({ routing_key: settings.key, ...body }),
        ...(label ? { label } : {}),
      };
    }),
  classify,
};
