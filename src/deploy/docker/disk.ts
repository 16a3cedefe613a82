import { statusOf } from '../../lib/docker/engine.ts';
import { execIn } from '../../lib/docker/exec.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { formatSize } from '../../lib/units.ts';
import type { Host } from './host.ts';
import { findImage } from './image.ts';
import type { DockerSpec } from './spec.ts';

/** Bytes that POSIX `df -Pk` calls available; undefined when the text is something else. Pure. */
export function parseDf(text: string): number | undefined {
  const found = /^\S.*?\s\d+\s+\d+\s+(\d+)\s+\d+%\s/m.exec(text);
  return found ? Number(found[1]) * 1024 : undefined;
}

/**
 * Room where the engine keeps its images, as far as it can be known over Docker's API: the root of a container that
 * runs lies on that very disk, and the edge is one of ours that has a shell. A string says why it can't be known.
 */
export async function freeBytes(host: Host): Promise<number | string> {
  if (!host.edgeRuns) return 'no edge runs there that could be asked';
  const ask = ['sh', '-c', 'df -Pk / 2>/dev/null || busybox df -Pk /'];
  try {
    const { stdout } = await execIn(host.engine, host.listing.edge!.Id, ask, { timeoutMs: 10_000 });
    return parseDf(stdout) ?? 'the edge has no df';
  } catch (error) {
    if (!statusOf(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Refuses a pull for which there is clearly no room; an image that is there already needs none. Layers that are
 * shared make the image's size a bad measure, so it is a floor: `least` bytes, 0 turns it off. Errors: DISK_FULL.
 */
export async function checkDisk(host: Host, spec: DockerSpec, least: number): Promise<void> {
  if (least === 0) return;
  if (!spec.compose && spec.image.includes('sha256:') && (await findImage(host.engine, spec.image))) return;
  const free = await freeBytes(host);
  if (typeof free === 'string') {
    host.say(`the free disk is not known before the pull: ${free}`);
  } else if (free < least) {
    throw new SeatrialError(
      'DISK_FULL',
      `${host.label}: ${formatSize(free)} are free where Docker keeps its images, min-disk asks for ${formatSize(least)}; make room (command: prune, docker image prune) or lower min-disk.`,
    );
  }
}
