import type * as z from 'zod';
import { SeatrialError } from '../../lib/errors.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { JudgeEvent, Version } from '../judge/types.ts';
import { poll, type SourceContext, type SourceKind } from './source.ts';
import { PATIENCE_MS, type Releases, releasesOf, resolved, storeHeaders, storeHttp } from './store.ts';
import type { OpenStore } from './stores/store-kind.ts';

const HISTORY_MS = 10 * 60_000;
/** Stores take lines in late and out of order: what came within this time is asked for again. */
const OVERLAP_MS = 60_000;
const KEPT = 50_000;
/** Stores that count failures; the others have lines. Known before any is loaded. */
const COUNTS: readonly string[] = ['sentry', 'skywalking', 'otlp'];

const invalid = (message: string, cause?: unknown) =>
  new SeatrialError('INPUT_INVALID', `stores: ${message}`, { cause });

interface Given {
  name: string;
  store: OpenStore;
  /** What is asked for each version; a version that has nothing is not asked for. */
  queries: Record<Version, string | undefined>;
}

const sentence = (error: z.ZodError) => {
  const issue = error.issues[0]!;
  return `${issue.path.join('.')}${issue.path.length > 0 ? ': ' : ''}${issue.message}`;
};

type Entry = { kind?: string } | null;

/** The entries of the input, in whatever form of YAML. Errors: INPUT_INVALID. */
async function entriesOf(text: string): Promise<Entry[]> {
  const { parse } = await import('yaml');
  let list: unknown;
  try {
    list = parse(text);
  } catch (cause) {
    throw invalid('it is no YAML; write a list of stores, each with a kind.', cause);
  }
  if (!Array.isArray(list)) throw invalid('write a list of stores, each with a kind.');
  return list;
}

const kindsOf = async ({ stores: text }: VerifyInputs): Promise<string[]> =>
  text ? (await entriesOf(text)).map((entry) => String(entry?.kind ?? '')) : [];

async function openAll(context: SourceContext, releases: Releases): Promise<Given[]> {
  const { inputs, actions, signal } = context;
  const { STORES } = await import('./stores/index.ts');
  const list = await entriesOf(inputs.stores!);
  const http = await storeHttp(inputs, actions);
  return list.map((entry, i): Given => {
    const kind = STORES[entry?.kind ?? ''];
    if (!kind) throw invalid(`entry ${i + 1}: choose a kind of ${Object.keys(STORES).join(', ')}.`);
    const read = kind.schema.safeParse(entry);
    if (!read.success) throw invalid(`entry ${i + 1} (${entry!.kind}): ${sentence(read.error)}`);
    const secret = (name: string) => {
      const value = actions.env[name]?.trim();
      if (!value) throw invalid(`entry ${i + 1} (${entry!.kind}): the environment has no ${name}.`);
      actions.mask(value);
      return value;
    };
    const spec = read.data as { new?: string; old?: string };
    const store = kind.open(read.data, {
      http,
      headers: storeHeaders(inputs, entry!.kind!),
      secret,
      signal,
      now: () => new Date(),
    });
    // A first release has nobody before it, and an empty release would be anybody's.
    const query = (version: Version) => {
      const text = spec[version] ?? (store.count ? 'release:"$version"' : undefined);
      if (text === undefined || (text.includes('$version') && releases[version] === '')) return undefined;
      return text.replaceAll('$version', releases[version]);
    };
    return {
      name: `${entry!.kind}${list.length > 1 ? ` ${i + 1}` : ''}`,
      store,
      queries: { old: query('old'), new: query('new') },
    };
  });
}

/** Reads a store's lines again and again; each line once, though it is asked for as long as it may come late. */
function reader({ name, store, queries }: Given, sinceMs: number, emit: (event: JudgeEvent) => void) {
  const seen = new Set<string>();
  const event = (version: Version, t: number, line: string): JudgeEvent => ({
    kind: 'log',
    t,
    version,
    line,
    source: name,
  });
  const ask = async (version: Version, fromMs: number, untilMs: number): Promise<JudgeEvent[]> => {
    const query = queries[version];
    if (query === undefined || !store.lines) return [];
    const lines = await store.lines(query, fromMs, untilMs, version);
    const fresh = lines.filter(({ id }) => !seen.has(`${version} ${id}`));
    for (const { id } of fresh) seen.add(`${version} ${id}`);
    for (const id of seen) {
      if (seen.size <= KEPT) break;
      seen.delete(id);
    }
    return fresh.sort((a, b) => a.t - b.t).map(({ t, line }) => event(version, t, line));
  };
  return {
    past: () => ask('old', sinceMs - HISTORY_MS, sinceMs),
    async read() {
      const now = Date.now();
      const from = Math.max(sinceMs, now - OVERLAP_MS);
      for (const version of ['old', 'new'] as const) for (const one of await ask(version, from, now)) emit(one);
    },
  };
}

/** Failures of both releases since the last reading, whose window ends some seconds ago: they come late too. */
function counter({ name, store, queries }: Given, sinceMs: number, emit: (event: JudgeEvent) => void) {
  const LAG_MS = 15_000;
  const step = store.stepMs ?? 1;
  let from = Math.ceil(sinceMs / step) * step;
  return async () => {
    const until = Math.floor((Date.now() - LAG_MS) / step) * step;
    if (until - from < Math.max(2000, step)) return;
    const counts = await Promise.all(
      (['old', 'new'] as const).map((version) => store.count!(queries[version]!, from, until)),
    );
    const n = (until - from) / 1000;
    for (const [i, version] of (['old', 'new'] as const).entries()) {
      const answer = counts[i]!;
      // Of requests where they are known: a canary has few failures because few ask it.
      const { failures: k, of } = typeof answer === 'number' ? { failures: answer, of: n } : answer;
      if (of > 0) emit({ kind: 'counter', t: Date.now() / 1000, version, name, k, n: of });
    }
    from = until;
  };
}

/** Names of counters that both releases have: only a verification compares, and a first release has nobody beside it. */
const counted = ({ mode, deployment }: VerifyInputs, kinds: readonly string[]): string[] => {
  if (mode !== 'verify' || !deployment?.previous) return [];
  return kinds
    .map((kind, i) => ({ kind, name: `${kind}${kinds.length > 1 ? ` ${i + 1}` : ''}` }))
    .filter(({ kind }) => COUNTS.includes(kind))
    .map(({ name }) => name);
};

/** The stores of the input `stores`: lines of both versions, or counts of failures. */
export const stores: SourceKind = {
  name: 'stores',
  async speaks(inputs) {
    if (!inputs.stores) return undefined;
    const kinds = await kindsOf(inputs);
    return { logs: kinds.some((kind) => !COUNTS.includes(kind)), counters: counted(inputs, kinds) };
  },
  async open(context) {
    const { inputs, sinceMs, emit, skip } = context;
    const releases = releasesOf(inputs);
    const all = await openAll(context, releases);
    const compares = counted(inputs, await kindsOf(inputs));
    const readers = all.filter(({ store }) => store.lines).map((one) => reader(one, sinceMs, emit));
    const counters = all.filter(({ store, name }) => store.count && compares.includes(name));
    for (const { name, store } of all)
      if (store.count && !compares.includes(name)) skip(`${name}: there is no old version to compare with here`);
    return {
      asked: all.flatMap(({ name, queries }) =>
        Object.entries(queries).flatMap(([version, query]) =>
          query === undefined ? [] : resolved(`${name} (${version})`, query, releases),
        ),
      ),
      past: async () => (await Promise.all(readers.map((one) => one.past()))).flat(),
      async run() {
        await Promise.all([
          ...readers.map((one) => poll(one.read, context, PATIENCE_MS)),
          ...counters.map((one) => poll(counter(one, sinceMs, emit), context, PATIENCE_MS)),
        ]);
      },
    };
  },
};
