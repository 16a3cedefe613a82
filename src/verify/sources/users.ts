import type { EdgeRecord } from '../../lib/edge-records.ts';
import type { JudgeEvent, Version } from '../judge/types.ts';
import type { Edge } from '../live/edge.ts';
import { EdgeRings } from '../live/edge-rings.ts';
import { Endpoints } from '../live/endpoints.ts';
import { Testers } from '../live/testers.ts';
import type { SourceContext, SourceKind } from './source.ts';

/** What users met of the old version so long ago is still part of its baseline, as its log is. */
const HISTORY_S = 600;

/** Users' requests by release and endpoint, each as the edge wrote it down. */
class Users {
  readonly #context: SourceContext;
  readonly #endpoints = new Endpoints();
  readonly #testers: Testers;
  readonly rings: EdgeRings[] = [];
  #read = 0;
  #judged = 0;
  #probes = 0;
  /** Answers with 5xx that the edge gave by itself: there was no server to give the request to. */
  #own = 0;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#testers = new Testers(context.emit);
  }

  /** Takes the records of every edge that keeps some. */
  async open(): Promise<void> {
    const { site, sinceMs, clock, signal, lost, skip } = this.#context;
    for (const edge of site.edges) {
      const ring = await edge.look(signal).catch(() => undefined);
      if (ring === undefined) continue; // the source of its counters tells that it can't be read
      if (!ring) {
        skip(
          `users' latency and endpoints: the edge ${edge.container} keeps no records; its counters were judged instead (a deploy by this version renews it)`,
        );
        continue;
      }
      edge.recorded = true;
      const since = (sinceMs + edge.host.skewMs) / 1000;
      const take = (record: EdgeRecord, at: string) => this.#take(edge, record, at);
      this.rings.push(new EdgeRings(edge, { since, take, clock, signal, lost }));
    }
  }

  #event(edge: Edge, record: EdgeRecord, version: Version): JudgeEvent {
    const { at, method, path, status, why, ms } = record;
    const endpoint = this.#endpoints.of(method, path, status);
    return { kind: 'request', t: at - edge.host.skewMs / 1000, version, endpoint, ok: why === undefined, why, ms };
  }

  #take(edge: Edge, record: EdgeRecord, at: string): void {
    this.#read++;
    if (record.kind === 'probe') {
      this.#probes++;
      return;
    }
    const version = edge.versionAt(record.server, at);
    if (!version) {
      if (record.server === '' && record.status >= 500) this.#own++;
      return;
    }
    if (record.kind === 'canary') {
      this.#testers.add(version, record, Date.now() / 1000);
    } else {
      this.#judged++;
      this.#context.emit(this.#event(edge, record, version));
    }
  }

  /** What the old version's users met before the run, as far back as the ring goes. */
  async past(): Promise<JudgeEvent[]> {
    const { inputs, sinceMs } = this.#context;
    // A baseline was made of the same requests: none may count twice.
    if (inputs['baseline-file']) return [];
    const found: JudgeEvent[] = [];
    for (const rings of this.rings) {
      const { edge } = rings;
      const until = (sinceMs + edge.host.skewMs) / 1000;
      for (const { edge: at, records } of await rings.past()) {
        for (const record of records) {
          const { at: ended, kind, server } = record;
          if (kind !== 'user' || ended > until || ended < until - HISTORY_S) continue;
          if (edge.versionAt(server, at) !== 'old' || ended < edge.bornAt(server, at)) continue;
          found.push(this.#event(edge, record, 'old'));
        }
      }
    }
    return found;
  }

  rows(): [string, string, string][] {
    return this.#testers.rows();
  }

  told(): string[] {
    if (this.rings.length === 0) return [];
    const lost = this.rings.reduce((sum, { lost }) => sum + lost, 0);
    const gaps = this.rings.reduce((sum, { gaps }) => sum + gaps, 0);
    const heard = this.rings.reduce((sum, rings) => sum + rings.heard, 0);
    const whose = heard === 1 ? "the edge's records" : `the records of ${heard} edges`;
    const parts = [
      `users' requests by ${whose}: ${this.#judged} of ${this.#read} judged, on ${this.#endpoints.size} endpoints`,
      this.#probes > 0 && `${this.#probes} were our probes`,
      this.#testers.count > 0 && `${this.#testers.count} were of testers (canary-match), who are told apart`,
      this.#own > 0 && `${this.#own} were answered with 5xx by the edge itself, for want of a server`,
      lost > 0 && `${lost} more were overwritten before they could be read`,
      gaps > 0 && `${gaps} times some were, nobody knows how many`,
    ];
    return [parts.filter(Boolean).join('; ')];
  }
}

/** Who sends another name than ours can't be told from a user. */
const unnamed = (headers: readonly string[]) => headers.some((line) => /^user-agent:/i.test(line));

/** Users' requests by the edge's records, in place of its counters. */
export const users: SourceKind = {
  name: 'users',
  speaks: ({ deployment }) => (deployment?.hosts.some((host) => host.edge) ? { requests: true } : undefined),
  async open(context) {
    const { inputs, skip } = context;
    if (unnamed(inputs.headers)) {
      skip("users' latency and endpoints: with a User-Agent of your own, probes can't be told from users at the edge");
      return undefined;
    }
    const all = new Users(context);
    await all.open();
    return {
      past: () => all.past(),
      async run() {
        try {
          // An edge that could not be read is none any more.
          const there = all.rings.filter(({ edge }) => context.site.edges.includes(edge));
          await Promise.all(there.map((rings) => rings.run()));
        } finally {
          for (const rings of all.rings) rings.close();
        }
      },
      rows: () => all.rows(),
      async measured() {
        all.rings.flatMap((rings) => rings.missing()).forEach(skip);
        return all.told();
      },
    };
  },
};
