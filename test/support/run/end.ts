import { mkdirSync } from 'node:fs';
import { endSharedRegistry } from '../registry.ts';
import { RUN } from './id.ts';
import { sweep } from './sweep.ts';

/** Vitest's global set-up: the folder that is the temporary one of all tests of this run. */
export function setup(): void {
  mkdirSync(process.env.SEATRIAL_TEST_FOLDER!, { recursive: true });
}

/** When all files have run, whatever they left is removed. */
export function teardown(): void {
  endSharedRegistry();
  const found = sweep(RUN, process.env.SEATRIAL_TEST_FOLDER!);
  if (found.length) console.warn(`Left behind by the tests, and removed now:\n  ${found.join('\n  ')}`);
}
