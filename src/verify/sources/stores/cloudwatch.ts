import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod';
import { askStore } from './ask.ts';
import { common, defineStore, type StoredLine } from './store-kind.ts';

const MOST_PAGES = 20;
const TARGET = 'Logs_20140328.FilterLogEvents';

const schema = z.strictObject({
  ...common,
  url: common.url.optional(),
  region: z.string().regex(/^[a-z0-9-]+$/),
  'log-group': z.string(),
  'access-key-id-env': z.string().default('AWS_ACCESS_KEY_ID'),
  'secret-access-key-env': z.string().default('AWS_SECRET_ACCESS_KEY'),
  'session-token-env': z.string().optional(),
});

const hash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest();

/** AWS Signature Version 4 of a POST to `/` (docs.aws.amazon.com, "Create a signed AWS API request"). */
export function signAws(
  { host, body, headers, now }: { host: string; body: string; headers: Record<string, string>; now: Date },
  { region, service, id, secret }: { region: string; service: string; id: string; secret: string },
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const signed: Record<string, string> = { ...headers, host, 'x-amz-date': time };
  const names = Object.keys(signed).sort();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${signed[name]!.trim()}`),
    '',
    names.join(';'),
    hash(body),
  ];
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(canonical.join('\n'))].join('\n');
  const key = [region, service, 'aws4_request'].reduce((made, part) => hmac(made, part), hmac(`AWS4${secret}`, day));
  const signature = hmac(key, text).toString('hex');
  const { host: _, ...sent } = signed;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

interface Event {
  eventId: string;
  timestamp: number;
  message: string;
}

/** CloudWatch Logs: FilterLogEvents with a filter pattern; a page may be empty while others follow. */
export const cloudwatch = defineStore({
  name: 'cloudwatch',
  schema,
  speaks: { logs: true },
  open(spec, context) {
    const { region } = spec;
    const url = new URL(spec.url ?? `https://logs.${region}.amazonaws.com/`);
    const keys = {
      region,
      service: 'logs',
      id: context.secret(spec['access-key-id-env']),
      secret: context.secret(spec['secret-access-key-env']),
    };
    const token = spec['session-token-env'];
    return {
      async lines(query, fromMs, untilMs) {
        const found: StoredLine[] = [];
        let nextToken: string | undefined;
        for (let page = 0; page < MOST_PAGES; page++) {
          const asked = {
            logGroupName: spec['log-group'],
            startTime: fromMs,
            endTime: untilMs,
            limit: 10_000,
            nextToken,
          };
          const body = JSON.stringify(query ? { ...asked, filterPattern: query } : asked);
          const headers: Record<string, string> = {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': TARGET,
          };
          if (token) headers['x-amz-security-token'] = context.secret(token);
          const signed = signAws({ host: url.host, body, headers, now: context.now() }, keys);
          const answer = await askStore(context, 'CloudWatch', {
            url: url.href,
            method: 'POST',
            headers: signed,
            body,
          });
          const { events = [], nextToken: next } = answer.body as { events?: Event[]; nextToken?: string };
          for (const { eventId, timestamp, message } of events)
            found.push({ id: eventId, t: timestamp / 1000, line: message });
          nextToken = next;
          if (!nextToken) break;
        }
        return found;
      },
    };
  },
});
