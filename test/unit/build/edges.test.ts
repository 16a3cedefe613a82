import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLayers } from '../../../src/build/builder/layers.ts';
import type { CacheService } from '../../../src/build/cache-service.ts';
import { declarePushed } from '../../../src/build/declare.ts';
import { asDiskFull } from '../../../src/build/disk.ts';
import { labelsOf } from '../../../src/build/naming/labels.ts';
import type { Code } from '../../../src/lib/codes.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-edges-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const digest = `sha256:${'a'.repeat(64)}`;

describe('a full disk', () => {
  it.each<[Code, string]>([
    ['BUILD_FAILED', 'write /var/lib/docker/x: no space left on device'],
    ['INTERNAL', "ENOSPC: no space left on device, open 'x'"],
    ['SCAN_FAILED', 'FATAL disk quota exceeded'],
  ])('is told as that, whatever met it: %s', (code, said) => {
    const told = asDiskFull(new SeatrialError(code, `It failed.\n${said}`));
    expect(told).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(said) });
  });

  it('is not read into what a gate or a registry refused', () => {
    const blocked = new SeatrialError('SCAN_BLOCKED', 'no space left on device');
    expect(asDiskFull(blocked)).toBe(blocked);
    const failed = new SeatrialError('BUILD_FAILED', 'exit code 1');
    expect(asDiskFull(failed)).toBe(failed);
  });
});

describe('what was pushed', () => {
  it('is declared where the runner takes it', () => {
    const file = join(folder, 'artifacts');
    expect(declarePushed({}, new Map([['ghcr.io/acme/shop', digest]]))).toEqual([]);
    const pushed = new Map([
      ['ghcr.io/acme/shop', digest],
      ['acme/shop', digest],
    ]);
    expect(declarePushed({ GITHUB_ARTIFACTS: file }, pushed)).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(
      `oci://ghcr.io/acme/shop@${digest}\noci://index.docker.io/acme/shop@${digest}\n`,
    );
  });

  it('is not declared against an earlier step, which would fail this one', () => {
    const [file, list] = [join(folder, 'second'), join(folder, 'list.json')];
    const subjects = [{ name: 'ghcr.io/acme/shop', digest: `sha256:${'b'.repeat(64)}`, kind: 'oci' }];
    writeFileSync(list, JSON.stringify({ version: 1, subjects }));
    const env = { GITHUB_ARTIFACTS: file, GITHUB_ARTIFACTS_LIST: list };
    expect(declarePushed(env, new Map([['ghcr.io/acme/shop', digest]]))).toEqual(['ghcr.io/acme/shop']);
    expect(existsSync(file)).toBe(false);
  });
});

describe('cache: local', () => {
  const quiet = { info: () => undefined, warning: () => undefined };
  const write = (to: string, index: string) => {
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'index.json'), index);
  };

  it('holds the layers of one build, and older ones no longer', async () => {
    const place = join(folder, 'layers', 'shop');
    const first = await openLayers({ folder: place, ...quiet });
    expect(first.from).toBeUndefined();
    write(first.to, 'one');
    await first.keep();
    const second = await openLayers({ folder: place, ...quiet });
    expect(second.from).toBe(place);
    write(second.to, 'two');
    await second.keep();
    expect(readFileSync(join(place, 'index.json'), 'utf8')).toBe('two');
    expect(existsSync(second.to)).toBe(false);
  });

  it('goes to the cache service when it changed, and comes from there', async () => {
    const place = join(folder, 'layers', 'away');
    const saved: string[] = [];
    const service: CacheService = {
      async restoreCache([path]) {
        write(path!, 'kept');
        return 'key';
      },
      async saveCache(_, key) {
        return saved.push(key);
      },
    };
    const cache = await openLayers({ folder: place, service, ...quiet });
    expect(cache.from).toBe(place);
    write(cache.to, 'kept');
    await cache.keep();
    expect(saved).toEqual([]);
    write(cache.to, 'more');
    await cache.keep();
    expect(saved).toHaveLength(1);
  });
});

it('labels come from git and the event, the caller’s own over them', () => {
  const source = { values: { sha: '1a2b3c4' }, now: 0, commitDate: Date.UTC(2026, 0, 2) };
  const repository = { name: 'shop', description: null, html_url: 'https://github.com/acme/shop' };
  const given = [
    { name: 'org.opencontainers.image.title', value: 'Shop' },
    { name: 'built', value: "{{sha}} of {{commit_date 'YYYY-MM-DD'}}" },
  ];
  const git = { sha: 'f'.repeat(40), committed: Date.UTC(2026, 0, 2) };
  expect(labelsOf(given, git, { repository }, '1.2.3', source)).toEqual({
    'org.opencontainers.image.title': 'Shop',
    'org.opencontainers.image.url': 'https://github.com/acme/shop',
    'org.opencontainers.image.revision': 'f'.repeat(40),
    'org.opencontainers.image.version': '1.2.3',
    'org.opencontainers.image.created': '2026-01-02T00:00:00.000Z',
    built: '1a2b3c4 of 2026-01-02',
  });
});
