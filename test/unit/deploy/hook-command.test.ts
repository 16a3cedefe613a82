import { describe, expect, it } from 'vitest';
import { logConfig, moreOptions } from '../../../src/deploy/docker/options.ts';
import type { DockerSpec } from '../../../src/deploy/docker/spec.ts';
import { hookCommand, wraps } from '../../../src/deploy/release/hook-command.ts';

const image = (entrypoint: string[], command: string[]) => ({ entrypoint, command });

describe('a hook', () => {
  it.each([
    [['/docker-entrypoint.sh'], ['nginx'], true],
    [['/entry.sh'], ['node', 'app.js'], true],
    [['/usr/bin/tini', '-g', '--', '/entrypoint'], ['php-fpm'], true],
    [['tini', '--'], ['node'], true],
    [['node'], ['server.js'], false],
    [['/app/server'], [], false],
    [['/entrypoint.sh'], [], false],
    [[], ['node', 'server.js'], false],
  ])('takes %j before %j for a wrapper: %s', (entrypoint, command, is) => {
    expect(wraps(image(entrypoint, command))).toBe(is);
  });
  it('runs through a wrapper, and takes the place of anything else', () => {
    const wrapped = image(['/entry.sh'], ['node', 'app.js']);
    expect(hookCommand('npm run migrate', wrapped, 'auto')).toEqual({ command: ['sh', '-c', 'npm run migrate'] });
    expect(hookCommand('npm run migrate', wrapped, 'none').entrypoint).toEqual(['sh']);
    expect(hookCommand('npm run migrate', image([], ['node']), 'auto')).toEqual({
      entrypoint: ['sh'],
      command: ['-c', 'npm run migrate'],
    });
    expect(hookCommand('x', image(['node'], ['app.js']), 'image').entrypoint).toBeUndefined();
  });
  it('runs words without a shell', () => {
    expect(hookCommand('["node","/app.js","migrate"]', image([], ['node']), 'auto')).toEqual({
      entrypoint: ['node'],
      command: ['/app.js', 'migrate'],
    });
  });
});

describe('options of a container', () => {
  const spec = { logMaxSize: '10m', logMaxFile: 3 } as DockerSpec;
  it('rotate where lines stay, and only there', () => {
    expect(logConfig(spec)).toEqual({ Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } });
    expect(logConfig({ ...spec, logDriver: 'local' }).Config).toHaveProperty('max-size');
    expect(logConfig({ ...spec, logDriver: 'gelf', logOptions: { 'gelf-address': 'udp://h:1' } })).toEqual({
      Type: 'gelf',
      Config: { 'gelf-address': 'udp://h:1' },
    });
  });
  it('are what the engine takes, and nothing where nothing is asked for', () => {
    expect(moreOptions(spec)).toEqual({});
    expect(
      moreOptions({
        ...spec,
        tmpfs: ['/tmp', '/run:size=64m'],
        ulimits: ['nofile=1024:65536', 'core=0'],
        devices: ['/dev/a', '/dev/b:/dev/c:r'],
        gpus: 'all',
        extraHosts: ['db:10.0.0.2'],
      }),
    ).toMatchObject({
      Tmpfs: { '/tmp': '', '/run': 'size=64m' },
      Ulimits: [
        { Name: 'nofile', Soft: 1024, Hard: 65536 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      Devices: [
        { PathOnHost: '/dev/a', PathInContainer: '/dev/a', CgroupPermissions: 'rwm' },
        { PathOnHost: '/dev/b', PathInContainer: '/dev/c', CgroupPermissions: 'r' },
      ],
      DeviceRequests: [{ Count: -1 }],
      ExtraHosts: ['db:10.0.0.2'],
    });
  });
});
