import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { networkName } from './containers.ts';
import { volumeName } from './state/lock-seen.ts';

/** Removes the app's history and its network, once no container of it is left. */
export async function removeTraces(engine: Engine, app: string): Promise<void> {
  await gone(() => engine.call('remove the history', (docker) => docker.getVolume(volumeName(app)).remove()));
  await gone(() => engine.call('remove the network', (docker) => docker.getNetwork(networkName(app)).remove()));
}

/** What was not there needs no removing; what somebody uses is theirs. */
async function gone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    const status = statusOf((error as Error).cause);
    if (status !== 404 && status !== 409 && status !== 403) throw error;
  }
}
