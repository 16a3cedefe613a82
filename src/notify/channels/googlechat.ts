import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, mentionsFor, shrink } from '../document.ts';
import { bytes, fitChars } from '../text.ts';
import { escapeHtml } from './html.ts';

/** "Maximum size of a message: 32,000 bytes", cards included. */
const BODY_BYTES = 32_000;
const BUTTONS = 6;

/** Plain text: Chat takes `<users/…>` for a mention, `*` and the like for markup. */
const plain = (text: string): string =>
  text.replace(/[<>]/g, (mark) => (mark === '<' ? '＜' : '＞')).replace(/[*_~`]/g, '\u2060$&\u2060');

/** @see https://developers.google.com/workspace/chat/api/reference/rest/v1/cards */
function write(document: Document, thread: string | undefined): string {
  const { subject, headline, story, text, facts, links, title, place } = document;
  const people = mentionsFor(document, 'googlechat', ['all', 'user']).map(({ kind, id }) =>
    kind === 'all' ? '<users/all>' : `<users/${id}>`,
  );
  const said = [headline ?? '', ...story, text]
    .filter(Boolean)
    .map((line) => escapeHtml(line).replaceAll('\n', '<br>'));
  const widgets = [
    ...(said.length ? [{ textParagraph: { text: said.join('<br>') } }] : []),
    ...facts.map(({ name, value }) => ({ decoratedText: { topLabel: name, text: escapeHtml(value), wrapText: true } })),
    ...(links.length
      ? [
          {
            buttonList: {
              buttons: links
                .slice(0, BUTTONS)
                .map(({ label, url }) => ({ text: fitChars(label, 40), onClick: { openLink: { url } } })),
            },
          },
        ]
      : []),
  ];
  return JSON.stringify({
    // What a push preview shows, and the only place that rings.
    text: [plain(subject), ...people].join(' '),
    cardsV2: [
      {
        cardId: 'seatrial',
        card: {
          header: { title, ...(place ? { subtitle: place } : {}) },
          ...(widgets.length ? { sections: [{ widgets }] } : {}),
        },
      },
    ],
    ...(thread ? { thread: { name: thread } } : {}),
  });
}

const ADVICE: Record<string, string> = {
  UNAUTHENTICATED: 'the key or token in googlechat-webhook is not valid: copy the webhook anew',
  PERMISSION_DENIED: 'the webhook was removed, or an admin forbids it: make a new one',
  NOT_FOUND: 'the space or webhook is gone: make a new one',
  INVALID_ARGUMENT: 'the message was not taken: report this with the log',
};

/** Success is HTTP 200 with the message's name; Google's refusals bear a `status` beside the number. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body) return unreadable(answer);
  if (answer.status === 200 && typeof body.name === 'string' && /^spaces\/[^/]+\/messages\//.test(body.name)) {
    const thread = (body.thread as { name?: unknown } | undefined)?.name;
    return ok(200, typeof thread === 'string' && thread ? { ref: { thread } } : {});
  }
  const error = body.error as { status?: unknown; message?: unknown } | undefined;
  if (answer.status < 400 || typeof error?.status !== 'string') return unreadable(answer);
  const shown = quote(error.status);
  const words = typeof error.message === 'string' ? ` (${quote(error.message)})` : '';
  if (error.status === 'RESOURCE_EXHAUSTED') {
    return throttled(shown, `Too many messages${words}: a space takes one a second from all its webhooks.`, {
      retry: { baseMs: 1000, tries: 4 },
    });
  }
  const advice =
    ADVICE[error.status] ?? (answer.status >= 500 ? 'Google is in trouble: run the step again' : 'check the webhook');
  return refused(shown, `Google Chat refused${words}: ${advice}.`, answer.status >= 500 ? { retry: {} } : {});
}

export const googlechat: Channel = {
  name: 'googlechat',
  kind: 'googlechat',
  settings: { webhook: { input: 'googlechat-webhook', secret: true, required: true, url: true } },
  render(document, { settings }, { thread }) {
    const url = new URL(settings.webhook!);
    // In the thread of the message before; a new one where that is gone.
    if (thread?.thread) url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
    const make = (d: Document) => write(d, thread?.thread);
    return [{ url: url.href, body: make(shrink(document, (d) => bytes(make(d)) <= BODY_BYTES)) }];
  },
  places: ['thread'],
  classify,
};
