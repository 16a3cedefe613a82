import { readFileSync } from 'node:fs';
import { contextOf } from '../lib/context.ts';
import type { Ending } from './ending/ending.ts';
import { commitOf } from './release.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The commit a run was started by and its words, as far as the run's event tells. */
export interface RunCommit {
  sha: string;
  message: string;
}

/**
 * The head commit of a push, from the event's file. Other events name none, or another than the one that runs.
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads#push
 */
export function runCommit(env: Env): RunCommit | undefined {
  if (!env.GITHUB_EVENT_PATH) return undefined;
  let event: unknown;
  try {
    event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8'));
  } catch {
    return undefined; // outside GitHub the file need not be there; then no subject is told
  }
  const { id, message } = Object((event as { head_commit?: unknown } | null)?.head_commit) as Partial<
    Record<string, unknown>
  >;
  return typeof id === 'string' && typeof message === 'string' ? { sha: id, message } : undefined;
}

const ofThisRun = new Set([
  'started',
  'deployed',
  'live-but',
  'partly-live',
  'waiting',
  'unchanged',
  'failed',
  'cancelled',
]);
const ofNoRelease = new Set(['not-deployed', 'skipped', 'jobs-done', 'jobs-failed', 'jobs-cancelled']);

/**
 * The commit of the release a message is about. A release's own id tells it; only where it doesn't, and the run is about
 * that release, is it the commit of the run: a rollback is started from another commit than the one it goes back to.
 */
export function releaseCommit(
  { kind, about }: Ending,
  env: Env,
  known: ReadonlyMap<string, string>,
): string | undefined {
  const own = (about && known.get(about)) || commitOf(about);
  const { sha } = contextOf(env);
  if (own) return sha?.startsWith(own) ? sha : own;
  if (!sha) return undefined;
  return ofNoRelease.has(kind) || ofThisRun.has(kind) ? sha : undefined;
}

/** The first line of a commit's words, where they are this commit's. */
export function subjectOf(sha: string | undefined, commit: RunCommit | undefined): string | undefined {
  if (!sha || !commit?.sha.startsWith(sha)) return undefined;
  return commit.message.split('\n')[0]?.trim() || undefined;
}
