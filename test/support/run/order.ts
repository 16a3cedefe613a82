import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/*
 * Where files run beside each other, the longest begin first, or one of them would run alone at the end. Seconds on a
 * quiet machine of two cores; a file that is not named is short. script/test tells the slowest at its end.
 */
const SECONDS: Record<string, number> = {};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = ({ moduleId }: TestSpecification) => SECONDS[relative(this.ctx.config.root, moduleId)] ?? 0;
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    // Those of the same length stay as they are by default: by what is known of the last run here, or by their size.
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || seconds(b) - seconds(a));
  }
}
