import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../../support/house.ts';
import { shop } from '../../support/source.ts';

const TOKEN = 'ghs_names';
const sha = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';
let house: House;
let api: Server;
const asked: string[] = [];
beforeAll(async () => {
  house = await openHouse();
  // GitHub's API, as far as names ask it: who it is and when the commit was made.
  api = createServer((request, response) => {
    asked.push(request.url ?? '');
    const known: Record<string, object> = {
      '/repos/acme/shop': { default_branch: 'trunk' },
      [`/repos/acme/shop/commits/${sha}`]: { commit: { committer: { date: '2026-01-10T00:30:00Z' } } },
    };
    const allowed = request.headers.authorization === `token ${TOKEN}` && request.headers['user-agent'];
    const found = allowed ? known[request.url ?? ''] : undefined;
    response.writeHead(allowed ? (found ? 200 : 404) : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { message: 'no' }));
  });
  await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  api.close();
  await house.close();
});

/** A run of GitHub about `event`, built and named but not pushed. */
async function named(tags: string[], env: Record<string, string>, event: object = {}, inputs = {}) {
  const { image } = house.repository();
  const folder = house.source(shop({}));
  const file = join(house.folder(), 'event.json');
  writeFileSync(file, JSON.stringify(event));
  const run = {
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SHA: sha,
    GITHUB_EVENT_PATH: file,
    GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    ...env,
  };
  const given = { tags: tags.join('\n'), scan: 'false', push: 'false', 'github-token': TOKEN, ...inputs };
  const result = await house.build(folder, image, given, { env: run });
  const names = result.outputs.tags?.split('\n').map((name) => name.replace(`${image}:`, ''));
  return { result, names, image };
}

describe('an image is called', () => {
  it('by lines about the event, and by GitHub’s API where the event is silent', async () => {
    const { result, names, image } = await named(
      [
        'type=edge',
        "type=raw,value=of-{{commit_date 'YYYYMMDD-HHmm' tz='Asia/Tokyo'}}",
        'type=raw,value=stable,enable={{is_default_branch}}',
        'type=ref,event=tag',
        'type=sha',
      ],
      { GITHUB_REF: 'refs/heads/trunk', GITHUB_EVENT_NAME: 'push' },
      {},
      { labels: "built.of={{sha}}-{{commit_date 'YYYY'}}" },
    );
    expect(result.errors, result.stdout).toEqual([]);
    expect(names).toEqual(['edge', 'of-20260110-0930', 'stable', 'sha-1a2b3c4']);
    expect(result.outputs.version).toBe('edge');
    expect(asked.sort()).toEqual(['/repos/acme/shop', `/repos/acme/shop/commits/${sha}`]);
    const label = ['image', 'inspect', '--format', '{{index .Config.Labels "built.of"}}', `${image}:edge`];
    expect(execFileSync('docker', label, { encoding: 'utf8' }).trim()).toBe('1a2b3c4-2026');
  });

  it('by the pull request on pull_request_target, by its own commit if asked', async () => {
    const head = 'f'.repeat(40);
    const event = { number: 7, pull_request: { number: 7, head: { sha: head }, base: { ref: 'trunk' } } };
    const { result, names } = await named(
      ['type=ref,event=pr', 'type=sha,suffix=-{{base_ref}}'],
      {
        GITHUB_REF: 'refs/heads/trunk',
        GITHUB_EVENT_NAME: 'pull_request_target',
        DOCKER_METADATA_PR_HEAD_SHA: 'true',
        DOCKER_METADATA_SHORT_SHA_LENGTH: '9',
      },
      event,
      { flavor: 'prefix=app-' },
    );
    expect(result.errors, result.stdout).toEqual([]);
    expect(names).toEqual(['pr-7', 'sha-fffffffff-trunk']);
  });

  it('by no tag where no line is about the event, and then it is not built', async () => {
    const { result } = await named(['type=ref,event=tag'], { GITHUB_REF: 'refs/heads/x', GITHUB_EVENT_NAME: 'push' });
    expect(result.outputs['error-code'], result.stdout).toBe('TAGS_NEEDED');
    expect(result.stdout).not.toContain('Building with');
  });
});
