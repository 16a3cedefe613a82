import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import { runProcess } from '../../lib/process.ts';
import type { ImageConfig } from '../lint/process.ts';
import type { Subject } from './scanner.ts';

interface Descriptor {
  digest: string;
}

const blob = <T>(folder: string, { digest }: Descriptor) =>
  JSON.parse(readFileSync(join(folder, 'blobs', ...digest.split(':')), 'utf8')) as T;

function fromLayout(folder: string): ImageConfig {
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  const { config } = blob<{ config: Descriptor }>(folder, manifests[0]!);
  const found = blob<{ os?: string; config?: Omit<ImageConfig, 'os'> }>(folder, config);
  return { os: found.os, ...found.config };
}

/** What a built image says of how it runs, wherever it lies. Error: ENGINE_REFUSED. */
export async function readConfig(
  { where }: Subject,
  docker: Record<string, string>,
  signal?: AbortSignal,
): Promise<ImageConfig> {
  if ('layout' in where) return fromLayout(where.layout);
  const { exitCode, stdout, stderr } = await runProcess('docker', ['image', 'inspect', where.engine], {
    env: docker,
    signal,
  });
  if (exitCode !== 0) {
    throw new SeatrialError(
      'ENGINE_REFUSED',
      `The engine can't show the image just built: ${stderr.trim()}; run again. Nothing was pushed.`,
    );
  }
  const [found] = JSON.parse(stdout) as { Os?: string; Config?: Omit<ImageConfig, 'os'> }[];
  return { os: found?.Os, ...found?.Config };
}
