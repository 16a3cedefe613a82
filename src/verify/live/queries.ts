import { SeatrialError } from '../../lib/errors.ts';
import type { Http } from '../../lib/http.ts';
import { redact } from '../../lib/redact.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { JudgeEvent, Version } from '../judge/types.ts';
import { parseNamed } from '../sources/specs.ts';
import { credentials } from './addresses.ts';

export type Releases = Record<Version, string>;

/** An address to put a path behind, and the header that stands for its userinfo. */
function baseOf(address: string): { base: string; headers: Record<string, string> } {
  const { url, headers } = credentials(address);
  return { base: url.href.replace(/\/$/, ''), headers };
}

async function getJson(
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
function dataOf(answer: unknown, source: string): { resultType?: string; result?: unknown } {
  const { status, data, error } = (answer ?? {}) as { status?: string; data?: object; error?: unknown };
  if (status === 'error' || typeof data !== 'object' || data === null) {
    const why = typeof error === 'string' ? redact(error.slice(0, 200)) : 'its answer holds no data';
    throw new SeatrialError('SOURCE_DOWN', `${source} refused the query: ${why}; check what is asked of it.`);
  }
  return data;
}

export interface Query {
  name: string;
  value: string;
}

/** The sum of an instant query's result; no series or NaN is no data, never 0. */
export function numberIn(answer: unknown): number | undefined {
  const data = dataOf(answer, 'Prometheus');
  const { result } = data;
  if (data.resultType === 'scalar' && Array.isArray(result)) return finite(Number(result[1]));
  if (!Array.isArray(result) || result.length === 0) return undefined;
  const values = result.map((one) => Number((one as { value?: [number, string] }).value?.[1]));
  return finite(values.reduce((sum, value) => sum + value, 0));
}
const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

/** Names of the queries that compare two releases: only a verification does, and a first release has nobody beside it. */
export const comparedQueries = ({ mode, queries, deployment }: VerifyInputs): string[] =>
  mode === 'verify' && deployment?.previous
    ? queries.filter((line) => line.includes('$version')).map((line, i) => parseNamed(line, i + 1).name)
    : [];

/** Asks Prometheus: gauges as they are, counters ($version in the query) as increments of both versions. */
export function createPrometheus(http: Http, address: string, queries: Query[], releases: Releases) {
  const { base, headers } = baseOf(address);
  const last = new Map<string, { value: number; t: number }>();
  return async (emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> => {
    for (const { name, value: query } of queries) {
      const counter = query.includes('$version');
      for (const version of counter ? (['old', 'new'] as const) : (['new'] as const)) {
        if (counter && releases[version] === '') continue;
        const promql = query.replaceAll('$version', releases[version]);
        const value = numberIn(
          await getJson(
            http,
            `${base}/api/v1/query?query=${encodeURIComponent(promql)}`,
            headers,
            'Prometheus',
            signal,
          ),
        );
        const t = Date.now() / 1000;
        if (value === undefined) continue;
        if (!counter) {
          emit({ kind: 'gauge', t, version, name, value });
          continue;
        }
        const before = last.get(`${name} ${version}`);
        last.set(`${name} ${version}`, { value, t });
        // A counter that fell began anew; what it holds came since.
        if (before && t > before.t)
          emit({
            kind: 'counter',
            t,
            version,
            name,
            k: value >= before.value ? value - before.value : value,
            n: t - before.t,
          });
      }
    }
  };
}

/** A value of a JSON document by RFC 6901 pointer. */
export function pointer(document: unknown, path: string): unknown {
  if (path === '' || path === '/') return document;
  let at = document;
  for (const step of path.replace(/^\//, '').split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** Business figures from JSON endpoints, as gauges of the new version. */
export function createMetrics(http: Http, metrics: Query[]) {
  return async (emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> => {
    for (const { name, value } of metrics) {
      const [url, path = ''] = value.split('#');
      const { base, headers } = baseOf(url!);
      const found = pointer(await getJson(http, base, headers, `The metric ${name}`, signal), path);
      // No data is not zero: a figure that is not there is not read.
      if (typeof found === 'number' && Number.isFinite(found))
        emit({ kind: 'gauge', t: Date.now() / 1000, version: 'new', name, value: found });
    }
  };
}

export interface Selector {
  version: Version;
  selector: string;
}

const PAGE = 5000;

/** Loki's lines: `history` is what the old version wrote before, `read` what was written since it was last asked. */
export function createLoki(http: Http, address: string, selectors: Selector[], releases: Releases, sinceMs: number) {
  const { base, headers } = baseOf(address);
  const next = new Map<Selector, bigint>();
  const ask = async (one: Selector, range: string, signal: AbortSignal) => {
    const query = encodeURIComponent(one.selector.replaceAll('$version', releases[one.version]));
    const url = `${base}/loki/api/v1/query_range?limit=${PAGE}&${range}&query=${query}`;
    const { result } = dataOf(await getJson(http, url, headers, 'Loki', signal), 'Loki');
    const streams = (Array.isArray(result) ? result : []) as { values?: [string, string][] }[];
    return streams
      .flatMap(({ values = [] }, i) => values.map(([ns, line]) => ({ ns: BigInt(ns), line, i })))
      .sort((a, b) => (a.ns < b.ns ? -1 : 1))
      .map(({ ns, line, i }) => ({
        ns,
        event: {
          kind: 'log',
          t: Number(ns / 1_000_000n) / 1000,
          version: one.version,
          line,
          source: `loki ${i}`,
        } satisfies JudgeEvent,
      }));
  };
  return {
    /** The newest lines of the old version between `fromMs` and the start. */
    async history(fromMs: number, signal: AbortSignal): Promise<JudgeEvent[]> {
      const range = `direction=backward&start=${BigInt(fromMs) * 1_000_000n}&end=${BigInt(sinceMs) * 1_000_000n}`;
      const olds = selectors.filter(({ version }) => version === 'old');
      const found = await Promise.all(olds.map((one) => ask(one, range, signal)));
      return found.flat().map(({ event }) => event);
    },
    async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
      for (const one of selectors) {
        const start = next.get(one) ?? BigInt(sinceMs) * 1_000_000n;
        for (const { ns, event } of await ask(one, `direction=forward&start=${start}`, signal)) {
          emit(event);
          next.set(one, ns + 1n);
        }
      }
    },
  };
}
