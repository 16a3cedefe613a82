import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildKit, buildkitPath, startBuildKit } from '../../support/buildkit.ts';
import { type House, openHouse } from '../../support/house.ts';
import { shop } from '../../support/source.ts';

let house: House;
let buildkit: BuildKit;

describe.skipIf(!buildkitPath())('a builder beside the engine', () => {
  beforeAll(async () => {
    house = await openHouse();
    buildkit = await startBuildKit();
  });
  afterAll(async () => {
    await buildkit?.stop();
    await house?.close();
  });

  it('builds several platforms, scans each, and pushes exactly these bytes', async () => {
    const { path, image } = house.repository();
    const folder = house.source(shop({ lodash: '4.17.21' }));
    const result = await house.build(
      folder,
      image,
      { platforms: 'linux/amd64,linux/arm64', tags: 'v1\nv1.0', 'report-dir': house.folder() },
      { env: buildkit.env },
    );
    expect(result.errors, result.stdout).toEqual([]);
    const pushed = await house.registry.manifest(path, 'v1');
    expect(result.outputs.image).toBe(`${image}@${pushed.digest}`);
    expect(pushed.body.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
    expect((await house.registry.manifest(path, 'v1.0')).digest).toBe(pushed.digest);
    // What Trivy scanned is what each platform's manifest names.
    const reports = result.outputs.report!.split('\n').map((file) => house.json(file));
    const scanned = reports.map((report) => report.Metadata.ImageID);
    const configs = await Promise.all(
      pushed.body.manifests!.map(
        async ({ digest }) => (await house.registry.manifest(path, digest)).body.config?.digest,
      ),
    );
    expect(scanned).toEqual(configs);
    expect(reports.map((report) => report.Metadata.ImageConfig.architecture)).toEqual(['amd64', 'arm64']);
    execFileSync('docker', ['pull', '--quiet', result.outputs.image!], { stdio: 'ignore' });
  });

  it('refuses all when one platform is refused', async () => {
    const { path, image } = house.repository();
    const folder = house.source(
      shop(
        {},
        {
          Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH/ /\nUSER 1000\nHEALTHCHECK CMD ["/x"]\n',
          'amd64/app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.21","license":"MIT"}',
          'arm64/app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.4","license":"MIT"}',
        },
      ),
    );
    const platforms = 'linux/amd64\nlinux/arm64';
    const result = await house.build(folder, image, { platforms, tags: 'v1' }, { env: buildkit.env });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('keeps its cache in the registry, but not before the gate has spoken', async () => {
    const { path, image } = house.repository();
    const inputs = { cache: 'registry', tags: 'v1' };
    const bad = await house.build(house.source(shop({ lodash: '4.17.4' })), image, inputs, { env: buildkit.env });
    expect(bad.outputs['error-code'], bad.stdout).toBe('SCAN_BLOCKED');
    expect(await house.registry.repositories()).not.toContain(path);
    const good = await house.build(house.source(shop({ lodash: '4.17.21' })), image, inputs, { env: buildkit.env });
    expect(good.errors, good.stdout).toEqual([]);
    expect((await house.registry.tags(path)).sort()).toEqual(['buildcache', 'v1']);
    expect(good.outputs.tags).toBe(`${image}:v1`);
  });

  it('gives a build its secrets, and nobody else', async () => {
    const { image } = house.repository();
    const folder = house.source(
      shop(
        {},
        {
          Dockerfile: [
            'FROM scratch AS work',
            'COPY busybox /bin/busybox',
            'ARG API_TOKEN',
            'RUN --mount=type=secret,id=npm ["/bin/busybox", "sh", "-c", "echo got $(/bin/busybox cat /run/secrets/npm) $API_TOKEN; /bin/busybox wc -c </run/secrets/npm >/length"]',
            'FROM scratch',
            'COPY --from=work /length /length',
            'USER 1000',
            'HEALTHCHECK CMD ["/x"]',
            '',
          ].join('\n'),
        },
      ),
    );
    copyFileSync('/bin/busybox', join(folder, 'busybox'));
    const secret = 'npm_7Yw3kQ=+/zz';
    const argument = 'argument_9f3kQ';
    const inputs = { secrets: `npm=${secret}`, 'build-args': `API_TOKEN=${argument}`, tags: 'v1' };
    const result = await house.build(folder, image, inputs, { env: buildkit.env });
    expect(result.errors, result.stdout).toEqual([]);
    const visible = result.stdout.replace(/^::add-mask::.*$/gm, '');
    expect(visible).toContain('got *** ***');
    const history = execFileSync('docker', ['history', '--no-trunc', `${image}:v1`], { encoding: 'utf8' });
    for (const text of [visible, result.stderr, result.summary, JSON.stringify(result.outputs), history]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(argument);
    }
    expect(history).not.toContain('SEATRIAL_SECRET');
  });

  it('takes platforms by any of their names, each once', async () => {
    const { path, image } = house.repository();
    const folder = house.source(shop({}));
    const one = { platforms: 'linux/amd64,linux/amd64,linux/x86_64', tags: 'one' };
    const same = await house.build(folder, image, one, { env: buildkit.env });
    expect(same.errors, same.stdout).toEqual([]);
    expect((await house.registry.manifest(path, 'one')).body.manifests).toBeUndefined();
    const two = { platforms: 'linux/amd64,linux/arm64/v8\nlinux/aarch64', tags: 'two' };
    const result = await house.build(folder, image, two, { env: buildkit.env });
    expect(result.errors, result.stdout).toEqual([]);
    const { body } = await house.registry.manifest(path, 'two');
    expect(body.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
  });

  it('puts attestations and annotations beside the image, whose digest is the scanned one’s', async () => {
    const { path, image } = house.repository();
    const result = await house.build(
      house.source(shop({ lodash: '4.17.21' })),
      image,
      {
        ...{ attests: 'type=provenance,mode=max\ntype=sbom', sbom: 'cyclonedx', annotations: 'a=b' },
        ...{ tags: 'v1', 'report-dir': house.folder() },
      },
      { env: buildkit.env },
    );
    expect(result.errors, result.stdout).toEqual([]);
    const { digest, body } = await house.registry.manifest(path, 'v1');
    expect(result.outputs).toMatchObject({ index: `${image}@${digest}`, image: `${image}@${result.outputs.digest}` });
    const [own, attested] = body.manifests!;
    expect(own?.digest).toBe(result.outputs.digest);
    const manifest = (await house.registry.manifest(path, own!.digest)).body;
    expect(manifest).toMatchObject({
      config: { digest: house.json(result.outputs.report!).Metadata.ImageID },
      annotations: { a: 'b' },
    });
    const { layers } = (await house.registry.manifest(path, attested!.digest)).body;
    const kinds = layers?.map(({ annotations }) => annotations?.['in-toto.io/predicate-type']);
    expect(kinds).toEqual([expect.stringContaining('slsa.dev/provenance'), 'https://cyclonedx.org/bom']);
    // Engines pull by either; what they get is the image.
    for (const reference of [result.outputs.image!, result.outputs.index!]) {
      execFileSync('docker', ['pull', '--quiet', reference], { stdio: 'ignore' });
    }
  });

  it('makes one digest of one commit, whenever and wherever it was checked out', async () => {
    const source = shop({ lodash: '4.17.21' });
    const origin = house.source(source);
    // Checked out after the commit, as everywhere: the files it was made from may be older than it by a second.
    const [first, later] = ['first', 'later'].map((name) => join(house.folder(), name));
    for (const place of [first!, later!]) execFileSync('git', ['clone', '--quiet', origin, place]);
    for (const name of Object.keys(source)) utimesSync(join(later!, name), new Date(), new Date(Date.now() + 60_000));
    const inputs = { 'no-cache': 'true', cache: 'none', scan: 'false' };
    const digests: (string | undefined)[] = [];
    for (const place of [first!, later!]) {
      const { image } = house.repository();
      const result = await house.build(place, image, { ...inputs, tags: 'v1' }, { env: buildkit.env });
      expect(result.errors, result.stdout).toEqual([]);
      digests.push(result.outputs.digest);
    }
    expect(digests[0]).toMatch(/^sha256:/);
    expect(digests[1]).toBe(digests[0]);
  });

  it('reads arguments, secrets of several lines and files, and further contexts as they were meant', async () => {
    const { image } = house.repository();
    const folder = house.source(
      shop(
        {},
        {
          Dockerfile: [
            'FROM scratch AS work',
            'COPY --from=tools busybox /bin/busybox',
            'ARG V=default',
            'RUN --mount=type=secret,id=key --mount=type=secret,id=file ["/bin/busybox", "sh", "-c", "echo OUT[$V] $(/bin/busybox wc -l </run/secrets/key) $(/bin/busybox wc -c </run/secrets/file); /bin/busybox touch /done"]',
            'FROM scratch',
            'COPY --from=work /done /done',
            'USER 1000',
            'HEALTHCHECK CMD ["/x"]',
            '',
          ].join('\n'),
          'tools/busybox': '',
          'secret.txt': 'twelve chars',
          '.dockerignore': '.git\nsecret.txt\ntools\n',
        },
      ),
    );
    copyFileSync('/bin/busybox', join(folder, 'tools', 'busybox'));
    const key = '-----BEGIN KEY-----\nMIIEowIBAAKCAQEAx==\nhj7Rq0Zk3dPz\n-----END KEY-----';
    const result = await house.build(
      folder,
      image,
      {
        'build-args': '"V=1.0,W=2"',
        'build-contexts': 'tools=tools',
        secrets: `"key=${key}"`,
        'secret-files': 'file=secret.txt',
        'add-hosts': 'db:10.0.0.1',
        network: 'none',
        pull: 'true',
        tags: 'v1',
        push: 'false',
      },
      { env: buildkit.env },
    );
    expect(result.errors, result.stdout).toEqual([]);
    expect(result.stdout).toContain('OUT[1.0,W=2] 3 12');
    const visible = result.stdout.replace(/^::add-mask::.*$/gm, '');
    for (const line of key.split('\n')) expect(visible + result.stderr + result.summary).not.toContain(line);
  });

  it('keeps layers in a folder that holds one build’s and no more', async () => {
    const { image } = house.repository();
    const env = { ...buildkit.env, XDG_CACHE_HOME: house.folder() };
    const place = join(env.XDG_CACHE_HOME, 'seatrial', 'layers');
    const blobs = () => readdirSync(join(place, readdirSync(place)[0]!, 'blobs', 'sha256')).length;
    const inputs = { cache: 'local', scan: 'false', push: 'false', tags: 'v1' };
    const counts: number[] = [];
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      const result = await house.build(house.source(shop({ a: version })), image, inputs, { env });
      expect(result.errors, result.stdout).toEqual([]);
      counts.push(blobs());
    }
    expect(counts[2]).toBe(counts[0]);
    expect(readdirSync(place)).toHaveLength(1);
  });

  it.runIf(process.getuid?.() === 0)('says that a disk is full, and pushes nothing', async () => {
    const { path, image } = house.repository();
    const temp = house.folder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', temp]);
    try {
      const folder = house.source(shop({}));
      writeFileSync(join(folder, 'root', 'big'), randomBytes(3 * 1024 * 1024));
      const inputs = { annotations: 'a=b', tags: 'v1', 'report-dir': house.folder() };
      const result = await house.build(folder, image, inputs, { env: { ...buildkit.env, RUNNER_TEMP: temp } });
      expect(result.outputs['error-code'], result.stdout).toBe('DISK_FULL');
      expect(result.errors).toHaveLength(1);
      expect(await house.registry.tags(path)).toEqual([]);
    } finally {
      execFileSync('umount', [temp]);
    }
  });
});
