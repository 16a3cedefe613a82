import { buffer as readAll } from 'node:stream/consumers';
import * as tar from 'tar-stream';
import { type CallOptions, type Engine, statusOf } from './engine.ts';

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

/** Reads one file out of a container; undefined when the container has none such. A container that is gone is an error. */
export async function getFile(
  engine: Engine,
  container: string,
  path: string,
  options: CallOptions = {},
): Promise<Buffer | undefined> {
  try {
    return await engine.call(
      `read ${path} of ${container}`,
      async (docker, abortSignal) => {
        const stream = await docker.getContainer(container).getArchive({ path, abortSignal } as never);
        const extract = tar.extract();
        let found: Buffer | undefined;
        extract.on('entry', (header, entry, next) => {
          void readAll(entry).then((content) => {
            if (header.type === 'file') found ??= content;
            next();
          }, next);
        });
        await new Promise<void>((resolve, reject) => {
          stream.on('error', reject);
          extract.on('error', reject).on('finish', resolve);
          stream.pipe(extract);
        });
        return found;
      },
      options,
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    // An engine says 404 for a file that isn't there, and for a container that isn't.
    await engine.call(
      `read ${path} of ${container}`,
      (docker, abortSignal) => docker.getContainer(container).inspect({ abortSignal }),
      options,
    );
    return undefined;
  }
}
