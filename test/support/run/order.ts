import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/*
 * Where files run beside each other, the longest begin first, or one of them would run alone at the end. About so many
 * seconds beside others on two cores; a file that is not named is short. script/test tells the slowest at its end.
 */
const SECONDS: Record<string, number> = {
  'test/integration/deploy/swarm.test.ts': 200,
  'test/workflows/callers.test.ts': 165,
  'test/integration/deploy/kubernetes.test.ts': 135,
  'test/integration/deploy/front.test.ts': 122,
  'test/workflows/ship.test.ts': 95,
  'test/workflows/watch.test.ts': 92,
  'test/integration/verify/live.test.ts': 85,
  'test/workflows/anywhere.test.ts': 80,
  'test/integration/deploy/compose.test.ts': 70,
  'test/integration/deploy/field.test.ts': 62,
  'test/integration/deploy/state.test.ts': 50,
  'test/integration/deploy/engine-down.test.ts': 45,
  'test/integration/deploy/ports.test.ts': 40,
  'test/integration/deploy/faults.test.ts': 40,
  'test/integration/deploy/release.test.ts': 38,
  'test/integration/deploy/compose-kin.test.ts': 38,
  'test/integration/cli/gitlab.test.ts': 38,
  'test/integration/deploy/hosts.test.ts': 37,
  'test/integration/deploy/edge.test.ts': 36,
  'test/integration/deploy/small-hosts.test.ts': 35,
  'test/integration/deploy/lock.test.ts': 35,
  'test/integration/deploy/refusals.test.ts': 33,
  'test/integration/deploy/shapes.test.ts': 30,
  'test/integration/build/retry.test.ts': 28,
  'test/integration/build/builder.test.ts': 28,
  'test/integration/deploy/edge-limits.test.ts': 28,
  'test/integration/build/findings.test.ts': 25,
  'test/integration/deploy/queue.test.ts': 25,
  'test/integration/house/dist.test.ts': 24,
  'test/integration/notify/email.test.ts': 24,
  'test/integration/build/faults.test.ts': 22,
  'test/integration/deploy/compose-shapes.test.ts': 22,
  'test/integration/build/build.test.ts': 20,
  'test/integration/deploy/cases.test.ts': 20,
  'test/workflows/newcomer.test.ts': 17,
  'test/unit/verify/calibration.test.ts': 17,
  'test/integration/deploy/images.test.ts': 16,
  'test/integration/notify/behaviour.test.ts': 14,
  'test/integration/deploy/link-cut.test.ts': 13,
  'test/unit/deploy/swarm-front.test.ts': 12,
  'test/integration/house/monitoring.test.ts': 11,
  'test/integration/build/comment.test.ts': 10,
  'test/unit/house/tidy.test.ts': 10,
  'test/integration/cli/command.test.ts': 9,
};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = ({ moduleId }: TestSpecification) => SECONDS[relative(this.ctx.config.root, moduleId)] ?? 0;
    // What fails in seconds is told first.
    const late = ({ project }: TestSpecification) => Number(project.name !== 'unit');
    // Those of the same length stay as they are by default: by what is known of the last run here, or by their size.
    return (await super.sort(files)).sort((a, b) => late(a) - late(b) || seconds(b) - seconds(a));
  }
}
