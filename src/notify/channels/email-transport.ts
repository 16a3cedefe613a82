import { connect } from 'node:tls';
import { type Http, isLoopback } from '../../lib/http.ts';

/** What email.ts asks for, as the body of a request whose URL is the mail server's. */
export interface Mail {
  from: string;
  to: string[];
  cc?: string[];
  replyTo?: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  references?: string;
  inReplyTo?: string;
  date: string;
  urgent: boolean;
}

/** What the mail server said, as the body of an answer. `failure` is nodemailer's name of the fault. */
export interface MailAnswer {
  /** The server's reply code; 0 when it gave none. */
  code: number;
  /** The server's words without addresses. */
  words: string;
  accepted: number;
  /** Reply codes of the recipients that were refused while others were taken. */
  rejected: number[];
  failure?: string;
}

/** What nodemailer's errors carry; its types don't say. */
interface MailError extends Error {
  code?: string;
  originalCode?: string;
  timeoutType?: string;
  response?: string;
  responseCode?: number;
}

/** A timer takes no more than this. */
const LONGEST_MS = 2 ** 31 - 1;
/** nodemailer's lines are read, never printed. */
const MUTE = Object.fromEntries(['trace', 'info', 'warn', 'error', 'fatal'].map((level) => [level, () => {}]));

/** Faults of finding the server, whatever nodemailer's own name for them. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The fault of speaking plainly to a port that begins with TLS: both sides wait for the other to begin. */
export const IMPLICIT_TLS = 'IMPLICIT_TLS';
/** A server that has said nothing for so long is asked whether it waits for TLS. */
const SILENT_MS = 1000;

/** Whether TLS is spoken there from the first byte. Nothing is sent but the handshake; whose certificate it is does not matter. */
function beginsWithTls(address: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) || 587, rejectUnauthorized: false, timeout: timeoutMs });
    const end = (begins: boolean) => {
      socket.destroy();
      resolve(begins);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Options a user may set in the URL's query, as nodemailer names them. */
export const URL_OPTIONS = ['requireTLS', 'tls.rejectUnauthorized'];

/** Headers of a request to the transport: the token to log in with, and the name to call ourselves by. */
export const ACCESS_TOKEN = 'access-token';
export const EHLO = 'ehlo';

/** A password, or XOAUTH2 with an access token (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol). */
function login(url: URL, accessToken: string | undefined) {
  const user = decodeURIComponent(url.username);
  if (accessToken) return { type: 'OAuth2' as const, user, accessToken };
  return { user, pass: decodeURIComponent(url.password) };
}

/**
 * STARTTLS is demanded wherever a password or a message would cross a network. Only a server on this machine that asks
 * for no password may do without; `requireTLS=false` in the URL says otherwise.
 */
function options(address: string, timeoutMs: number, headers: Readonly<Record<string, string>> = {}) {
  const url = new URL(address);
  const secure = url.protocol === 'smtps:';
  const local = isLoopback(`http://${url.host}`) && !url.password && !headers[ACCESS_TOKEN];
  const said = url.searchParams.get('requireTLS');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && (said === null ? !local : said !== 'false'),
    // Where none is needed at all, an encryption that proves nothing is no worse.
    tls: { rejectUnauthorized: !local && url.searchParams.get('tls.rejectUnauthorized') !== 'false' },
    ...(url.username ? { auth: login(url, headers[ACCESS_TOKEN]) } : {}),
    ...(headers[EHLO] ? { name: headers[EHLO] } : {}),
    // Ahead of our own deadline, so that nodemailer can still say in which phase the time ran out.
    connectionTimeout: Math.min(Math.ceil(0.8 * timeoutMs), LONGEST_MS),
    greetingTimeout: Math.min(Math.ceil(0.8 * timeoutMs), LONGEST_MS),
    socketTimeout: Math.min(Math.ceil(0.9 * timeoutMs), LONGEST_MS),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

const nothing = (failure: string): MailAnswer => ({ code: 0, words: '', accepted: 0, rejected: [], failure });

/** SMTP in the shape of HTTP, so that retries, deadlines and receipts are the same as everywhere. */
export async function smtp(): Promise<Http> {
  const { createTransport } = await import('nodemailer');
  return async ({ url, body, headers, timeoutMs, signal }) => {
    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    const answer = (value: MailAnswer) =>
      ({ kind: 'answer', status: 200, headers: {}, body: JSON.stringify(value), complete: true, ms: ms() }) as const;
    // nodemailer says of a broken line only that it broke; the command before tells whether the message was under way.
    let sent = false;
    let greeted = false;
    const debug = (entry: unknown, line?: unknown) => {
      if (line === 'DATA') sent = true;
      if ((entry as { tnx?: string } | undefined)?.tnx === 'server') greeted = true;
    };
    const logger = { ...MUTE, debug };
    const transport = createTransport({ ...options(url, timeoutMs, headers), transactionLog: true, logger });
    const failed = (reason: string) => ({ kind: 'failed', sent, reason, ms: ms() }) as const;
    const mail = body ? (JSON.parse(String(body)) as Mail) : undefined;
    const addressless = (words: string) => words.replace(/<?[^\s<>:;,"'()]+@[^\s<>:;,"'()]+>?/g, '<address>');
    let stop = () => {};
    const silent = async () => {
      if (!greeted && url.startsWith('smtp:') && (await beginsWithTls(url, timeoutMs / 2)) && !greeted)
        return IMPLICIT_TLS;
      return undefined;
    };
    const late = new Promise<'timeout' | 'CANCELLED' | typeof IMPLICIT_TLS>((resolve) => {
      const asked = setTimeout(
        () => silent().then((found) => found && resolve(found)),
        Math.min(SILENT_MS, timeoutMs / 4),
      );
      const timer = setTimeout(resolve, Math.min(timeoutMs, LONGEST_MS), 'timeout');
      const abort = () => resolve('CANCELLED');
      signal?.addEventListener('abort', abort, { once: true });
      stop = () => {
        clearTimeout(timer);
        clearTimeout(asked);
        signal?.removeEventListener('abort', abort);
      };
    });
    try {
      if (!mail) {
        const verified = await Promise.race([transport.verify(), late]);
        if (verified === IMPLICIT_TLS) return answer(nothing(IMPLICIT_TLS));
        if (typeof verified === 'string') return failed(verified);
        return answer({ code: 250, words: '', accepted: 0, rejected: [] });
      }
      const { urgent, ...message } = mail;
      const info = await Promise.race([
        transport.sendMail({
          ...message,
          ...(urgent ? { priority: 'high' as const } : {}),
          // No holiday replies to a robot.
          headers: { 'Auto-Submitted': 'auto-generated' },
        }),
        late,
      ]);
      if (info === IMPLICIT_TLS) return answer(nothing(IMPLICIT_TLS));
      if (typeof info === 'string') return failed(info);
      const errors = ((info as { rejectedErrors?: MailError[] }).rejectedErrors ?? []).map((e) => e);
      return answer({
        code: Number.parseInt(info.response, 10) || 0,
        words: addressless(errors[0]?.response ?? info.response),
        accepted: info.accepted.length,
        rejected: info.rejected.map((_, i) => errors[i]?.responseCode ?? 0),
      });
    } catch (thrown) {
      const error = thrown as MailError;
      const cause = error.originalCode ?? error.code ?? error.name;
      if (NOT_SENT.has(cause)) return failed(cause);
      if (error.timeoutType) {
        return failed(error.timeoutType === 'SOCKET_TIMEOUT' ? 'timeout' : 'UND_ERR_CONNECT_TIMEOUT');
      }
      if (!error.response && (cause === 'ECONNECTION' || cause === 'ECONNRESET' || cause === 'EPIPE')) {
        return failed(cause);
      }
      const words = addressless(error.response ?? error.message);
      return answer({ code: error.responseCode ?? 0, words, accepted: 0, rejected: [], failure: error.code ?? cause });
    } finally {
      stop();
      transport.close();
    }
  };
}
