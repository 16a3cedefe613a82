import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { askStore } from './ask.ts';
import { common, defineStore, type StoreContext, type StoredLine } from './store-kind.ts';

const PAGE = 100;
const MOST_PAGES = 50;

const schema = z.strictObject({
  ...common,
  project: z.string(),
  logstore: z.string(),
  /** The field of the line; without it the whole record. */
  message: z.string().default('content'),
  'access-key-id-env': z.string(),
  'access-key-secret-env': z.string(),
});

/**
 * The header `Authorization` of Aliyun Log Service: HMAC-SHA1 over method, MD5, type, date, the `x-log-` and `x-acs-`
 * headers by name, and the path with its query by name (help.aliyun.com, "SLS API signature").
 */
export function signSls(
  request: {
    method: string;
    path: string;
    query: Record<string, string>;
    headers: Record<string, string>;
    body?: string;
  },
  id: string,
  secret: string,
): string {
  const { headers } = request;
  const own = Object.keys(headers)
    .filter((name) => /^x-(?:log|acs)-/.test(name))
    .sort()
    .map((name) => `${name}:${headers[name]}`);
  const query = Object.keys(request.query)
    .sort()
    .map((name) => `${name}=${request.query[name]}`)
    .join('&');
  const text = [
    request.method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    headers.date ?? '',
    ...own,
    query ? `${request.path}?${query}` : request.path,
  ].join('\n');
  return `LOG ${id}:${createHmac('sha1', secret).update(text, 'utf8').digest('base64')}`;
}

/** Aliyun Log Service (SLS): GetLogs, a hundred lines a page; an answer that is not complete is asked again. */
export const sls = defineStore({
  name: 'sls',
  schema,
  speaks: { logs: true },
  open(spec, context) {
    const id = context.secret(spec['access-key-id-env']);
    const secret = context.secret(spec['access-key-secret-env']);
    const base = new URL(spec.url);
    const ask = async (query: Record<string, string>) => {
      const path = `/logstores/${spec.logstore}`;
      const headers: Record<string, string> = {
        date: context.now().toUTCString(),
        'x-log-apiversion': '0.6.0',
        'x-log-bodyrawsize': '0',
        'x-log-signaturemethod': 'hmac-sha1',
      };
      headers.authorization = signSls({ method: 'GET', path, query, headers }, id, secret);
      // The project stands before the host, as SLS names it; an address that has it already is left as it is.
      const host =
        base.host.startsWith(`${spec.project}.`) || /^[\d.:[\]]+$|^localhost/.test(base.host)
          ? base.host
          : `${spec.project}.${base.host}`;
      return askStore(context, 'SLS', {
        url: `${base.protocol}//${host}${path}?${new URLSearchParams(query)}`,
        headers,
      });
    };
    return {
      lines: (query, fromMs, untilMs) => pages(query, fromMs, untilMs, spec.message, ask, context),
    };
  },
});

async function pages(
  query: string,
  fromMs: number,
  untilMs: number,
  message: string,
  ask: (query: Record<string, string>) => Promise<{ body: unknown; headers: Record<string, string> }>,
  _: StoreContext,
): Promise<StoredLine[]> {
  const found: StoredLine[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const asked = {
      type: 'log',
      // Whole seconds; `to` is excluded.
      from: String(Math.floor(fromMs / 1000)),
      to: String(Math.ceil(untilMs / 1000)),
      query,
      line: String(PAGE),
      offset: String(page * PAGE),
      reverse: 'false',
    };
    let { body, headers } = await ask(asked);
    for (let again = 0; headers['x-log-progress'] === 'Incomplete' && again < 3; again++)
      ({ body, headers } = await ask(asked));
    const records = (Array.isArray(body) ? body : []) as Record<string, string>[];
    for (const record of records) {
      const t = Number(record.__time__) + Number(record.__time_ns_part__ ?? 0) / 1e9;
      const text = JSON.stringify(record);
      found.push({ id: createHash('sha1').update(text).digest('base64'), t, line: record[message] ?? text });
    }
    if (records.length < PAGE) break;
  }
  return found;
}
