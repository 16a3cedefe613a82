/** A session that is opened when it is first needed, kept for the whole command, and opened anew after it was closed. */
export class KeptSession<S extends { close(): void }> {
  readonly #make: () => Promise<S>;
  #session: Promise<S> | undefined;

  constructor(make: () => Promise<S>) {
    this.#make = make;
  }

  get(): Promise<S> {
    this.#session ??= this.#make();
    return this.#session;
  }

  close(): void {
    this.#session?.then(
      (session) => session.close(),
      () => undefined, // one that never opened has nothing to close
    );
    this.#session = undefined;
  }
}
