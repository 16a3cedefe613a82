import { describe, expect, it } from 'vitest';
import { addressesOf, parseHostLine } from '../../../src/deploy/hosts.ts';
import { batches } from '../../../src/deploy/rollout/batches.ts';
import { together } from '../../../src/deploy/rollout/together.ts';
import { oneKind, targetHost } from '../../../src/lib/target-host.ts';

const host = (name: string, region = '') => ({ name, region });
const order = (hosts: { name: string; region: string }[], atOnce: number) =>
  batches(hosts, atOnce).map((b) => `${b.newRegion ? 'pause ' : ''}${b.targets.map((h) => h.name).join('+')}`);

describe('the order in which hosts get a release', () => {
  it('the first alone, then so many at once', () => {
    expect(order([host('a')], 4)).toEqual(['a']);
    expect(
      order(
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => host(name)),
        3,
      ),
    ).toEqual(['a', 'b+c+d', 'e+f']);
    expect(
      order(
        ['a', 'b', 'c'].map((name) => host(name)),
        1,
      ),
    ).toEqual(['a', 'b', 'c']);
  });

  it('region after region as they are named, with a pause between', () => {
    const hosts = [host('e1', 'eu'), host('u1', 'us'), host('e2', 'eu'), host('u2', 'us'), host('e3', 'eu')];
    expect(order(hosts, 1)).toEqual(['e1', 'e2', 'e3', 'pause u1', 'u2']);
    expect(order(hosts, 9)).toEqual(['e1', 'e2+e3', 'pause u1+u2']);
    expect(order([host('e1', 'eu'), host('u1', 'us')], 4)).toEqual(['e1', 'pause u1']);
    expect(order([host('a'), host('u1', 'us')], 4)).toEqual(['a', 'pause u1']);
  });

  it('every host once', () => {
    for (let n = 1; n < 40; n++) {
      const hosts = Array.from({ length: n }, (_, i) => host(String(i), `r${i % 3}`));
      const all = batches(hosts, (n % 5) + 1).flatMap((b) => b.targets);
      expect(new Set(all).size).toBe(n);
      expect(all).toHaveLength(n);
    }
  });
});

describe('a line of hosts', () => {
  it('has an address, and a region if one is named', () => {
    expect(parseHostLine('ssh://deploy@h1:22')).toEqual({ region: '', address: 'ssh://deploy@h1:22' });
    expect(parseHostLine('eu-1   tcp://h:2376')).toEqual({ region: 'eu-1', address: 'tcp://h:2376' });
  });

  it.each(['h1', 'eu', 'eu us ssh://h', 'ssh://h eu', 'e=u ssh://h'])('is refused when it is "%s"', (line) => {
    expect(() => parseHostLine(line)).toThrow('is not a host');
  });
});

describe('what a host leads to', () => {
  it.each([
    ['unix:///var/run/docker.sock', 'docker', 'unix:///var/run/docker.sock'],
    ['ssh://swarm@h:22', 'docker', 'ssh://swarm@h:22'],
    ['swarm+ssh://deploy@manager', 'swarm', 'ssh://deploy@manager'],
    ['swarm+unix:///var/run/docker.sock', 'swarm', 'unix:///var/run/docker.sock'],
    ['swarm+tcp://h:2376', 'swarm', 'tcp://h:2376'],
    ['kubernetes://prod/shop', 'kubernetes', 'kubernetes://prod/shop'],
    ['kubernetes:///', 'kubernetes', 'kubernetes:///'],
  ])('%s is %s', (address, kind, way) => expect(targetHost(address)).toEqual({ kind, way }));

  it.each(['swarm+http://h', 'swarm+kubernetes://a/b', 'swarm+swarm+ssh://h'])('no Swarm is reached by %s', (address) =>
    expect(() => parseHostLine(address)).toThrow('is no way to a Swarm'),
  );

  it('one kind a run, whatever the regions', () => {
    expect(oneKind([])).toBe('docker');
    expect(oneKind(addressesOf(['eu swarm+ssh://a', 'us swarm+unix:///s']))).toBe('swarm');
    expect(() => oneKind(['ssh://a', 'swarm+ssh://b'])).toThrow('these are docker and swarm');
    expect(() => oneKind(['kubernetes://a/b', 'swarm+ssh://b', 'ssh://a'])).toThrow('one kind of target');
  });
});

it('work that is done together is waited for, also when some of it fails', async () => {
  let ended = 0;
  const work = together([1, 2, 3], async (n) => {
    if (n === 1) throw new Error('one');
    await new Promise((done) => setTimeout(done, 20));
    ended++;
  });
  await expect(work).rejects.toThrow('one');
  expect(ended).toBe(2);
});
