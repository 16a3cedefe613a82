import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../clock.ts';
import { SeatrialError } from '../errors.ts';
import { noProxyRanges } from '../no-proxy.ts';
import { Away, codeOf, wasCut } from './away.ts';
import { type Credential, type CredentialContext, Credentials } from './credentials.ts';
import { ApiRefusal, type Status } from './error.ts';
import { labelOf } from './in-cluster.ts';
import type { Access } from './kubeconfig.ts';

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  /** What is being done, in words: "apply deployment shop-1". */
  what: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** An answer of any status, its body unread. */
export interface Answer {
  status: number;
  body: Readable & { text(): Promise<string> };
}

/** With what is needed to ask again. */
interface RawAnswer extends Answer {
  credential: Credential;
  retryAfter: number;
}

type Undici = typeof import('undici');

const TIMEOUT_MS = 30_000;
/** An API that is upgraded or overloaded says so, and is asked again. */
const BUSY_TRIES = 4;
const BUSY = new Set([429, 503, 504]);

/** Faults of TLS, in the words of Node and OpenSSL. */
const isTls = (code: string) => /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code) && !code.startsWith('UND_');

/** The credentials as they are sent; a proxy may have one of its own. */
function secretsOf({ token, key, proxyUrl }: Access): string[] {
  const proxy = proxyUrl !== undefined && URL.canParse(proxyUrl) ? new URL(proxyUrl).password : '';
  // In a form a plus sign is a blank, and in an address it is itself.
  const [, plain = ''] = [...new URLSearchParams(`p=${proxy.replaceAll('+', '%2B')}`)][0] ?? [];
  return [token, key, proxy, plain].filter((secret): secret is string => Boolean(secret));
}

/** The connections to one cluster, with who we are on them. */
export class Wire {
  readonly access: Access;
  readonly label: string;
  readonly #undici: Undici;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #env: CredentialContext['env'];
  readonly #away: Away;
  #dispatcher: { of: string; way: Dispatcher } | undefined;
  /** The API's clock at a moment of ours. */
  #date: { atMs: number; mono: number } | undefined;

  constructor(access: Access, context: CredentialContext, undici: Undici) {
    this.access = access;
    this.label = labelOf(access);
    this.#undici = undici;
    this.#credentials = new Credentials(access, context);
    this.#clock = context.clock ?? systemClock;
    this.#env = context.env;
    this.#away = new Away(this.#clock, (words) => context.tell?.(`${this.label}: ${words}`));
  }

  /** What of the access is nobody's to see is masked first, in whatever form the file had it. */
  static async open(access: Access, context: CredentialContext): Promise<Wire> {
    for (const secret of secretsOf(access)) context.mask(secret);
    return new Wire(access, context, await import('undici'));
  }

  /** Milliseconds since the epoch by the API's own clock; undefined before it has answered once. */
  get serverNow(): number | undefined {
    return this.#date && this.#date.atMs + (this.#clock.mono() - this.#date.mono);
  }

  #way({ cert = '', key }: Credential): Dispatcher {
    if (this.#dispatcher?.of === cert) return this.#dispatcher.way;
    void this.#dispatcher?.way.close();
    const { server, ca, tlsServerName, proxyUrl } = this.access;
    const tls = { ca, cert: cert || undefined, key, servername: tlsServerName };
    const { Agent, ProxyAgent, EnvHttpProxyAgent } = this.#undici;
    const named = ['HTTPS_PROXY', 'https_proxy'].some((name) => this.#env[name]);
    const exempt = noProxyRanges(this.#env.no_proxy ?? this.#env.NO_PROXY)(new URL(server).hostname);
    let way: Dispatcher;
    // A command in a pod takes its connection over, which HTTP/2 has no way to.
    try {
      if (proxyUrl) way = new ProxyAgent({ uri: proxyUrl, requestTls: tls, allowH2: false });
      else if (named && !exempt) way = new EnvHttpProxyAgent({ connect: tls, requestTls: tls, allowH2: false });
      else way = new Agent({ connect: { ...tls, timeout: 10_000 }, keepAliveTimeout: 30_000, allowH2: false });
    } catch (cause) {
      // A PEM that is none; the fault may quote it.
      throw new SeatrialError('KUBECONFIG_INVALID', `kubeconfig: ${this.label}: its certificates can't be used.`, {
        cause: codeOf(cause),
      });
    }
    this.#dispatcher = { of: cert, way };
    return way;
  }

  #unreached(what: string, error: unknown): SeatrialError {
    const code = codeOf(error);
    const { server } = this.access;
    if (isTls(code)) {
      return new SeatrialError(
        'TLS_REFUSED',
        `${this.label}: ${server} and we don't trust each other (${code}); check certificate-authority-data and the client certificate of the kubeconfig.`,
        { cause: error },
      );
    }
    return new SeatrialError(
      'ENGINE_UNREACHABLE',
      `${this.label}: ${what}: no answer of ${server} (${code}); check its address, the network and the proxy.`,
      { cause: error },
    );
  }

  /** One question; what kind of answer is the caller's to judge. Errors: ENGINE_UNREACHABLE, ENGINE_TIMEOUT, TLS_REFUSED, KUBECONFIG_INVALID, TOOL_MISSING. */
  async #once(ask: Ask, signal: AbortSignal | undefined): Promise<RawAnswer> {
    const credential = await this.#credentials.get();
    const { method = 'GET', body } = ask;
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'seatrial' };
    if (credential.token) headers.authorization = `Bearer ${credential.token}`;
    if (body !== undefined) headers['content-type'] = ask.contentType ?? 'application/json';
    const url = this.url(ask);
    const send = () =>
      this.#undici.request(url, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        dispatcher: this.#way(credential),
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    // A kept connection may have been closed by the other side at this very moment: whatever was meant may be said twice.
    const answer = await send().catch((error: unknown) => {
      if (!signal?.aborted && method !== 'POST' && wasCut(error)) return send();
      throw error;
    });
    this.#away.back();
    const date = Date.parse(String(answer.headers.date ?? ''));
    // The header has whole seconds: half a one is what it is behind on the average.
    if (!Number.isNaN(date)) this.#date = { atMs: date + 500, mono: this.#clock.mono() };
    return {
      status: answer.statusCode,
      body: answer.body as never,
      credential,
      retryAfter: Number(answer.headers['retry-after'] ?? 1),
    };
  }

  /** Only one that has answered before is waited for: a wrong address is told at once. */
  #waits(error: unknown, twice: boolean, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#date ? this.#away.again(error, twice, signal) : Promise.resolve(false);
  }

  url({ path, query = {} }: Pick<Ask, 'path' | 'query'>): string {
    const url = new URL(this.access.server + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.append(name, String(value));
    return url.href;
  }

  /** An answer that is not a refusal; its body is to be read. */
  async stream(ask: Ask, signal: AbortSignal | undefined = ask.signal): Promise<Answer> {
    for (let tries = 1, renewed = false; ; ) {
      let answer: RawAnswer;
      try {
        answer = await this.#once(ask, signal);
      } catch (error) {
        if (ask.signal?.aborted) throw ask.signal.reason;
        if (signal?.aborted) throw this.#late(ask, signal.reason);
        if (await this.#waits(error, ask.method !== 'POST', signal)) continue;
        throw error instanceof SeatrialError ? error : this.#unreached(ask.what, error);
      }
      const { status, body, credential, retryAfter } = answer;
      if (status < 400) return { status, body };
      const text = await body.text();
      if (status === 401 && this.#credentials.renewable && !renewed) {
        renewed = true;
        await this.#credentials.renew(credential);
        continue;
      }
      // 429 is said before anything is done; of the others only a question may be asked again.
      if (BUSY.has(status) && (status === 429 || (ask.method ?? 'GET') === 'GET') && tries++ < BUSY_TRIES) {
        await this.#clock.sleep(Math.min(5, Number.isNaN(retryAfter) ? 1 : retryAfter) * 1000, signal);
        continue;
      }
      throw this.#refused(ask, status, text);
    }
  }

  #refused({ what }: Ask, status: number, text: string): SeatrialError {
    let said: Status = {};
    try {
      said = JSON.parse(text) as Status;
    } catch {
      said = { message: text.slice(0, 200) || `status ${status}` };
    }
    if (status === 401) {
      return new SeatrialError(
        'ACCESS_DENIED',
        `${this.label}: the cluster does not know us (401); the token or certificate of the kubeconfig has ended or is of another cluster.`,
      );
    }
    return new ApiRefusal(this.label, what, status, said);
  }

  #late({ what, timeoutMs = TIMEOUT_MS }: Ask, cause: unknown): SeatrialError {
    return new SeatrialError('ENGINE_TIMEOUT', `${this.label}: ${what}: no answer within ${timeoutMs / 1000} s.`, {
      cause,
    });
  }

  /** One question and its whole answer, as JSON. */
  async json<T>(ask: Ask): Promise<T> {
    const deadline = AbortSignal.timeout(ask.timeoutMs ?? TIMEOUT_MS);
    const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
    const { body } = await this.stream(ask, signal);
    let text: string;
    try {
      text = await body.text();
    } catch (error) {
      if (ask.signal?.aborted) throw ask.signal.reason;
      throw signal.aborted ? this.#late(ask, error) : this.#unreached(ask.what, error);
    }
    return JSON.parse(text) as T;
  }

  /** A connection that is turned over to another protocol. */
  async upgrade(ask: Ask, protocol: string, headers: Record<string, string>) {
    for (let renewed = false, late = 0; ; ) {
      const deadline = AbortSignal.timeout(ask.timeoutMs ?? TIMEOUT_MS);
      const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
      const credential = await this.#credentials.get();
      const authorization = credential.token ? { authorization: `Bearer ${credential.token}` } : {};
      try {
        return await this.#undici.upgrade(this.url(ask), {
          method: 'GET',
          protocol,
          headers: { ...headers, ...authorization },
          signal,
          dispatcher: this.#way(credential),
        });
      } catch (error) {
        if (ask.signal?.aborted) throw ask.signal.reason;
        if (deadline.aborted) {
          // An API that has just begun may take a connection and forget it: then it is not the node that is silent.
          if (this.#away.lately && ++late < BUSY_TRIES) continue;
          throw this.#late(ask, error);
        }
        if (await this.#waits(error, true, ask.signal)) continue;
        const refused = await this.#plainly(ask);
        // Asked in the plain way a credential that has ended is had anew.
        if (!renewed && credential !== (await this.#credentials.get())) {
          renewed = true;
          continue;
        }
        throw refused ?? this.#unreached(ask.what, error);
      }
    }
  }

  /** What an upgrade was answered instead is lost; asked in the plain way the API says the same. */
  async #plainly(ask: Ask): Promise<unknown> {
    try {
      await (await this.stream({ ...ask, timeoutMs: 5000 })).body.text();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher?.way.destroy();
  }
}
