import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WorkflowJob {
  name: string;
  conclusion: string;
  steps: { name: string; conclusion: string }[];
}

interface Run {
  id: number;
  conclusion: string;
  jobs: WorkflowJob[];
}

/** The number act gives every run of its own. */
const CURRENT = 1;
const WORKFLOW = 77;
const VERSIONS = ['2022-11-28', '2026-03-10'];
const STATUSES = ['completed', 'success', 'failure', 'cancelled', 'skipped', 'timed_out', 'in_progress', 'queued'];

/**
 * Runs and jobs of one workflow as GitHub's REST API tells them: newest first, a run under way not among the completed,
 * and the token, user agent and version it insists on.
 */
export class WorkflowRuns {
  /** Finished runs, the oldest first. */
  readonly runs: Run[] = [];
  /** Every request as `METHOD path`. */
  readonly asked: string[] = [];
  /** Answers everything with this status instead. */
  refuse = 0;
  readonly #server;

  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
    this.#server = createServer((request, response) => {
      const { headers, method, url = '/' } = request;
      this.asked.push(`${method} ${url}`);
      const { status, body } = this.#answer(url, headers as Record<string, string | undefined>);
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(body));
    });
  }

  finish(conclusion: string, jobs: WorkflowJob[]): void {
    this.runs.push({ id: 100 + this.runs.length, conclusion, jobs });
  }

  #answer(url: string, headers: Record<string, string | undefined>): { status: number; body: object } {
    const no = (status: number, message: string) => ({ status, body: { message } });
    if (this.refuse) return no(this.refuse, 'Resource not accessible by integration');
    if (!headers['user-agent']) return no(403, 'Request forbidden by administrative rules.');
    if (headers.authorization !== `Bearer ${this.#token}`) return no(401, 'Bad credentials');
    const version = headers['x-github-api-version'];
    if (version && !VERSIONS.includes(version)) return no(400, 'The API version is not supported.');
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const path = pathname.replace('/repos/acme/shop/actions/', '');
    const shown = ({ id, conclusion }: Run) => ({
      id,
      status: 'completed',
      conclusion,
      workflow_id: WORKFLOW,
      run_attempt: 1,
    });
    if (path === `runs/${CURRENT}`) {
      return { status: 200, body: { id: CURRENT, status: 'in_progress', conclusion: null, workflow_id: WORKFLOW } };
    }
    if (path === `workflows/${WORKFLOW}/runs`) {
      const status = searchParams.get('status');
      const count = Number(searchParams.get('per_page') ?? 30);
      if ((status && !STATUSES.includes(status)) || !(count >= 1 && count <= 100)) return no(422, 'Validation Failed');
      const runs = this.runs
        .filter(({ conclusion }) => !status || status === 'completed' || status === conclusion)
        .toReversed();
      return { status: 200, body: { total_count: runs.length, workflow_runs: runs.slice(0, count).map(shown) } };
    }
    const [, id, jobs] = /^runs\/(\d+)(\/jobs)?$/.exec(path) ?? [];
    const run = this.runs.find((one) => one.id === Number(id));
    if (!run) return no(404, 'Not Found');
    if (!jobs) return { status: 200, body: shown(run) };
    return {
      status: 200,
      body: {
        total_count: run.jobs.length,
        jobs: run.jobs.map((job, n) => ({ id: run.id * 10 + n, run_id: run.id, status: 'completed', ...job })),
      },
    };
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
