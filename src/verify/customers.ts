import { type JudgeEvent, USERS } from './judge/types.ts';

/** What users met of the new version. */
export interface Met {
  requests: number;
  /** Of these, answered with a 5xx or not at all. */
  lost: number;
  seconds: number;
}

/** Counts users' own requests of the new version, as the edges count them: probes of ours are not among them. */
export class Customers {
  #requests = 0;
  #lost = 0;
  #first = Number.NaN;
  #last = Number.NaN;

  take(event: JudgeEvent): void {
    if (event.kind !== 'request' || event.version !== 'new' || !event.endpoint.startsWith(USERS)) return;
    this.#requests++;
    if (!event.ok) this.#lost++;
    if (Number.isNaN(this.#first)) this.#first = event.t;
    this.#last = event.t;
  }

  /** Undefined where none was counted: an edge that nobody asked, or that could not be read, tells nothing. */
  get met(): Met | undefined {
    if (this.#requests === 0) return undefined;
    return { requests: this.#requests, lost: this.#lost, seconds: Math.ceil(this.#last - this.#first) };
  }
}
