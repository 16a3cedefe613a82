import { createInterface } from 'node:readline';
import { statusOf } from '../../lib/kubernetes/error.ts';
import type { Pod } from '../../lib/kubernetes/types.ts';
import type { OneOff } from '../target.ts';
import { lastEvent } from './events.ts';
import type { KubernetesRecord } from './model.ts';
import { label } from './names.ts';
import { containerName } from './objects/pod.ts';
import { jobOf } from './objects/release.ts';
import { hasBegun } from './pods.ts';
import { putLogin, putSecrets } from './secrets.ts';
import type { Space } from './space.ts';
import { untilStanding } from './standing.ts';
import { refusal, type Trouble } from './trouble.ts';

/** The flow ends a hook after an hour; the cluster does where no flow is left. */
const DEADLINE_SECONDS = 3900;
const START_MS = 600_000;
/** A Job's controller makes its pod within seconds. */
const NO_POD_MS = 40_000;
/** Its own end is in its pod's state a moment after its last line. */
const END_MS = 60_000;

/** A Job of the release's image for one command, with its environment, secrets and volumes. */
export async function makeOneOff(
  space: Space,
  record: KubernetesRecord,
  kind: string,
  command: string,
): Promise<OneOff> {
  const { api, app, context, names, clock } = space;
  const { release, spec } = record;
  const name = names.hook(release, kind);
  const container = containerName(spec);
  const mine = { [label('app')]: app, [label('release')]: release, [label('role')]: 'hook' };
  await space.guard();
  const where = await putLogin(space, release, spec);
  // Before its first deploy a release has no Secret yet; the Deployment that comes makes it anew.
  if (!space.deploymentOf(release)) await putSecrets(space, where, release, spec);
  await api.delete('jobs', name);
  const { metadata: job } = await api.create(
    'jobs',
    jobOf(where, record, kind, command, context.inputs['hook-entrypoint'], DEADLINE_SECONDS),
  );
  const podOf = async (): Promise<Pod | undefined> => {
    const all = await api.list('pods', mine);
    return all.find(({ metadata }) => metadata.labels?.['job-name'] === name && !metadata.deletionTimestamp);
  };
  const terminated = (pod: Pod | undefined) =>
    pod?.status?.containerStatuses?.find((one) => one.name === container)?.state?.terminated;
  return {
    async remove() {
      await api.delete('jobs', name);
    },
    async run(onLine, over) {
      await api.merge('jobs', name, { spec: { suspend: false } });
      const look = async () => {
        const pod = await podOf();
        if (pod) return { deployment: undefined, pods: [pod] };
        return { deployment: undefined, pods: [], trouble: await refusedJob(space, name, job.uid ?? '') };
      };
      try {
        await untilStanding(space, look, ({ pods }) => pods.length > 0 && pods.every(hasBegun), {
          wanted: 1,
          withinMs: START_MS,
          signal: over,
        });
        const pod = (await podOf())!;
        const end = terminated(pod);
        // One that could not be begun has written nothing, and says why in its state.
        if (end && /StartError|ContainerCannotRun/.test(end.reason ?? '')) throw new Error(end.message ?? end.reason);
        await follow(space, { pod: pod.metadata.name, container }, onLine, over);
      } catch (error) {
        if (!over.aborted) throw error;
      }
    },
    async exitCode(signal) {
      const end = clock.mono() + END_MS;
      for (;;) {
        const found = terminated(await podOf());
        if (found) return found.exitCode;
        if (clock.mono() > end) return -1;
        await clock.sleep(100, signal);
      }
    },
  };
}

/**
 * Why a Job has no pod: its status says nothing of one that is refused (a quota, a policy), its events alone do. Without
 * the right to read them the wait is as short, and its reason is left to a person.
 */
async function refusedJob(space: Space, name: string, uid: string): Promise<Trouble> {
  const message = await lastEvent(space, uid, 'FailedCreate');
  if (message) return refusal(name, message);
  return {
    code: 'ENGINE_REFUSED',
    who: name,
    why: 'its Job is given no pod, as by a quota or a policy',
    patienceMs: NO_POD_MS,
    cure: `look at its events (kubectl describe job ${name})`,
  };
}

/** Tells each line of a log until it ends, or is cut. A node may not have the log ready at once. */
async function follow(
  space: Space,
  { pod, container }: { pod: string; container: string },
  onLine: (line: string) => void,
  over: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const stream = await space.api.logs(pod, { container, follow: true, signal: over });
      for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) onLine(line);
      return;
    } catch (error) {
      if (over.aborted || tries === 5 || statusOf(error) !== 400) throw error;
      await space.clock.sleep(200, over);
    }
  }
}
