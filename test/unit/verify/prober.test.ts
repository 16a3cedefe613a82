import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { probe } from '../../../src/verify/live/prober.ts';

it('no answer takes no time, though a probe may leave a little before it is due', async () => {
  const server = createServer((_, answer) => answer.end('ok'));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const stop = new AbortController();
  const times: number[] = [];
  try {
    await probe({
      targets: [{ version: 'new', name: '/', method: 'GET', url: new URL(`http://127.0.0.1:${port}/`) }],
      rate: 90,
      timeoutMs: 5000,
      clock: systemClock,
      signal: stop.signal,
      random: Math.random,
      emit: (event) => {
        if (event.kind === 'request' && event.ok) times.push(event.ms);
        if (times.length >= 80) stop.abort();
      },
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
  expect(Math.min(...times)).toBeGreaterThan(0);
});
