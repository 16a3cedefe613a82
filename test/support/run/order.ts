import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/*
 * Where files run beside each other, the longest begin first, or one of them would run alone at the end. About so many
 * seconds with three files beside each other on two cores, the clusters alone; a file that is not named is short. script/test tells the slowest at its end.
 */
const SECONDS: Record<string, number> = {
  'test/integration/deploy/swarm.test.ts': 200,
  'test/workflows/callers.test.ts': 245,
  'test/integration/deploy/front.test.ts': 175,
  'test/workflows/ship.test.ts': 140,
  'test/integration/deploy/kubernetes.test.ts': 145,
  'test/workflows/anywhere.test.ts': 124,
  'test/integration/deploy/field.test.ts': 165,
  'test/integration/deploy/compose.test.ts': 130,
  'test/integration/deploy/release.test.ts': 105,
  'test/workflows/watch.test.ts': 113,
  'test/integration/deploy/state.test.ts': 93,
  'test/integration/deploy/engine-down.test.ts': 98,
  'test/integration/house/dist.test.ts': 95,
  'test/integration/deploy/refusals.test.ts': 90,
  'test/integration/deploy/lock.test.ts': 88,
  'test/integration/deploy/small-hosts.test.ts': 83,
  'test/integration/build/findings.test.ts': 78,
  'test/integration/verify/live.test.ts': 74,
  'test/integration/deploy/compose-kin.test.ts': 72,
  'test/integration/deploy/ports.test.ts': 71,
  'test/integration/deploy/shapes.test.ts': 67,
  'test/integration/deploy/edge.test.ts': 67,
  'test/integration/deploy/hosts.test.ts': 63,
  'test/integration/build/retry.test.ts': 60,
  'test/integration/build/faults.test.ts': 58,
  'test/integration/build/builder.test.ts': 55,
  'test/integration/deploy/queue.test.ts': 55,
  'test/integration/deploy/faults.test.ts': 50,
  'test/integration/cli/gitlab.test.ts': 47,
  'test/integration/build/build.test.ts': 46,
  'test/integration/deploy/edge-limits.test.ts': 40,
  'test/integration/deploy/cases.test.ts': 35,
  'test/integration/deploy/link-cut.test.ts': 38,
  'test/integration/deploy/compose-shapes.test.ts': 30,
  'test/integration/notify/email.test.ts': 37,
  'test/workflows/newcomer.test.ts': 31,
  'test/integration/deploy/images.test.ts': 30,
  'test/integration/build/comment.test.ts': 27,
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
