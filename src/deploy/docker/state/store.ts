import { getFile, putFiles } from '../../../lib/docker/archive.ts';
import type { CallOptions, Engine } from '../../../lib/docker/engine.ts';
import type { History } from '../../release/history.ts';
import { type DockerHistory, dockerHistorySchema } from '../model.ts';
import { MOUNT } from './mount.ts';

const fileName = (environment: string) => `history-${environment}.json`;

export type Read =
  | { kind: 'found'; history: DockerHistory }
  | { kind: 'none' }
  /** A newer format, or broken: kept aside before ours is written. */
  | { kind: 'strange'; why: string; text: Buffer };

const NOT_JSON = 'it is not JSON';

/** Pure: what a stored file holds. */
export function parseHistory(text: Buffer): Read {
  let raw: unknown;
  try {
    raw = JSON.parse(text.toString('utf8'));
  } catch {
    return { kind: 'strange', why: NOT_JSON, text };
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1)
    return { kind: 'strange', why: `its format is ${format}, newer than ours`, text };
  const parsed = dockerHistorySchema.safeParse(raw);
  if (parsed.success) return { kind: 'found', history: parsed.data };
  const issue = parsed.error.issues[0];
  return { kind: 'strange', why: `${issue?.path.join('.')}: ${issue?.message}`, text };
}

/** The same history, written first: a line cut in the middle of a write leaves one of the two whole. */
const spareName = (environment: string) => `${fileName(environment)}.new`;

/**
 * Reads the history through any container that mounts the volume, running or not. An engine replaces a file by removing
 * it first: who reads through another container meets it missing, or short, while it is written; the spare is whole then.
 */
export async function readHistory(
  engine: Engine,
  container: string,
  environment: string,
  options: CallOptions = {},
): Promise<Read> {
  const file = async (name: string): Promise<Read> => {
    const text = await getFile(engine, container, `${MOUNT}/${name}`, options);
    return text ? parseHistory(text) : { kind: 'none' };
  };
  const unfinished = (read: Read) => read.kind === 'none' || (read.kind === 'strange' && isCut(read));
  const read = await file(fileName(environment));
  if (!unfinished(read)) return read;
  const spare = await file(spareName(environment));
  if (spare.kind === 'found') return spare;
  // The spare is written again, by the next write it may be: then the history is whole by now. Where there is none of
  // either this is asked once too often, before the first release of all.
  return unfinished(spare) ? file(fileName(environment)) : read;
}

/** Ours from its first byte, and not to its end. */
const isCut = (read: Read & { kind: 'strange' }) =>
  read.why === NOT_JSON && '{"format":1,'.startsWith(read.text.toString('utf8', 0, 12));

/** Writes history and the edge's own files in one call, so that they never tell two stories for long. */
export async function writeHistory(
  engine: Engine,
  container: string,
  history: History,
  edge: readonly { name: string; content: string }[],
  options: CallOptions = {},
): Promise<void> {
  const content = JSON.stringify(history);
  const files = [spareName(history.environment), fileName(history.environment)].map((name) => ({ name, content }));
  await putFiles(engine, container, MOUNT, [...files, ...edge], options);
}

/** Puts a history that is not ours to read beside the new one. */
export async function keepAside(
  engine: Engine,
  container: string,
  environment: string,
  text: Buffer,
  atMs: number,
): Promise<string> {
  const name = `${fileName(environment)}.kept-${new Date(atMs).toISOString().replace(/[:.]/g, '')}`;
  await putFiles(engine, container, MOUNT, [{ name, content: text }]);
  return name;
}
