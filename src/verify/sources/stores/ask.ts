import { SeatrialError } from '../../../lib/errors.ts';
import type { HttpRequest } from '../../../lib/http.ts';
import { redact } from '../../../lib/redact.ts';
import type { StoreContext } from './store-kind.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Asks a store for JSON. Errors: SOURCE_DOWN, with what the store said of it. */
export async function askStore(
  { http, headers, signal }: StoreContext,
  store: string,
  request: Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body'>,
  /** Statuses beside 200 with which it answers a question, and refuses none. */
  also: readonly number[] = [],
): Promise<{ body: unknown; headers: Record<string, string> }> {
  const answer = await http({
    ...request,
    headers: { accept: 'application/json', ...request.headers, ...headers },
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    signal,
  });
  const bad = (what: string) => new SeatrialError('SOURCE_DOWN', `${store} ${what}; check its entry in stores.`);
  if (answer.kind === 'failed') throw bad(`did not answer (${answer.reason})`);
  if (answer.status !== 200 && !also.includes(answer.status))
    throw bad(`answered ${answer.status}: ${redact(answer.body.slice(0, 200)).replace(/\s+/g, ' ')}`);
  if (!answer.complete) throw bad('answered with more than 16 MiB, or was cut off');
  try {
    return { body: JSON.parse(answer.body), headers: answer.headers };
  } catch {
    throw bad('did not answer in JSON');
  }
}
