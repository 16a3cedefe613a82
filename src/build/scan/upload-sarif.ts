import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Actions } from '../../lib/actions.ts';
import { systemClock } from '../../lib/clock.ts';
import { createHttp } from '../../lib/http.ts';
import { withRetry } from '../../lib/retry.ts';

/** For GitHub to say what it made of a file; it works on in the background. */
const WAIT_MS = 20_000;

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? '').slice(0, 300);
  } catch {
    return ''; // a proxy's page says nothing worth a line
  }
}

/** What a refusal means, and what to do. Source: GitHub's REST API, "Upload an analysis as SARIF data". */
export function refusal(status: number, body: string): string {
  const said = messageOf(body);
  const quoted = said ? ` It said: ${said}` : '';
  if (/advanced security|code security|code scanning is not enabled/i.test(said)) {
    return `this repository's plan has no code scanning (private repositories need GitHub Code Security); the file is in the output sarif.${quoted}`;
  }
  if (status === 401) return `GitHub does not know the token.${quoted}`;
  if (status === 403)
    return `the job needs the permission security-events: write (a fork's token never has it).${quoted}`;
  if (status === 404) return `GitHub does not show this repository to the token; give security-events: write.${quoted}`;
  if (status === 413) return `the file is larger than GitHub takes.${quoted}`;
  return `GitHub answered ${status}.${quoted}`;
}

/**
 * Hands a SARIF file to GitHub's code scanning. Whatever becomes of it is said, and never more than GitHub said: a
 * refusal is a warning, since the gate has spoken already.
 */
export async function uploadSarif(
  actions: Actions,
  token: string,
  files: readonly string[],
  repository: string,
): Promise<string> {
  const { env, signal } = actions;
  const { GITHUB_REPOSITORY: owner, GITHUB_SHA: commit, GITHUB_REF: ref } = env;
  if (!owner || !commit || !ref) return 'SARIF was not uploaded: this is no run of GitHub Actions.';
  const http = await createHttp(env);
  const base = `${(env.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, '')}/repos/${owner}/code-scanning/sarifs`;
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'user-agent': 'seatrial',
    'x-github-api-version': '2022-11-28',
  };
  const ask = async (method: 'GET' | 'POST', url: string, body?: string) => {
    const { value } = await withRetry(
      async () => {
        const result = await http({ url, method, headers, body, timeoutMs: 30_000, maxBytes: 1024 * 1024, signal });
        const busy = result.kind === 'failed' || result.status === 429 || result.status >= 500;
        return busy ? { done: false as const, value: result, retry: true } : { done: true as const, value: result };
      },
      { tries: 3, budgetMs: 60_000, signal },
    );
    signal.throwIfAborted();
    return value;
  };
  const ids: string[] = [];
  for (const file of files) {
    // One category an image: analyses of several images don't close each other's alerts.
    const sarif = JSON.parse(readFileSync(file, 'utf8')) as { runs?: { automationDetails?: { id: string } }[] };
    const suffix = files.length > 1 ? `-${files.indexOf(file) + 1}` : '';
    for (const run of sarif.runs ?? []) run.automationDetails = { id: `seatrial/${repository}${suffix}/` };
    const packed = gzipSync(JSON.stringify(sarif)).toString('base64');
    const answer = await ask(
      'POST',
      base,
      JSON.stringify({ commit_sha: commit, ref, sarif: packed, tool_name: 'Trivy' }),
    );
    if (answer.kind === 'failed') return `SARIF was not uploaded: GitHub does not answer (${answer.reason}).`;
    if (answer.status !== 202) return `SARIF was not uploaded: ${refusal(answer.status, answer.body)}`;
    ids.push(String((JSON.parse(answer.body) as { id?: string }).id ?? ''));
  }
  const end = performance.now() + WAIT_MS;
  for (const id of ids) {
    for (let wait = 500; ; wait = Math.min(wait * 2, 4000)) {
      const answer = await ask('GET', `${base}/${id}`);
      const state =
        answer.kind === 'answer' && answer.status === 200
          ? (JSON.parse(answer.body) as { processing_status?: string; errors?: string[] | null })
          : {};
      if (state.processing_status === 'complete') break;
      if (state.processing_status === 'failed') {
        return `SARIF was uploaded, and GitHub could not use it: ${(state.errors ?? []).join('; ').slice(0, 300)}`;
      }
      if (performance.now() + wait > end) return 'SARIF is uploaded; GitHub is still at work on it.';
      await systemClock.sleep(wait, signal);
    }
  }
  return 'SARIF is uploaded: see the Security tab, Code scanning.';
}
