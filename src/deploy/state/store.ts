import { getFile, putFiles } from '../../lib/docker/archive.ts';
import type { CallOptions, Engine } from '../../lib/docker/engine.ts';
import { emptyHistory, type History, historySchema } from './history.ts';

/** Where the volume `<app>-seatrial` is mounted in every container that reaches it. */
export const MOUNT = '/seatrial';
export const EDGE_FILE = 'haproxy.cfg';
const fileName = (environment: string) => `history-${environment}.json`;

export type Read =
  | { kind: 'found'; history: History }
  | { kind: 'none' }
  /** A newer format, or broken: kept aside before ours is written. */
  | { kind: 'strange'; why: string; text: Buffer };

/** Pure: what a stored file holds. */
export function parseHistory(text: Buffer): Read {
  let raw: unknown;
  try {
    raw = JSON.parse(text.toString('utf8'));
  } catch {
    return { kind: 'strange', why: 'it is not JSON', text };
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1)
    return { kind: 'strange', why: `its format is ${format}, newer than ours`, text };
  const parsed = historySchema.safeParse(raw);
  if (parsed.success) return { kind: 'found', history: parsed.data };
  const issue = parsed.error.issues[0];
  return { kind: 'strange', why: `${issue?.path.join('.')}: ${issue?.message}`, text };
}

/** Reads the history through any container that mounts the volume, running or not. */
export async function readHistory(
  engine: Engine,
  container: string,
  environment: string,
  options: CallOptions = {},
): Promise<Read> {
  const text = await getFile(engine, container, `${MOUNT}/${fileName(environment)}`, options);
  return text ? parseHistory(text) : { kind: 'none' };
}

/** Writes history and the edge's configuration in one call, so that they never tell two stories for long. */
export async function writeHistory(
  engine: Engine,
  container: string,
  history: History,
  edgeConfig: string | undefined,
  options: CallOptions = {},
): Promise<void> {
  const files = [{ name: fileName(history.environment), content: JSON.stringify(history) }];
  if (edgeConfig) files.push({ name: EDGE_FILE, content: edgeConfig });
  await putFiles(engine, container, MOUNT, files, options);
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

export { emptyHistory };
