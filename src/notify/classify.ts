import type { HttpResult } from '../lib/http.ts';
import { redact } from '../lib/redact.ts';
import type { Answer, Delivery } from './channel.ts';
import { fitChars } from './text.ts';

/** Around a vendor's words in a code or reason, until `tidyWords` has made them fit to be read. */
const [OPEN, CLOSE] = ['\u0002', '\u0003'];
const QUOTE_CHARS = 160;

/** A vendor's words, marked. They may hold anything, so they are cleaned by `tidyWords` and cut only after that. */
export function quote(text: string): string {
  const words = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return words && OPEN + words + CLOSE;
}

/**
 * A code or reason fit to be read: masked secrets go first, while they are whole; then personal data and addresses; and
 * the cut comes last, since half a secret is masked by nothing.
 */
export function tidyWords(text: string, scrub: (text: string) => string): string {
  const clean = scrub(text).replace(/\u0002([^\u0003]*)\u0003/g, (_, words: string) =>
    fitChars(redact(words).replace(/https?:\/\/\S+/g, '<url>'), QUOTE_CHARS),
  );
  return clean.replaceAll(OPEN, '').replaceAll(CLOSE, '');
}

/** The body as a JSON object; undefined for a page, an empty body, cut JSON, or a bare value. */
export function jsonObject(answer: Answer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // not JSON: the caller says `unreadable`
  }
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false; // said by the name
  }
}

export const ok = (code: string | number, more: Partial<Delivery> = {}): Delivery => ({
  outcome: 'delivered',
  code: String(code),
  reason: '',
  ...more,
});
export const refused = (code: string | number, reason: string, more: Partial<Delivery> = {}): Delivery => ({
  outcome: 'refused',
  code: String(code),
  reason,
  ...more,
});
export const throttled = (code: string | number, reason: string, more: Partial<Delivery> = {}): Delivery => ({
  outcome: 'throttled',
  code: String(code),
  reason,
  ...more,
});

/** An answer that does not follow the vendor's form. A 4xx is a no all the same; anything else leaves us not knowing. */
export function unreadable(answer: Answer): Delivery {
  const seen = shapeOf(answer);
  if (answer.status >= 400 && answer.status < 500) {
    return refused(
      answer.status,
      `HTTP ${answer.status} with ${seen}: check the address and credentials of this target, and proxies in between.`,
    );
  }
  return {
    outcome: 'unknown',
    code: String(answer.status),
    reason: `HTTP ${answer.status} with ${seen}: it may or may not have arrived; look into the channel, then check the address and any proxy.`,
    ...(answer.status >= 500 ? { retry: {} } : {}),
  };
}

function shapeOf(answer: Answer): string {
  if (!answer.complete) return 'a body that broke off';
  const body = answer.body.trim();
  if (body === '') return 'an empty body';
  if (/^<(!doctype|html|\?xml|head|body)/i.test(body)) return 'a web page';
  if (/^[{[]/.test(body) && !isJson(body)) return 'JSON that breaks off';
  return 'an answer this vendor does not document';
}

/** Retry-After in milliseconds: seconds (fractions too) or an HTTP date; undefined when absent or unreadable. */
export function retryAfter(answer: Answer, now: number): number | undefined {
  const header = answer.headers['retry-after']?.trim();
  if (!header) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

const NETWORK: Record<string, string> = {
  ENOTFOUND: 'the host name does not exist; check the address',
  EAI_AGAIN: 'the host name could not be looked up; check DNS',
  ECONNREFUSED: 'nobody listens at this address; check host and port',
  EHOSTUNREACH: 'no route to the host; check the network or proxy',
  ENETUNREACH: 'no route to the host; check the network or proxy',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time; check the address, the network or proxy',
  ECONNRESET: 'the connection broke while it was made; check port and scheme of the address, and any proxy',
  UND_ERR_SOCKET: 'the connection broke while it was made; check port and scheme of the address, and any proxy',
  UND_ERR_ABORTED: 'the proxy would not connect; check HTTPS_PROXY and what the proxy allows',
  UND_ERR_PRX_CONN: 'the proxy broke the connection; check HTTPS_PROXY',
  PROXY_AUTH: 'the proxy wants a login; put user and password into HTTPS_PROXY and HTTP_PROXY',
  UND_ERR_INVALID_ARG: 'a token or address holds a character that none may hold; copy it anew',
  EPROTO: 'no TLS came about; check port and scheme of the address',
  ECONNECTION: 'the server ended the connection before it was handed the message; look into its log',
  timeout: 'the server fell silent before it was handed the message; look into its log',
  CANCELLED: 'the run was cancelled; run it again',
};

/** What the next try would meet again. */
const HOPELESS = /CERT|SIGNED|VERIFY|ISSUER|UND_ERR_PRX_TLS|PROXY_AUTH|INVALID_ARG/;
const UNTRUSTED = /CERT|SIGNED|VERIFY|ISSUER|UND_ERR_PRX_TLS/;

function whyNotSent(reason: string): string {
  const known = NETWORK[reason];
  if (known) return known;
  if (/^ERR_SSL_/.test(reason)) return NETWORK.EPROTO!;
  if (UNTRUSTED.test(reason))
    return 'the connection was not trusted; check the certificate (NODE_EXTRA_CA_CERTS for a private authority)';
  return `no connection came about (${quote(reason)}); check address, network and proxy`;
}

/** A `code` that should be a number by the vendor's documentation and is not: never a success, whatever it looks like. */
export function notNumeric(answer: Answer, body: Record<string, unknown>, code: unknown): Delivery {
  if (code !== undefined && code !== null) {
    const shown = typeof code === 'string' ? quote(code) : '';
    return refused(
      shown || answer.status,
      'The code in the answer is not a number, so it was not taken: something other than the vendor may have answered.',
    );
  }
  // A gate before the vendor says no in a form of its own: {"status":1111,"wait":5,"punish":"deny"}.
  if (typeof body.status === 'number' || 'punish' in body || 'error' in body) {
    const shown = typeof body.status === 'number' ? body.status : answer.status;
    return refused(shown, 'A gate before the channel refused it: wait some minutes, or run from another network.');
  }
  return unreadable(answer);
}

/**
 * What came back, judged: hangs, resets, redirects and 429 alike for every channel, the rest by the channel's `classify`.
 * `wait` reads how long a 429 asks to wait where the body says it.
 */
export function judgeResult(
  result: HttpResult,
  now: number,
  classify: (answer: Answer) => Delivery,
  wait?: (answer: Answer) => number | undefined,
): Delivery {
  if (result.kind === 'failed') return failed(result);
  if (result.status >= 300 && result.status < 400) {
    return refused(
      result.status,
      'Redirected, and not followed since the address is a secret: enter the address it has moved to.',
    );
  }
  if (result.status === 429) {
    const own = result.complete ? classify(result) : undefined;
    if (own?.outcome === 'throttled') return heeding(own, result, now);
    const afterMs = retryAfter(result, now) ?? wait?.(result);
    const when = afterMs === undefined ? 'later' : `after ${Math.ceil(afterMs / 1000)} s`;
    return throttled(own?.code ?? 429, `Too many messages: try again ${when}, or send fewer (needs, routes).`, {
      retry: afterMs === undefined ? { tries: 2 } : { afterMs },
    });
  }
  return heeding(result.complete ? classify(result) : unreadable(result), result, now);
}

/** Another try comes when the vendor said it may, in whatever status it said so (503, a refusal in HTTP 200). */
function heeding(delivery: Delivery, answer: Answer, now: number): Delivery {
  const afterMs = retryAfter(answer, now);
  if (!delivery.retry || delivery.retry.afterMs !== undefined || afterMs === undefined) return delivery;
  return { ...delivery, retry: { ...delivery.retry, afterMs } };
}

const UNANSWERED: Record<string, string> = {
  timeout: 'no answer in time',
  CANCELLED: 'the run was cancelled before the answer',
};

function failed({ sent, reason }: Extract<HttpResult, { kind: 'failed' }>): Delivery {
  if (!sent) {
    return refused(reason, `Nothing was sent: ${whyNotSent(reason)}.`, HOPELESS.test(reason) ? {} : { retry: {} });
  }
  const what = UNANSWERED[reason] ?? `the connection broke (${quote(reason)})`;
  return {
    outcome: 'unknown',
    code: reason,
    reason: `Sent, but ${what}: it may or may not have arrived; look into the channel before sending again.`,
  };
}
