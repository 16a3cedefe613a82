import { createHttp, type Http } from '../../lib/http.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { JudgeEvent } from '../judge/types.ts';
import { poll, type SourceKind } from './source.ts';
import { parseNamed } from './specs.ts';
import { baseOf, dataOf, getJson, PATIENCE_MS, type Query, type Releases, releasesOf } from './store.ts';

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
const comparedQueries = ({ mode, queries, deployment }: VerifyInputs): string[] =>
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

/** Prometheus, and what answers as it does. */
export const prometheus: SourceKind = {
  name: 'Prometheus',
  speaks: (inputs) => (inputs.queries.length > 0 ? { counters: comparedQueries(inputs) } : undefined),
  async open(context) {
    const { inputs, actions, emit, signal, skip } = context;
    const address = inputs['prometheus-url'];
    if (!address) return undefined;
    const compared = comparedQueries(inputs);
    const all = inputs.queries.map((line, i) => parseNamed(line, i + 1));
    const asked = all.filter(({ name, value }) => !value.includes('$version') || compared.includes(name));
    if (asked.length < all.length) skip('queries with $version: there is no old version to compare with here');
    const read = createPrometheus(await createHttp(actions.env), address, asked, releasesOf(inputs));
    return { run: () => poll(() => read(emit, signal), context, PATIENCE_MS) };
  },
};
