import { describe, expect, it } from 'vitest';
import { lastLines } from '../../../src/build/builder/build.ts';
import type { Builder } from '../../../src/build/builder/builder.ts';
import { checkOptions, optionArguments } from '../../../src/build/builder/options.ts';
import {
  type BuildRequest,
  buildArguments,
  type CacheMode,
  planCache,
  splitBuildArgs,
} from '../../../src/build/builder/plan.ts';
import { parseBuildArgs } from '../../../src/build/input/pairs.ts';
import { harmless } from '../../../src/build/lines.ts';
import type { RegistryClient } from '../../../src/build/registry/client.ts';
import { judgePush, provePushed } from '../../../src/build/registry/push.ts';
import { parseImages, parseRepository } from '../../../src/build/registry/reference.ts';

const inEngine: Builder = { backend: 'buildx', driver: 'docker', label: '' };
const beside: Builder = { backend: 'buildx', driver: 'docker-container', label: '' };
const request: BuildRequest = {
  context: '/c',
  dockerfile: '/c/Dockerfile',
  platforms: [],
  buildArgs: [{ name: 'A', value: '1' }],
  secretIds: ['npm', 'pip'],
  secretFiles: [],
  labels: { a: 'b' },
  annotations: [],
  attests: { sbom: false },
  options: [],
  name: 'own:scan',
  metadataFile: '/t/m.json',
};
const site = { hasService: false, image: 'ghcr.io/acme/shop', scope: 's' };

describe('arguments of a build', () => {
  it('name secrets by variable only', () => {
    const args = buildArguments(inEngine, request, planCache('none', { ...site, builder: inEngine }), ['--load']);
    expect(args.join(' ')).toContain('--secret id=npm,env=SEATRIAL_SECRET_0 --secret id=pip,env=SEATRIAL_SECRET_1');
    expect(args.slice(0, 2)).toEqual(['buildx', 'build']);
    expect(args.at(-1)).toBe('/c');
    expect(args).toContain('--provenance=false');
  });

  it('name a build argument that looks like a secret, and leave its value out', () => {
    const given = parseBuildArgs('A=1\nNPM_TOKEN=abc=\nHTTP_PROXY=http://u:p@proxy:3128');
    const args = buildArguments(
      inEngine,
      { ...request, buildArgs: given },
      planCache('none', { ...site, builder: inEngine }),
      [],
    );
    expect(args.join(' ')).toContain(
      '--build-arg A=1 --build-arg NPM_TOKEN --build-arg HTTP_PROXY=http://u:p@proxy:3128',
    );
    expect(splitBuildArgs(given).env).toEqual({ NPM_TOKEN: 'abc=' });
  });

  it('are those an old client knows, without buildx', () => {
    const old: Builder = { backend: 'buildkit', driver: 'docker', label: '' };
    const args = buildArguments(old, request, planCache('auto', { ...site, builder: old }), ['--load']);
    expect(args[0]).toBe('build');
    expect(args).toContain('own:scan');
    expect(args.join(' ')).not.toMatch(/--load|--provenance|--metadata-file/);
  });
});

describe('what build-push-action’s inputs become', () => {
  it('are arguments of the builder', () => {
    const options = optionArguments(
      {
        'build-contexts': [{ name: 'base', value: 'docker-image://alpine:3.23' }],
        'no-cache': true,
        'no-cache-filters': ['work'],
        pull: true,
        network: 'none',
        'add-hosts': ['db:10.0.0.1'],
        'shm-size': 1024,
        ulimit: ['nofile=10:20'],
        ssh: ['default'],
      },
      '/',
    );
    expect(options.join(' ')).toBe(
      '--build-context base=docker-image://alpine:3.23 --no-cache --no-cache-filter work --pull --network none --add-host db:10.0.0.1 --shm-size 1024 --ulimit nofile=10:20 --ssh default',
    );
    const asked = {
      ...request,
      options,
      annotations: ['index:a=b'],
      attests: { provenance: 'max', sbom: true },
    } as const;
    const args = buildArguments(beside, asked, planCache('none', { ...site, builder: beside }), []).join(' ');
    expect(args).toContain(options.join(' '));
    expect(args).toContain('--provenance=mode=max --sbom=false --annotation index:a=b');
  });

  it.each([
    [{ 'build-contexts': [{ name: 'base', value: 'nowhere/at/all' }] }, /no nowhere\/at\/all/],
    [{ 'add-hosts': ['db'] }, /name:address/],
    [{ network: 'bridge' }, /default, none or host/],
    [{ ulimit: ['nofile'] }, /name=soft:hard/],
    [{ ssh: ['key=/nowhere/key'] }, /no key or socket/],
  ])('%j is refused before the build', (wrong, message) => {
    const none = { 'build-contexts': [], 'no-cache': false, 'no-cache-filters': [], pull: false };
    const right = { ...none, 'add-hosts': [], ulimit: [], ssh: [] };
    expect(() => checkOptions({ ...right, ...wrong }, '/')).toThrow(message);
  });
});

describe('the cache', () => {
  it.each<[CacheMode, Builder, boolean, RegExp]>([
    ['auto', inEngine, true, /engine’s own layers only$/],
    ['gha', inEngine, true, /gha needs a builder beside the engine/],
    ['local', inEngine, true, /local needs a builder beside/],
    ['auto', beside, true, /^cache: gha$/],
    ['auto', beside, false, /no cache service/],
    ['gha', beside, false, /the runner offers none/],
    ['none', beside, true, /^cache: none$/],
  ])('%s with %o says what it came to', (mode, builder, hasService, note) => {
    expect(planCache(mode, { ...site, builder, hasService }).note).toMatch(note);
  });

  it('goes into the registry after the push only', () => {
    const plan = planCache('registry', { ...site, builder: beside });
    expect(plan.to).toEqual([]);
    expect(plan.toAfterPush).toHaveLength(1);
  });
});

describe('what a failed push says', () => {
  it.each([
    ['received unexpected HTTP status: 503 Service Unavailable', 'retry'],
    ['toomanyrequests: slow down', 'retry'],
    ['dial tcp: i/o timeout', 'retry'],
    ['read: connection reset by peer', 'retry'],
    ['denied: requested access to the resource is denied', 'denied'],
    ['unauthorized: authentication required', 'denied'],
    ['tag invalid: The image tag is immutable', 'failed'],
    ['no such thing as sha256:5031503a', 'failed'],
  ])('%s: %s', (text, verdict) => {
    expect(judgePush(text)).toBe(verdict);
  });
});

describe('the proof of a push', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const config = `sha256:${'b'.repeat(64)}`;
  const client = (answer: Awaited<ReturnType<RegistryClient['manifest']>>): RegistryClient => ({
    base: '',
    headers: () => ({}),
    renew: async () => undefined,
    manifest: async () => answer,
    tag: async () => undefined,
    untag: async () => false,
  });
  const manifest = { config: { mediaType: '', digest: config, size: 1 } };

  it('holds when the config, or the manifest itself, is what was scanned', async () => {
    await provePushed(client({ digest, manifest }), digest, config);
    await provePushed(client({ digest, manifest }), digest, digest);
  });

  it.each([
    ['another image', { digest, manifest }, `sha256:${'c'.repeat(64)}`],
    ['other bytes', { digest: config, manifest }, config],
    ['nothing', undefined, config],
  ])('fails for %s', async (_, answer, scanned) => {
    await expect(provePushed(client(answer), digest, scanned)).rejects.toMatchObject({ code: 'PUSH_MISMATCH' });
  });
});

describe('a repository', () => {
  it.each([
    ['ghcr.io/acme/shop', undefined, 'ghcr.io', 'acme/shop', 'ghcr.io/acme/shop'],
    ['127.0.0.1:5000/shop', undefined, '127.0.0.1:5000', 'shop', '127.0.0.1:5000/shop'],
    ['localhost/shop', undefined, 'localhost', 'shop', 'localhost/shop'],
    ['acme/shop', undefined, 'docker.io', 'acme/shop', 'acme/shop'],
    ['shop', undefined, 'docker.io', 'library/shop', 'shop'],
    ['docker.io/acme/shop', 'https://index.docker.io/v1/', 'docker.io', 'acme/shop', 'acme/shop'],
    ['acme/shop', 'ghcr.io', 'ghcr.io', 'acme/shop', 'ghcr.io/acme/shop'],
    ['shop', 'https://reg.example.com:5000/', 'reg.example.com:5000', 'shop', 'reg.example.com:5000/shop'],
  ])('%s with registry %s', (text, given, registry, path, name) => {
    expect(parseRepository(text, given)).toEqual({ registry, path, name });
  });

  it('has its capitals made small: GitHub’s owners may have some', () => {
    expect(parseRepository('ghcr.io/Acme-Corp/Shop').name).toBe('ghcr.io/acme-corp/shop');
  });

  it.each(['', 'ghcr.io/acme/shop:v1', 'shop@sha256:1', 'a b', 'ghcr.io/', '-x', 'ghcr.io/../x'])(
    'is not %j',
    (text) => {
      expect(() => parseRepository(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    },
  );

  it('can’t lie in two registries', () => {
    expect(() => parseImages('ghcr.io/acme/shop', 'quay.io')).toThrow(/make them agree/);
    expect(parseImages('ghcr.io/acme/shop\nquay.io/acme/shop', 'quay.io')).toHaveLength(2);
  });

  it('may be one of several, as metadata-action lists them', () => {
    const names = (text: string) => parseImages(text).map(({ name }) => name);
    expect(names('acme/shop,ghcr.io/Acme/shop')).toEqual(['acme/shop', 'ghcr.io/acme/shop']);
    expect(names('# two\nname=acme/shop,enable=false\nname=ghcr.io/acme/shop\nghcr.io/acme/shop')).toEqual([
      'ghcr.io/acme/shop',
    ]);
    expect(() => names('name=acme/shop,enabled=true')).toThrow(/name=…,enable=/);
    expect(() => names('name=acme/shop,enable=false')).toThrow(/no repository is left/);
  });
});

describe('a line that is not ours', () => {
  it.each([
    ['::error::x', ': :error::x'],
    ['  ::add-mask::x', '  : :add-mask::x'],
    ['#7 0.1 ##[error]x', '#7 0.1 ## [error]x'],
    ['std::vector is fine', 'std::vector is fine'],
  ])('%s is no command', (line, shown) => {
    expect(harmless(line)).toBe(shown);
  });
});

describe('the last lines of a failed build', () => {
  it('are those of the step that failed', () => {
    const output =
      '#1 DONE 0.0s\n#5 0.123 hello\n------\n > [2/2] RUN false:\n0.12 boom\n------\nDockerfile:2\nERROR: failed to solve';
    expect(lastLines(output)).toBe(' > [2/2] RUN false:\n0.12 boom\nDockerfile:2\nERROR: failed to solve');
    expect(lastLines('Step 1/2 : FROM scratch\nCOPY failed: no such file')).toContain('COPY failed');
  });
});
