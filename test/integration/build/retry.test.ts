import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushTag } from '../../../src/build/registry/push.ts';
import { bareEnv } from '../../../src/lib/process.ts';
import type { RunOptions } from '../../support/action.ts';
import { type BuildKit, buildkitPath, startBuildKit } from '../../support/buildkit.ts';
import { type House, openHouse } from '../../support/house.ts';
import { shop } from '../../support/source.ts';

/** A way to the registry that does harm where it is told to. */
class Way {
  /** Statuses the next manifests are answered with; 0 lets one through. */
  refusals: number[] = [];
  asked = 0;
  /** Answers a tag that is there already as ECR does where tags may not change. */
  immutable = false;
  /** Cuts the next uploads of a blob in the middle. */
  cuts = 0;
  /** Hears of each upload of a blob. */
  onBlob: (url: string) => void = () => undefined;
  readonly #taken = new Set<string>();
  readonly #server: Server;

  constructor(port: number) {
    this.#server = createServer((from, to) => {
      if (from.method !== 'GET' && from.method !== 'HEAD' && from.url?.includes('/blobs/uploads/'))
        this.onBlob(from.url);
      if (
        (from.method === 'PATCH' || from.method === 'PUT') &&
        from.url?.includes('/blobs/uploads/') &&
        this.cuts > 0
      ) {
        this.cuts--;
        from.once('data', () => from.socket.destroy());
        return;
      }
      if (from.method === 'PUT' && this.immutable && this.#taken.has(from.url ?? '')) {
        from.resume();
        const said = 'The image tag already exists and cannot be overwritten because the tag is immutable.';
        to.writeHead(400, { 'content-type': 'application/json' });
        to.end(JSON.stringify({ errors: [{ code: 'TAG_INVALID', message: said }] }));
        return;
      }
      if (from.method === 'PUT' && from.url?.includes('/manifests/')) {
        this.asked++;
        const status = this.refusals.shift();
        if (status) {
          from.resume();
          to.writeHead(status, { 'content-type': 'application/json' });
          const codes: Record<number, string> = { 401: 'UNAUTHORIZED', 429: 'TOOMANYREQUESTS' };
          const message = status === 401 ? 'authentication required' : `status ${status}`;
          to.end(JSON.stringify({ errors: [{ code: codes[status] ?? 'UNKNOWN', message }] }));
          return;
        }
      }
      const on = request(
        { port, host: '127.0.0.1', method: from.method, path: from.url, headers: from.headers },
        (answer) => {
          if (from.method === 'PUT' && answer.statusCode === 201 && !from.url?.includes('sha256')) {
            this.#taken.add(from.url ?? '');
          }
          to.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(to);
        },
      );
      on.on('error', () => to.destroy());
      from.pipe(on);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let house: House;
let way: Way;
let host: string;
let buildkit: BuildKit | undefined;
beforeAll(async () => {
  house = await openHouse();
  way = new Way(Number(house.registry.host.split(':')[1]));
  host = await way.start();
  buildkit = buildkitPath() ? await startBuildKit() : undefined;
});
afterAll(async () => {
  way.stop();
  await buildkit?.stop();
  await house.close();
});
const calm = () => Object.assign(way, { refusals: [], asked: 0, immutable: false, cuts: 0, onBlob: () => undefined });
const own = () => {
  calm();
  const { path } = house.repository();
  return { path, image: house.adopt(`${host}/${path}`) };
};

describe('a push', () => {
  it('is tried again when the registry is busy', async () => {
    const { path, image } = own();
    Object.assign(way, { refusals: [503, 429], asked: 0 });
    const result = await house.build(house.source(shop({})), image, { tags: 'v1', scan: 'false' });
    expect(result.errors, result.stdout).toEqual([]);
    expect(way.asked).toBe(3);
    expect((await house.registry.manifest(path, 'v1')).digest).toBe(result.outputs.digest);
  });

  it('to a registry that stays broken ends in its words, with nothing under the tag', async () => {
    // The push itself, so that the pauses can be short; the image is the smallest there is.
    const { path, image } = own();
    const reference = `${image}:v1`;
    execFileSync('docker', ['import', '-', reference], {
      input: Buffer.alloc(1024),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const said: string[] = [];
    const push = (before?: string) =>
      pushTag(reference, before, {
        env: bareEnv(process.env),
        onLine: (line) => said.push(line),
        retry: { tries: 3, budgetMs: 120_000, baseMs: 10 },
      });
    Object.assign(way, { refusals: Array(9).fill(500), asked: 0 });
    await expect(push()).rejects.toMatchObject({
      code: 'PUSH_FAILED',
      message: expect.stringMatching(/could not be pushed \(3 tries\): .*500 Internal Server Error/),
    });
    expect([way.asked, said.filter((line) => line.startsWith('Trying again'))]).toEqual([
      3,
      Array(2).fill(`Trying again: ${reference}`),
    ]);
    expect(await house.registry.tags(path)).toEqual([]);
    // A tag that named another image before is no tag that may not change.
    await expect(push(`sha256:${'a'.repeat(64)}`)).rejects.toMatchObject({ code: 'PUSH_FAILED' });
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('is not tried again when the registry says no', async () => {
    const { path, image } = own();
    Object.assign(way, { refusals: [400, 400], asked: 0 });
    const result = await house.build(house.source(shop({})), image, { tags: 'v1' });
    expect(result.outputs['error-code'], result.stdout).toBe('PUSH_FAILED');
    expect(way.asked).toBe(1);
    expect(result.outputs).toMatchObject({ image: '', digest: '', blocked: 'false' });
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('of a second new tag that fails says what is left', async () => {
    const { path, image } = own();
    Object.assign(way, { refusals: [0, 400], asked: 0 });
    const result = await house.build(house.source(shop({})), image, { tags: 'v1\nv2', scan: 'false' });
    expect(result.outputs['error-code'], result.stdout).toBe('PUSH_FAILED');
    // Taken away again where the registry deletes by tag; this one does not.
    expect(await house.registry.tags(path)).toEqual(['v1']);
    const { digest } = await house.registry.manifest(path, 'v1');
    expect(result.outputs).toMatchObject({ image: `${image}@${digest}`, digest, tags: `${image}:v1` });
    expect(result.summary).toContain(`The image is in the registry as ${image}:v1, but not as ${image}:v2.`);
  });

  it('goes to several repositories, with one digest', async () => {
    const [first, second] = [own(), own()];
    const folder = house.source(shop({}), { tag: 'v1.2.3' });
    const tags = 'type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}';
    const artifacts = join(house.folder(), 'artifacts');
    const env = { GITHUB_ARTIFACTS: artifacts };
    const result = await house.build(
      folder,
      `${first.image}\n${second.image.toUpperCase()}`,
      { tags, scan: 'false' },
      { env },
    );
    expect(result.errors, result.stdout).toEqual([]);
    const declared = [first, second].map(({ image }) => `oci://${image}@${result.outputs.digest}\n`);
    expect(readFileSync(artifacts, 'utf8')).toBe(declared.join(''));
    expect(result.outputs.tags?.split('\n')).toEqual(
      [first.image, second.image].flatMap((image) => ['1.2.3', '1.2', 'latest'].map((tag) => `${image}:${tag}`)),
    );
    expect(result.outputs).toMatchObject({ version: '1.2.3', image: `${first.image}@${result.outputs.digest}` });
    for (const { path } of [first, second]) {
      expect((await house.registry.manifest(path, 'latest')).digest).toBe(result.outputs.digest);
    }
  });
});

describe('tags that may not change', () => {
  it('are no hindrance to the same commit again', async () => {
    const { path, image } = own();
    way.immutable = true;
    const folder = house.source(shop({}));
    const first = await house.build(folder, image, { tags: 'auto', scan: 'false' });
    expect(first.errors, first.stdout).toEqual([]);
    const again = await house.build(folder, image, { tags: 'auto\nv2', scan: 'false' });
    expect(again.errors, again.stdout).toEqual([]);
    expect(again.outputs.digest).toBe(first.outputs.digest);
    expect((await house.registry.manifest(path, 'v2')).digest).toBe(first.outputs.digest);
  });

  it('stop another image before any tag of it is set, in the registry’s words', async () => {
    const { path, image } = own();
    way.immutable = true;
    const first = await house.build(house.source(shop({ a: '1.0.0' })), image, { tags: 'v1', scan: 'false' });
    expect(first.errors, first.stdout).toEqual([]);
    const other = await house.build(house.source(shop({ a: '2.0.0' })), image, { tags: 'v2\nv1\nv3', scan: 'false' });
    expect(other.outputs['error-code'], other.stdout).toBe('TAG_IMMUTABLE');
    expect(other.errors[0]).toMatch(/v1 names another image.*cannot be overwritten because the tag is immutable/);
    expect(await house.registry.tags(path)).toEqual(['v1']);
    expect(other.outputs).toMatchObject({ tags: '', digest: '', image: '' });
  });
});

const ways: [string, () => RunOptions, Record<string, string>][] = [
  ['by the engine', () => ({}), {}],
  ['by its own bytes', () => ({ env: buildkit?.env ?? {} }), { annotations: 'a=b' }],
];
describe.each(ways)('whatever happens to a push %s', (way_, options, inputs) => {
  const usable = way_ === 'by the engine' || buildkitPath() !== undefined;
  it.runIf(usable)(
    'a blob that breaks off in the middle is sent again, and what is tagged is what was scanned',
    async () => {
      const { path, image } = own();
      way.cuts = 1;
      const result = await house.build(
        house.source(shop({}, { 'root/big': 'x'.repeat(300_000) })),
        image,
        { tags: 'v1', 'report-dir': house.folder(), ...inputs },
        options(),
      );
      expect(result.errors, result.stdout).toEqual([]);
      expect(way.cuts).toBe(0);
      const { body } = await house.registry.manifest(path, 'v1');
      expect(house.json(result.outputs.report!).Metadata.ImageID).toBe(body.config?.digest);
    },
  );

  it.runIf(usable)('a login refused at the end leaves no tag', async () => {
    const { path, image } = own();
    way.refusals = [401, 401, 401, 401];
    const result = await house.build(house.source(shop({})), image, { tags: 'v1\nv2', ...inputs }, options());
    expect(result.outputs['error-code'], result.stdout).toBe('REGISTRY_LOGIN');
    expect(await house.registry.tags(path)).toEqual([]);
    expect(result.outputs).toMatchObject({ image: '', digest: '', tags: '' });
  });

  it.runIf(usable)('a run killed in the middle leaves no tag but of what was scanned', async () => {
    const { path, image } = own();
    let kill: () => void = () => undefined;
    // The engine goes on with what an earlier run asked of it; only this run's own upload counts.
    way.onBlob = (url) => url.includes(path) && kill();
    const reports = house.folder();
    const result = await house.build(
      house.source(shop({})),
      image,
      { tags: 'v1', 'report-dir': reports, ...inputs },
      { ...options(), onStart: (child) => (kill = () => child.kill('SIGKILL')) },
    );
    expect(result.signal).toBe('SIGKILL');
    const scanned = house.json(`${reports}/trivy.json`).Metadata.ImageID;
    // What a killed run can't clear away in the engine is cleared away here.
    const left = ['images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', 'seatrial.local/build-*'];
    for (const line of execFileSync('docker', left, { encoding: 'utf8' }).split('\n')) {
      const [name, id] = line.split(' ');
      if (name && id === scanned) execFileSync('docker', ['rmi', name], { stdio: 'ignore' });
    }
    for (const tag of await house.registry.tags(path)) {
      expect((await house.registry.manifest(path, tag)).body.config?.digest).toBe(scanned);
    }
  });
});
