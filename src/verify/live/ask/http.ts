import type { Dispatcher } from 'undici';
import { PROBE_AGENT } from '../../../lib/haproxy.ts';
import { amiss, type Expectation } from '../../input/expectation.ts';
import { credentials } from '../addresses.ts';
import type { Ask, ProbedUrl } from './types.ts';

const REDIRECTS = 5;
const MOVED = [301, 302, 303, 307, 308];
/** What is read of a body that is to hold something. */
const BODY_BYTES = 1024 * 1024;

export interface HttpAsk {
  dispatcher: Dispatcher;
  timeoutMs: number;
  headers: Record<string, string>;
  body?: string;
  expected: Expectation;
  followRedirects: boolean;
  firstByte: (target: ProbedUrl, ms: number) => void;
  now: () => number;
}

async function text(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Asks by HTTP; answers why the answer was not as expected, in a few words. Throws what a network throws. */
export async function createHttpAsk(options: HttpAsk): Promise<Ask> {
  const { request } = await import('undici');
  const { dispatcher, timeoutMs, expected, followRedirects } = options;
  const reads = expected.body !== undefined || expected.json.length > 0;
  return async (target, abort) => {
    const asked = options.now();
    const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)]);
    let { url, headers } = credentials(target.url);
    let method = target.method;
    let body = options.body;
    const origin = url.origin;
    const own = { ...options.headers, ...headers };
    for (let hop = 0; ; hop++) {
      headers = { 'user-agent': PROBE_AGENT, ...own, ...target.headers };
      const sends = body !== undefined && method !== 'GET' && method !== 'HEAD';
      const answer = await request(url, {
        method,
        headers,
        body: sends ? body : undefined,
        dispatcher,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal,
      });
      if (hop === 0) options.firstByte(target, options.now() - asked);
      const { location } = answer.headers;
      if (followRedirects && MOVED.includes(answer.statusCode) && typeof location === 'string' && hop < REDIRECTS) {
        await answer.body.dump();
        const next = new URL(location, url);
        // A container that is asked directly sends its users to the name it is known by; it is itself that is asked.
        if (target.headers?.host && next.host === target.headers.host) {
          next.protocol = url.protocol;
          next.host = url.host;
        }
        // What was meant for one server is not handed to another.
        if (next.origin !== origin) for (const name of Object.keys(own)) delete own[name];
        if (answer.statusCode === 303 || (answer.statusCode < 303 && method === 'POST')) {
          method = 'GET';
          body = undefined;
        }
        url = next;
        continue;
      }
      if (reads) return amiss(expected, answer.statusCode, await text(answer.body));
      await answer.body.dump({ limit: 4 * BODY_BYTES });
      return amiss(expected, answer.statusCode, undefined);
    }
  };
}
