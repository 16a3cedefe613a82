import { expect, it } from 'vitest';
import { emptyHistory, type ReleaseRecord } from '../../../src/deploy/release/history.ts';
import { columns, headOf, releaseRows } from '../../../src/deploy/report/status-table.ts';

const record = (release: string, status: ReleaseRecord['status'], reason = '') =>
  ({ release, status, reason, at: '2026-11-27T08:00:00.000Z', by: 'lin' }) as ReleaseRecord;
const container = (release: string, state: string) => ({ release, state }) as never;

it('tells each release that is known, and what runs without being known', () => {
  const history = { ...emptyHistory('shop', 'production'), current: 'r2' };
  history.releases = [record('r2', 'good'), record('r1', 'rolled-back', 'WATCH_FAILED')];
  const containers = [container('r2', 'running'), container('r2', 'exited'), container('r9', 'running')];
  const rows = releaseRows(history, containers, new Map([['r2', 1]]));
  expect(rows).toEqual([
    ['r9', '0%', 'unknown', '1 running', '', '', ''],
    ['r2', '100%', 'good', '1 running, 1 exited', '2026-11-27T08:00:00Z', 'lin', ''],
    ['r1', '0%', 'rolled-back', '-', '2026-11-27T08:00:00Z', 'lin', 'WATCH_FAILED'],
  ]);
  expect(columns(rows, headOf('container'))).toEqual([
    'Release  Traffic  Status       Containers           Since                 By   Why',
    'r9            0%  unknown      1 running',
    'r2          100%  good         1 running, 1 exited  2026-11-27T08:00:00Z  lin',
    'r1            0%  rolled-back  -                    2026-11-27T08:00:00Z  lin  WATCH_FAILED',
  ]);
});

it('leaves the far past out of the log, and says so', () => {
  const history = emptyHistory('shop', 'production');
  history.releases = Array.from({ length: 30 }, (_, i) => record(`r${i}`, 'good'));
  const lines = columns(releaseRows(history, [], new Map()), headOf('container'));
  expect(lines).toHaveLength(14);
  expect(lines.at(-1)).toBe('and 18 older');
});
