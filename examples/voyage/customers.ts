import { Pool } from 'undici';

export interface Crowd {
  sent: number;
  /** No whole answer came: refused, reset, timed out. */
  lost: number;
  /** Answers 5xx, counted apart: the app said them itself. */
  errors: number;
  /** Answers by the version that gave them. */
  served: Record<string, number>;
}

const empty = (): Crowd => ({ sent: 0, lost: 0, errors: 0, served: {} });

/**
 * Customers at a steady rate, open loop: each request leaves at its own time whatever became of those before, and none
 * is ever tried again, so every connection that a switch would cut is seen.
 */
export class Customers {
  #pool: Pool;
  #timer: NodeJS.Timeout | undefined;
  #open = new Set<Promise<void>>();
  #now = empty();
  readonly total = empty();

  constructor(url: string, perSecond: number) {
    this.#pool = new Pool(url, { connections: 64, pipelining: 1, headersTimeout: 5000, bodyTimeout: 5000 });
    const started = performance.now();
    let due = 0;
    this.#timer = setInterval(() => {
      const until = ((performance.now() - started) / 1000) * perSecond;
      for (; due < until; due++) this.#send(due);
    }, 5);
  }

  #send(n: number) {
    // Four look, one pays.
    const pay = n % 5 === 4;
    const visit = this.#visit(pay ? 'POST' : 'GET', pay ? '/pay' : '/orders').finally(() => this.#open.delete(visit));
    this.#open.add(visit);
  }

  async #visit(method: 'GET' | 'POST', path: string): Promise<void> {
    const count = (add: (crowd: Crowd) => void) => [this.#now, this.total].forEach(add);
    count((crowd) => crowd.sent++);
    try {
      const answer = await this.#pool.request({ method, path });
      await answer.body.dump();
      const version = String(answer.headers['x-shop-version'] ?? 'nobody');
      count((crowd) => {
        crowd.served[version] = (crowd.served[version] ?? 0) + 1;
        if (answer.statusCode >= 500) crowd.errors++;
      });
    } catch {
      count((crowd) => crowd.lost++);
    }
  }

  /** What happened since the last call. */
  lap(): Crowd {
    const lap = this.#now;
    this.#now = empty();
    return lap;
  }

  async stop(): Promise<Crowd> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    await this.#pool.close();
    return this.total;
  }
}
