import type { Clock } from '../lib/clock.ts';
import type { Http, HttpResult } from '../lib/http.ts';
import { withRetry } from '../lib/retry.ts';
import type { Ref, RenderContext, Request, Target, Verdict } from './channel.ts';
import { judgeResult } from './classify.ts';
import type { Document } from './document.ts';
import { isMishap } from './message.ts';
import type { Receipt } from './receipts.ts';

/** What sending needs of the world. */
export interface Wires {
  http: Http;
  clock: Clock;
  random: () => number;
  env: Readonly<Record<string, string | undefined>>;
  /** Replaces every masked secret. */
  scrub(text: string): string;
  debug(line: string): void;
  signal?: AbortSignal;
}

export interface Job {
  target: Target;
  document: Document;
  context: RenderContext;
  /** Where this target's earlier message stands, from message-refs. */
  ref?: Ref;
  timeoutMs: number;
  /** `mode: check`: ask the channel's silent probe instead. */
  probe?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
/** Backoff: the first wait; doubles each time. */
const BASE_MS = 500;
const TRIES = 3;

/** One request with its retries, inside what is left of the target's time. */
async function exchange(
  job: Job,
  request: Request,
  headers: Record<string, string>,
  http: Http,
  wires: Wires,
  end: number,
) {
  const { channel } = job.target;
  const { clock } = wires;
  // A try whose answer was lost may have arrived: it is repeated only where that is harmless or silence is worse.
  const repeatLost = channel.idempotent || job.document.message.severity === 'critical';
  const judge = job.probe ? channel.probe!.classify : channel.classify;
  return withRetry<Verdict>(
    async (n) => {
      const left = end - clock.mono();
      const result: HttpResult = await http({
        method: 'POST',
        ...request,
        headers: { ...JSON_TYPE, ...headers, ...request.headers },
        timeoutMs: Math.max(1, repeatLost && n === 1 ? left / 2 : left),
        signal: wires.signal,
      });
      const value = judgeResult(result, clock.now(), (answer) => judge(answer, request), channel.wait);
      if (value.outcome === 'delivered' || value.outcome === 'accepted') return { done: true, value };
      const lost = result.kind === 'failed' && result.sent && repeatLost;
      const again = value.retry ?? (lost ? {} : undefined);
      return {
        done: false,
        value,
        retry: again !== undefined && n < (again.tries ?? TRIES),
        afterMs: again?.afterMs ?? (again?.baseMs ?? BASE_MS) * 2 ** (n - 1) * (1 + 0.25 * wires.random()),
      };
    },
    { tries: 10, budgetMs: end - clock.mono(), clock },
  );
}

/** Sends one after another; the first that fails decides, and says how many were already through. */
async function series(
  job: Job,
  requests: Request[],
  headers: Record<string, string>,
  http: Http,
  wires: Wires,
  end: number,
) {
  let attempts = 0;
  let first: Verdict | undefined;
  for (const [index, request] of requests.entries()) {
    const { value, attempts: tries } = await exchange(job, request, headers, http, wires, end);
    attempts += tries;
    if (value.outcome !== 'delivered' && value.outcome !== 'accepted') {
      const where = index > 0 ? `${index} of ${requests.length} went through, then ` : '';
      const label = request.label ? `${request.label}: ` : '';
      return { verdict: { ...value, reason: `${where}${label}${value.reason}` }, attempts };
    }
    first ??= value;
  }
  return { verdict: first!, attempts };
}

async function attemptTarget(job: Job, wires: Wires, end: number): Promise<{ verdict: Verdict; attempts: number }> {
  const { target, document, context, ref } = job;
  const { channel } = target;
  const http = channel.transport ? await channel.transport(wires.env) : wires.http;
  const left = () => Math.max(1, end - wires.clock.mono());
  let headers: Record<string, string> = {};
  let attempts = 0;
  if (channel.authorize) {
    const authorized = await channel.authorize(target, (request) => {
      attempts += 1;
      return http({
        method: 'POST',
        ...request,
        headers: { ...JSON_TYPE, ...request.headers },
        timeoutMs: left(),
        signal: wires.signal,
      });
    });
    if ('verdict' in authorized) return { verdict: authorized.verdict, attempts };
    headers = authorized.headers;
  }
  const run = async (requests: Request[]) => {
    const result = await series(job, requests, headers, http, wires, end);
    attempts += result.attempts;
    return result.verdict;
  };
  if (job.probe) return { verdict: await run([channel.probe!.request(target, context)]), attempts };
  if (!ref || !channel.update) return { verdict: await run(channel.render(document, target, context)), attempts };
  const edited = await run(channel.update(document, target, ref, context));
  if (!edited.gone && !isMishap(document.message.event)) return { verdict: { ref, ...edited }, attempts };
  // An edit rings nobody, so a mishap is also said anew, in the thread of the message where there is one.
  const thread = edited.gone ? {} : { thread: ref };
  const posted = await run(channel.render(document, target, { ...context, ...thread }));
  return { verdict: edited.gone ? posted : { ...posted, ref }, attempts };
}

/** Tells one target and answers what became of it. Never throws: one channel's fault must not silence the others. */
export async function sendTo(job: Job, wires: Wires): Promise<Receipt> {
  const started = wires.clock.mono();
  const { target } = job;
  let verdict: Verdict;
  let attempts = 0;
  try {
    ({ verdict, attempts } = await attemptTarget(job, wires, started + job.timeoutMs));
  } catch (error) {
    wires.debug(
      wires.scrub(`${target.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    );
    verdict = { outcome: 'refused', code: 'INTERNAL', reason: 'A fault of ours: report it with the debug log.' };
  }
  // A probe that was answered well told nobody anything, and must not read as if it had.
  const proved = job.probe && (verdict.outcome === 'delivered' || verdict.outcome === 'accepted');
  return {
    target: target.name,
    channel: target.channel.name,
    outcome: proved ? 'skipped' : verdict.outcome,
    code: wires.scrub(verdict.code),
    reason: wires.scrub(verdict.reason),
    attempts,
    ms: Math.round(wires.clock.mono() - started),
    ...(proved ? { proved } : {}),
    ...(verdict.ref ? { ref: verdict.ref } : {}),
  };
}
