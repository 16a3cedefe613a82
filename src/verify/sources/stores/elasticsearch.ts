import * as z from 'zod';
import { credentials } from '../../live/addresses.ts';
import { pointer } from '../../pointer.ts';
import { askStore } from './ask.ts';
import { common, defineStore, type StoredLine } from './store-kind.ts';

const PAGE = 1000;
const MOST_PAGES = 20;

const schema = z.strictObject({
  ...common,
  index: z.string(),
  /** Field of the time, and pointer of the line within `_source`. */
  time: z.string().default('@timestamp'),
  message: z.string().default('/message'),
  'api-key-env': z.string().optional(),
});

interface Hit {
  _id: string;
  _index: string;
  _source?: unknown;
  sort?: unknown[];
}

/**
 * Elasticsearch and OpenSearch: `_search` with a query string, sorted by time, page by page with `search_after`
 * (elastic.co/docs, "Paginate search results"; docs.opensearch.org, "Paginate results").
 */
export const elasticsearch = defineStore({
  name: 'elasticsearch',
  schema,
  speaks: { logs: true },
  open(spec, context) {
    const { url, headers } = credentials(spec.url);
    const key = spec['api-key-env'];
    if (key) headers.authorization = `ApiKey ${context.secret(key)}`;
    const address = `${url.href.replace(/\/$/, '')}/${encodeURIComponent(spec.index).replaceAll('%2C', ',').replaceAll('%2A', '*')}/_search`;
    return {
      async lines(query, fromMs, untilMs) {
        const found: StoredLine[] = [];
        let after: unknown[] | undefined;
        for (let page = 0; page < MOST_PAGES; page++) {
          const range = { gte: fromMs, lt: untilMs, format: 'epoch_millis' };
          const asked = {
            size: PAGE,
            query: { bool: { filter: [{ query_string: { query } }, { range: { [spec.time]: range } }] } },
            sort: [{ [spec.time]: { order: 'asc', format: 'epoch_millis', numeric_type: 'date' } }, { _doc: 'asc' }],
            ...(after ? { search_after: after } : {}),
          };
          const { body } = await askStore(context, 'Elasticsearch', {
            url: address,
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(asked),
          });
          const hits = (pointer(body, '/hits/hits') ?? []) as Hit[];
          for (const { _id, _index, _source, sort } of hits) {
            const line = pointer(_source, spec.message);
            const t = Number(sort?.[0]) / 1000;
            if (!Number.isFinite(t)) continue;
            found.push({ id: `${_index}/${_id}`, t, line: typeof line === 'string' ? line : JSON.stringify(_source) });
          }
          after = hits.at(-1)?.sort;
          if (hits.length < PAGE || !after) break;
        }
        return found;
      },
    };
  },
});
