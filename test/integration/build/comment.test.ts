import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../../support/house.ts';
import { shop } from '../../support/source.ts';

const TOKEN = 'ghs_0123456789abcdefghij';

/** Comments of pull request 7 of acme/shop, as GitHub's API keeps them; anyone without the token gets a 403. */
class Github {
  comments: { id: number; body: string }[] = [{ id: 1, body: 'Nice.' }];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString('utf8');
      const answer = this.#answer(`${request.method} ${request.url}`, request.headers.authorization, body);
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.json));
    });
  }

  #answer(call: string, authorization: string | undefined, body: string): { status: number; json: unknown } {
    if (authorization !== `token ${TOKEN}` && authorization !== `Bearer ${TOKEN}`) {
      return { status: 403, json: { message: 'Resource not accessible by integration' } };
    }
    if (/^GET \/repos\/acme\/shop\/issues\/7\/comments(\?|$)/.test(call)) return { status: 200, json: this.comments };
    if (call === 'POST /repos/acme/shop/issues/7/comments') {
      const made = { id: this.comments.length + 1, body: JSON.parse(body).body as string };
      this.comments.push(made);
      return { status: 201, json: made };
    }
    const id = Number(/^PATCH \/repos\/acme\/shop\/issues\/comments\/(\d+)$/.exec(call)?.[1]);
    const found = this.comments.find((comment) => comment.id === id);
    if (!found) return { status: 404, json: { message: 'Not Found' } };
    found.body = JSON.parse(body).body as string;
    return { status: 200, json: found };
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('the comment on the pull request', () => {
  let house: House;
  let api: string;
  const github = new Github();
  beforeAll(async () => {
    house = await openHouse();
    api = await github.start();
  });
  afterAll(async () => {
    github.stop();
    await house.close();
  });

  function run(folder: string, image: string, token: string, more: Record<string, string> = {}) {
    const event = join(house.folder(), 'event.json');
    writeFileSync(event, JSON.stringify({ pull_request: { number: 7 } }));
    const env = {
      GITHUB_API_URL: api,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
      ...more,
    };
    return house.build(folder, image, { comment: 'true', 'github-token': token, push: 'false' }, { env });
  }

  it('is one, kept up to date', async () => {
    const { image } = house.repository();
    const bad = await run(house.source(shop({ lodash: '4.17.4' })), image, TOKEN);
    expect(bad.outputs['error-code'], bad.stdout).toBe('SCAN_BLOCKED');
    expect(github.comments).toHaveLength(2);
    expect(github.comments[1]!.body).toContain('CVE-2019-10744');
    const good = await run(house.source(shop({ lodash: '4.17.21' })), image, TOKEN);
    expect(good.errors, good.stdout).toEqual([]);
    expect(good.outputs.version).toBe('pr-7');
    expect(github.comments).toHaveLength(2);
    expect(github.comments[0]!.body).toBe('Nice.');
    expect(github.comments[1]!.body).toContain('passed the scan');
    expect(github.comments[1]!.body).not.toContain('CVE-2019-10744');
  });

  it('shows the difference to the image of the base branch, which the gate does not go by', async () => {
    const { image } = house.repository();
    await house.build(house.source(shop({ lodash: '4.17.4' })), image, { tags: 'release-1', scan: 'false' });
    const folder = house.source(shop({ request: '2.88.2', minimist: '1.2.0' }));
    const result = await run(folder, image, TOKEN, { GITHUB_BASE_REF: 'release/1' });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
    const body = github.comments.at(-1)!.body;
    expect(body).toContain(`Compared with \`${image}:release-1\``);
    expect(body).toContain('2 finding(s) new, 2 gone');
    expect(body).toMatch(/New:[\s\S]*CVE-2023-28155[\s\S]*Gone:[\s\S]*CVE-2019-10744/);
  });

  it('fails no build when GitHub refuses it', async () => {
    const { image } = house.repository();
    const result = await run(house.source(shop({})), image, 'ghs_without_permission');
    expect(result.exitCode, result.stdout).toBe(0);
    expect(result.stdout).toMatch(/::warning::The comment could not be written \(Resource not accessible/);
  });
});
