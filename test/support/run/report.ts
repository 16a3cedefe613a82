import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

const SLOWEST = 10;

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Counts what ran, and not what was meant to run: a file that could not be read or crashed, a test that never ended and
 * an error outside all tests are failures too.
 */
export function count(modules: readonly TestModule[], errors: readonly unknown[]): Counts {
  const counts: Counts = { passed: 0, failed: errors.length, skipped: 0 };
  for (const module of modules) {
    const before = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed++;
      else if (state === 'skipped') counts.skipped++;
      else counts.failed++;
    }
    const well = module.state() === 'passed' || module.state() === 'skipped';
    if (!well && counts.failed === before) counts.failed++;
  }
  return counts;
}

/** The files that took longest, a line each: where the minutes of a run go. */
export function slowest(modules: readonly TestModule[], root: string): string[] {
  const seconds = (module: TestModule) => {
    const { prepareDuration, collectDuration, setupDuration, duration, environmentSetupDuration } = module.diagnostic();
    return (prepareDuration + collectDuration + setupDuration + duration + environmentSetupDuration) / 1000;
  };
  const files = modules.map((module) => ({ name: relative(root, module.moduleId), took: seconds(module) }));
  const all = files.reduce((sum, { took }) => sum + took, 0);
  return [
    `The slowest files (of ${Math.round(all)} s of all ${files.length}):`,
    ...files
      .sort((a, b) => b.took - a.took)
      .slice(0, SLOWEST)
      .map(({ name, took }) => `${took.toFixed(1).padStart(8)} s  ${name}`),
  ];
}

/** Tells at the end where the time went, and writes the counts to SEATRIAL_TEST_COUNTS for script/test's last line. */
export default class RunReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const { passed, failed, skipped } = count(modules, errors);
    console.log(`\n${slowest(modules, this.#vitest?.config.root ?? '').join('\n')}\n`);
    const file = process.env.SEATRIAL_TEST_COUNTS;
    if (file) writeFileSync(file, `${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}
