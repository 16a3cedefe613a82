import { randomBytes } from 'node:crypto';

/**
 * The id of this run of the tests. Whatever a test starts bears it: in its name (containers, volumes, networks, images),
 * in its environment (processes) or in the folder it lies in, so that what is left can be found and removed, and nothing
 * else. script/test sets it; a run without script/test gets one from vitest.config.ts.
 */
export const RUN = process.env.SEATRIAL_TEST_RUN ?? newRun();

export function newRun(): string {
  return `r${randomBytes(4).toString('hex')}`;
}

/** A name of this run's own for an app, a container or a repository. */
export function ownName(kind: string): string {
  return `${kind}-${RUN}-${randomBytes(3).toString('hex')}`;
}
