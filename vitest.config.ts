import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { newRun } from './test/support/run/id.ts';
import LongestFirst from './test/support/run/order.ts';

// What a run of the tests starts bears its id (test/support/run/id.ts), and its temporary files lie in one folder.
process.env.SEATRIAL_TEST_RUN ??= newRun();
const folder = join(tmpdir(), `seatrial-${process.env.SEATRIAL_TEST_RUN}`);
process.env.SEATRIAL_TEST_FOLDER = folder;
const run = {
  globalSetup: 'test/support/run/end.ts',
  // A bundle is started some thousand times; Node keeps what it compiled of it (https://nodejs.org/api/module.html#module-compile-cache).
  env: { TMPDIR: folder, NODE_COMPILE_CACHE: join(folder, 'compiled') },
};

// No verdict hangs on how fast the machine is: these end what would never end, and nothing else.
const LONG = 600_000;

/**
 * Files beside each other. One with real parts keeps a core busy for half of its time and waits else, with a whole cluster
 * for most of it: four fill two cores. All are of one group, so that none waits for the last of another; the unit tests
 * begin (test/support/run/order.ts).
 */
const maxWorkers = Math.max(4, Math.ceil(availableParallelism() / 2));

/** Each has apps, ports and folders of its own. */
const heavy = {
  ...run,
  setupFiles: 'test/support/run/setup.ts',
  testTimeout: LONG,
  hookTimeout: LONG,
  maxWorkers,
  maxConcurrency: 3,
};

export default defineConfig({
  test: {
    reporters: ['default', './test/support/run/report.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...run,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: LONG,
          hookTimeout: LONG,
          maxWorkers,
          isolate: false, // a fresh worker for each of so many short files would take half as much CPU again
        },
      },
      { test: { ...heavy, name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      { test: { ...heavy, name: 'workflows', include: ['test/workflows/**/*.test.ts'] } },
    ],
  },
});
