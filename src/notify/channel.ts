import type { Http, HttpResult } from '../lib/http.ts';
import type { ChannelName } from './channel-names.ts';
import type { Document } from './document.ts';

export const OUTCOMES = ['delivered', 'accepted', 'throttled', 'refused', 'unknown', 'skipped'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One thing a channel must or may be told, and the input it comes from. In `targets` it bears its own short name. */
export interface Setting {
  /** The action's input, e.g. `dingtalk-webhook` for `webhook`. */
  input: string;
  /** Taken from an environment variable in `targets`, masked, and never quoted. */
  secret?: true;
  required?: true;
  /** Checked to be an http(s) URL, and warned about when plain http leaves this machine. */
  url?: true;
  /** Several, one a line. */
  lines?: true;
}

/** One receiver: a channel and everything it needs. */
export interface Target {
  /** The channel's name, or the name given in `targets`. Unique in a run. */
  name: string;
  channel: Channel;
  /** Values by the short names of `channel.settings`; what was not given is missing. */
  settings: Readonly<Record<string, string>>;
  /** Why it can't be asked: a setting that is missing or wrong. It is refused with these words, and others are told. */
  fault?: string;
}

/** Where a message already stands, as the vendor named it: `{"channel":"C1","ts":"…"}`. No secrets in here. */
export type Ref = Readonly<Record<string, string>>;

export interface RenderContext {
  /** Wall clock, milliseconds. Signatures use this, not Date.now(). */
  now: number;
  /** Same for the same service in the same environment of the same repository: dedup keys, labels, thread ids. */
  key: string;
  /** Unique per message and the same over its retries: idempotency keys, Message-ID, nonces. 32 hex digits. */
  id: string;
  /** Quiet hours: deliver without a sound. Only set where the channel says `silent`. */
  silent: boolean;
  /** Only close what is open: the message itself is routed elsewhere. Only set where the channel says `resolves`. */
  closing?: boolean;
  /** An earlier message of the same deploy, to be answered in its thread. */
  thread?: Ref;
}

/** One exchange with a vendor. `render` may answer several; they are sent in order, each with its own retries. */
export interface Request {
  url: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  /** Said in the receipt when several were sent and this one failed, e.g. `call 2 of 3`. */
  label?: string;
  /** To somebody of its own: when it fails, those after it are sent all the same. */
  independent?: true;
}

export type Answer = Extract<HttpResult, { kind: 'answer' }>;

/** What an answer means. `delivered` only when the vendor's own success rule held. */
export interface Delivery {
  outcome: Exclude<Outcome, 'skipped'>;
  /** The vendor's code as text (`310000`, `invalid_auth`), else the HTTP status, else the network's (`timeout`). */
  code: string;
  /** What to do about it; empty only when delivered. Vendors' words in it have been through `quote`. */
  reason: string;
  /** Set where another try helps. `afterMs` is the vendor's own wait (Retry-After); `tries` counts the first. */
  retry?: { afterMs?: number; tries?: number; baseMs?: number };
  /** Where the new message stands, if it can be edited or answered later. */
  ref?: Ref;
  /** An update only: the message to edit is gone or too old, so a new one must be posted. */
  gone?: true;
}

/**
 * A channel is a pure renderer and a pure judge; sending, retrying, timing and receipts are send.ts's.
 * `classify` gets only whole answers that are no redirect: those, hangs and resets mean the same everywhere and are judged
 * in classify.ts. A 429 is throttled whatever `classify` says of it, but keeps the vendor's code.
 */
export interface Channel {
  readonly name: ChannelName;
  /** Tells apart two ways to one channel, e.g. `slack-webhook` and `slack-api`. */
  readonly kind: string;
  readonly settings: Readonly<Record<string, Setting>>;
  /** Can deliver without a sound, so quiet hours need not skip it. */
  readonly silent?: true;
  /** The vendor knows a repeated request by our id or key, so a try whose answer was lost may be repeated safely. */
  readonly idempotent?: true;
  /** Closes its incidents on a recovery and a good deploy, which therefore go out in quiet hours and past routes. */
  readonly resolves?: true;
  /** Nobody is rung by it, edited or new: after an edit there is no sense in posting a mishap anew. */
  readonly mute?: true;
  /** What is wrong with a target's settings, in one sentence; asked before anything is sent anywhere. */
  check?(settings: Target['settings']): string | undefined;
  /** Forms other than its own in which a secret goes out, so that they are masked as well. */
  forms?(settings: Target['settings']): string[];
  /** An address known to be dead: a refusal that needs no asking, so nothing is sent to it; the others still are. */
  retired?(settings: Target['settings']): string | undefined;
  /** Fetches what every request of this target needs, e.g. Feishu's app token: headers to add, or why it failed. */
  readonly authorize?: {
    request(target: Target): Request;
    classify(answer: Answer): Authorized;
  };
  /** Signs one try, for vendors that take a nonce once only. */
  sign?(request: Request, target: Target, at: { now: number; nonce: string }): Request;
  render(document: Document, target: Target, context: RenderContext): Request[];
  /** What must follow a new message and needs to know where it stands, e.g. ringing somebody about it. */
  followUp?(document: Document, target: Target, ref: Ref): Request[];
  /** The keys of a `ref` this channel wrote. One that lacks any is of another making, and no message is known. */
  readonly places?: readonly string[];
  /** Edits the message at `ref` in place. */
  update?(document: Document, target: Target, ref: Ref, context: RenderContext): Request[];
  classify(answer: Answer, request: Request): Delivery;
  /** How long a 429 asks to wait, in milliseconds, where the body says it rather than Retry-After. */
  wait?(answer: Answer): number | undefined;
  /** `mode: check`: proves the credentials without telling anybody anything. */
  readonly probe?: {
    request(target: Target, context: RenderContext): Request;
    /** `accepted` when the probe was answered well; its reason says what was proved. */
    classify(answer: Answer, request: Request): Delivery;
  };
  /** Something other than HTTP (e-mail): takes a Request of its own making and answers as HTTP would. */
  transport?(env: Readonly<Record<string, string | undefined>>): Promise<Http>;
}

export type Authorized = { headers: Record<string, string> } | { failed: Delivery };
