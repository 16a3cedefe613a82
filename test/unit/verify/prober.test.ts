import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { probe } from '../../../src/verify/live/prober.ts';

it('no answer takes no time, though a probe may leave a little early, and the way there is told by its steps', async () => {
  const server = createServer((_, answer) => answer.end('ok'));
  await new Promise<void>((ready) => server.listen(0, 'localhost', ready));
  const { port } = server.address() as AddressInfo;
  const stop = new AbortController();
  const times: number[] = [];
  let told: string[] = [];
  try {
    ({ told } = await probe({
      targets: [{ version: 'new', name: '/', method: 'GET', url: new URL(`http://localhost:${port}/`) }],
      rate: 90,
      timeoutMs: 5000,
      clock: systemClock,
      signal: stop.signal,
      random: Math.random,
      emit: (event) => {
        if (event.kind === 'request' && event.ok) times.push(event.ms);
        if (times.length >= 80) stop.abort();
      },
    }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  expect(Math.min(...times)).toBeGreaterThan(0);
  expect(told.join('\n')).toMatch(
    /connections were made, at the median: DNS [\d.]+ ms, TCP [\d.]+ ms\nfirst byte .* new [\d.]+ ms/,
  );
});
