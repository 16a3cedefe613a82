import type { Http } from '../../lib/http.ts';
import { redact } from '../../lib/redact.ts';
import { parseNamed } from '../input/specs.ts';
import type { VerifyInputs } from '../inputs.ts';
import { getOrMake } from '../judge/maps.ts';
import type { JudgeEvent } from '../judge/types.ts';
import { Increments, type Series, seriesIn, warningsIn } from './series.ts';
import { poll, type SourceKind } from './source.ts';
import {
  baseOf,
  getJson,
  PATIENCE_MS,
  type Query,
  type Releases,
  releasesOf,
  resolved,
  storeHeaders,
  storeHttp,
} from './store.ts';

/** Names of the queries that compare two releases: only a verification does, and a first release has nobody beside it. */
const comparedQueries = ({ mode, queries, deployment }: VerifyInputs): string[] =>
  mode === 'verify' && deployment?.previous
    ? queries.filter((line) => line.includes('$version')).map((line, i) => parseNamed(line, i + 1).name)
    : [];

export interface PrometheusOptions {
  address: string;
  queries: Query[];
  releases: Releases;
  /** Headers beside those of the address: a token, a tenant. */
  headers?: Record<string, string>;
  /** What it says beside its answers; each sentence once. */
  tell?: (sentence: string) => void;
}

/** Asks Prometheus: gauges as they are, each series by itself; counters ($version in the query) as increments of both versions. */
export function createPrometheus(http: Http, options: PrometheusOptions) {
  const { base, headers } = baseOf(options.address);
  const increments = new Map<string, Increments>();
  const told = new Set<string>();
  const tell = (sentence: string) => {
    if (!told.has(sentence)) options.tell?.(sentence);
    told.add(sentence);
  };
  const ask = async (name: string, promql: string, signal: AbortSignal): Promise<Series[]> => {
    const url = `${base}/api/v1/query?query=${encodeURIComponent(promql)}`;
    const answer = await getJson(http, url, { ...headers, ...options.headers }, 'Prometheus', signal);
    for (const warning of warningsIn(answer)) tell(`${name}: Prometheus warns: ${redact(warning.slice(0, 200))}`);
    return seriesIn(answer);
  };
  return async (emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> => {
    for (const { name, value: query } of options.queries) {
      const counter = query.includes('$version');
      for (const version of counter ? (['old', 'new'] as const) : (['new'] as const)) {
        const release = options.releases[version];
        if (counter && release === '') continue;
        const found = await ask(name, query.replaceAll('$version', release), signal);
        const t = Date.now() / 1000;
        if (!counter) {
          for (const { key, value } of found) emit({ kind: 'gauge', t, version, name, value, series: key });
          continue;
        }
        // A counter of failures has no series until the first of them.
        if (found.length === 0)
          tell(`${name}: no series of ${release} yet; if nothing has been counted so far, write "(…) or vector(0)"`);
        const risen = getOrMake(increments, `${name} ${version}`, () => new Increments()).take(found, t);
        if (risen) emit({ kind: 'counter', t, version, name, ...risen });
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
    const read = createPrometheus(await storeHttp(inputs, actions), {
      address,
      queries: asked,
      releases: releasesOf(inputs),
      headers: storeHeaders(inputs, 'prometheus'),
      tell: skip,
    });
    return {
      asked: asked.flatMap(({ name, value }) => resolved(name, value, releasesOf(inputs))),
      run: () => poll(() => read(emit, signal), context, PATIENCE_MS),
    };
  },
};
