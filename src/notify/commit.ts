import { contextOf } from '../lib/context.ts';
import type { Ending } from './ending/ending.ts';
import { commitOf } from './release.ts';

type Env = Readonly<Record<string, string | undefined>>;

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
