import type { Watched } from '../live/containers.ts';
import { evidenceOf, isGone, isUnreadable, lastLines, pastOf, Reading, readLog } from '../live/logs.ts';
import { parseFormat, readsAll } from '../logs/format.ts';
import { poll, type SourceContext, type SourceKind } from './source.ts';

/** What the old version wrote so long ago is still part of its baseline. */
const HISTORY_MS = 10 * 60_000;
/** Of each new container so many bytes are kept, should the engine lose its log: 400 lines mostly fit. */
const KEPT_BYTES = 512 * 1024;

/** The last chunks of a container's log as they came. */
interface Kept {
  tty: boolean;
  chunks: Buffer[];
  bytes: number;
}

/** Follows the logs of a run's containers. */
class Logs {
  readonly #context: SourceContext;
  readonly #kept = new Map<string, Kept>();
  readonly #readings = new Map<string, Reading>();
  /** Containers whose log can't be read: told once. */
  readonly #unread = new Set<string>();

  constructor(context: SourceContext) {
    this.#context = context;
  }

  #reading({ name }: Watched): Reading {
    const reading = this.#readings.get(name) ?? new Reading(name);
    this.#readings.set(name, reading);
    return reading;
  }

  /** A declared format may mean lines that no list of words would find. */
  get #all(): boolean {
    return readsAll(parseFormat(this.#context.inputs['log-format']));
  }

  /** A log that can't be read is not checked: that is said, and the gates of the log say nothing. */
  #unreadable({ name }: Watched, error: unknown): void {
    if (this.#unread.has(name)) return;
    this.#unread.add(name);
    this.#context.skip(error instanceof Error ? error.message : String(error));
    // Told as the old version's, since nothing began with it.
    this.#context.emit({ kind: 'lines', t: Date.now() / 1000, version: 'old', count: 0, unread: true });
  }

  /** Told as the old version's, since nothing began with it. */
  #open({ version }: Watched): void {
    if (version === 'new')
      this.#context.emit({ kind: 'lines', t: Date.now() / 1000, version: 'old', count: 0, readable: true });
  }

  async past(target: Watched) {
    const { sinceMs, signal } = this.#context;
    try {
      const sink = { reading: this.#reading(target), all: this.#all };
      return await pastOf(target, sinceMs - HISTORY_MS, sinceMs, sink, signal);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#unreadable(target, error);
      return [];
    }
  }

  /** A followed log ends when its container does, or when its host restarts it; then it is taken up again. */
  async follow(target: Watched): Promise<void> {
    const { emit, signal, sinceMs } = this.#context;
    let since = sinceMs;
    let done = this.#unread.has(target.name);
    const raw = target.version === 'new' ? (data: Buffer, tty: boolean) => this.#keep(target, data, tty) : undefined;
    await poll(async () => {
      if (done) return;
      const from = since;
      since = Date.now();
      const sink = {
        reading: this.#reading(target),
        all: this.#all,
        raw,
        opened: () => this.#open(target),
        emit: (event: Parameters<typeof emit>[0]) => {
          since = Date.now();
          emit(event);
        },
      };
      try {
        await readLog(target, { sinceMs: from, follow: true }, sink, signal);
      } catch (error) {
        if (isUnreadable(error)) this.#unreadable(target, error);
        // The vitals tell that a container is gone; its log ends with it.
        else if (!isGone(error)) throw error;
        done = true;
      }
    }, this.#context);
  }

  #keep({ name }: Watched, data: Buffer, tty: boolean): void {
    const kept = this.#kept.get(name) ?? { tty, chunks: [], bytes: 0 };
    this.#kept.set(name, kept);
    kept.chunks.push(data);
    kept.bytes += data.length;
    while (kept.chunks.length > 1 && kept.bytes - kept.chunks[0]!.length > KEPT_BYTES)
      kept.bytes -= kept.chunks.shift()!.length;
  }

  /** What is kept of the new containers' logs. */
  kept(): string | undefined {
    const parts = [...this.#kept].map(([name, { chunks, tty }]) => evidenceOf(name, Buffer.concat(chunks), tty));
    return parts.length > 0 ? parts.join('\n') : undefined;
  }

  told(): string[] {
    return [...this.#readings.values()].filter(({ lines }) => lines > 0).map(({ told }) => told);
  }
}

/** One for each log: tasks of a Swarm have that of their service in common. */
function byLog(containers: readonly Watched[]): Watched[] {
  const logs = new Map<string, Watched>();
  for (const one of containers) {
    const name = one.task ? `${one.host.host} ${one.task.service}` : `${one.host.host} ${one.id}`;
    if (!logs.has(name)) logs.set(name, one.task ? { ...one, name: one.task.service } : one);
  }
  return [...logs.values()];
}

/** Logs of containers, as the engine keeps them. */
export const containerLogs: SourceKind = {
  name: 'container logs',
  speaks: ({ deployment, containers }) => (deployment || containers.length > 0 ? { logs: true } : undefined),
  async open(context) {
    const containers = byLog(context.site.containers);
    const logs = new Logs(context);
    const of = (version: Watched['version']) => containers.filter((one) => one.version === version);
    return {
      past: async () => (await Promise.all(of('old').map((one) => logs.past(one)))).flat(),
      async run() {
        context.site.onNew?.((one) => {
          containers.push(one);
          logs.follow(one).catch(context.lost);
        });
        await Promise.all([...containers].map((one) => logs.follow(one)));
      },
      measured: async () => logs.told(),
      evidence: async () => (await lastLines(of('new'))) ?? logs.kept(),
    };
  },
};
