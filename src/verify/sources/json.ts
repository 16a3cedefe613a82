import type { Http } from '../../lib/http.ts';
import { parseNamed } from '../input/specs.ts';
import type { JudgeEvent } from '../judge/types.ts';
import { pointer } from '../pointer.ts';
import { poll, type SourceKind } from './source.ts';
import { baseOf, getJson, PATIENCE_MS, type Query, storeHeaders, storeHttp } from './store.ts';

/** Business figures from JSON endpoints, as gauges of the new version. */
export function createMetrics(http: Http, metrics: Query[], given: Record<string, string> = {}) {
  return async (emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> => {
    for (const { name, value } of metrics) {
      const [url, path = ''] = value.split('#');
      const { base, headers } = baseOf(url!);
      const found = pointer(await getJson(http, base, { ...headers, ...given }, `The metric ${name}`, signal), path);
      // No data is not zero: a figure that is not there is not read.
      if (typeof found === 'number' && Number.isFinite(found))
        emit({ kind: 'gauge', t: Date.now() / 1000, version: 'new', name, value: found });
    }
  };
}

/** Business figures of JSON endpoints. */
export const json: SourceKind = {
  name: 'JSON',
  speaks: ({ metrics }) => (metrics.length > 0 ? {} : undefined),
  async open(context) {
    const { inputs, actions, emit, signal } = context;
    const named = inputs.metrics.map((line, i) => parseNamed(line, i + 1));
    const read = createMetrics(await storeHttp(inputs, actions), named, storeHeaders(inputs, 'metrics'));
    return { run: () => poll(() => read(emit, signal), context, PATIENCE_MS) };
  },
};
