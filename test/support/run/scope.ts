import { AsyncLocalStorage } from 'node:async_hooks';

/*
 * What a test starts ends with it. A test that runs out of time is left where it stands: its `finally` may never come,
 * and its body may go on. So whatever is started is noted in the scope of the test (or of the file, when a beforeAll
 * started it), and setup.ts ends what is still there when the test is over. A body that goes on can start nothing more.
 */

interface Started {
  what: string;
  end: () => unknown;
  /** Its end is that of the scope, as a matter of course. */
  until: boolean;
}

class Scope {
  readonly name: string;
  readonly #live = new Map<object, Started>();
  #over = false;

  constructor(name: string) {
    this.name = name;
  }

  add(one: Started): () => void {
    if (this.#over) throw new Error(`${this.name} is over; it can't start ${one.what} any more`);
    const key = {};
    this.#live.set(key, one);
    return () => void this.#live.delete(key);
  }

  /** Ends what is left, newest first; answers what it was. One that fails to end does not keep the others alive. */
  async close(): Promise<{ left: string[]; errors: unknown[] }> {
    this.#over = true;
    const left: string[] = [];
    const errors: unknown[] = [];
    for (const [key, { what, end, until }] of [...this.#live].reverse()) {
      this.#live.delete(key);
      if (!until) left.push(what);
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    return { left, errors };
  }
}

const scopes = new AsyncLocalStorage<Scope>();

/** Notes something that was started. The answer is called when it has ended by itself. */
export function started(what: string, end: () => unknown): () => void {
  // Outside a test (a benchmark) whoever starts something ends it.
  return scopes.getStore()?.add({ what, end, until: false }) ?? (() => undefined);
}

/** The same for what nobody else ends: it lasts as long as the test, or the file. */
export function untilOver(what: string, end: () => unknown): void {
  scopes.getStore()?.add({ what, end, until: true });
}

/** Runs a test or a file in a scope of its own. */
export async function scoped(name: string, body: () => Promise<void>): Promise<void> {
  const scope = new Scope(name);
  try {
    await scopes.run(scope, body);
  } finally {
    const { left, errors } = await scope.close();
    if (left.length) console.warn(`ended with ${name}, which left it: ${left.join(', ')}`);
    for (const error of errors) console.warn(`could not be ended: ${error}`);
  }
}
