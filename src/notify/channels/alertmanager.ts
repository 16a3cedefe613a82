import { parseDuration } from '../../lib/units.ts';
import type { Answer, Channel, Delivery, Target } from '../channel.ts';
import { jsonObject, ok, quote, refused, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { closes } from '../ending/closes.ts';
import { SEVERITIES, type Severity } from '../events.ts';
import { basic, below } from './address.ts';

const DAY = 24 * 3_600_000;
const DRILL = 15 * 60_000;

/** As an input it comes parsed to milliseconds, in `targets` as it was written; undefined when it is no duration. */
function millis(expires: string): number | undefined {
  if (/^\d+$/.test(expires)) return Number(expires);
  try {
    return parseDuration(expires);
  } catch {
    return undefined; // told by check, with the setting's name
  }
}

/** Labels are an alert's identity: nothing of the run, the version or the language may stand in them. */
function labels(document: Document, alertname: string, severity: Severity, key: string): Record<string, string> {
  const { environment, service } = document.message;
  return {
    alertname,
    severity,
    ...(environment ? { environment } : {}),
    ...(service ? { service } : {}),
    seatrial_key: key,
  };
}

/**
 * One alert for what deploys say and one for what the watch says, each by severity so that routes and inhibition work.
 * `endsAt` always stands: without it Alertmanager says "resolved" after five minutes though nobody fixed anything.
 */
function alerts(document: Document, key: string, now: number, expires: number): object[] {
  const { message } = document;
  const make = (alertname: string, severity: Severity, endsAt: number) => ({
    labels: labels(document, alertname, severity, key),
    annotations: {
      summary: document.subject,
      description: [...document.story, document.text].filter(Boolean).join('\n'),
      ...Object.fromEntries(document.facts.map(({ name, value }, i) => [`fact_${i + 1}`, `${name}: ${value}`])),
    },
    startsAt: new Date(Math.min(message.at, endsAt) - 1).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    ...(message.links.run ? { generatorURL: message.links.run } : {}),
  });
  const over = (alertname: string, severities: readonly Severity[]) =>
    severities.map((severity) => make(alertname, severity, now - 1000));
  const gravest = [...SEVERITIES].reverse();
  const { event, severity } = message;
  const ended = closes(message.ending, message.verdict);
  // A rehearsal neither ends nor outlives what is real.
  if (message.drill || event === 'drill') {
    const until = now + Math.min(expires, DRILL);
    return ended.watch ? over('SeatrialDrill', gravest) : [make('SeatrialDrill', severity, until)];
  }
  const closed = [
    ...(ended.watch ? over('SeatrialAlert', gravest) : []),
    ...(ended.deploy ? over('SeatrialDeploy', gravest) : []),
  ];
  if (event === 'recovered' || ended.deploy) return closed;
  if (event === 'success') return over('SeatrialDeploy', ['info']);
  if (event === 'alert') return [make('SeatrialAlert', severity, now + expires)];
  // Whatever ends a deploy ends "it has started" as well.
  const started = event === 'start' || severity === 'info' ? [] : over('SeatrialDeploy', ['info']);
  return [make('SeatrialDeploy', severity, now + expires), ...started];
}

/** 200 without a body, and nothing else. */
function classify(answer: Answer): Delivery {
  if (answer.status === 200 && answer.body.trim() === '') return ok(200);
  if (answer.status < 400) return unreadable(answer);
  let said = '';
  try {
    const value: unknown = JSON.parse(answer.body);
    if (typeof value === 'string') said = value;
  } catch {
    return unreadable(answer); // a page of a proxy in between
  }
  const body = jsonObject(answer);
  if (typeof body?.message === 'string') said = body.message;
  const words = said ? ` (${quote(said)})` : '';
  const retry = answer.status >= 500 ? { retry: {} } : {};
  const advice = answer.status >= 500 ? 'look into its log' : 'check alertmanager-url (API v2)';
  return refused(answer.status, `Alertmanager refused${words}: ${advice}.`, retry);
}

/** The inputs' user and password win over those in the address. */
function at({ url: base, username, password }: Target['settings'], path: string) {
  const { url, headers } = below(base!, path);
  return { url, headers: username && password ? { authorization: basic(username, password) } : headers };
}

export const alertmanager: Channel = {
  name: 'alertmanager',
  kind: 'alertmanager',
  // An alert with the same labels is the same alert.
  idempotent: true,
  resolves: true,
  settings: {
    url: { input: 'alertmanager-url', required: true, url: true },
    username: { input: 'alertmanager-username', secret: true },
    password: { input: 'alertmanager-password', secret: true },
    expires: { input: 'alertmanager-expires' },
  },
  forms: ({ username, password }) => (password ? [basic(username ?? '', password).split(' ')[1]!] : []),
  check({ expires, username, password }) {
    if (Boolean(username) !== Boolean(password)) return 'username and password go together.';
    if (expires === undefined) return undefined;
    return (millis(expires) ?? 0) >= 60_000 ? undefined : 'expires is a duration of a minute or more, such as 24h.';
  },
  render(document, { settings }, { now, key }) {
    const { url, headers } = at(settings, '/api/v2/alerts');
    return [
      {
        url,
        headers,
        body: JSON.stringify(alerts(document, key, now, (settings.expires && millis(settings.expires)) || DAY)),
      },
    ];
  },
  classify,
  probe: {
    request: ({ settings }) => ({ ...at(settings, '/-/ready'), method: 'GET' }),
    classify(answer) {
      if (answer.status !== 200 || !/\bOK\b/.test(answer.body)) return unreadable(answer);
      return { outcome: 'accepted', code: '200', reason: 'It is ready; its routes to people are not proved.' };
    },
  },
};
