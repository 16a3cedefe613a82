import type { Clock } from '../clock.ts';

/** One that has answered before and is away, as while it is upgraded, is waited for this long. */
const AWAY_MS = 25_000;
const AGAIN_MS = 500;
const LATELY_MS = 20_000;
/** Nobody was there to hear it: whatever was meant may be said again. */
const UNHEARD = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
/** It may have been heard. */
const CUT = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** What went wrong with a connection, in Node's or undici's word. */
export const codeOf = (error: unknown): string => {
  const { code, name, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  if (error instanceof AggregateError && error.errors.length) return codeOf(error.errors.at(-1));
  return code ?? cause?.code ?? name ?? String(error);
};

/** A connection that was ended by the other side while something was said. */
export const wasCut = (error: unknown): boolean => CUT.has(codeOf(error));

/** An API that is away for a while: it is waited for, and that is told once. */
export class Away {
  readonly #clock: Clock;
  readonly #tell: (words: string) => void;
  #since: number | undefined;
  #returned = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tell: (words: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  back(): void {
    if (this.#since !== undefined) this.#returned = this.#clock.mono();
    this.#since = undefined;
  }

  /** It is away, or was a moment ago. */
  get lately(): boolean {
    return this.#since !== undefined || this.#clock.mono() - this.#returned < LATELY_MS;
  }

  /** Whether a question that had no answer is to be asked again; comes back after a pause where it is. `twice`: it may be heard twice. */
  async again(error: unknown, twice: boolean, signal: AbortSignal | undefined): Promise<boolean> {
    const code = codeOf(error);
    if (signal?.aborted || !(UNHEARD.has(code) || (twice && CUT.has(code)))) return false;
    const now = this.#clock.mono();
    if (this.#since === undefined) this.#tell(`the API does not answer (${code}); waiting for it`);
    this.#since ??= now;
    if (now - this.#since > AWAY_MS) return false;
    await this.#clock.sleep(AGAIN_MS, signal);
    return true;
  }
}
