import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionResult, type RunOptions, runAction } from './action.ts';
import { type Registry, startRegistry } from './registry.ts';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';
import { makeSource } from './source.ts';
import { trivyPath } from './trivy.ts';
import { pushDatabase } from './vulndb/database.ts';

/** Trivy's report, as far as tests look into it. */
interface Report {
  Metadata: { ImageID: string; ImageConfig: { architecture: string } };
}

/** All that a build needs around it: a registry with the vulnerability database, repositories and checkouts of its own. */
export interface House {
  registry: Registry;
  database: string;
  /** Where the action keeps things between runs. */
  cache: string;
  /** A repository for one test, so that what lies in the registry is this test's doing. */
  repository(): { path: string; image: string };
  /** Has the engine's images of a repository of another name removed at the end too. */
  adopt(image: string): string;
  source(...args: Parameters<typeof makeSource>): string;
  /** An empty folder. */
  folder(): string;
  json(file: string): Report;
  build(folder: string, image: string, inputs?: Record<string, string>, options?: RunOptions): Promise<ActionResult>;
  close(): Promise<void>;
}

export async function openHouse(): Promise<House> {
  const registry = await startRegistry();
  const database = `${registry.host}/trivy-db:2`;
  await pushDatabase(database);
  const cache = mkdtempSync(join(tmpdir(), 'seatrial-cache-'));
  const made: string[] = [];
  const folders = [cache];
  const closed = started('a registry’s images', () => house.close());
  const house: House = {
    registry,
    database,
    cache,
    repository() {
      const path = ownName('shop');
      const image = `${registry.host}/${path}`;
      made.push(image);
      return { path, image };
    },
    adopt(image) {
      made.push(image);
      return image;
    },
    source(...args) {
      const { folder } = makeSource(...args);
      folders.push(folder);
      return folder;
    },
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'seatrial-folder-'));
      folders.push(folder);
      return folder;
    },
    json: (file) => JSON.parse(readFileSync(file, 'utf8')) as Report,
    build: (folder, image, inputs = {}, options = {}) =>
      runAction(
        'build',
        // A bill of materials is a process of Trivy's more; whoever looks at one asks for it.
        {
          ...{ image, 'trivy-path': trivyPath(), 'trivy-db-repository': database, scanners: 'vuln', sbom: 'none' },
          ...inputs,
        },
        {
          cwd: folder,
          ...options,
          env: { DOCKER_CONFIG: process.env.DOCKER_CONFIG, XDG_CACHE_HOME: cache, ...options.env },
        },
      ),
    async close() {
      closed();
      const names = execFileSync('docker', ['images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'], {
        encoding: 'utf8',
      })
        .split('\n')
        .filter((line) => made.some((image) => line.startsWith(`${image}:`)))
        .map((line) => (line.includes(':<none>') ? line.split(' ')[1]! : line.split(' ')[0]!));
      if (names.length) execFileSync('docker', ['rmi', '--force', ...names], { stdio: 'ignore' });
      await registry.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
  return house;
}
