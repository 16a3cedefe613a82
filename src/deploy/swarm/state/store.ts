import { neededReleases } from '../../release/history.ts';
import { decoded, type Stored, type SwarmApi } from '../api.ts';
import { label, ownLabels } from '../labels.ts';
import { type SwarmHistory, swarmHistorySchema } from '../model.ts';
import { historyName } from '../names.ts';

export type Read =
  | { kind: 'found'; history: SwarmHistory }
  | { kind: 'none' }
  /** A newer format, or broken. */
  | { kind: 'strange'; why: string; rev: number };

/** A config takes 500 kB on the oldest engine that is tested (swarmkit, api/validation), and more on newer ones. */
export const MOST_BYTES = 480 * 1024;

const revOf = ({ Spec }: Stored) => Number(Spec.Labels[label('rev')] ?? 0);

/** Pure: what a stored text holds. */
export function parseHistory(text: string, rev: number): Read {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { kind: 'strange', why: 'it is not JSON', rev };
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1)
    return { kind: 'strange', why: `its format is ${format}, newer than ours`, rev };
  const parsed = swarmHistorySchema.safeParse(raw);
  if (parsed.success) return { kind: 'found', history: parsed.data };
  const issue = parsed.error.issues[0];
  return { kind: 'strange', why: `${issue?.path.join('.')}: ${issue?.message}`, rev };
}

/** Pure: the history as a text that fits; the oldest entries fall off first, never one that something needs. */
export function fitted(history: SwarmHistory, most = MOST_BYTES): string {
  const needed = neededReleases(history);
  const releases = [...history.releases];
  for (;;) {
    const text = JSON.stringify({ ...history, releases });
    if (Buffer.byteLength(text) <= most) return text;
    const oldest = releases.findLastIndex(({ release }) => !needed.has(release));
    if (oldest < 0) return text;
    releases.splice(oldest, 1);
  }
}

const ofState = (app: string, environment: string) => [
  `${label('app')}=${app}`,
  `${label('environment')}=${environment}`,
  `${label('role')}=state`,
];

const list = async (api: SwarmApi, app: string, environment: string, signal?: AbortSignal) =>
  (await api.stored('configs', ofState(app, environment), signal)).sort((x, y) => revOf(y) - revOf(x));

/** The newest history that is there. A run that was killed may have left the one before as well. */
export async function readHistory(
  api: SwarmApi,
  app: string,
  environment: string,
  signal?: AbortSignal,
): Promise<Read> {
  const [newest] = await list(api, app, environment, signal);
  if (!newest) return { kind: 'none' };
  return parseHistory(newest.Spec.Data === undefined ? '' : decoded(newest), revOf(newest));
}

/**
 * Writes a history beside the one before, whose name has the number before, and removes that. Of two that write the same
 * number one gets it: false for the other.
 */
export async function writeHistory(
  api: SwarmApi,
  app: string,
  environment: string,
  history: SwarmHistory,
  keep: number | undefined,
): Promise<boolean> {
  const labels = { ...ownLabels(app, environment, 'state'), [label('rev')]: String(history.rev) };
  const id = await api.store('configs', historyName(app, history.rev), labels, fitted(history));
  if (!id) return false;
  for (const old of await list(api, app, environment)) {
    if (revOf(old) < history.rev && revOf(old) !== keep) await api.unstore('configs', old.ID);
  }
  return true;
}

/** Removes all that was written of an app. */
export async function forgetHistory(api: SwarmApi, app: string, environment: string): Promise<void> {
  for (const { ID } of await list(api, app, environment)) await api.unstore('configs', ID);
}
