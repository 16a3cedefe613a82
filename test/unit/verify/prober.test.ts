import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { createAsk } from '../../../src/verify/live/ask/create.ts';
import { Phases } from '../../../src/verify/live/phases.ts';
import { probe } from '../../../src/verify/live/prober.ts';

import { ASKED } from '../../support/verify/asked.ts';

it('no answer takes no time, though a probe may leave a little early, and the way there is told by its steps', async () => {
  const server = createServer((_, answer) => answer.end('ok'));
  await new Promise<void>((ready) => server.listen(0, 'localhost', ready));
  const { port } = server.address() as AddressInfo;
  const stop = new AbortController();
  const times: number[] = [];
  let told: string[] = [];
  const phases = new Phases();
  const ask = await createAsk(ASKED, { timeoutMs: 5000, phases, now: () => systemClock.mono() });
  try {
    ({ told } = await probe({
      targets: [{ version: 'new', name: '/', method: 'GET', url: new URL(`http://localhost:${port}/`) }],
      rate: 90,
      ask: ask.ask,
      phases,
      clock: systemClock,
      signal: stop.signal,
      random: Math.random,
      emit: (event) => {
        if (event.kind === 'request' && event.ok) times.push(event.ms);
        if (times.length >= 80) stop.abort();
      },
    }));
  } finally {
    ask.close();
    server.closeAllConnections();
    server.close();
  }
  expect(Math.min(...times)).toBeGreaterThan(0);
  expect(told.join('\n')).toMatch(
    /connections were made, at the median: DNS [\d.]+ ms, TCP [\d.]+ ms\nfirst byte .* new [\d.]+ ms/,
  );
});
