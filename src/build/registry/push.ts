import { SeatrialError } from '../../lib/errors.ts';
import { runProcess } from '../../lib/process.ts';
import { type Attempt, type RetryOptions, withRetry } from '../../lib/retry.ts';
import { tagRefused } from './assign.ts';
import { isAboutTag, type RegistryClient } from './client.ts';

/** What an engine's failed push says about another try. Only what passes by itself is tried again. */
export function judgePush(text: string): 'retry' | 'denied' | 'failed' {
  if (
    /unauthorized|authentication required|denied|forbidden|no basic auth credentials|insufficient_scope/i.test(text)
  ) {
    return 'denied';
  }
  return /toomanyrequests|too many requests|\b429\b|\b50[0234]\b|5\d\d (Internal|Bad|Service|Gateway)|timeout|timed out|connection (reset|refused)|broken pipe|EOF|TLS handshake|no such host|temporary failure|i\/o/i.test(
    text,
  )
    ? 'retry'
    : 'failed';
}

export interface PushOptions {
  env: Record<string, string>;
  onLine: (line: string) => void;
  signal?: AbortSignal;
  retry?: RetryOptions;
}

/**
 * Pushes one tag of the engine; answers the manifest's digest. `before` is what the tag names in the registry so far.
 * Errors: REGISTRY_LOGIN, TAG_IMMUTABLE, PUSH_FAILED.
 */
export async function pushTag(
  reference: string,
  before: string | undefined,
  { env, onLine, signal, retry }: PushOptions,
): Promise<string> {
  const { value, attempts } = await withRetry(async (n): Promise<Attempt<{ digest?: string; said: string }>> => {
    if (n > 1) onLine(`Trying again: ${reference}`);
    const { exitCode, stdout, stderr } = await runProcess('docker', ['push', reference], { env, onLine, signal });
    const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
    if (exitCode === 0 && digest) return { done: true, value: { digest, said } };
    return { done: false, value: { said }, retry: judgePush(`${stderr}\n${stdout}`) === 'retry' };
  }, retry ?? { tries: 4, budgetMs: 180_000, baseMs: 2000, signal });
  if (value.digest) return value.digest;
  const verdict = judgePush(value.said);
  if (before !== undefined && (isAboutTag(value.said) || verdict === 'failed')) {
    const tag = reference.slice(reference.lastIndexOf(':') + 1);
    throw tagRefused({ tag, before }, { said: value.said }, []);
  }
  if (verdict === 'denied') {
    throw new SeatrialError('REGISTRY_LOGIN', `The registry refused the push of ${reference}: ${value.said}`);
  }
  throw new SeatrialError(
    'PUSH_FAILED',
    `${reference} could not be pushed (${attempts} tries): ${value.said}; check the registry, then run again.`,
  );
}

/**
 * Proves that what lies in the registry is what was scanned: the scanner's image id must be the digest of the pushed
 * manifest's config (or of the manifest itself, where the engine names images so). Error: PUSH_MISMATCH.
 */
export async function provePushed(client: RegistryClient, digest: string, scanned: string): Promise<void> {
  const pushed = await client.manifest(digest);
  const mismatch = (why: string) =>
    new SeatrialError(
      'PUSH_MISMATCH',
      `${why}; don't deploy ${digest.slice(0, 19)}…, and find out what else pushes there.`,
    );
  if (!pushed) throw mismatch('The registry does not have what was just pushed');
  if (pushed.digest !== digest) throw mismatch('The registry answers other bytes than were pushed');
  if (scanned === digest || pushed.manifest.config?.digest === scanned) return;
  throw mismatch('What was pushed is not the image that was scanned');
}
