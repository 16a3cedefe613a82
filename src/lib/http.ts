import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { SeatrialError } from './errors.ts';
import { noProxyRanges } from './no-proxy.ts';

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

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  // A name with several addresses fails as one AggregateError; the last address tells.
  if (error instanceof AggregateError && error.errors.length) return codeOf(error.errors.at(-1));
  return code ?? error.name;
}

/** A timer takes no more than this, about 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

const DECODERS: Record<string, typeof gunzipSync> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Proxies compress unasked. Undefined when the bytes are no such thing, or would swell beyond `maxBytes`. */
function decoded(bytes: Buffer, encoding: string, maxBytes: number): Buffer | undefined {
  const decode = DECODERS[encoding.trim().toLowerCase()];
  if (!decode) return bytes;
  try {
    return decode(bytes, { maxOutputLength: maxBytes });
  } catch {
    return undefined; // told as an incomplete answer
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/**
 * HTTP by undici, through the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY, ranges included. Redirects are not followed: a webhook
 * that redirects has moved, and following would hand a secret to another host. Never throws for what a network does.
 * @throws PROXY_INVALID
 */
export async function createHttp(
  env: Readonly<Record<string, string | undefined>> = process.env,
  { ca }: { ca?: string } = {},
): Promise<Http> {
  const { Agent, EnvHttpProxyAgent, request } = await import('undici');
  const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => env[name]);
  let direct: Dispatcher;
  const exempt = noProxyRanges(env.no_proxy ?? env.NO_PROXY);
  let proxy: Dispatcher;
  try {
    // A CA of one's own stands beside the public ones, as hosts of both kinds may be asked.
    const tls = ca === undefined ? {} : { ca: [...(await import('node:tls')).rootCertificates, ca] };
    direct = new Agent({ keepAliveTimeout: 1000, connect: tls });
    proxy = proxied ? new EnvHttpProxyAgent({ connect: tls, requestTls: tls }) : direct;
  } catch {
    // The fault would quote the address, and with it the proxy's password.
    throw new SeatrialError(
      'PROXY_INVALID',
      'HTTP_PROXY or HTTPS_PROXY is no address of a proxy; write http://host:port, or unset it.',
    );
  }
  return async ({ url, method = 'GET', headers, body, timeoutMs, signal, maxBytes = 256 * 1024 }) => {
    const started = performance.now();
    const took = () => Math.round(performance.now() - started);
    const deadline = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), LONGEST_MS));
    const abort = signal ? AbortSignal.any([signal, deadline]) : deadline;
    // undici starts a request when it has its connection, TLS and tunnel included: before that nothing of it was sent.
    let sent = false;
    const dispatcher = exempt(new URL(url).hostname) ? direct : proxy;
    const watched = dispatcher.compose((dispatch) => (options, handler) => {
      const start = handler.onRequestStart?.bind(handler);
      handler.onRequestStart = (...args) => {
        sent = true;
        start?.(...args);
      };
      return dispatch(options, handler);
    });
    try {
      // undici minds the signal only once it has a connection; a host that is not there must cost no more than agreed.
      const answer = await Promise.race([
        request(url, { method, headers, body, dispatcher: watched, signal: abort }),
        aborted(abort),
      ]);
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
      const flat = Object.entries(answer.headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : (v ?? '')]);
      const heads: Record<string, string> = Object.fromEntries(flat);
      const bytes = Buffer.concat(chunks).subarray(0, maxBytes);
      const plain = complete ? decoded(bytes, heads['content-encoding'] ?? '', maxBytes) : undefined;
      return {
        kind: 'answer',
        status: answer.statusCode,
        headers: heads,
        body: (plain ?? bytes).toString('utf8'),
        complete: plain !== undefined,
        ms: took(),
      };
    } catch (error) {
      // Whether asked for a tunnel or to forward, the proxy has let nothing through.
      if (error instanceof Error && /Proxy Authentication Required|Proxy response \(407\)/.test(error.message)) {
        return { kind: 'failed', sent: false, reason: 'PROXY_AUTH', ms: took() };
      }
      const code = deadline.aborted ? (sent ? 'timeout' : 'UND_ERR_CONNECT_TIMEOUT') : codeOf(error);
      return { kind: 'failed', sent, reason: code, ms: took() };
    }
  };
}

/** True for 127.0.0.0/8, ::1 and localhost: where plain http needs no warning. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
