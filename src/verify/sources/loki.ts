import type { Http } from '../../lib/http.ts';
import { parseSelector } from '../input/specs.ts';
import type { JudgeEvent, Version } from '../judge/types.ts';
import { poll, type SourceKind } from './source.ts';
import {
  baseOf,
  dataOf,
  getJson,
  PATIENCE_MS,
  type Releases,
  releasesOf,
  resolved,
  storeHeaders,
  storeHttp,
} from './store.ts';

/** What the old version wrote so long ago is still part of its baseline. */
const HISTORY_MS = 10 * 60_000;

export interface Selector {
  version: Version;
  selector: string;
}

const PAGE = 5000;

/** Loki's lines: `history` is what the old version wrote before, `read` what was written since it was last asked. */
export function createLoki(
  http: Http,
  address: string,
  selectors: Selector[],
  releases: Releases,
  sinceMs: number,
  given: Record<string, string> = {},
) {
  const { base, headers: own } = baseOf(address);
  const headers = { ...own, ...given };
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
        for (let from = start, full = true; full; ) {
          const page = await ask(one, `direction=forward&start=${from}`, signal);
          for (const { ns, event } of page) {
            emit(event);
            from = ns + 1n;
          }
          next.set(one, from);
          full = page.length >= PAGE;
        }
      }
    },
  };
}

/** Log lines of Loki. */
export const loki: SourceKind = {
  name: 'Loki',
  speaks: (inputs) => (inputs['loki-url'] ? { logs: true } : undefined),
  async open(context) {
    const { inputs, actions, emit, signal, sinceMs } = context;
    const address = inputs['loki-url'];
    if (!address) return undefined;
    const releases = releasesOf(inputs);
    const selectors = inputs['loki-queries']
      .map((line, i) => parseSelector(line, i + 1))
      // A first release has nobody before it, and an empty label would be anybody's.
      .filter(({ version, selector }) => releases[version] !== '' || !selector.includes('$version'));
    const asked = createLoki(
      await storeHttp(inputs, actions),
      address,
      selectors,
      releases,
      sinceMs,
      storeHeaders(inputs, 'loki'),
    );
    return {
      asked: selectors.flatMap(({ version, selector }) =>
        resolved(`loki ${version}`, selector.replaceAll('$version', releases[version]), releases),
      ),
      past: () => asked.history(sinceMs - HISTORY_MS, signal),
      run: () => poll(() => asked.read(emit, signal), context, PATIENCE_MS),
    };
  },
};
