import * as z from 'zod';
import { pointer } from '../../pointer.ts';
import { askStore } from './ask.ts';
import { common, defineStore, type StoredLine } from './store-kind.ts';

const PAGE = 1000;
const MOST_PAGES = 20;

const schema = z.strictObject({
  ...common,
  url: common.url.default('https://api.datadoghq.com'),
  'api-key-env': z.string().default('DD_API_KEY'),
  'application-key-env': z.string().default('DD_APP_KEY'),
});

interface Found {
  id: string;
  attributes?: { timestamp?: string; message?: string; status?: string };
}

/** Datadog: log search of its API v2, page by page by cursor (docs.datadoghq.com, "Search logs (POST)"). */
export const datadog = defineStore({
  name: 'datadog',
  schema,
  speaks: { logs: true },
  open(spec, context) {
    const headers = {
      'content-type': 'application/json',
      'dd-api-key': context.secret(spec['api-key-env']),
      'dd-application-key': context.secret(spec['application-key-env']),
    };
    return {
      async lines(query, fromMs, untilMs) {
        const found: StoredLine[] = [];
        let cursor: string | undefined;
        for (let page = 0; page < MOST_PAGES; page++) {
          const filter = { query, from: new Date(fromMs).toISOString(), to: new Date(untilMs).toISOString() };
          const asked = { filter, sort: 'timestamp', page: { limit: PAGE, ...(cursor ? { cursor } : {}) } };
          const { body } = await askStore(context, 'Datadog', {
            url: `${spec.url.replace(/\/$/, '')}/api/v2/logs/events/search`,
            method: 'POST',
            headers,
            body: JSON.stringify(asked),
          });
          for (const { id, attributes = {} } of (pointer(body, '/data') ?? []) as Found[]) {
            const { timestamp = '', message = '', status } = attributes;
            const t = Date.parse(timestamp) / 1000;
            // Its status is the line's level, where the line has none in front.
            if (Number.isFinite(t))
              found.push({ id, t, line: status ? JSON.stringify({ level: status, message }) : message });
          }
          const after = pointer(body, '/meta/page/after');
          cursor = typeof after === 'string' ? after : undefined;
          if (!cursor) break;
        }
        return found;
      },
    };
  },
});
