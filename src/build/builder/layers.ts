import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatSize } from '../../lib/units.ts';
import type { CacheService } from '../cache-service.ts';

/** GitHub keeps 10 GB a repository; one image's layers shall not push all else out. */
const LIMIT = 5 * 1024 ** 3;

/** The folder of `cache: local`, between runs on this machine and, where there is one, by GitHub's cache service. */
export interface LayerCache {
  /** What the builder reads; it is there. Undefined where nothing is kept yet. */
  from?: string;
  /** What the builder writes. */
  to: string;
  /** Puts what was written in the place of what was read: the cache holds one build's layers, and no older ones. */
  keep(): Promise<void>;
  /** Forgets what a failed build wrote. */
  drop(): void;
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/** Opens the cache, bringing it from the service where this machine has none. */
export async function openLayers(options: {
  folder: string;
  service?: CacheService;
  info: (line: string) => void;
  warning: (line: string) => void;
}): Promise<LayerCache> {
  const { folder, service, info, warning } = options;
  const isThere = () => existsSync(join(folder, 'index.json'));
  const key = `seatrial-layers-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}-`;
  const content = () =>
    createHash('sha256')
      .update(readFileSync(join(folder, 'index.json')))
      .digest('hex')
      .slice(0, 16);
  if (!isThere() && service) {
    const found = await service.restoreCache([folder], `${key}none`, [key]);
    info(found ? 'Layers of an earlier run came from the cache service.' : 'The cache service has no layers yet.');
  }
  const before = isThere() ? content() : undefined;
  const to = `${folder}.${process.pid}.part`;
  mkdirSync(dirname(folder), { recursive: true });
  const drop = () => rmSync(to, { recursive: true, force: true });
  return {
    ...(before ? { from: folder } : {}),
    to,
    drop,
    async keep() {
      if (!existsSync(join(to, 'index.json'))) return;
      const size = sizeOf(to);
      if (size > LIMIT) {
        drop();
        warning(
          `The layers take ${formatSize(size)}, more than ${formatSize(LIMIT)}: cache: local does not keep them.`,
        );
        return;
      }
      rmSync(folder, { recursive: true, force: true });
      renameSync(to, folder);
      if (service && content() !== before) await service.saveCache([folder], `${key}${content()}`);
    },
  };
}
