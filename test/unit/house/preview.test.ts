import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { command } from '../../support/command.ts';

interface Step {
  name?: string;
  id?: string;
  if?: string;
  run?: string;
  env?: Record<string, string>;
}
const workflow = parse(readFileSync('.github/workflows/preview.yml', 'utf8')) as {
  jobs: Record<string, { concurrency?: object; steps: Step[] }>;
};
const { steps } = workflow.jobs.preview!;

/** Stands for curl: answers GET by the files of its folder, `pull` and `page1`, `page2` …; what is not there is refused. */
const CURL = `#!/bin/sh
cat >/dev/null
while [ $# -gt 0 ]; do
  case "$1" in --request) method=$2; shift ;; --data) shift ;; http*) url=$1 ;; esac
  shift
done
echo "$method \${url#*/acme/shop/}" >>calls
case "$method $url" in *page=*) file=page\${url##*page=} ;; GET*/pulls/7) file=pull ;; GET*) exit 22 ;; *) exit 0 ;; esac
[ -f "$file" ] || { echo 'curl: 403' >&2; exit 22; }
cat "$file"
`;

/** Runs a step of the job that puts a preview beside, with what GitHub would answer. */
function run(step: Step, answers: Record<string, unknown>, given: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-preview-'));
  try {
    writeFileSync(join(folder, 'curl'), CURL);
    chmodSync(join(folder, 'curl'), 0o755);
    for (const [name, value] of Object.entries(answers)) writeFileSync(join(folder, name), JSON.stringify(value));
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      GITHUB_OUTPUT: join(folder, 'outputs'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      GITHUB_API_URL: 'https://api.example.com',
      GITHUB_SERVER_URL: 'https://example.com',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '1',
      ...{ GH_TOKEN: 'hunter2', NUMBER: '7', COMMIT: 'a'.repeat(40), ...given },
    };
    const { status, said } = command('bash', ['--noprofile', '--norc', '-c', step.run!], { env, cwd: folder });
    const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
    return { status, said, outputs: read('outputs'), calls: read('calls').trimEnd().split('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a preview whose build took its time', () => {
  const wanted = steps.find(({ id }) => id === 'wanted')!;
  const pull = (state: string, commit = 'a') => ({ pull: { state, head: { sha: commit.repeat(40) } } });
  it.each([
    ['is put beside while its pull request is open', pull('open'), true, /^$/],
    ['is not when that was closed meanwhile', pull('closed'), false, /::notice::No preview of aaaaaaa: .* closed/],
    ['is not when that has a newer commit', pull('open', 'b'), false, /::notice::No preview .* newer commit/],
    ['is when GitHub would not say, with a warning', {}, true, /::warning::GITHUB_REFUSED: /],
    ['is when what came was no pull request', { pull: [] }, true, /::warning::GITHUB_REFUSED: /],
  ])('%s', (_, answers, outcome, words) => {
    const { status, outputs, said, calls } = run(wanted, answers);
    expect([status, outputs, calls]).toEqual([0, `wanted=${outcome}\n`, ['GET pulls/7']]);
    expect(said).toMatch(words);
    expect(said).not.toContain('hunter2');
  });
  it('is asked for in its turn, before it is deployed and told of', () => {
    const { preview, remove } = workflow.jobs;
    expect(preview!.concurrency).toEqual(remove!.concurrency);
    const at = steps.indexOf(wanted);
    const deploy = steps.findIndex(({ id }) => id === 'deploy');
    expect(deploy).toBeGreaterThan(at);
    const guarded = steps.filter((step) => step.if?.includes("steps.wanted.outputs.wanted == 'true'"));
    expect(guarded.map(({ id, name }) => id ?? name)).toEqual(['deploy', 'Say so on the pull request']);
  });
});

describe('the comment of a preview', () => {
  const comment = steps.find(({ env }) => env?.STATE === 'up')!;
  const others = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ id: id + 1, body: id ? 'talk' : null }));
  const ours = { id: 4711, body: '<!-- seatrial preview shop-pr-7 -->\nold' };
  const given = { APP: 'shop-pr-7', ADDRESS: 'http://h:20007', STATE: 'up', ERROR: '' };
  const pages = (...all: number[]) => all.map((page) => `GET issues/7/comments?per_page=100&page=${page}`);
  it.each([
    ['is changed where it stands', { page1: [...others(3), ours] }, [...pages(1), 'PATCH issues/comments/4711']],
    ['is found on a later page', { page1: others(100), page2: [ours] }, [...pages(1, 2), 'PATCH issues/comments/4711']],
    ['is written where there is none', { page1: others(100), page2: [] }, [...pages(1, 2), 'POST issues/7/comments']],
  ])('%s', (_, answers, expected) => {
    const { status, said, calls } = run(comment, answers, given);
    expect([status, said, calls]).toEqual([0, '', expected]);
  });
  it('is not written twice where the pages could not be read', () => {
    const { status, said, calls } = run(comment, { page1: others(100) }, given);
    expect([status, calls]).toEqual([0, pages(1, 2)]);
    expect(said).toContain('::warning::GITHUB_REFUSED');
  });
});
