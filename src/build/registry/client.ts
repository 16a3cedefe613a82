import { createHash } from 'node:crypto';
import { SeatrialError } from '../../lib/errors.ts';
import { type Http, type HttpResult, isLoopback } from '../../lib/http.ts';
import { type Attempt, withRetry } from '../../lib/retry.ts';
import type { Credentials } from './login.ts';
import { apiHost, type Repository } from './reference.ts';

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** A blob as a manifest names it (OCI image spec, descriptor). */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: { os: string; architecture: string; variant?: string };
}

export interface Manifest {
  mediaType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}

/** One repository of a registry, by its HTTP API (distribution spec), logged in. */
export interface RegistryClient {
  /** Base of the repository: `https://ghcr.io/v2/acme/shop`. */
  readonly base: string;
  /** Headers that carry the login as it is now; never to be printed. */
  headers(): Readonly<Record<string, string>>;
  /** Logs in anew: a token of five minutes does not outlive a long build or push. */
  renew(): Promise<void>;
  /** A manifest by tag or digest with the digest of its very bytes; undefined when it isn't there. */
  manifest(reference: string): Promise<{ digest: string; manifest: Manifest } | undefined>;
  /**
   * Gives what lies under `digest` one more name, by its very bytes; answers what the registry said where it refused.
   * Errors: REGISTRY_LOGIN, PUSH_FAILED (it could not answer), PUSH_MISMATCH.
   */
  tag(digest: string, name: string): Promise<Refusal | undefined>;
  /** Takes a name away again; false where the registry can't (OCI: deleting by tag is optional). */
  untag(name: string): Promise<boolean>;
}

/** A registry's no to a tag, final: its status where we asked ourselves, and its own words. */
export interface Refusal {
  status?: number;
  said: string;
}

/** What a registry says with an error (distribution spec, "Error codes"), else the beginning of what came. */
export function saidIn(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: string; message?: string }[] };
    const [first] = errors ?? [];
    if (first) return [first.code, first.message].filter(Boolean).join(': ');
  } catch {
    // a page of a proxy
  }
  return body.replace(/\s+/g, ' ').trim().slice(0, 200);
}

/** Whether a refusal is about a tag that may not be moved: ECR, Harbor, Artifact Registry, Azure in their own words. */
export const isAboutTag = (said: string) =>
  /immutab|tag.?invalid|already exists|cannot be overwritten|locked/i.test(said);

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
type Answer = Extract<HttpResult, { kind: 'answer' }>;

/** Tries again on 429, 5xx and faults of the network only; a refusal is final. */
async function ask(
  http: Http,
  url: string,
  headers: Record<string, string>,
  signal?: AbortSignal,
  { method = 'GET', body }: { method?: 'GET' | 'PUT' | 'POST' | 'DELETE'; body?: string } = {},
): Promise<Answer> {
  const { value } = await withRetry<HttpResult>(
    async (): Promise<Attempt<HttpResult>> => {
      const result = await http({ url, method, headers, body, timeoutMs: 15_000, maxBytes: 4 * 1024 * 1024, signal });
      if (result.kind === 'failed') return { done: false, value: result, retry: !signal?.aborted };
      const busy = result.status === 429 || result.status >= 500;
      const after = Number(result.headers['retry-after']);
      return busy
        ? { done: false, value: result, retry: true, ...(after > 0 ? { afterMs: after * 1000 } : {}) }
        : { done: true, value: result };
    },
    { tries: 3, budgetMs: 45_000, signal },
  );
  signal?.throwIfAborted();
  if (value.kind === 'answer') return value;
  throw new SeatrialError(
    'REGISTRY_UNREACHABLE',
    `${new URL(url).host} does not answer (${value.reason}); check the registry's name and the network.`,
  );
}

const refused = (host: string, status: number) =>
  new SeatrialError(
    'REGISTRY_LOGIN',
    `${host} refused the login (${status}); check username and password, and that they may push.`,
  );

/** `Bearer realm="…",service="…"` into its parts. */
function challengeOf(header: string): { scheme: string; realm?: string; service?: string } {
  const params = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]));
  return { scheme: header.trim().split(/\s+/)[0]?.toLowerCase() ?? '', ...params };
}

/**
 * A registry's token for a login: by GET, or for an identity token by POST (distribution, "Registry token
 * authentication" and its OAuth 2 variant).
 */
async function token(
  http: Http,
  realm: string,
  service: string,
  scope: string,
  login?: Credentials,
  signal?: AbortSignal,
) {
  const url = new URL(realm);
  // The registry names the place its tokens come from; a login goes there only if nobody can listen in.
  if (url.protocol !== 'https:' && !isLoopback(realm)) {
    throw new SeatrialError(
      'REGISTRY_LOGIN',
      `The registry asks for a login at ${url.host} without TLS; use one with TLS.`,
    );
  }
  const question = new URLSearchParams({ ...(service ? { service } : {}), scope });
  let answer: Answer;
  if (login?.identityToken) {
    const form = new URLSearchParams(question);
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', login.identityToken);
    form.set('client_id', 'seatrial');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    answer = await ask(http, url.href, headers, signal, { method: 'POST', body: form.toString() });
  } else {
    for (const [key, value] of question) url.searchParams.set(key, value);
    answer = await ask(http, url.href, login ? { authorization: basic(login) } : {}, signal);
  }
  if (answer.status !== 200) throw refused(url.host, answer.status);
  const body = JSON.parse(answer.body) as { token?: string; access_token?: string };
  return body.token ?? body.access_token ?? '';
}

const basic = ({ username, password }: Credentials) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

export interface RegistryOptions {
  access: 'pull' | 'pull,push';
  login?: Credentials;
  /** Plain http beyond loopback, where it goes without saying, as with the engine. */
  plain?: boolean;
  signal?: AbortSignal;
}

/**
 * Opens a repository and proves the login before anything is built. Errors: REGISTRY_LOGIN (refused),
 * REGISTRY_UNREACHABLE (no answer).
 */
export async function openRegistry(
  http: Http,
  repository: Repository,
  { access, login, plain = false, signal }: RegistryOptions,
): Promise<RegistryClient> {
  const host = apiHost(repository.registry);
  const root = `${plain || isLoopback(`http://${host}`) ? 'http' : 'https'}://${host}/v2/`;
  let headers: Record<string, string> = {};
  const renew = async () => {
    const first = await ask(http, root, {}, signal);
    if (first.status === 200) return;
    if (first.status !== 401) {
      throw new SeatrialError(
        'REGISTRY_UNREACHABLE',
        `${host} is no registry: it answered ${first.status} to /v2/; check the name of the image.`,
      );
    }
    const { scheme, realm, service = '' } = challengeOf(first.headers['www-authenticate'] ?? '');
    if (scheme === 'bearer' && realm) {
      const scope = `repository:${repository.path}:${access}`;
      headers = { authorization: `Bearer ${await token(http, realm, service, scope, login, signal)}` };
    } else if (login && !login.identityToken) {
      headers = { authorization: basic(login) };
    } else {
      throw new SeatrialError('REGISTRY_LOGIN', `${host} asks for a login; give username and password.`);
    }
    const again = await ask(http, root, headers, signal);
    if (again.status === 401 || again.status === 403) throw refused(host, again.status);
  };
  await renew();
  const base = `${root}${repository.path}`;
  /** A token may run out between two questions: then it is got anew, once. */
  const known = async (put: () => Promise<Answer>) => {
    const answer = await put();
    if (answer.status !== 401) return answer;
    await renew();
    return put();
  };
  const get = async (reference: string): Promise<Answer | undefined> => {
    const accept = MANIFEST_TYPES.join(', ');
    const answer = await known(() => ask(http, `${base}/manifests/${reference}`, { ...headers, accept }, signal));
    if (answer.status === 404) return undefined;
    if (answer.status === 200 && answer.complete) return answer;
    throw new SeatrialError('REGISTRY_UNREACHABLE', `${host} answered ${answer.status} for a manifest; try again.`);
  };
  return {
    base,
    headers: () => headers,
    renew,
    async manifest(reference) {
      const answer = await get(reference);
      return answer && { digest: digestOf(answer.body), manifest: JSON.parse(answer.body) as Manifest };
    },
    async tag(digest, name) {
      const held = await get(digest);
      if (!held || digestOf(held.body) !== digest) {
        throw new SeatrialError(
          'PUSH_MISMATCH',
          `${host} does not hold ${digest.slice(0, 19)}… as it was pushed; find out what else pushes there.`,
        );
      }
      const type = { 'content-type': held.headers['content-type'] ?? '' };
      const answer = await known(() =>
        ask(http, `${base}/manifests/${name}`, { ...headers, ...type }, signal, { method: 'PUT', body: held.body }),
      );
      if (answer.status === 201) return undefined;
      const said = saidIn(answer.body);
      // A locked tag is a refusal of this tag, whatever its status; 401 and 403 else mean the login.
      const login = (answer.status === 401 || answer.status === 403) && !isAboutTag(said);
      if (login) throw refused(host, answer.status);
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return { status: answer.status, said };
      throw new SeatrialError(
        'PUSH_FAILED',
        `The tag ${name} could not be set (${host} answered ${answer.status}); check the registry, then run again.`,
      );
    },
    async untag(name) {
      const answer = await known(() => ask(http, `${base}/manifests/${name}`, headers, signal, { method: 'DELETE' }));
      return answer.status === 202 || answer.status === 404;
    },
  };
}
