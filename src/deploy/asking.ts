import { redact } from '../lib/redact.ts';
import { answersWell } from './release/health-status.ts';

export interface Probe {
  ok: boolean;
  /** What was answered, in a few words. */
  said: string;
}

/** What one instance is asked, and where. */
export interface Question {
  ip: string;
  port: number;
  path: string;
  timeoutMs: number;
  /** The Host header; the address where none is given. */
  host?: string;
  headers?: readonly string[];
  /** Status codes that are well. */
  status?: string;
}

/** Runs a command beside the edge, gives it `input`, and answers what it wrote until `until` held. */
export type Exchange = (
  words: string[],
  input: string,
  options: {
    until: (text: string) => boolean;
    timeoutMs?: number;
    patience?: { begun: (text: string) => boolean; ms: number };
    signal?: AbortSignal;
  },
) => Promise<{ text: string; ended: boolean }>;

function request(path: string, host: string, headers: readonly string[] = []): string {
  const named = headers.some((line) => /^user-agent:/i.test(line));
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...(named ? [] : ['User-Agent: seatrial']), ...headers];
  return `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`;
}

/** Asks one instance over HTTP, from where the edge would. */
export async function askHttp(
  exchange: Exchange,
  { ip, port, path, timeoutMs, host = ip, headers, status: wanted }: Question,
  signal?: AbortSignal,
): Promise<Probe> {
  const { text, ended } = await exchange(['nc', ip, String(port)], request(path, host, headers), {
    timeoutMs,
    signal,
    // Where a redirect leads stands among the headers.
    until: (so) => so.includes(/^HTTP\S+ 3/.test(so) ? '\r\n\r\n' : '\r\n'),
  });
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (status) return { ok: answersWell(Number(status), wanted), said: answered(path, status, text, wanted) };
  if (!ended) return { ok: false, said: `${path} gave no answer within ${timeoutMs} ms` };
  return {
    ok: false,
    said: /refused/i.test(text) ? `port ${port} refuses connections` : `${path} closed without an answer`,
  };
}

/** A refusal of the address, and a way to somewhere else, are the two that are taken for something else most often. */
function answered(path: string, status: string, text: string, wanted: string | undefined): string {
  const said = `${path} answered ${status}`;
  const to = /^location: *(\S+)/im.exec(text)?.[1];
  if (to && /^3/.test(status)) return `${said} to ${redact(to.split(/[?#]/)[0]!)}`;
  if (answersWell(Number(status), wanted)) return said;
  return status === '400' ? `${said} (an app that checks its host name needs health-host)` : said;
}

/** Not every nc says why it ended, but each has an exit code of its own for a port that takes no connection. */
const KNOCK = 'echo knock; nc "$0" "$1"; echo "ended $?"';

/** Whether the port takes connections: one that is refused ends at once and in failure, one that is taken stays. */
export async function askTcp(
  exchange: Exchange,
  at: { ip: string; port: number },
  signal?: AbortSignal,
): Promise<Probe> {
  const { text } = await exchange(['sh', '-c', KNOCK, at.ip, String(at.port)], '', {
    signal,
    until: (so) => so.includes('ended '),
    patience: { begun: (so) => so.includes('knock'), ms: 300 },
  });
  if (!text.includes('knock')) return { ok: false, said: 'it could not be asked: the host is too busy' };
  const code = /ended (\d+)/.exec(text)?.[1] ?? '0';
  return code === '0'
    ? { ok: true, said: `port ${at.port} takes connections` }
    : { ok: false, said: `port ${at.port} refuses connections` };
}

/** The server that answers users now: one request through the edge's own front door, with what it said of the server. */
export async function askDoor(
  exchange: Exchange,
  at: { ip: string; port: number; path: string; serverHeader: string },
  signal?: AbortSignal,
): Promise<{ server: string; status: number }> {
  const { text } = await exchange(['nc', at.ip, String(at.port)], request(at.path, 'localhost'), {
    timeoutMs: 5000,
    signal,
    until: (so) => so.includes('\r\n\r\n'),
  });
  const server = new RegExp(`^${at.serverHeader}: *(\\S+)`, 'im').exec(text)?.[1] ?? '';
  return { server, status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0) };
}
