import { createReadStream, readFileSync, statSync } from 'node:fs';
import { SeatrialError } from '../../lib/errors.ts';
import { type Attempt, type RetryOptions, withRetry } from '../../lib/retry.ts';
import { type Descriptor, type Manifest, type RegistryClient, saidIn } from '../registry/client.ts';
import { blobPath, type Layout } from './layout.ts';

export interface UploadOptions {
  info: (line: string) => void;
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
  retry?: RetryOptions;
}

type Reply = { status: number; location?: string; said?: string };
type Ask = (url: string, options: { method: 'HEAD' | 'POST' | 'PUT'; type?: string; file?: string }) => Promise<Reply>;

/** Requests with a file as body, streamed: a layer need not fit into memory. */
async function createAsk(client: RegistryClient, { env, signal }: UploadOptions): Promise<Ask> {
  const { Agent, EnvHttpProxyAgent, request } = await import('undici');
  const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => env[name]);
  const dispatcher = proxied ? new EnvHttpProxyAgent() : new Agent();
  const once: Ask = async (url, { method, type, file }) => {
    // The login is for the registry alone; an upload may continue at a storage host.
    const own = new URL(url).host === new URL(client.base).host;
    const answer = await request(url, {
      method,
      dispatcher,
      signal,
      headers: {
        ...(own ? client.headers() : {}),
        ...(type ? { 'content-type': type } : {}),
        ...(file ? { 'content-length': String(statSync(file).size) } : {}),
      },
      body: file ? createReadStream(file) : undefined,
    });
    const { statusCode: status, headers } = answer;
    const location = Array.isArray(headers.location) ? headers.location[0] : headers.location;
    if (status < 400) {
      await answer.body.dump();
      return { status, location };
    }
    // What a registry says with an error is short; a proxy's page is cut.
    const said = saidIn((await answer.body.text()).slice(0, 4096));
    return { status, location, said };
  };
  return async (url, options) => {
    const reply = await once(url, options);
    if (reply.status !== 401) return reply;
    await client.renew();
    return once(url, options);
  };
}

/** Runs one exchange again on 429, 5xx and faults of the network; anything else is final. Error: PUSH_FAILED. */
async function insist(
  what: string,
  good: readonly number[],
  { signal, retry }: UploadOptions,
  body: () => Promise<Reply>,
) {
  const { value } = await withRetry<Reply | Error>(async (): Promise<Attempt<Reply | Error>> => {
    try {
      const reply = await body();
      if (good.includes(reply.status)) return { done: true, value: reply };
      return { done: false, value: reply, retry: reply.status === 429 || reply.status >= 500 };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SeatrialError) throw error;
      return { done: false, value: error instanceof Error ? error : new Error(String(error)), retry: true };
    }
  }, retry ?? { tries: 4, budgetMs: 180_000, baseMs: 1000, signal });
  if (!(value instanceof Error) && good.includes(value.status)) return value;
  if (!(value instanceof Error) && (value.status === 401 || value.status === 403)) {
    throw new SeatrialError(
      'REGISTRY_LOGIN',
      `The registry refused ${what} (${value.status}); check that the user may push.`,
    );
  }
  const why = value instanceof Error ? value.message : `status ${value.status}${value.said ? `: ${value.said}` : ''}`;
  throw new SeatrialError('PUSH_FAILED', `${what} could not be pushed (${why}); check the registry, then run again.`, {
    cause: value instanceof Error ? value : undefined,
  });
}

/**
 * Pushes a layout by its own bytes, so that the digest built, scanned and pushed is one: blobs first, then each
 * platform's manifest and the index by digest. A push that breaks leaves no tag behind.
 */
export async function pushLayout(client: RegistryClient, layout: Layout, options: UploadOptions): Promise<void> {
  const { info } = options;
  const ask = await createAsk(client, options);
  const blob = async (digest: string) => {
    const what = `blob ${digest.slice(7, 19)}`;
    const there = await insist(what, [200, 404], options, () =>
      ask(`${client.base}/blobs/${digest}`, { method: 'HEAD' }),
    );
    if (there.status === 200) return;
    await insist(what, [201], options, async () => {
      const opened = await ask(`${client.base}/blobs/uploads/`, { method: 'POST' });
      if (opened.status !== 202 || !opened.location) return opened;
      const url = new URL(opened.location, client.base);
      url.searchParams.set('digest', digest);
      return ask(url.href, { method: 'PUT', type: 'application/octet-stream', file: blobPath(layout.folder, digest) });
    });
    info(`Pushed ${what}`);
  };
  const manifest = (descriptor: Descriptor, reference: string) =>
    insist(`manifest ${reference.slice(0, 19)}`, [201], options, () =>
      ask(`${client.base}/manifests/${reference}`, {
        method: 'PUT',
        type: descriptor.mediaType,
        file: blobPath(layout.folder, descriptor.digest),
      }),
    );
  const digests = new Set(
    layout.images.flatMap(({ manifest: m }) => [m.config, ...(m.layers ?? [])].map(({ digest }) => digest)),
  );
  for (const digest of digests) await blob(digest);
  for (const { descriptor } of layout.images) await manifest(descriptor, descriptor.digest);
  const root = JSON.parse(readFileSync(blobPath(layout.folder, layout.root.digest), 'utf8')) as {
    manifests?: Descriptor[];
  };
  // An index may name attestations too; what it names must be there before it is.
  for (const child of root.manifests ?? []) {
    if (layout.images.some(({ descriptor }) => descriptor.digest === child.digest)) continue;
    const extra = JSON.parse(readFileSync(blobPath(layout.folder, child.digest), 'utf8')) as Manifest;
    for (const part of [extra.config, ...(extra.layers ?? [])]) if (part) await blob(part.digest);
    await manifest(child, child.digest);
  }
  await manifest(layout.root, layout.root.digest);
}
