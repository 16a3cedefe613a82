/** What a vendor's server sees of one request. */
export interface Incoming {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Milliseconds by the receiver's own clock, which a test may set. */
  at: number;
}

export interface Reply {
  status: number;
  body: string;
  headers?: Record<string, string>;
  /** Whom the vendor would ring for it; empty for a refusal. */
  rings?: string[];
  /** The vendor took it. */
  taken: boolean;
}

/** A vendor's contract as a server: what it checks, in which order, and what it answers. */
export interface Receiver {
  channel: string;
  owns(url: URL): boolean;
  answer(incoming: Incoming): Reply;
  /** The action's inputs that reach this receiver at `base`, e.g. `http://127.0.0.1:4711`. */
  inputs(base: string): Record<string, string>;
}

export const json = (value: object, status = 200): Reply => ({
  status,
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
  taken: false,
});

export function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** So many a window; over it, shut for `banMs` (0: until the window has room again). */
export class RateWindow {
  private readonly limit: number;
  private readonly windowMs: number;
  private readonly banMs: number;
  private times: number[] = [];
  private bannedUntil = 0;

  constructor(limit: number, windowMs: number, banMs = 0) {
    this.limit = limit;
    this.windowMs = windowMs;
    this.banMs = banMs;
  }

  /** Counts one message; false when it is one too many. */
  admit(at: number): boolean {
    if (at < this.bannedUntil) return false;
    this.times = this.times.filter((time) => time > at - this.windowMs);
    if (this.times.length >= this.limit) {
      this.bannedUntil = at + this.banMs;
      return false;
    }
    this.times.push(at);
    return true;
  }
}
