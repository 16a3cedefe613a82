import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
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
    expect(good.outputs.tags).toBe('v1');
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
});
