import type { Dispatcher } from 'undici';

export interface HttpRequest {
  url: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Outer deadline for the whole exchange, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** The answer's body is cut here; a vendor's answer is small, a page thrown at us need not be. */
  maxBytes?: number;
}

/** What came back. `sent: false` means that the request surely never reached the server, so another try is harmless. */
export type HttpResult =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: string; complete: boolean; ms: number }
  | { kind: 'failed'; sent: boolean; reason: string; ms: number };

export type Http = (request: HttpRequest) => Promise<HttpResult>;

/** Faults of connecting: name not found, refused, no route, TLS refused. All come before a byte of the request. */
const NOT_SENT = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  // A name with several addresses fails as one AggregateError; the last address tells.
  if (error instanceof AggregateError && error.errors.length) return codeOf(error.errors.at(-1));
  return code ?? error.name;
}

/**
 * HTTP by undici, through the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Redirects are not followed: a webhook
 * that redirects has moved, and following would hand a secret to another host. Never throws for what a network does.
 */
export async function createHttp(env: Readonly<Record<string, string | undefined>> = process.env): Promise<Http> {
  const { Agent, EnvHttpProxyAgent, request } = await import('undici');
  const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => env[name]);
  const dispatcher: Dispatcher = proxied ? new EnvHttpProxyAgent() : new Agent({ keepAliveTimeout: 1000 });
  return async ({ url, method = 'GET', headers, body, timeoutMs, signal, maxBytes = 256 * 1024 }) => {
    const started = performance.now();
    const took = () => Math.round(performance.now() - started);
    const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
    const abort = signal ? AbortSignal.any([signal, deadline]) : deadline;
    try {
      const answer = await request(url, { method, headers, body, dispatcher, signal: abort });
      const chunks: Buffer[] = [];
      let size = 0;
      let complete = true;
      try {
        for await (const chunk of answer.body) {
          chunks.push(chunk as Buffer);
          size += (chunk as Buffer).length;
          if (size >= maxBytes) break;
        }
      } catch {
        complete = false; // reset or stalled in mid-body: the caller sees a body that can't be trusted
      }
      const text = Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
      const flat = Object.entries(answer.headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : (v ?? '')]);
      return {
        kind: 'answer',
        status: answer.statusCode,
        headers: Object.fromEntries(flat),
        body: text,
        complete,
        ms: took(),
      };
    } catch (error) {
      const code = deadline.aborted ? 'timeout' : codeOf(error);
      return { kind: 'failed', sent: !NOT_SENT.has(code), reason: code, ms: took() };
    }
  };
}

/** True for 127.0.0.0/8, ::1 and localhost: where plain http needs no warning. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
