import { RECORD } from './haproxy.ts';

/** One request of a user's, as the edge wrote it down when it ended. */
export interface EdgeRecord {
  /** Which of the edge's frontends took it; empty where it isn't written. */
  door: string;
  /** Counts the records of a door; NaN where they are not counted. */
  number: number;
  /** When it ended, seconds of the epoch by the edge's clock. */
  at: number;
  /** Server of the edge that it was given to; empty where the edge answered by itself. */
  server: string;
  /** -1 where none was sent. */
  status: number;
  /** How long the user waited for the first byte, or, where none came, until it was over. */
  ms: number;
  /** What was wrong with it, in a word; undefined where it was answered, or the user went away. */
  why?: string;
  kind: 'user' | 'canary' | 'probe';
  method: string;
  /** Without its query. */
  path: string;
}

/** What a record of any form holds. */
type Fields = Record<Exclude<(typeof RECORD)[number][0], 'mark' | 'begun' | 'span'>, string>;

/** The form of edges that were made before records were counted: when it ended, milliseconds of the epoch, stood in it. */
const EARLIER = 'r1 at server status wait connect answer total end kind method path'.split(' ');

const kinds = (text: string): EdgeRecord['kind'] => (text === 'canary' || text === 'probe' ? text : 'user');

/**
 * What went wrong, by the status and by who ended it (the first letter: S and s the server, C and c the client):
 * https://docs.haproxy.org/2.6/configuration.html#8.5
 */
function wrong(status: number, end: string): string | undefined {
  if (status >= 500) return `HTTP ${status}`;
  if (/^[Cc]/.test(end)) return undefined;
  if (status < 0) return 'no answer';
  // An upgraded connection ends when either side likes.
  return /^[Ss]/.test(end) && status !== 101 ? 'cut off' : undefined;
}

function recordOf(fields: Fields, at: number): EdgeRecord | undefined {
  const [status, wait, connect, answer, total] = [
    fields.status,
    fields.wait,
    fields.connect,
    fields.answer,
    fields.total,
  ].map(Number) as [number, number, number, number, number];
  if (![at, status, wait, connect, answer, total].every(Number.isFinite) || !fields.method) return undefined;
  const first = Math.max(0, wait) + Math.max(0, connect) + answer;
  return {
    door: fields.door,
    number: /^\d+$/.test(fields.number) ? Number(fields.number) : Number.NaN,
    at,
    server: fields.server.startsWith('<') ? '' : fields.server,
    status,
    ms: answer < 0 ? Math.max(0, total) : first,
    why: wrong(status, fields.end),
    kind: kinds(fields.kind),
    method: fields.method,
    path: fields.path,
  };
}

/** A line of the edge's access log, which takes the place of a record where there is one. */
function fromJson(line: string): EdgeRecord | undefined {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(line);
  } catch {
    return undefined; // longer than a record may be, and cut
  }
  const text = (name: string) => (object[name] === undefined ? '' : String(object[name]));
  const fields = Object.fromEntries(RECORD.map(([name]) => [name, text(name)]));
  return recordOf({ ...(fields as Fields), total: text('ms') }, Date.parse(text('time')) / 1000);
}

/** A line of the ring; undefined for whatever else HAProxy has written there. Pure. */
export function parseRecord(line: string): EdgeRecord | undefined {
  if (line.startsWith('{')) return fromJson(line);
  const cells = line.split('\t');
  if (cells[0] === EARLIER[0] && cells.length >= EARLIER.length) {
    const fields = Object.fromEntries(EARLIER.map((name, i) => [name, cells[i]!]));
    return recordOf({ ...(fields as Fields), door: '', number: '' }, Number(fields.at) / 1000);
  }
  if (cells[0] !== RECORD[0][1] || cells.length < RECORD.length) return undefined;
  const fields = Object.fromEntries(RECORD.map(([name], i) => [name, cells[i]!]));
  return recordOf(fields as Fields, Number(fields.begun) + Number(fields.span) / 1000);
}

/** The moment a release began to be made by its id, seconds; of any other name the beginning of time. */
export function bornAt(release: string): number {
  const at = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(release);
  return at ? Date.parse(`${at[1]}-${at[2]}-${at[3]}T${at[4]}:${at[5]}:${at[6]}Z`) / 1000 : 0;
}
