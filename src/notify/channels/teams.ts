import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, quote, refused, unreadable } from '../classify.ts';
import { type Document, mentionsFor, shrink } from '../document.ts';
import { bytes, fitChars } from '../text.ts';

/** Teams takes 28 KB a message. */
const BODY_BYTES = 28 * 1024;
/** Buttons a card shows without a menu. */
const ACTIONS = 6;

/** TextBlock and FactSet know this much Markdown; line breaks need an empty line between. */
const escapeCard = (text: string): string =>
  text
    .replace(/[\\`*_[\]~]/g, '\\$&')
    .replace(/^(\d*)([#\-+.])(?=\s)/gm, '$1\\$2')
    .replaceAll('<', '＜')
    .replaceAll('>', '＞')
    .replaceAll('\n', '\n\n');

const COLOURS = { info: 'Good', warning: 'Warning', critical: 'Attention' } as const;

function card(document: Document): object {
  const people = mentionsFor(document, 'teams', ['user']).map(({ id }) => ({
    type: 'mention',
    text: `<at>${id}</at>`,
    mentioned: { id, name: id },
  }));
  const block = (text: string, more: object = {}) => ({ type: 'TextBlock', text, wrap: true, ...more });
  const said = [document.headline ?? '', ...document.story, document.text].filter(Boolean);
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    // Teams shows nothing newer than 1.4 in a channel.
    version: '1.4',
    body: [
      block(escapeCard(document.subject), {
        size: 'Large',
        weight: 'Bolder',
        color: COLOURS[document.message.severity],
      }),
      ...said.map((text) => block(escapeCard(text))),
      ...(document.facts.length
        ? [
            {
              type: 'FactSet',
              facts: document.facts.map(({ name, value }) => ({ title: escapeCard(name), value: escapeCard(value) })),
            },
          ]
        : []),
      ...(people.length ? [block(people.map(({ text }) => text).join(' '))] : []),
    ],
    actions: document.links
      .slice(0, ACTIONS)
      .map(({ label, url }) => ({ type: 'Action.OpenUrl', title: fitChars(label, 40), url })),
    msteams: { width: 'Full', ...(people.length ? { entities: people } : {}) },
  };
}

const write = (document: Document): string =>
  JSON.stringify({
    type: 'message',
    // Without attachments the flow dies at its foreach, long after it said 202.
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card(document) },
    ],
  });

const ADVICE: Record<number, string> = {
  400: 'the flow did not take it: check that it starts with "When a Teams webhook request is received"',
  401: 'the signature in the URL is not valid: copy the URL from the flow anew',
  403: 'the flow is not open to everybody: let anyone trigger it',
  404: 'there is no such flow, or it is switched off: check it in Workflows',
  413: 'the message was too long: report this with the log',
};

/** 202 is all a flow ever says; whether the card was posted stands in its run history only. */
function classify(answer: Answer): Delivery {
  if (answer.status === 202) {
    return {
      outcome: 'accepted',
      code: '202',
      reason: "Queued: the flow posts the card later; if it does not appear, look into the flow's run history.",
    };
  }
  const error = jsonObject(answer)?.error as { code?: unknown; message?: unknown } | undefined;
  if (typeof error?.code !== 'string') return unreadable(answer);
  const words = typeof error.message === 'string' ? ` (${quote(error.message)})` : '';
  const retry = answer.status >= 500 ? { retry: {} } : {};
  const advice = ADVICE[answer.status] ?? (answer.status >= 500 ? 'run the step again' : 'check the flow');
  return refused(quote(error.code), `Teams refused${words}: ${advice}.`, retry);
}

const belongsTo = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`);

export const teams: Channel = {
  name: 'teams',
  kind: 'teams',
  settings: { webhook: { input: 'teams-webhook', secret: true, required: true, url: true } },
  retired({ webhook }) {
    const { hostname } = new URL(webhook!);
    const remedy =
      'make a workflow "Post to a channel when a webhook request is received" in Teams and put its URL into teams-webhook.';
    if (belongsTo(hostname, 'webhook.office.com') || hostname === 'outlook.office.com') {
      return `Nothing was sent: Microsoft has retired Office 365 connector URLs (${hostname.split('.').slice(-3).join('.')}); ${remedy}`;
    }
    if (belongsTo(hostname, 'logic.azure.com')) {
      return `Nothing was sent: workflow URLs at logic.azure.com ended on 2025-11-30; copy the new URL from the workflow, or ${remedy}`;
    }
    return undefined;
  },
  render: (document, { settings }) => [
    { url: settings.webhook!, body: write(shrink(document, (d) => bytes(write(d)) <= BODY_BYTES)) },
  ],
  classify,
};
