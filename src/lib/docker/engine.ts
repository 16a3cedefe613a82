import Docker from 'dockerode';
import { SeatrialError } from '../errors.ts';
import type { EngineAddress } from './address.ts';
import { statusOf } from './status.ts';
import { Wire } from './wire.ts';

export { statusOf };

export interface CallOptions {
  /** Outer deadline, milliseconds (default 30 s). dockerode alone can hang for ever when a connection is cut. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A tunnel's process tells of its end a moment after the sockets it carried have failed. */
const LOSS_MS = 1000;

/** One Docker engine. Every call has an abort signal and an outer deadline; the API version is the daemon's own. */
export class Engine {
  readonly label: string;
  readonly docker: Docker;
  readonly #wire: Wire;
  readonly #lost: AbortSignal | undefined;
  /** Aborts every call of this engine, e.g. when its tunnel died. */
  readonly #closed = new AbortController();

  constructor(address: EngineAddress) {
    this.label = address.label;
    this.#wire = new Wire(address);
    // The wire connects, wherever to; docker-modem is told of a socket path in every case: with a host it goes through
    // url.parse(), which Node 24 deprecates on stderr. The undefined ones keep DOCKER_HOST out of it.
    const options = {
      socketPath: address.socketPath ?? '/engine',
      agent: this.#wire,
      protocol: 'http' as const,
      host: undefined,
      port: undefined,
      ca: undefined,
      cert: undefined,
      key: undefined,
    };
    this.docker = new Docker(options);
    const { lost } = address;
    this.#lost = lost;
    if (lost?.aborted) this.close(lost.reason);
    else lost?.addEventListener('abort', () => this.close(lost.reason), { once: true });
  }

  /** Ends every call, stream and session with `reason`; later calls fail with it at once. */
  close(reason: Error = new SeatrialError('ENGINE_UNREACHABLE', `${this.label}: the connection was closed.`)): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(reason);
    this.#wire.cut(reason);
  }

  /**
   * Runs one engine call. `name` says in errors what was being done ("create container shop-r1-1").
   * Errors: ENGINE_TIMEOUT, ENGINE_UNREACHABLE, DISK_FULL, ENGINE_REFUSED (with the daemon's words and its status as cause).
   */
  async call<T>(
    name: string,
    body: (docker: Docker, abortSignal: AbortSignal) => Promise<T>,
    { timeoutMs = 30_000, signal }: CallOptions = {},
  ): Promise<T> {
    // The deadline is the call's alone: a stream or session it opened lives on after it, until closed or cancelled.
    const late = new AbortController();
    const deadline = late.signal;
    const abort = AbortSignal.any([deadline, this.#closed.signal, ...(signal ? [signal] : [])]);
    abort.throwIfAborted();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(abort.reason);
      abort.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([body(this.docker, abort), aborted]);
    } catch (cause) {
      if (!abort.aborted && !(cause instanceof SeatrialError) && statusOf(cause) === 0) await this.#loss();
      throw this.#explain(name, cause, deadline, timeoutMs, abort);
    } finally {
      clearTimeout(timer);
      abort.removeEventListener('abort', onAbort);
    }
  }

  /** Waits a moment for the word that what carries the connection has died: it is the better story. */
  async #loss(): Promise<void> {
    const lost = this.#lost;
    if (!lost || lost.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOSS_MS);
      const told = () => {
        clearTimeout(timer);
        resolve();
      };
      lost.addEventListener('abort', told, { once: true });
    });
  }

  #explain(name: string, cause: unknown, deadline: AbortSignal, timeoutMs: number, abort: AbortSignal): unknown {
    if (cause instanceof SeatrialError) return cause;
    // A cut wire fails the socket a moment before the race hears of it; the reason is the better story.
    if (this.#closed.signal.aborted) return this.#closed.signal.reason;
    const status = statusOf(cause);
    const words = String((cause as { json?: { message?: string } })?.json?.message ?? (cause as Error)?.message);
    // Also in the middle of a stream that began well: a pull.
    if (/no space left on device|disk quota exceeded/i.test(words)) {
      return new SeatrialError(
        'DISK_FULL',
        `${this.label}: ${name}: ${words.trim()}; make room there, then run again.`,
        {
          cause,
        },
      );
    }
    if (status > 0) {
      return new SeatrialError('ENGINE_REFUSED', `${this.label}: ${name}: ${words.trim()}`, { cause });
    }
    if (deadline.aborted) {
      return new SeatrialError(
        'ENGINE_TIMEOUT',
        `${this.label}: ${name}: no answer within ${timeoutMs / 1000} s; check the engine's load and its log.`,
        { cause },
      );
    }
    if (abort.aborted) return abort.reason;
    const code = (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : String(cause));
    return new SeatrialError(
      'ENGINE_UNREACHABLE',
      `${this.label}: ${name}: ${code}; is the Docker engine running and may this user reach it?`,
      { cause },
    );
  }

  /** API version and the daemon's clock, which leases are judged by. */
  async ping(options: CallOptions = {}): Promise<{ apiVersion: string; version: string; dateMs: number }> {
    return this.call(
      'ask its version',
      async (docker) => {
        // SystemTime carries nanoseconds where /_ping's Date header has whole seconds only.
        const [version, info] = await Promise.all([docker.version(), docker.info() as Promise<{ SystemTime: string }>]);
        return { apiVersion: version.ApiVersion, version: version.Version, dateMs: Date.parse(info.SystemTime) };
      },
      { timeoutMs: 10_000, ...options },
    );
  }
}
