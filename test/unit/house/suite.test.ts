import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { TestModule } from 'vitest/node';
import { command } from '../../support/command.ts';
import { comes, ENDED, SHIFTED } from '../../support/moments.ts';
import { newRun } from '../../support/run/id.ts';
import { count } from '../../support/run/report.ts';
import { scoped, started, untilOver } from '../../support/run/scope.ts';

describe('what a test starts', () => {
  it('ends with it, newest first, and a body that goes on starts nothing more', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const ended: string[] = [];
    const end = (what: string) => () => void ended.push(what);
    let late: Promise<unknown> | undefined;
    await scoped('a test', async () => {
      started('first', end('first'));
      started('gone', end('gone'))();
      started('stuck', () => Promise.reject(new Error('stuck')));
      untilOver('last', end('last'));
      late = new Promise((done) => setTimeout(done, 5)).then(() => started('late', end('late')));
    });
    expect(ended).toEqual(['last', 'first']);
    expect(warned.mock.calls.map(([line]) => line)).toEqual([
      'ended with a test, which left it: stuck, first',
      'could not be ended: Error: stuck',
    ]);
    await expect(late).rejects.toThrow("a test is over; it can't start late any more");
    warned.mockRestore();
  });

  it('belongs to the innermost: what a file started outlives its tests', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const ended: string[] = [];
    await scoped('a file', async () => {
      started('of the file', () => ended.push('of the file'));
      await scoped('a test', async () => void started('of the test', () => ended.push('of the test')));
      expect(ended).toEqual(['of the test']);
    });
    expect(ended).toEqual(['of the test', 'of the file']);
    warned.mockRestore();
  });

  it('is found by the id of its run when nobody ended it, and nothing else is', async () => {
    const [run, other] = [newRun(), newRun()];
    const sleeper = (id: string) =>
      spawn('sleep', ['600'], { env: { PATH: process.env.PATH, SEATRIAL_TEST_RUN: id }, stdio: 'ignore' });
    const [mine, theirs] = [sleeper(run), sleeper(other)];
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-sweep-'));
    const gone = once(mine, 'exit');
    const { status, stderr } = command(process.execPath, ['test/support/run/sweep.ts', run, folder], {
      env: { PATH: process.env.PATH, DOCKER_HOST: 'unix:///nowhere' },
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining(`process ${mine.pid} sleep`)]);
    await gone;
    expect(existsSync(folder)).toBe(false);
    expect(theirs.exitCode ?? theirs.signalCode).toBe(null);
    theirs.kill('SIGKILL');
    expect(command(process.execPath, ['test/support/run/sweep.ts', 'x', folder]).status).not.toBe(0);
  });
});

describe('the counts of a run', () => {
  const module = (state: string, ...tests: string[]) =>
    ({
      state: () => state,
      children: { allTests: () => tests.map((t) => ({ result: () => ({ state: t }) })) },
    }) as never;
  it.each<[string, TestModule[], unknown[], object]>([
    ['all is well', [module('passed', 'passed', 'skipped')], [], { passed: 1, failed: 0, skipped: 1 }],
    ['a test failed', [module('failed', 'passed', 'failed')], [], { passed: 1, failed: 1, skipped: 0 }],
    ['a file could not be read', [module('failed')], [], { passed: 0, failed: 1, skipped: 0 }],
    ['a hook of all failed', [module('failed', 'skipped')], [], { passed: 0, failed: 1, skipped: 1 }],
    ['a worker died', [module('pending', 'passed', 'pending')], [1], { passed: 1, failed: 2, skipped: 0 }],
    ['it died before any test', [module('queued')], [], { passed: 0, failed: 1, skipped: 0 }],
    ['something failed outside all tests', [module('passed', 'passed')], [1], { passed: 1, failed: 1, skipped: 0 }],
  ])('when %s', (_, modules, errors, counts) => {
    expect(count(modules, errors)).toEqual(counts);
  });
});

describe('a moment', () => {
  const calls = [
    'PUT /containers/0a/archive?path=%2Fseatrial',
    'WRITE set server app/b1 weight 0',
    'WRITE set server app/b1 weight 1',
    'WRITE set server app/a2 weight 2',
    'PUT /containers/0a/archive?path=%2Fseatrial',
    'PUT /containers/0a/archive?path=%2Fseatrial',
  ].map((what, i) => ({ n: i + 1, what }));
  it.each([
    [SHIFTED, [3]],
    [ENDED, [5]],
  ])('comes once: $name', (moment, numbers) => {
    expect(calls.filter(comes(moment)).map((c) => c.n)).toEqual(numbers);
  });
});
