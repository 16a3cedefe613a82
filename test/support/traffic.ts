import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { started } from './run/scope.ts';

export interface Counted {
  sent: number;
  /** No whole answer came back. */
  lost: number;
  errors5xx: number;
  /** Answers by the x-version header. */
  versions: Map<string, number>;
  /** Answers that should not have been given, e.g. by a version that had passed no gate. */
  unfit: number;
  /** What was lost or unfit, by error code or words. */
  reasons: Map<string, number>;
}

export interface Traffic {
  counted: Counted;
  /** Sends no more, waits for what is under way, and answers the counts. */
  stop(): Promise<Counted>;
}

export interface TrafficOptions {
  /** Requests a second. */
  rate?: number;
  method?: 'GET' | 'POST';
  connections?: number;
  /** false opens a connection for each request. */
  reuse?: boolean;
  /** Instead of TCP, for a server in another network namespace. */
  socketPath?: string;
  /** How to connect: whom to trust, how names are looked up. */
  connect?: { ca?: string; lookup?: LookupFunction };
  /** Speaks HTTP/2 where the server does. */
  h2?: boolean;
  /** Says what is wrong with an answer below 500, if anything. */
  unfit?: (headers: Record<string, unknown>) => string | undefined;
}

/** Open-loop traffic: `rate` requests a second come whether the server keeps up or not; nothing is ever tried again. */
export function startTraffic(
  url: string,
  { rate = 200, method = 'GET', connections = 64, reuse = true, socketPath, connect, h2, unfit }: TrafficOptions = {},
): Traffic {
  const agent = new Agent({
    connections,
    pipelining: reuse ? 1 : 0,
    // Slow is not lost: only what nobody answers is.
    headersTimeout: 120_000,
    bodyTimeout: 120_000,
    ...(socketPath ? { connect: { socketPath } } : connect ? { connect } : {}),
    ...(h2 ? { allowH2: true } : {}),
  });
  const counted: Counted = { sent: 0, lost: 0, errors5xx: 0, versions: new Map(), unfit: 0, reasons: new Map() };
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const under = new Set<Promise<void>>();
  const one = async () => {
    counted.sent++;
    try {
      const { statusCode, headers, body } = await request(url, {
        method,
        dispatcher: agent,
        body: method === 'POST' ? 'order' : undefined,
      });
      await body.text();
      if (statusCode >= 500) counted.errors5xx++;
      const fault = statusCode < 500 && unfit?.(headers);
      if (fault) {
        counted.unfit++;
        add(counted.reasons, fault);
      }
      add(counted.versions, String(headers['x-version'] ?? `status ${statusCode}`));
    } catch (error) {
      counted.lost++;
      const { code, message } = error as NodeJS.ErrnoException;
      add(counted.reasons, code ? `${code} ${message}` : String(error));
    }
  };
  const begun = performance.now();
  const stopped = started('traffic', () => {
    clearInterval(timer);
    return agent.destroy();
  });
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000);
    while (counted.sent < due) {
      const turn: Promise<void> = one().finally(() => under.delete(turn));
      under.add(turn);
    }
  }, 5);
  return {
    counted,
    async stop() {
      stopped();
      clearInterval(timer);
      await Promise.all(under);
      await agent.close();
      return counted;
    },
  };
}
