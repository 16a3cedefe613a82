import { buffer as readAll } from 'node:stream/consumers';
import * as tar from 'tar-stream';
import { SeatrialError } from '../errors.ts';
import { type CallOptions, type Engine, statusOf } from './engine.ts';

/** A file that others write is met half-written for milliseconds; so many tries outlast any such moment. */
const TRIES = 10;

export interface ArchiveFile {
  /** Path below the folder it is put into; slashes make folders that exist in the archive too. */
  name: string;
  content: string | Buffer;
  mode?: number;
  uid?: number;
  gid?: number;
}

/** Puts files into a container (also a created, never started one) below `path`. */
export async function putFiles(
  engine: Engine,
  container: string,
  path: string,
  files: ArchiveFile[],
  options: CallOptions = {},
): Promise<void> {
  const pack = tar.pack();
  for (const { name, content, mode = 0o644, uid = 0, gid = 0 } of files) pack.entry({ name, mode, uid, gid }, content);
  pack.finalize();
  const body = await readAll(pack);
  await engine.call(
    `put files into ${container}`,
    (docker, abortSignal) => docker.getContainer(container).putArchive(body, { path, abortSignal } as never),
    options,
  );
}

/** What an answered archive holds of its first file: `cut` where it ends before the size that it named. */
async function firstFile(archive: NodeJS.ReadableStream): Promise<{ content?: Buffer; cut: boolean }> {
  const extract = tar.extract();
  let content: Buffer | undefined;
  extract.on('entry', (header, entry, next) => {
    void readAll(entry).then((read) => {
      if (header.type === 'file') content ??= read;
      next();
    }, next);
  });
  let ended = false;
  archive.on('end', () => {
    ended = true;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      archive.on('error', reject);
      extract.on('error', reject).on('finish', resolve);
      archive.pipe(extract as unknown as NodeJS.WritableStream);
    });
    return { content, cut: false };
  } catch (error) {
    // The engine ended its answer as it should; the file had become shorter while it was read.
    if (ended) return { cut: true };
    throw error;
  }
}

/**
 * Reads one file out of a container; undefined when the container has none such. A container that is gone is an error.
 * A file that is cut short by a writer while the engine packs it is read again.
 */
export async function getFile(
  engine: Engine,
  container: string,
  path: string,
  options: CallOptions = {},
): Promise<Buffer | undefined> {
  const name = `read ${path} of ${container}`;
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const { content, cut } = await engine.call(
        name,
        async (docker, abortSignal) =>
          firstFile(await docker.getContainer(container).getArchive({ path, abortSignal } as never)),
        options,
      );
      if (!cut) return content;
    }
    throw new SeatrialError(
      'ENGINE_REFUSED',
      `${engine.label}: ${name}: it changed while it was read, ${TRIES} times.`,
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    // An engine says 404 for a file that isn't there, and for a container that isn't.
    await engine.call(name, (docker, abortSignal) => docker.getContainer(container).inspect({ abortSignal }), options);
    return undefined;
  }
}
