import { SeatrialError } from '../../lib/errors.ts';
import { createHttp } from '../../lib/http.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Statuses of GitHub's deployments that we use. Source: REST API, "Create a deployment status". */
export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

export interface NewDeployment {
  ref: string;
  environment: string;
  task: 'deploy' | 'rollback';
  description: string;
  /** Whose record it is; found again by it. */
  payload: { app: string; release: string };
}

export interface NewStatus {
  state: DeploymentState;
  description: string;
  environment_url?: string;
  log_url?: string;
}

/** What we need of a repository's deployments. Every call throws GITHUB_REFUSED on anything but a 2xx. */
export interface DeploymentsApi {
  create(deployment: NewDeployment): Promise<number>;
  status(id: number, status: NewStatus): Promise<void>;
  /** Ids of the app's records for a release, newest first, among the environment's last hundred. */
  of(environment: string, app: string, release: string): Promise<number[]>;
}

const WITHIN_MS = 10_000;
const refused = (words: string, cause?: unknown) => new SeatrialError('GITHUB_REFUSED', words, { cause });

function words(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? '').slice(0, 200);
  } catch {
    return ''; // a proxy's page says nothing worth a line
  }
}

/** GitHub hands a payload back as it was given, or as the text of it. */
function payloadOf(raw: unknown): { app?: unknown; release?: unknown } {
  if (typeof raw !== 'string') return (raw ?? {}) as object;
  try {
    return (JSON.parse(raw) ?? {}) as object;
  } catch {
    return {}; // a record of somebody else, with a text for a payload
  }
}

/** The deployments of the repository of this run, at GITHUB_API_URL. */
export async function deploymentsApi(env: Env, token: string | undefined): Promise<DeploymentsApi> {
  const { GITHUB_REPOSITORY: repository } = env;
  if (!repository) throw refused('there is no GITHUB_REPOSITORY, so this is no run of GitHub Actions.');
  if (!token) throw refused('github-token is empty; hand over one with deployments: write.');
  const http = await createHttp(env);
  const base = `${(env.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, '')}/repos/${repository}/deployments`;
  const call = async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    const answer = await http({
      url: `${base}${path}`,
      method,
      timeoutMs: WITHIN_MS,
      maxBytes: 4 * 1024 * 1024,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'seatrial',
        'x-github-api-version': '2022-11-28',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (answer.kind === 'failed') throw refused(`GitHub gave no answer (${answer.reason}).`);
    if (answer.status < 200 || answer.status > 299) {
      const hint = [401, 403, 404].includes(answer.status) ? '; the job needs permissions: deployments: write' : '';
      throw refused(`GitHub answered ${answer.status} ${words(answer.body)}${hint}.`);
    }
    try {
      return JSON.parse(answer.body);
    } catch (cause) {
      throw refused(`GitHub answered ${answer.status} with something that is not JSON.`, cause);
    }
  };
  return {
    async create(deployment) {
      // Our gate decides, not the checks of the commit; and a deployment must never merge anything.
      const fixed = { auto_merge: false, required_contexts: [] };
      const { id } = (await call('POST', '', { ...deployment, ...fixed })) as { id?: unknown };
      if (typeof id !== 'number') throw refused('GitHub made no deployment of it.');
      return id;
    },
    async status(id, status) {
      await call('POST', `/${id}/statuses`, status);
    },
    async of(environment, app, release) {
      const all = (await call('GET', `?environment=${encodeURIComponent(environment)}&per_page=100`)) as {
        id: number;
        payload?: unknown;
      }[];
      return all
        .filter(({ payload }) => payloadOf(payload).app === app && payloadOf(payload).release === release)
        .map(({ id }) => id);
    },
  };
}
