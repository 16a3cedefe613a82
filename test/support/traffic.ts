import { Agent, request } from 'undici';

export interface TrafficOptions {
  url: string;
  /** Requests begun each second, whatever becomes of those before. */
  rate: number;
  method?: 'GET' | 'POST';
  /** `new` opens a connection for each request. */
  connections?: 'keep-alive' | 'new';
  timeoutMs?: number;
  /** Instead of TCP, for servers in another network namespace. */
  socketPath?: string;
}

export interface TrafficReport {
  begun: number;
  /** Answered with a status below 500. */
  good: number;
  /** Answered 5xx. */
  refused: number;
  /** Not answered: reset, refused, timed out. */
  lost: number;
  /** Why requests were lost or refused, counted. */
  reasons: Record<string, number>;
  /** Good answers by the version that gave them: the header `x-version`, else the body. */
  versions: Record<string, number>;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
}

export interface Traffic {
  report(): TrafficReport;
  /** Ends the load when what is under way is answered. */
  stop(): Promise<TrafficReport>;
}

const TICK_MS = 5;
/** Connections as a user's client would hold them: kept and reused, or one for each request. */
const newAgent = (keepAlive: boolean, socketPath: string | undefined) =>
  new Agent({
    pipelining: keepAlive ? 1 : 0,
    keepAliveTimeout: 30_000,
    ...(socketPath ? { connect: { socketPath } } : {}),
  });

/** Open-loop HTTP load without retries: requests begin on time even when answers don't come. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { url, rate, method = 'GET', connections = 'keep-alive', timeoutMs = 10_000, socketPath } = options;
  const agent = newAgent(connections === 'keep-alive', socketPath);
  const took: number[] = [];
  const counts = { begun: 0, good: 0, refused: 0, lost: 0 };
  const reasons: Record<string, number> = {};
  const versions: Record<string, number> = {};
  const pending = new Set<Promise<void>>();
  const add = (to: Record<string, number>, key: string) => {
    to[key] = (to[key] ?? 0) + 1;
  };
  const one = async () => {
    const at = performance.now();
    try {
      const answer = await request(url, {
        method,
        dispatcher: agent,
        body: method === 'POST' ? 'x=1' : undefined,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 500) {
        counts.refused++;
        add(reasons, String(answer.statusCode));
      } else {
        counts.good++;
        add(versions, String(answer.headers['x-version'] ?? text.trim().slice(0, 40)));
      }
      took.push(performance.now() - at);
    } catch (error) {
      counts.lost++;
      add(reasons, String((error as NodeJS.ErrnoException).code ?? (error as Error).message));
    }
  };
  const started = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * rate);
    for (; counts.begun < due; counts.begun++) {
      const ask = one();
      pending.add(ask);
      void ask.finally(() => pending.delete(ask));
    }
  }, TICK_MS);
  const report = (): TrafficReport => {
    const sorted = took.toSorted((x, y) => x - y);
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return { ...counts, reasons: { ...reasons }, versions: { ...versions }, p50: at(0.5), p99: at(0.99), max: at(1) };
  };
  return {
    report,
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      await agent.close();
      return report();
    },
  };
}
