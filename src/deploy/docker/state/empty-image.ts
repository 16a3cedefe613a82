import { Readable } from 'node:stream';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import type { ContainerCreateOptions } from '../../../lib/docker/types.ts';

/** An image of no bytes, made on the host itself: what a container that never runs is made from. */
const EMPTY_IMAGE = 'seatrial/empty:1';

/** Imports an empty tar archive (two zero blocks) as an image; needs no registry. */
async function makeEmptyImage(engine: Engine): Promise<void> {
  await engine.call('make an empty image', async (docker, abortSignal) => {
    const answer = await docker.importImage(Readable.from([Buffer.alloc(1024)]), {
      repo: 'seatrial/empty',
      tag: '1',
      abortSignal,
    } as object);
    for await (const chunk of answer as AsyncIterable<Buffer>)
      if (chunk.includes('"error"')) throw new Error(chunk.toString('utf8'));
  });
}

/** Creates a container of nothing, to hold a name or a volume; the image is made only where there is none yet. */
export async function createEmpty(engine: Engine, why: string, options: ContainerCreateOptions): Promise<string> {
  const create = () =>
    engine.call(why, (docker, abortSignal) => docker.createContainer({ ...options, Image: EMPTY_IMAGE, abortSignal }));
  try {
    return (await create()).id;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  await makeEmptyImage(engine);
  return (await create()).id;
}
