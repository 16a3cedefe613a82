import { json, parse, type Receiver } from './receiver.ts';

interface Annotation {
  time: number;
  timeEnd?: number;
  text: string;
  tags: string[];
}

/** Grafana's annotations: a point on POST, a region once PATCH gives it an end. */
export function grafana({ token = 'glsa_grafanatoken0123456789', annotations = [] as Annotation[] } = {}): Receiver {
  return {
    channel: 'grafana',
    owns: (url) => /\/api\/(annotations(\/\d+)?|health)$/.test(url.pathname),
    inputs: (base) => ({ 'grafana-url': base, 'grafana-token': token }),
    answer({ method, url, headers, body }) {
      if (url.pathname.endsWith('/api/health')) return json({ database: 'ok', version: '12.0.0' });
      if (headers.authorization !== `Bearer ${token}`) return json({ message: 'Invalid API key' }, 401);
      const form = parse(body) as Partial<Annotation> | undefined;
      if (!form) return json({ message: 'bad request data' }, 400);
      const id = /\/(\d+)$/.exec(url.pathname)?.[1];
      if (method === 'PATCH') {
        const found = annotations[Number(id) - 1];
        if (!found) return json({ message: 'Annotation not found' }, 404);
        if (form.timeEnd !== undefined && form.timeEnd < found.time)
          return json({ message: 'invalid time range' }, 400);
        Object.assign(found, form);
        return { ...json({ message: 'Annotation patched' }), rings: [], taken: true };
      }
      if (!form.text) return json({ message: 'Failed to save annotation: text field should not be empty' }, 400);
      if (!Number.isInteger(form.time)) return json({ message: 'bad request data' }, 400);
      annotations.push(form as Annotation);
      return { ...json({ message: 'Annotation added', id: annotations.length }), rings: [], taken: true };
    },
  };
}
