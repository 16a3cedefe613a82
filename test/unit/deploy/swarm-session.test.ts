import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { EdgeSession } from '../../../src/deploy/swarm/edge/session.ts';
import type { Engine } from '../../../src/lib/docker/engine.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import { MemoryClock } from '../../support/memory/clock.ts';

it('an edge that says nothing keeps no session of ours waiting, however often it is asked', async () => {
  const silent: Duplex[] = [];
  const stream = () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const docker = {
    getContainer: () => ({
      exec: async () => ({
        start: async () => {
          silent.push(stream());
          return silent.at(-1);
        },
      }),
    }),
  };
  const call = async (name: string, body: (docker: object, signal: AbortSignal) => unknown) => {
    if (!name.startsWith('ask ')) return body(docker, new AbortController().signal);
    Promise.resolve(body(docker, new AbortController().signal)).catch(() => undefined);
    throw new SeatrialError('ENGINE_TIMEOUT', name);
  };
  const engine = { label: 'swarm', docker, call } as unknown as Engine;
  const at = { task: 't1', node: 'n1', name: 'shop-edge', ip: '10.0.9.2' };
  const session = new EdgeSession(engine, new MemoryClock(), at, async () => 'near');
  for (let times = 1; times <= 3; times++) {
    await expect(session.ask('show info')).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    expect(silent.map(({ destroyed }) => destroyed)).toEqual(Array(times).fill(true));
  }
});
