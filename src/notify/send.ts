import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Http, HttpResult } from '../lib/http.ts';
import { withRetry } from '../lib/retry.ts';
import type { Answer, Delivery, Ref, RenderContext, Request, Target } from './channel.ts';
import { judgeResult, tidyWords } from './classify.ts';
import type { Document } from './document.ts';
import { isMishap } from './events.ts';
import type { Receipt } from './receipts.ts';

/** What sending needs of the world. */
export interface Dependencies {
  http: Http;
  clock: Clock;
  random: () => number;
  env: Readonly<Record<string, string | undefined>>;
  /** Replaces every masked secret. */
  scrub(text: string): string;
  debug(line: string): void;
  signal?: AbortSignal;
}

export interface Sending {
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

type Judge = (answer: Answer, request: Request) => Delivery;

const told = ({ outcome }: Delivery) => outcome === 'delivered' || outcome === 'accepted';

/** One target's session to its vendor: the same clock, deadline and headers for everything said on it. */
interface Session {
  sending: Sending;
  deps: Dependencies;
  http: Http;
  headers: Record<string, string>;
  end: number;
  /** Tries so far, over all requests: makes each nonce its own. */
  tries: number;
}

/** One request with its retries, inside what is left of the target's time. */
async function exchange(session: Session, request: Request, judge: Judge, harmless = false): Promise<Delivery> {
  const { sending, deps, http, headers, end } = session;
  const { channel } = sending.target;
  const { clock } = deps;
  // A try whose answer was lost may have arrived: it is repeated only where that is harmless or silence is worse.
  const repeatLost = harmless || channel.idempotent || sending.document.message.severity === 'critical';
  // What became of a try that went out and was not answered stays open, whatever stops a later one on its way.
  let open: Delivery | undefined;
  let last: Delivery | undefined;
  // A cancelled run wakes from its wait, and says what is known.
  const patient: Clock = { ...clock, sleep: (ms) => clock.sleep(ms, deps.signal).catch(() => {}) };
  const { value } = await withRetry<Delivery>(
    async (n) => {
      if (last && deps.signal?.aborted) return { done: false, value: last, retry: false };
      const left = end - clock.mono();
      // Half the time for the first, where the other half is enough to wait and ask again.
      const share = repeatLost && n === 1 && left >= 3 * BASE_MS ? left / 2 : left;
      session.tries += 1;
      const seed = `${sending.context.id}\n${sending.target.name}\n${session.tries}`;
      const nonce = createHash('sha256').update(seed).digest('hex').slice(0, 32);
      const signed = channel.sign?.(request, sending.target, { now: clock.now(), nonce }) ?? request;
      const { url, method = 'POST', body } = signed;
      const result: HttpResult = await http({
        url,
        method,
        body,
        headers: { ...NAME, ...(body === undefined ? {} : JSON_TYPE), ...headers, ...signed.headers },
        timeoutMs: Math.max(1, share),
        signal: deps.signal,
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
        retry: again !== undefined && !deps.signal?.aborted && n < (again.tries ?? TRIES),
        afterMs: again?.afterMs ?? (again?.baseMs ?? BASE_MS) * 2 ** (n - 1) * (1 + 0.25 * deps.random()),
      };
    },
    { tries: 10, budgetMs: end - clock.mono(), clock: patient },
  );
  return value;
}

/** One after another until one fails; all at once where each is to somebody of their own, who must not wait for another. */
async function exchanges(session: Session, requests: Request[], judge: Judge): Promise<Delivery[]> {
  if (requests.every(({ independent }) => independent)) {
    return Promise.all(requests.map((request) => exchange(session, request, judge)));
  }
  const deliveries: Delivery[] = [];
  for (const request of requests) {
    const delivery = await exchange(session, request, judge);
    deliveries.push(delivery);
    if (!told(delivery)) break;
  }
  return deliveries;
}

/** What became of several requests: the first that failed decides, and says how many went through. */
async function series(session: Session, requests: Request[], judge: Judge): Promise<Delivery> {
  const deliveries = await exchanges(session, requests, judge);
  const at = deliveries.findIndex((delivery) => !told(delivery));
  const failed = deliveries[at];
  if (!failed) return deliveries[0]!;
  const through = deliveries.filter(told).length;
  const where = through > 0 ? `${through} of ${requests.length} went through, but ` : '';
  const { label } = requests[at]!;
  return { ...failed, reason: `${where}${label && requests.length > 1 ? `${label}: ` : ''}${failed.reason}` };
}

/** The place of an earlier message, where it is one this channel could have written. */
const placeOf = ({ ref, target }: Sending): Ref | undefined =>
  ref && target.channel.places?.every((key) => ref[key]) ? ref : undefined;

async function attemptTarget(sending: Sending, deps: Dependencies, session: Session): Promise<Delivery> {
  const { target, document, context } = sending;
  const { channel, settings } = target;
  if (target.fault) return { outcome: 'refused', code: 'INPUT_INVALID', reason: `Nothing was sent: ${target.fault}` };
  const retired = channel.retired?.(settings);
  if (retired) return { outcome: 'refused', code: 'retired', reason: retired };
  if (channel.transport) session.http = await channel.transport(deps.env);
  const run = (requests: Request[], judge: Judge = channel.classify) => series(session, requests, judge);
  if (sending.probe) return run([channel.probe!.request(target, context)], channel.probe!.classify);
  if (channel.authorize) {
    const { request, classify } = channel.authorize;
    const judge: Judge = (answer) => {
      const authorized = classify(answer);
      if ('failed' in authorized) return authorized.failed;
      session.headers = authorized.headers;
      return { outcome: 'accepted', code: String(answer.status), reason: '' };
    };
    const signed = await exchange(session, request(target), judge, true);
    if (!told(signed)) {
      const lost = signed.outcome === 'unknown';
      const why = lost ? 'Signing in got no readable answer; run the step again.' : signed.reason;
      return { ...signed, reason: `No message went out. ${why}` };
    }
  }
  const post = async (context: RenderContext) => {
    const posted = await run(channel.render(document, target, context));
    const more = told(posted) && posted.ref ? (channel.followUp?.(document, target, posted.ref) ?? []) : [];
    if (!more.length) return posted;
    const followed = await run(more);
    if (told(followed)) return posted;
    return {
      ...followed,
      reason: `The message stands; ${more[0]!.label} did not succeed. ${followed.reason}`,
      ref: posted.ref,
    };
  };
  const ref = placeOf(sending);
  const thread = ref ? { ...context, thread: ref } : context;
  if (!ref || !channel.update) return post(thread);
  // An edit rings nobody, so a mishap is also said anew, in the thread of the message where there is one.
  const anew = !channel.mute && isMishap(document.message.event);
  const { end } = session;
  // That is what matters then: an edit that hangs must leave it its time.
  if (anew) session.end -= (end - deps.clock.mono()) / 2;
  const edited = await run(channel.update(document, target, ref, context));
  session.end = end;
  if (edited.gone) return post(context);
  return anew ? { ...(await post(thread)), ref } : { ref, ...edited };
}

/** Tells one target and answers what became of it. Never throws: one channel's fault must not silence the others. */
export async function sendTo(sending: Sending, deps: Dependencies): Promise<Receipt> {
  const started = deps.clock.mono();
  const { target } = sending;
  const session: Session = { sending, deps, http: deps.http, headers: {}, end: started + sending.timeoutMs, tries: 0 };
  let delivery: Delivery;
  try {
    delivery = await attemptTarget(sending, deps, session);
  } catch (error) {
    deps.debug(
      deps.scrub(`${target.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    );
    delivery = { outcome: 'refused', code: 'INTERNAL', reason: 'A fault of ours: report it with the debug log.' };
  }
  // A probe that was answered well told nobody anything, and must not read as if it had.
  const proved = sending.probe && (delivery.outcome === 'delivered' || delivery.outcome === 'accepted');
  return {
    target: target.name,
    channel: target.channel.name,
    outcome: proved ? 'skipped' : delivery.outcome,
    code: tidyWords(delivery.code, deps.scrub),
    reason: tidyWords(delivery.reason, deps.scrub),
    attempts: session.tries,
    ms: Math.round(deps.clock.mono() - started),
    ...(proved ? { proved } : {}),
    ...(delivery.ref ? { ref: delivery.ref } : {}),
  };
}
