import { randomBytes } from 'node:crypto';
import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { EMPTY_IMAGE, ensureEmptyImage } from './empty-image.ts';
import { ownLabels } from './labels.ts';
import { volumeName } from './lock.ts';
import { MOUNT, type Read, readHistory } from './store.ts';

/**
 * Reads the history where neither lock nor edge is there to reach the volume through: by a container that is made
 * for it, never started, and removed. No volume means no history, and nothing is made.
 */
export async function readByHolder(engine: Engine, app: string, environment: string): Promise<Read> {
  try {
    await engine.call('look at the volume', (docker) => docker.getVolume(volumeName(app)).inspect());
  } catch (error) {
    if (statusOf(error) === 404) return { kind: 'none' };
    throw error;
  }
  await ensureEmptyImage(engine);
  const holder = await engine.call('reach the history', (docker, abortSignal) =>
    docker.createContainer({
      name: `${app}-reader-${randomBytes(3).toString('hex')}`,
      Image: EMPTY_IMAGE,
      Cmd: ['read'],
      // What a killed reader leaves is swept up with the hooks by the next run.
      Labels: ownLabels(app, environment, 'hook'),
      HostConfig: { Binds: [`${volumeName(app)}:${MOUNT}`] },
      abortSignal,
    }),
  );
  try {
    return await readHistory(engine, holder.id, environment);
  } finally {
    await engine.call('remove the reader', (docker) => docker.getContainer(holder.id).remove({ force: true }));
  }
}
