import { expect, it } from 'vitest';
import { MemoryClock } from '../../support/memory/clock.ts';
import { commandOn } from '../../support/memory/runs.ts';
import { placesIn, Toys, toyTarget } from '../../support/toy-target.ts';

it('a second, small target deploys, promotes and rolls back through the unchanged flows', async () => {
  const toys = new Toys();
  const clock = new MemoryClock();
  const run = async (inputs: Record<string, string>) => {
    const { end, outputs } = await commandOn((context) => [toyTarget(toys, context)], inputs, clock);
    const places = placesIn(JSON.parse(toys.history)).filter(({ share }) => share > 0);
    const traffic = places.map(({ release, share }) => [
      toys.rows.find((row) => row.release === release)?.image,
      share,
    ]);
    expect(toys.lock).toBe('');
    return [end, outputs.state, ...traffic];
  };
  expect(await run({ image: 'v1' })).toEqual(['ok', 'good', ['v1', 1]]);
  expect(await run({ image: 'v2', strategy: 'canary' })).toEqual(['ok', 'good', ['v2', 1]]);
  expect(await run({ image: 'v3-sick' })).toEqual(['DEPLOY_UNHEALTHY', 'bad', ['v2', 1]]);
  const manual = { image: 'v4', strategy: 'canary', promote: 'manual', 'canary-weight': '25%' };
  expect(await run(manual)).toEqual(['ok', 'pending', ['v2', 0.75], ['v4', 0.25]]);
  expect(await run({ command: 'promote' })).toEqual(['ok', 'good', ['v4', 1]]);
  expect(await run({ command: 'rollback' })).toEqual(['ok', 'good', ['v2', 1]]);
  const testers = { image: 'v5', strategy: 'canary', 'canary-match': 'cookie canary=1' };
  expect(await run(testers)).toEqual(['NOT_SUPPORTED', 'unchanged', ['v2', 1]]);
  // Nor has it figures, further ports, workers or pages: what would do nothing is refused.
  const without: Record<string, string>[] = [
    { 'metrics-address': '127.0.0.1:9101' },
    { publish: '80:3000\n81:3001', port: '' },
    { workers: 'queue: node q.js' },
    { 'error-page': 'x.html' },
  ];
  for (const more of without) {
    expect(await run({ image: 'v5', ...more })).toEqual(['NOT_SUPPORTED', 'unchanged', ['v2', 1]]);
  }
  const { outputs } = await commandOn((context) => [toyTarget(toys, context)], { command: 'status' }, clock);
  expect(outputs.deployment).toMatchObject({ kind: 'kubernetes', hosts: [{ host: 'toy' }] });
});
