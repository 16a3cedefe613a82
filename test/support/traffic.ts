import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { started } from './run/scope.ts';

export interface Counted {
  sent: number;
  /** No whole answer came back. */
  lost: number;
  errors5xx: number;
  /** Requests whose stream the server refused, and that were sent again. */
  refused: number;
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

/** The error code of RFC 9113, section 7, for a stream that was closed before anything was done for it. */
const REFUSED_STREAM = 7;
const TRIES = 3;
/** On a machine that can't answer so many at all, more under way would only be waited for at the end. */
const MOST = 512;

/**
 * Open-loop traffic: `rate` requests a second come whether the server keeps up or not, up to 512 under way. Nothing is tried again, but for what
 * HTTP/2 says was not begun: RFC 9113, section 8.7, lets a client send a refused stream again, and browsers and curl do.
 * undici itself does so once, and on the very connection that may be closing.
 */
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
    ...(socketPath || connect ? { connect: { ...connect, ...(socketPath ? { socketPath } : {}) } } : {}),
    ...(h2 ? { allowH2: true } : {}),
  });
  const counted: Counted = {
    sent: 0,
    lost: 0,
    errors5xx: 0,
    refused: 0,
    versions: new Map(),
    unfit: 0,
    reasons: new Map(),
  };
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const under = new Set<Promise<void>>();
  const one = async (tries = 1): Promise<void> => {
    if (tries === 1) counted.sent++;
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
      const { code, message, http2ErrorCode } = error as NodeJS.ErrnoException & { http2ErrorCode?: number };
      if (http2ErrorCode === REFUSED_STREAM && tries < TRIES) {
        counted.refused++;
        return one(tries + 1);
      }
      counted.lost++;
      add(counted.reasons, code ? `${code} ${message}` : String(error));
    }
  };
  const begun = performance.now();
  let turns = 0;
  const stopped = started('traffic', () => {
    clearInterval(timer);
    return agent.destroy();
  });
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000);
    for (; turns < due; turns++) {
      if (under.size >= MOST) continue;
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
