import type { buildConnector } from 'undici';
import type { Version } from '../judge/types.ts';

const KEPT = 2000;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = (values: number[]) => {
  const middle = median(values);
  return middle === undefined ? undefined : `${middle < 10 ? middle.toFixed(1) : Math.round(middle)} ms`;
};

/** Where the time of probes goes: the ways to the server by step, and its first byte; and how they failed. Context for a reader, judged by nobody. */
export class Phases {
  readonly #dns: number[] = [];
  readonly #tcp: number[] = [];
  readonly #tls: number[] = [];
  readonly #why: Record<Version, Map<string, number>> = { old: new Map(), new: new Map() };
  readonly #first: Record<Version, number[]> = { old: [], new: [] };

  /** A connector that notes when the name was found, the connection stood and TLS was agreed. */
  connector(
    build: (options: buildConnector.BuildOptions) => ReturnType<typeof buildConnector>,
    now: () => number,
  ): ReturnType<typeof buildConnector> {
    const connect = build({ timeout: 10_000 });
    return (options, done) => {
      const started = now();
      let found = started;
      let stood = started;
      // What it answers is the socket that is to come, which undici's types do not say.
      const socket = connect(options, done) as unknown as NodeJS.EventEmitter | undefined;
      socket?.once('lookup', () => {
        found = now();
        this.#note(this.#dns, found - started);
      });
      socket?.once('connect', () => {
        stood = now();
        this.#note(this.#tcp, stood - found);
      });
      socket?.once('secureConnect', () => this.#note(this.#tls, now() - stood));
      return socket as never;
    };
  }

  failed(version: Version, why: string): void {
    this.#why[version].set(why, (this.#why[version].get(why) ?? 0) + 1);
  }

  firstByte(version: Version, ms: number): void {
    this.#note(this.#first[version], ms);
  }

  #note(values: number[], ms: number): void {
    if (values.length < KEPT) values.push(ms);
  }

  /** Sentences for "How it was measured". */
  told(): string[] {
    const parts = (named: [string, number[]][]) =>
      named.filter(([, values]) => values.length > 0).map(([name, values]) => `${name} ${shown(values)}`);
    const way = parts([
      ['DNS', this.#dns],
      ['TCP', this.#tcp],
      ['TLS', this.#tls],
    ]);
    const first = parts([
      ['old', this.#first.old],
      ['new', this.#first.new],
    ]);
    const failed = (['old', 'new'] as const).flatMap((version) => {
      const kinds = [...this.#why[version]].sort((a, b) => b[1] - a[1]).slice(0, 5);
      return kinds.length > 0
        ? [`failed probes of the ${version} version: ${kinds.map(([why, n]) => `${n} × ${why}`).join(', ')}`]
        : [];
    });
    return [
      ...failed,
      ...(way.length > 0 ? [`${this.#tcp.length} connections were made, at the median: ${way.join(', ')}`] : []),
      ...(first.length > 0 ? [`first byte after the request, at the median: ${first.join(', ')}`] : []),
    ];
  }
}
