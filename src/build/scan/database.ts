import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import { type Http, isLoopback } from '../../lib/http.ts';
import { openRegistry } from '../registry/client.ts';
import { parseRepository } from '../registry/reference.ts';
import { cacheRoot } from '../workspace.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface DbMetadata {
  updatedAt: string;
  nextUpdate: string;
}

/** The part of @actions/cache used here; undefined where the runner has no cache service. */
export interface CacheService {
  restoreCache(paths: string[], key: string, restoreKeys?: string[]): Promise<string | undefined>;
  saveCache(paths: string[], key: string): Promise<number>;
}

export interface Repositories {
  /** As Trivy takes them. */
  names: string[];
  /** Those of the names that were given as http://. */
  plain: string[];
  /** Plain http is asked for beyond loopback, where Trivy must be told so. */
  insecure: boolean;
}

/** `http://host/db` to what Trivy takes. Loopback needs no word: Trivy speaks http there by itself. */
export function dbRepositories(given: readonly string[]): Repositories {
  const names = given.map((name) => name.replace(/^https?:\/\//, ''));
  const plain = names.filter((_, i) => given[i]!.startsWith('http://'));
  return { names, plain, insecure: given.some((name) => name.startsWith('http://') && !isLoopback(name)) };
}

export function readMetadata(folder: string): DbMetadata | undefined {
  const file = join(folder, 'metadata.json');
  if (!existsSync(file)) return undefined;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as { UpdatedAt?: string; NextUpdate?: string };
    return found.UpdatedAt ? { updatedAt: found.UpdatedAt, nextUpdate: found.NextUpdate ?? '' } : undefined;
  } catch {
    return undefined; // half written by a run that was killed: as good as none, it is fetched anew
  }
}

const readDigest = (folder: string) =>
  existsSync(join(folder, 'digest')) ? readFileSync(join(folder, 'digest'), 'utf8') : '';

/** Whole hours, one decimal, since the database was made. */
export const ageHours = ({ updatedAt }: DbMetadata, now: number) =>
  Math.max(0, Math.round((now - Date.parse(updatedAt)) / 360_000) / 10);

const isFresh = (metadata: DbMetadata | undefined, now: number) =>
  metadata !== undefined && Date.parse(metadata.nextUpdate) > now;

/**
 * The files of a database in another folder too. By hard links where that can be: a gigabyte costs nothing then, and
 * whoever takes the one folder away leaves the other whole.
 */
function shareFolder(from: string, to: string, otherwise: (from: string, to: string) => void): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    try {
      linkSync(join(from, name), join(to, name));
    } catch (error) {
      // Another file system, or a file of another user's: then it takes another way.
      if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      otherwise(join(from, name), join(to, name));
    }
  }
}

/** What a run that was killed left half-made in the store; a younger one may still be at work. */
const isAbandoned = (path: string) => path.endsWith('.part') && Date.now() - statSync(path).mtimeMs > 3_600_000;

export interface Database {
  /** Trivy's cache folder of this run. */
  cacheDir: string;
  /** A kept database is fresh: Trivy needs no download. */
  fresh: boolean;
  metadata(): DbMetadata | undefined;
  /** Keeps a newly downloaded database for later runs; where that can't be, it is a warning. */
  keep(): Promise<void>;
  /** Takes the kept database out of the store, for a scan broke with it: it may be damaged, and the next run gets another. */
  drop(): void;
}

/** Trivy's own first choice, asked when no repository is given. */
const DEFAULT_REPOSITORY = 'mirror.gcr.io/aquasec/trivy-db:2';

/**
 * Digest of the database the repository holds right now; undefined when it does not answer, empty when it has none.
 * One small question, so that a kept database is used only while it is the newest.
 */
export async function currentDigest(
  http: Http,
  { names, plain }: Repositories,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const name = names[0] ?? DEFAULT_REPOSITORY;
  const [, repository = name, tag = '2'] = /^(.+?)(?::([\w.-]+))?$/.exec(name) ?? [];
  const brief: Http = (request) => http({ ...request, timeoutMs: 5000 });
  try {
    const client = await openRegistry(brief, parseRepository(repository), {
      access: 'pull',
      plain: plain.includes(name),
      signal,
    });
    return (await client.manifest(tag))?.digest ?? '';
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof SeatrialError)) throw error;
    return undefined; // the scan itself will say what is wrong, unless a fresh database is kept
  }
}

/**
 * Trivy's cache folder for one run: private, so that steps side by side don't fight over its locks, with the newest
 * kept database linked in while it is fresh. A kept one is a folder by its date that nobody writes to again; when it is
 * removed for a newer one, those who use it have it still.
 */
export async function openDatabase(options: {
  env: Env;
  temp: string;
  repositories: Repositories;
  /** What `currentDigest` said. */
  digest: string | undefined;
  service?: CacheService;
  now: () => number;
  info: (line: string) => void;
  warning: (line: string) => void;
}): Promise<Database> {
  const { env, temp, repositories, digest, service, now, info, warning } = options;
  const source = createHash('sha256').update(repositories.names.join('\n')).digest('hex').slice(0, 12);
  const store = join(
    env.RUNNER_TOOL_CACHE ? join(env.RUNNER_TOOL_CACHE, 'seatrial') : cacheRoot(env),
    `trivy-db-${source}`,
  );
  const cacheDir = join(temp, 'trivy');
  const folder = join(cacheDir, 'db');
  mkdirSync(cacheDir, { recursive: true });
  const isCurrent = (path: string) => digest === undefined || readDigest(path) === digest;
  const newest = () =>
    existsSync(store)
      ? readdirSync(store)
          .map((name) => join(store, name))
          .filter((path) => isFresh(readMetadata(path), now()) && existsSync(join(path, 'trivy.db')) && isCurrent(path))
          .sort()
          .at(-1)
      : undefined;
  const take = () => {
    const found = newest();
    try {
      if (found) shareFolder(found, folder, symlinkSync);
      return found;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      rmSync(folder, { recursive: true, force: true });
      return undefined; // a step beside this one put a newer one in its place just now: Trivy brings that one
    }
  };
  const key = `seatrial-trivy-db-${source}-`;
  let kept = take();
  if (!kept && service) {
    await service.restoreCache([store], `${key}none`, [key]);
    kept = take();
  } else if (!kept) {
    info('No cache service here: the vulnerability database is downloaded and kept on this machine.');
  }
  const metadata = () => readMetadata(folder);
  const keepAs = (name: string) => {
    const place = join(store, name);
    // Made beside its place first: a folder under its final name is always whole.
    const half = `${place}.${process.pid}.part`;
    shareFolder(folder, half, copyFileSync);
    writeFileSync(join(half, 'digest'), digest ?? '');
    try {
      renameSync(half, place);
    } catch (error) {
      if (!existsSync(place)) throw error;
      rmSync(half, { recursive: true }); // a step beside this one was faster
    }
    for (const old of readdirSync(store).filter((other) => other !== name)) {
      const path = join(store, old);
      if (!old.endsWith('.part') || isAbandoned(path)) rmSync(path, { recursive: true, force: true });
    }
  };
  return {
    cacheDir,
    fresh: kept !== undefined,
    metadata,
    async keep() {
      const made = metadata();
      if (kept || !made || !existsSync(join(folder, 'trivy.db'))) return;
      const name = `${made.updatedAt.replace(/[^0-9TZ]/g, '')}-${(digest ?? '').slice(7, 15)}`;
      if (existsSync(join(store, name))) return;
      try {
        keepAs(name);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (!code) throw error;
        warning(`The vulnerability database could not be kept (${code}); the next run downloads it again.`);
        return;
      }
      if (service) await service.saveCache([store], `${key}${name}`);
    },
    drop() {
      if (!kept) return;
      rmSync(kept, { recursive: true, force: true });
      info('The kept vulnerability database was dropped; the next run downloads it.');
    },
  };
}
