import { describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';

/** Each check's complaint is the assertion's message, so that a red run says what to mend. */
function quiet(name: string, args: string[]) {
  const { status, said } = command(name, args);
  expect(status, said).toBe(0);
}

describe('the house is tidy', () => {
  it('is formatted and linted', () => quiet('biome', ['check', '--error-on-warnings', '.']), 600_000);
  // In one thread it takes half the CPU: several checkers each work out the types that they share.
  it('type-checks', () => quiet('tsc', ['-p', '.', '--singleThreaded']), 600_000);
  it('has generated files that agree with the schemas', () => quiet('script/generate', ['--check']), 600_000);
});
