import { randomBytes } from 'node:crypto';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { removeContainer } from '../removal.ts';
import { createEmpty } from './empty-image.ts';
import { ownLabels } from './labels.ts';
import { volumeName } from './lock-seen.ts';
import { MOUNT } from './mount.ts';
import { type Read, readHistory } from './store.ts';

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
  const reader = await createEmpty(engine, 'reach the history', {
    name: `${app}-reader-${randomBytes(3).toString('hex')}`,
    Cmd: ['read'],
    Labels: ownLabels(app, environment, 'reader'),
    HostConfig: { Binds: [`${volumeName(app)}:${MOUNT}`] },
  });
  try {
    return await readHistory(engine, reader, environment);
  } finally {
    await removeContainer(engine, reader);
  }
}
