import type { Actions } from '../../lib/actions.ts';
import { createHttp } from '../../lib/http.ts';

/** How many of an environment's records are looked through for one that succeeded. */
const LOOKED_AT = 10;

interface Deployment {
  id?: number;
  sha?: string;
  payload?: unknown;
}

export interface Deployed {
  /** Names of the image, the likeliest first; empty when none is known. */
  images: string[];
  /** Why none is known, in a few words. */
  why: string;
}

/** `image` of a record's payload: GitHub hands it back as it was given, or as the text of it. */
function imageOf(payload: unknown, repository: string): string[] {
  let value = payload;
  if (typeof payload === 'string') {
    try {
      value = JSON.parse(payload);
    } catch {
      return []; // somebody else's record, with a text for a payload
    }
  }
  const image = (value as { image?: unknown } | null)?.image;
  return typeof image === 'string' && image.startsWith(repository) ? [image] : [];
}

/**
 * What is deployed now, by GitHub's deployment records: the newest of the environment whose last status is success.
 * A record names a commit; its image is the one `tags: auto` pushed for it. Nothing here fails a build.
 */
export async function deployedImages(
  { env, signal }: Pick<Actions, 'env' | 'signal'>,
  token: string | undefined,
  environment: string,
  repository: string,
): Promise<Deployed> {
  const none = (why: string): Deployed => ({ images: [], why });
  const { GITHUB_REPOSITORY: owner } = env;
  if (!owner || !token) return none('there is no GITHUB_REPOSITORY or github-token to ask with');
  const http = await createHttp(env);
  const base = `${(env.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, '')}/repos/${owner}/deployments`;
  const get = async (path: string): Promise<unknown> => {
    const answer = await http({
      url: `${base}${path}`,
      method: 'GET',
      timeoutMs: 10_000,
      maxBytes: 4 * 1024 * 1024,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'seatrial',
        'x-github-api-version': '2022-11-28',
      },
      signal,
    });
    signal.throwIfAborted();
    if (answer.kind === 'failed') throw new Error(answer.reason);
    if (answer.status !== 200) throw new Error(`GitHub answered ${answer.status}; the job needs deployments: read`);
    return JSON.parse(answer.body);
  };
  try {
    const query = new URLSearchParams({ environment, per_page: '30' });
    const records = (await get(`?${query}`)) as Deployment[];
    for (const { id, sha, payload } of records.slice(0, LOOKED_AT)) {
      const [status] = (await get(`/${id}/statuses?per_page=1`)) as { state?: string }[];
      if (status?.state !== 'success') continue;
      const images = [...imageOf(payload, repository), ...(sha ? [`${repository}:sha-${sha.slice(0, 7)}`] : [])];
      return { images, why: 'its image can’t be pulled' };
    }
    return none(`no deployment of ${environment} has succeeded yet`);
  } catch (error) {
    signal.throwIfAborted();
    return none(error instanceof Error ? error.message : String(error));
  }
}
