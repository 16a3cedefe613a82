import { json, type Receiver } from './receiver.ts';

interface Alert {
  labels?: Record<string, string>;
  startsAt?: string;
  endsAt?: string;
}

/** Alertmanager's POST /api/v2/alerts as the real one checks it; integration tests run the real one as well. */
export function alertmanager({ active = new Map<string, Alert>() } = {}): Receiver {
  const no = (message: string) => ({ ...json({}, 400), body: JSON.stringify(message) });
  return {
    channel: 'alertmanager',
    owns: (url) => url.pathname.endsWith('/api/v2/alerts') || url.pathname.endsWith('/-/ready'),
    inputs: (base) => ({ 'alertmanager-url': base }),
    answer({ url, body, at, headers }) {
      if (url.pathname.endsWith('/-/ready')) return { status: 200, body: 'OK', taken: false };
      if (!headers['content-type']?.startsWith('application/json'))
        return json({ code: 415, message: 'unsupported media type' }, 415);
      let alerts: Alert[];
      try {
        alerts = JSON.parse(body) as Alert[];
      } catch {
        return json({ code: 400, message: 'parsing alerts body failed' }, 400);
      }
      if (!Array.isArray(alerts)) return json({ code: 400, message: 'parsing alerts body failed' }, 400);
      for (const { labels = {}, startsAt, endsAt } of alerts) {
        if (!Object.values(labels).some(Boolean)) return no('at least one label pair required');
        if (Object.keys(labels).some((name) => !/^[a-zA-Z_]\w*$/.test(name))) return no('invalid label name');
        if (endsAt && startsAt && Date.parse(startsAt) > Date.parse(endsAt))
          return no('start time must be before end time');
      }
      const rings: string[] = [];
      for (const alert of alerts) {
        const name = JSON.stringify(Object.entries(alert.labels!).sort());
        const ends = alert.endsAt ? Date.parse(alert.endsAt) : at + 300_000;
        if (ends <= at) active.delete(name);
        else {
          if (!active.has(name)) rings.push(alert.labels!.alertname!);
          active.set(name, alert);
        }
      }
      return { status: 200, body: '', rings, taken: true };
    },
  };
}
