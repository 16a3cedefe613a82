import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { createHttp, type Http } from '../../lib/http.ts';
import { redact } from '../../lib/redact.ts';
import { parseStoreHeader } from '../input/specs.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Version } from '../judge/types.ts';
import { credentials } from '../live/addresses.ts';

/** What `$version` stands for in a query. */
export type Releases = Record<Version, string>;

export const releasesOf = ({ deployment }: VerifyInputs): Releases => ({
  old: deployment?.previous ?? '',
  new: deployment?.release ?? '',
});

/** The headers meant for one kind of store. */
export const storeHeaders = (inputs: Pick<VerifyInputs, 'store-headers'>, kind: string): Record<string, string> =>
  Object.fromEntries(
    inputs['store-headers']
      .map((line, i) => parseStoreHeader(line, i + 1))
      .filter(({ store }) => store === kind)
      .map(({ header }) => header),
  );

/** HTTP to stores, with the CA that the inputs give. */
export const storeHttp = (inputs: Pick<VerifyInputs, 'store-ca'>, { env }: Pick<Actions, 'env'>): Promise<Http> =>
  createHttp(env, { ca: inputs['store-ca'] });

/** How long a store may be away before it counts as lost. */
export const PATIENCE_MS = 30_000;

/** A named question to a store. */
export interface Query {
  name: string;
  value: string;
}

/** An address to put a path behind, and the header that stands for its userinfo. */
export function baseOf(address: string): { base: string; headers: Record<string, string> } {
  const { url, headers } = credentials(address);
  return { base: url.href.replace(/\/$/, ''), headers };
}

export async function getJson(
  http: Http,
  url: string,
  headers: Record<string, string>,
  source: string,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await http({ url, headers, timeoutMs: 5000, signal, maxBytes: 4 * 1024 * 1024 });
  const bad = (what: string) =>
    new SeatrialError('SOURCE_DOWN', `${source} ${what}; check its address and what is asked of it.`);
  if (answer.kind === 'failed') throw bad(`did not answer (${answer.reason})`);
  if (answer.status !== 200) throw bad(`answered ${answer.status}`);
  try {
    return JSON.parse(answer.body);
  } catch {
    throw bad('did not answer in JSON');
  }
}

/** The `data` of Prometheus and Loki; what holds none did not answer the question, whatever its status. */
export function dataOf(answer: unknown, source: string): { resultType?: string; result?: unknown } {
  const { status, data, error } = (answer ?? {}) as { status?: string; data?: object; error?: unknown };
  if (status === 'error' || typeof data !== 'object' || data === null) {
    const why = typeof error === 'string' ? redact(error.slice(0, 200)) : 'its answer holds no data';
    throw new SeatrialError('SOURCE_DOWN', `${source} refused the query: ${why}; check what is asked of it.`);
  }
  return data;
}

/** A question as the report shows it: once, or for each release it is asked of. */
export function resolved(name: string, question: string, releases: Releases): string[] {
  if (!question.includes('$version')) return [`${name}: ${question}`];
  return (['old', 'new'] as const)
    .filter((version) => releases[version] !== '')
    .map((version) => `${name} (${version}): ${question.replaceAll('$version', releases[version])}`);
}
