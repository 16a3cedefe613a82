import { createServer, type IncomingMessage } from 'node:http';

interface Stored {
  id: number;
  ref: string;
  environment: string;
  payload: unknown;
  statuses: { state: string; environment_url?: string; log_url?: string; description?: string }[];
}

export interface GitHubStandIn {
  url: string;
  deployments: Stored[];
  /** Every request as `METHOD path`. */
  asked: string[];
  stop(): Promise<void>;
}

const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

/** The deployments of one repository as GitHub's REST API keeps them: the token, the headers and the fields it insists on. */
export async function startGitHub({
  token,
  repository,
}: {
  token: string;
  repository: string;
}): Promise<GitHubStandIn> {
  const deployments: Stored[] = [];
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const { method, headers } = request;
    const { pathname, searchParams } = new URL(request.url!, 'http://127.0.0.1');
    asked.push(`${method} ${pathname}`);
    if (!headers['user-agent']) return answer(403, { message: 'Request forbidden by administrative rules.' });
    if (headers.authorization !== `Bearer ${token}`) return answer(401, { message: 'Bad credentials' });
    const base = `/repos/${repository}/deployments`;
    if (!pathname.startsWith(base)) return answer(404, { message: 'Not Found' });
    const body = await bodyOf(request);
    if (pathname === base && method === 'GET') {
      const environment = searchParams.get('environment');
      return answer(200, deployments.filter((d) => d.environment === environment).toReversed());
    }
    if (pathname === base && method === 'POST') {
      const { ref, environment, auto_merge, required_contexts, payload } = body;
      if (typeof ref !== 'string' || !ref) return answer(422, { message: 'Invalid request. "ref" wasn\'t supplied.' });
      if (auto_merge !== false) return answer(202, { message: 'Auto-merged main into the ref on deployment.' });
      if (!Array.isArray(required_contexts) || required_contexts.length)
        return answer(409, { message: 'Conflict: Commit status checks failed for the ref.' });
      const made = { id: 100 + deployments.length, ref, environment: String(environment), payload, statuses: [] };
      deployments.push(made);
      return answer(201, made);
    }
    const id = Number(/^\/(\d+)\/statuses$/.exec(pathname.slice(base.length))?.[1]);
    const found = deployments.find((d) => d.id === id);
    if (method !== 'POST' || !found) return answer(404, { message: 'Not Found' });
    const status = body as unknown as Stored['statuses'][number];
    const wrongUrl = [status.environment_url, status.log_url].some((url) => url !== undefined && !/^https?:/.test(url));
    if (!STATES.includes(status.state) || wrongUrl || (status.description?.length ?? 0) > 140)
      return answer(422, { message: 'Validation Failed' });
    found.statuses.push(status);
    return answer(201, { id: 1, state: status.state });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    deployments,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
