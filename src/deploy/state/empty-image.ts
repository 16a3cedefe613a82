import { Readable } from 'node:stream';
import type { Engine } from '../../lib/docker/engine.ts';

/** An image of no bytes, made on the host itself: what a container that never runs is made from. */
export const EMPTY_IMAGE = 'seatrial/empty:1';

/** Imports an empty tar archive (two zero blocks) as an image; needs no registry. */
export async function ensureEmptyImage(engine: Engine): Promise<void> {
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
