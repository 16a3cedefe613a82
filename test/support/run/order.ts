import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/*
 * Where files run beside each other, the longest begin first, or one of them would run alone at the end. About so many
 * seconds on a quiet machine of two cores; a file that is not named is short. script/test tells the slowest at its end.
 */
const SECONDS: Record<string, number> = {
  'test/workflows/callers.test.ts': 190,
  'test/workflows/ship.test.ts': 145,
  'test/integration/deploy/swarm.test.ts': 120,
  'test/integration/deploy/kubernetes.test.ts': 120,
  'test/integration/deploy/compose.test.ts': 105,
  'test/integration/deploy/field.test.ts': 105,
  'test/integration/deploy/release.test.ts': 95,
  'test/integration/deploy/front.test.ts': 90,
  'test/integration/deploy/refusals.test.ts': 70,
  'test/integration/deploy/state.test.ts': 65,
  'test/integration/verify/live.test.ts': 61,
  'test/integration/deploy/hosts.test.ts': 60,
  'test/integration/deploy/compose-kin.test.ts': 55,
  'test/workflows/watch.test.ts': 50,
  'test/workflows/newcomer.test.ts': 50,
  'test/integration/house/dist.test.ts': 45,
  'test/integration/deploy/kill.test.ts': 45,
  'test/integration/deploy/lock.test.ts': 45,
  'test/integration/build/retry.test.ts': 45,
  'test/integration/cli/gitlab.test.ts': 43,
  'test/integration/build/findings.test.ts': 43,
  'test/integration/house/monitoring.test.ts': 40,
  'test/integration/deploy/faults.test.ts': 40,
  'test/integration/build/faults.test.ts': 36,
  'test/integration/deploy/small-hosts.test.ts': 35,
  'test/integration/deploy/edge.test.ts': 35,
  'test/integration/deploy/engine-down.test.ts': 35,
  'test/integration/build/builder.test.ts': 34,
  'test/integration/deploy/edge-limits.test.ts': 30,
  'test/integration/build/build.test.ts': 30,
  'test/unit/verify/calibration.test.ts': 27,
};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = ({ moduleId }: TestSpecification) => SECONDS[relative(this.ctx.config.root, moduleId)] ?? 0;
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    // Those of the same length stay as they are by default: by what is known of the last run here, or by their size.
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || seconds(b) - seconds(a));
  }
}
