import { describe, expect, it } from 'vitest';
import { diskFinding } from '../../../src/deploy/docker/examine.ts';
import type { Finding } from '../../../src/deploy/target.ts';
import { MemoryClock } from '../../support/memory/clock.ts';
import { commandOn } from '../../support/memory/runs.ts';
import { Toys, toyTarget } from '../../support/toy-target.ts';

const MiB = 1024 ** 2;

describe('the disk of a host', () => {
  it('is good or too small where it could be measured', () => {
    expect(diskFinding(300 * MiB, 256 * MiB, '/var/lib/docker', 'tcp://h:2376')).toMatchObject({ well: true });
    expect(diskFinding(200 * MiB, 256 * MiB, '/var/lib/docker', 'tcp://h:2376')).toMatchObject({ well: false });
  });
  it.each([
    ['ssh://deploy@shop-1.example.com', 'look with: ssh deploy@shop-1.example.com df -h /data/docker'],
    ['ssh://deploy@shop-1.example.com:2222', 'look with: ssh -p 2222 deploy@shop-1.example.com df -h /data/docker'],
    ['ssh://deploy@[2001:db8::1]:2222', 'look with: ssh -p 2222 deploy@2001:db8::1 df -h /data/docker'],
    ['unix:///var/run/docker.sock', 'look on the host: df -h /data/docker'],
    ['tcp://10.0.0.1:2376', 'look on the host: df -h /data/docker'],
  ])('of %s that nobody could measure is never called good: how to look is said', (label, cure) => {
    const finding = diskFinding('no edge runs there that could be asked', 256 * MiB, '/data/docker', label);
    expect(finding).toEqual({
      what: 'disk',
      well: true,
      unknown: true,
      said: 'not known: no edge runs there that could be asked',
      cure: `${cure}; min-disk asks for 256.0 MiB`,
    });
    expect(diskFinding('why', 0, '/data/docker', label).cure).toBe(cure);
  });
});

describe('doctor', () => {
  it('prints what is not known as a note, which stands in no deploy’s way', async () => {
    const found: Finding[] = [
      { what: 'engine', well: true, said: 'Docker 28' },
      diskFinding('no edge runs there that could be asked', 0, '/var/lib/docker', 'ssh://d@h'),
    ];
    const run = (...more: Finding[]) =>
      commandOn(
        (context) => [Object.assign(toyTarget(new Toys(), context), { examine: async () => [...found, ...more] })],
        { command: 'doctor' },
        new MemoryClock(),
      );
    const { end, lines } = await run();
    expect(end).toBe('ok');
    expect(lines).toContain('  ok    engine: Docker 28');
    expect(lines).toContain(
      '  note  disk: not known: no edge runs there that could be asked; look with: ssh d@h df -h /var/lib/docker',
    );
    expect((await run({ what: 'port', well: false, said: 'taken', cure: 'free it' })).end).toBe('NOT_READY');
  });
});
