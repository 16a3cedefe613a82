import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Http, HttpResult } from '../lib/http.ts';
import { withRetry } from '../lib/retry.ts';
import type { Answer, Ref, RenderContext, Request, Target, Verdict } from './channel.ts';
import { judgeResult, settle } from './classify.ts';
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

/** Gates of some vendors turn away a client that gives no name. */
const NAME = { 'user-agent': 'seatrial-action-notify' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
/** Backoff: the first wait; doubles each time. */
const BASE_MS = 500;
const TRIES = 3;

type Judge = (answer: Answer, request: Request) => Verdict;

const told = ({ outcome }: Verdict) => outcome === 'delivered' || outcome === 'accepted';

/** One target's line to its vendor: the same clock, deadline and headers for everything said on it. */
interface Line {
  job: Job;
  wires: Wires;
  http: Http;
  headers: Record<string, string>;
  end: number;
  /** Tries so far, over all requests: makes each nonce its own. */
  tries: number;
}

/** One request with its retries, inside what is left of the target's time. */
async function exchange(line: Line, request: Request, judge: Judge, harmless = false) {
  const { job, wires, http, headers, end } = line;
  const { channel } = job.target;
  const { clock } = wires;
  // A try whose answer was lost may have arrived: it is repeated only where that is harmless or silence is worse.
  const repeatLost = harmless || channel.idempotent || job.document.message.severity === 'critical';
  // What became of a try that went out and was not answered stays open, whatever stops a later one on its way.
  let open: Verdict | undefined;
  let last: Verdict | undefined;
  const before = line.tries;
  // A cancelled run wakes from its wait, and says what is known.
  const patient: Clock = { ...clock, sleep: (ms) => clock.sleep(ms, wires.signal).catch(() => {}) };
  const { value } = await withRetry<Verdict>(
    async (n) => {
      if (last && wires.signal?.aborted) return { done: false, value: last, retry: false };
      const left = end - clock.mono();
      line.tries += 1;
      const seed = `${job.context.id}\n${job.target.name}\n${line.tries}`;
      const nonce = createHash('sha256').update(seed).digest('hex').slice(0, 32);
      const signed = channel.sign?.(request, job.target, { now: clock.now(), nonce }) ?? request;
      const { url, method = 'POST', body } = signed;
      const result: HttpResult = await http({
        url,
        method,
        body,
        headers: { ...NAME, ...(body === undefined ? {} : JSON_TYPE), ...headers, ...signed.headers },
        timeoutMs: Math.max(1, repeatLost && n === 1 ? left / 2 : left),
        signal: wires.signal,
      });
      const judged = judgeResult(result, clock.now(), (answer) => judge(answer, request), channel.wait);
      if (told(judged)) return { done: true, value: judged };
      if (judged.outcome === 'unknown') open = judged;
      const value = open && result.kind === 'failed' && !result.sent ? { ...open, retry: judged.retry } : judged;
      last = value;
      const lost = result.kind === 'failed' && result.sent && repeatLost;
      const again = value.retry ?? (lost ? {} : undefined);
      return {
        done: false,
        value,
        retry: again !== undefined && !wires.signal?.aborted && n < (again.tries ?? TRIES),
        afterMs: again?.afterMs ?? (again?.baseMs ?? BASE_MS) * 2 ** (n - 1) * (1 + 0.25 * wires.random()),
      };
    },
    { tries: 10, budgetMs: end - clock.mono(), clock: patient },
  );
  return { value, attempts: line.tries - before };
}

/**
 * Sends one after another; the first that fails decides, and says how many went through. Where each is to somebody of
 * their own, the rest are sent as well.
 */
async function series(line: Line, requests: Request[], judge: Judge) {
  let attempts = 0;
  let through = 0;
  let first: Verdict | undefined;
  let failed: { verdict: Verdict; label?: string } | undefined;
  for (const request of requests) {
    const { value, attempts: tries } = await exchange(line, request, judge);
    attempts += tries;
    if (told(value)) {
      through += 1;
      first ??= value;
    } else {
      failed ??= { verdict: value, label: request.label };
      if (!request.independent) break;
    }
  }
  if (!failed) return { verdict: first!, attempts };
  const where = through > 0 ? `${through} of ${requests.length} went through, but ` : '';
  const label = failed.label && requests.length > 1 ? `${failed.label}: ` : '';
  return { verdict: { ...failed.verdict, reason: `${where}${label}${failed.verdict.reason}` }, attempts };
}

async function attemptTarget(job: Job, wires: Wires, end: number): Promise<{ verdict: Verdict; attempts: number }> {
  const { target, document, context, ref } = job;
  const { channel, settings } = target;
  const retired = channel.retired?.(settings);
  if (retired) return { verdict: { outcome: 'refused', code: 'retired', reason: retired }, attempts: 0 };
  const http = channel.transport ? await channel.transport(wires.env) : wires.http;
  const line: Line = { job, wires, http, headers: {}, end, tries: 0 };
  let attempts = 0;
  const run = async (requests: Request[], judge: Judge = channel.classify) => {
    const result = await series(line, requests, judge);
    attempts += result.attempts;
    return result.verdict;
  };
  if (job.probe)
    return { verdict: await run([channel.probe!.request(target, context)], channel.probe!.classify), attempts };
  if (channel.authorize) {
    const { request, classify } = channel.authorize;
    const judge: Judge = (answer) => {
      const authorized = classify(answer);
      if ('verdict' in authorized) return authorized.verdict;
      line.headers = authorized.headers;
      return { outcome: 'accepted', code: String(answer.status), reason: '' };
    };
    const { value, attempts: tries } = await exchange(line, request(target), judge, true);
    attempts += tries;
    if (!told(value)) {
      const why = value.outcome === 'unknown' ? 'Signing in got no readable answer; run the step again.' : value.reason;
      return { verdict: { ...value, reason: `No message went out. ${why}` }, attempts };
    }
  }
  const post = async (context: RenderContext) => {
    const posted = await run(channel.render(document, target, context));
    const more = told(posted) && posted.ref ? (channel.followUp?.(document, target, posted.ref) ?? []) : [];
    if (!more.length) return posted;
    const followed = await run(more);
    return told(followed)
      ? posted
      : { ...followed, reason: `The message stands, but ${followed.reason}`, ref: posted.ref };
  };
  const thread = ref ? { ...context, thread: ref } : context;
  if (!ref || !channel.update) return { verdict: await post(thread), attempts };
  const edited = await run(channel.update(document, target, ref, context));
  if (edited.gone) return { verdict: await post(context), attempts };
  if (channel.mute || !isMishap(document.message.event)) return { verdict: { ref, ...edited }, attempts };
  // An edit rings nobody, so a mishap is also said anew, in the thread of the message where there is one.
  return { verdict: { ...(await post(thread)), ref }, attempts };
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
    code: settle(verdict.code, wires.scrub),
    reason: settle(verdict.reason, wires.scrub),
    attempts,
    ms: Math.round(wires.clock.mono() - started),
    ...(proved ? { proved } : {}),
    ...(verdict.ref ? { ref: verdict.ref } : {}),
  };
}
