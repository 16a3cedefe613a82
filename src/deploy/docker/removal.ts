import { systemClock } from '../../lib/clock.ts';
import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { inspectContainer } from '../../lib/docker/inspect.ts';

/**
 * How the engine stands to a container. `removing`: somebody is at it this moment; `dead`: a removal failed half-way,
 * it keeps its name and has no file system any more, and only another try gets rid of it.
 */
export type Presence = 'there' | 'removing' | 'dead' | 'gone';

/** Presence by the state the engine lists; the two on their way out are nobody's. */
export const isGoing = (state: string): state is 'removing' | 'dead' => state === 'removing' || state === 'dead';

export async function presence(engine: Engine, id: string): Promise<Presence> {
  const info = await inspectContainer(engine, id);
  if (!info) return 'gone';
  const { Status } = info.State;
  return isGoing(Status) ? Status : 'there';
}

/** A removal by somebody else is over in milliseconds; of a big container on a busy disk, in seconds. */
const OTHERS_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Waits while somebody else removes it. */
async function othersAreDone(engine: Engine, id: string): Promise<Presence> {
  const end = systemClock.mono() + OTHERS_MS;
  for (;;) {
    const now = await presence(engine, id);
    if (now !== 'removing' || systemClock.mono() > end) return now;
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

/** One that the engine can't remove must not keep its name from its successor; each later run tries again (repair). */
async function setAside(engine: Engine, id: string): Promise<void> {
  const suffix = `-dead-${id.slice(0, 12)}`;
  const named = async () => (await inspectContainer(engine, id))?.Name.slice(1);
  const name = await named();
  if (name === undefined || name.endsWith(suffix)) return;
  try {
    await engine.call(`rename ${name}, which can't be removed`, (docker, abortSignal) =>
      docker.getContainer(id).rename({ name: `${name}${suffix}`, abortSignal }),
    );
  } catch (error) {
    const now = await named();
    if (now === undefined || now.endsWith(suffix)) return; // another run was quicker
    throw error;
  }
}

export interface Removal {
  /** It was us who removed it. */
  ours: boolean;
  /** Why the engine could not; it is renamed then. */
  stuck?: string;
}

/**
 * Removes a container, and answers when its name is free: one that somebody else is removing is waited for, and one
 * the engine fails to remove is set aside under another name.
 */
export async function removeContainer(engine: Engine, id: string): Promise<Removal> {
  try {
    await engine.call(
      'remove a container',
      (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal } as object),
      { timeoutMs: 60_000 },
    );
    return { ours: true };
  } catch (error) {
    if (statusOf(error) === 404) return { ours: false };
    if (statusOf(error) === 0) throw error;
    const left = await othersAreDone(engine, id);
    if (left === 'gone') return { ours: false };
    if (left !== 'dead') throw error;
    await setAside(engine, id);
    return { ours: false, stuck: (error as Error).message };
  }
}

export async function renameContainer(engine: Engine, id: string, name: string): Promise<void> {
  await engine.call(`rename a container to ${name}`, (docker, abortSignal) =>
    docker.getContainer(id).rename({ name, abortSignal }),
  );
}
