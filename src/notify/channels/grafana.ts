import type { Answer, Channel, Delivery, Request, Target } from '../channel.ts';
import { jsonObject, ok, quote, refused, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { below } from './address.ts';
import { escapeHtml } from './html.ts';

function text(document: Document): string {
  const links = document.links.map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  return [...[document.subject, ...document.story, document.text].filter(Boolean).map(escapeHtml), links.join(' | ')]
    .filter(Boolean)
    .join('\n');
}

const tags = ({ message }: Document): string[] =>
  ['seatrial', message.event, message.severity, message.environment, message.service]
    .filter((tag) => tag !== undefined)
    .concat(message.drill ? ['drill'] : []);

const ADVICE: Record<number, string> = {
  401: 'grafana-token is not valid or has expired: make a new service account token',
  403: 'the service account may not write annotations: give it the permission annotations:write',
  404: 'not found: check grafana-url and grafana-dashboard',
};

/** Success is HTTP 200 with the annotation's id (new) or a message about it (closed). */
function classify(answer: Answer, request: Request): Delivery {
  const body = jsonObject(answer);
  const patch = request.method === 'PATCH';
  if (!body) return unreadable(answer);
  if (answer.status === 200) {
    if (patch && typeof body.message === 'string') return ok(200);
    if (!patch && typeof body.id === 'number') return ok(200, { ref: { id: String(body.id) } });
    return unreadable(answer);
  }
  if (answer.status < 400 || typeof body.message !== 'string') return unreadable(answer);
  const retry = answer.status >= 500 ? { retry: {} } : {};
  const gone = patch && answer.status === 404 ? { gone: true as const } : {};
  const advice = ADVICE[answer.status] ?? (answer.status >= 500 ? 'look into its log' : 'report this with the log');
  return refused(answer.status, `Grafana refused (${quote(body.message)}): ${advice}.`, { ...retry, ...gone });
}

function call({ settings }: Target, method: 'POST' | 'PATCH', path: string, body: object): Request {
  const { url, headers } = below(settings.url!, path);
  const authorization = `Bearer ${settings.token}`;
  return { url, method, headers: { ...headers, authorization }, body: JSON.stringify(body) };
}

export const grafana: Channel = {
  name: 'grafana',
  kind: 'grafana',
  // Marks a graph and rings nobody, at night either.
  mute: true,
  silent: true,
  settings: {
    url: { input: 'grafana-url', required: true, url: true },
    token: { input: 'grafana-token', secret: true, required: true },
    dashboard: { input: 'grafana-dashboard' },
  },
  render: (document, target, { now }) => [
    call(target, 'POST', '/api/annotations', {
      time: now,
      tags: tags(document),
      text: text(document),
      ...(target.settings.dashboard ? { dashboardUID: target.settings.dashboard } : {}),
    }),
  ],
  places: ['id'],
  // From the start of the deploy to its end: the point becomes a region.
  update: (document, target, ref, { now }) => [
    call(target, 'PATCH', `/api/annotations/${encodeURIComponent(ref.id!)}`, {
      timeEnd: now,
      tags: tags(document),
      text: text(document),
    }),
  ],
  classify,
  probe: {
    request: ({ settings }) => ({ ...below(settings.url!, '/api/health'), method: 'GET' }),
    classify(answer) {
      if (answer.status !== 200 || jsonObject(answer)?.database !== 'ok') return unreadable(answer);
      return { outcome: 'accepted', code: '200', reason: 'Grafana is healthy; the token is not proved.' };
    },
  },
};
