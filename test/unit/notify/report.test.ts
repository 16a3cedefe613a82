import { expect, test } from 'vitest';
import type { Plan } from '../../../src/notify/plan.ts';
import { type Receipt, skipped } from '../../../src/notify/receipts.ts';
import { shortfall } from '../../../src/notify/report.ts';
import { message } from '../../support/notify.ts';

const receipt = (target: string, outcome: Receipt['outcome'], code = ''): Receipt => ({
  ...skipped(target, 'wecom', code, `why ${target}`),
  outcome,
});
const told = (receipts: Receipt[], chain: string[] = [], severity: 'warning' | 'critical' = 'warning') => ({
  message: message({ severity }),
  plan: { steps: [], chain } satisfies Plan,
  receipts,
});

test('all: the reason is that of one who was missed, not of one made good', () => {
  const receipts = [receipt('a', 'refused'), receipt('b', 'delivered'), receipt('c', 'throttled')];
  expect(shortfall(told(receipts, ['a', 'b']), 'all')).toBe('Not told: c. c: why c');
  expect(shortfall(told(receipts.slice(0, 2), ['a', 'b']), 'all')).toBeUndefined();
});

test('one name alone behind all others makes all of them good', () => {
  const receipts = [receipt('a', 'refused'), receipt('b', 'unknown'), receipt('last', 'accepted')];
  expect(shortfall(told(receipts, ['last']), 'all')).toBeUndefined();
});

test('a critical message that everybody was spared is missed, unless there was nothing to say', () => {
  const spared = (code: string) => shortfall(told([receipt('a', 'skipped', code)], [], 'critical'), 'any');
  expect(spared('route')).toMatch(/^No target was told/);
  expect(spared('not-failed')).toBeUndefined();
  expect(shortfall(told([], [], 'critical'), 'none')).toMatch(/^No target was told/);
});
