import type { Answer, Channel, Delivery, Request, Target } from '../channel.ts';
import { jsonObject, ok, quote, refused, unreadable } from '../classify.ts';
import { type Document, mentionsFor, shrink } from '../document.ts';
import { fitChars } from '../text.ts';

const TITLE = 256;
const DESCRIPTION = 4096;
const FIELDS = 25;
const FIELD_NAME = 256;
const FIELD_VALUE = 1024;
/** Characters of everything in all embeds; some room is left for Discord's own way of counting. */
const EMBEDS = 5900;
const SUPPRESS_NOTIFICATIONS = 1 << 12;

const escapeDiscord = (text: string): string =>
  text.replace(/[\\`*_~|[\]<>]/g, '\\$&').replace(/^(\d*)([#\-+.])(?=\s)/gm, '$1\\$2');

const COLOURS = { info: 0x2eb67d, warning: 0xecb22e, critical: 0xe01e5a } as const;

function embed(document: Document): { title: string; description: string; fields: { name: string; value: string }[] } {
  const { facts, links, words } = document;
  const said = [document.headline ?? '', ...document.story, document.text].filter(Boolean).map(escapeDiscord);
  const more = facts.slice(FIELDS).map(({ name, value }) => escapeDiscord(`${name}${words.colon}${value}`));
  const pages = links.map(
    ({ label, url }) => `[${escapeDiscord(label)}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`,
  );
  return {
    title: fitChars(escapeDiscord(document.subject), TITLE),
    description: [...said, ...more, pages.join(' · ')].filter(Boolean).join('\n'),
    fields: facts.slice(0, FIELDS).map(({ name, value }) => ({
      name: fitChars(escapeDiscord(name), FIELD_NAME) || '\u200b',
      value: fitChars(escapeDiscord(value), FIELD_VALUE) || '\u200b',
    })),
  };
}

function fits(document: Document): boolean {
  const { title, description, fields } = embed(document);
  const sum = fields.reduce((n, { name, value }) => n + name.length + value.length, title.length + description.length);
  return description.length <= DESCRIPTION && sum <= EMBEDS;
}

function message(document: Document): object {
  const mentions = mentionsFor(document, 'discord', ['all', 'user']);
  const everyone = mentions.some((m) => m.kind === 'all');
  const users = mentions.filter((m) => m.kind === 'user' && /^\d+$/.test(m.id)).map((m) => m.id);
  const small = embed(shrink(document, fits));
  return {
    // Only the content rings; what stands in an embed never does.
    content: [...(everyone ? ['@everyone'] : []), ...users.map((id) => `<@${id}>`)].join(' '),
    embeds: [
      {
        ...small,
        fields: small.fields.map((field) => ({ ...field, inline: field.value.length < 24 })),
        color: COLOURS[document.message.severity],
        timestamp: new Date(document.message.at).toISOString(),
      },
    ],
    allowed_mentions: { parse: everyone ? ['everyone'] : [], users },
  };
}

const ADVICE: Record<number, string> = {
  10003: 'the channel was deleted: make a webhook in another',
  10008: 'the message was deleted',
  10015: 'the webhook was deleted: make a new one, and send nothing more to this one',
  50006: 'the message was empty: report this with the log',
  50027: 'the token in the webhook is not valid: copy the URL anew',
  50035: 'the message was not taken: report this with the log',
  160005: 'the thread is locked: choose another',
  220001: 'it is a forum: set discord-thread-id',
};

/** The places and words in the tree of `errors` that comes with 50035: `embeds.0.title: Must be 256 or fewer in length.` */
function faults(tree: unknown, path: readonly string[] = []): { path: string; message: string }[] {
  if (typeof tree !== 'object' || tree === null || path.length > 12) return [];
  const own = (tree as { _errors?: unknown })._errors;
  const here = Array.isArray(own)
    ? own.flatMap((one: { message?: unknown } | null) =>
        typeof one?.message === 'string' ? [{ path: path.join('.'), message: one.message }] : [],
      )
    : [];
  return [
    ...here,
    ...Object.entries(tree).flatMap(([key, value]) => (key === '_errors' ? [] : faults(value, [...path, key]))),
  ];
}

/** Success is the saved message with its id. 204 means that nobody waited for it to be saved, so nothing is known. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body) return unreadable(answer);
  if (answer.status === 200 && typeof body.id === 'string' && body.id) return ok(200, { ref: { id: body.id } });
  // A bare 401 has the code 0, which tells nothing.
  if (answer.status < 400 || (typeof body.code !== 'number' && typeof body.message !== 'string')) {
    return unreadable(answer);
  }
  const code = typeof body.code === 'number' && body.code !== 0 ? body.code : answer.status;
  const found = faults(body.errors);
  const said = [body.message, ...found.map(({ path, message }) => (path ? `${path}: ${message}` : message))];
  const told = said.filter((one) => typeof one === 'string' && one !== '').join('; ');
  const words = told ? ` (${quote(told)})` : '';
  const thread = found.some(({ path }) => path.startsWith('thread_id'));
  const advice = thread ? 'discord-thread-id is not the number of a thread: correct it' : ADVICE[code];
  return refused(code, `Discord refused${words}: ${advice ?? 'check the webhook'}.`, {
    ...(answer.status >= 500 ? { retry: {} } : {}),
    ...(code === 10008 ? { gone: true as const } : {}),
  });
}

function address({ settings }: Target, path = ''): URL {
  const url = new URL(settings.webhook!);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  if (settings['thread-id']) url.searchParams.set('thread_id', settings['thread-id']);
  return url;
}

export const discord: Channel = {
  name: 'discord',
  kind: 'discord',
  silent: true,
  settings: {
    webhook: { input: 'discord-webhook', secret: true, required: true, url: true },
    'thread-id': { input: 'discord-thread-id' },
  },
  render(document, target, { silent }): Request[] {
    const url = address(target);
    // Without it Discord answers 204 even for a message it then fails to save.
    url.searchParams.set('wait', 'true');
    const flags = silent ? { flags: SUPPRESS_NOTIFICATIONS } : {};
    return [{ url: url.href, body: JSON.stringify({ ...message(document), ...flags }) }];
  },
  places: ['id'],
  update: (document, target, ref) => [
    {
      url: address(target, `/messages/${encodeURIComponent(ref.id!)}`).href,
      method: 'PATCH',
      body: JSON.stringify(message(document)),
    },
  ],
  classify,
  wait(answer) {
    const seconds = jsonObject(answer)?.retry_after;
    return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined;
  },
  probe: {
    request: ({ settings }) => ({ url: settings.webhook!, method: 'GET' }),
    classify(answer) {
      const delivery = classify(answer);
      return delivery.outcome === 'delivered'
        ? { outcome: 'accepted', code: '200', reason: 'The webhook exists; posting was not tried.' }
        : delivery;
    },
  },
};
