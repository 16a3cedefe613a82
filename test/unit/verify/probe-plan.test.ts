import { describe, expect, it } from 'vitest';
import { planProbes } from '../../../src/verify/live/probe-plan.ts';

/** A verification by one URL, of two releases that share the traffic; `edge` as the deployment names it. */
async function planned(edge: object | null, newWeight: number) {
  const slot = (release: string, weight: number) => ({ release, weight, role: 'current', image: '', containers: [] });
  const slots = [slot('r2', newWeight), ...(newWeight < 100 ? [slot('r1', 100 - newWeight)] : [])];
  const deployment = { release: 'r2', hosts: [{ host: 'kubernetes://lab/shop', edge, slots }] };
  const inputs = { urls: ['http://shop.example.com/'], method: 'GET', mode: 'verify', deployment };
  return planProbes(inputs as never, [], [], new AbortController().signal);
}

describe('probes of versions that can not be reached by themselves', () => {
  it('go to the new one where it has all traffic, and no edge is named where none is', async () => {
    const { targets, told, notes } = await planned(null, 100);
    expect(targets).toHaveLength(1);
    expect(told).toEqual(['probes went where users come in, whose whole weight is on the new version']);
    expect([...told, ...notes].join()).not.toContain('edge');
    expect((await planned({ container: 'shop-edge' }, 100)).told.join()).toContain('through the edge');
  });
  it('are left out where both answer, and nobody is said to count instead', async () => {
    const { targets, notes } = await planned(null, 20);
    expect(targets).toEqual([]);
    expect(notes.join()).toMatch(/by old: and new:$/);
    expect((await planned({ container: 'shop-edge' }, 20)).notes.join()).toContain('as the edge counts them');
  });
});
