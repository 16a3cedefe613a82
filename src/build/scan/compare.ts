import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { runProcess } from '../../lib/process.ts';
import { inspectImage } from '../builder/build.ts';
import { type Baseline, baselineOf } from './baseline.ts';
import { parseReport } from './findings.ts';
import { compareLayers, type LayerChange, layersOf } from './layers.ts';
import { type Group, groupsOf, type Occurrence } from './occurrences.ts';
import type { Scan } from './scan.ts';

/** What is compared with: a report of an earlier scan, or an image the engine has. */
export type Origin = { report: string } | { image: string };

/** Finds a baseline: a report that lies in the workspace, else an image, pulled when the engine has it not. */
export async function findOrigin(
  root: string,
  reference: string,
  docker: Record<string, string>,
  signal?: AbortSignal,
): Promise<Origin | undefined> {
  const file = resolve(root, reference);
  if (existsSync(file) && statSync(file).isFile()) return { report: readFileSync(file, 'utf8') };
  let image = await inspectImage(reference, docker, signal);
  if (!image) {
    const pulled = await runProcess('docker', ['pull', '--quiet', reference], { env: docker, signal });
    image = pulled.exitCode === 0 ? await inspectImage(reference, docker, signal) : undefined;
  }
  return image && { image: image.id };
}

export const notFound = (reference: string) =>
  new SeatrialError(
    'SCAN_FAILED',
    `scan-baseline ${reference} can't be pulled; nothing was pushed. Check its name and login.`,
  );

/** Reads a baseline; an image is scanned by `scanImage`. Error: SCAN_FAILED. */
export async function readOrigin(origin: Origin, scanImage: (id: string) => Promise<string>): Promise<Baseline> {
  return baselineOf(parseReport('report' in origin ? origin.report : await scanImage(origin.image)));
}

/** How an image differs from what it is compared with. */
export interface Comparison {
  /** What it is compared with, as people know it. */
  name: string;
  added: Group[];
  gone: Group[];
  /** Layers of the first platform beside those of the baseline. */
  layers: LayerChange[];
  /** Bytes more than the baseline's layers; undefined where the scanner says no sizes. */
  more?: number;
}

const total = (layers: readonly { size?: number }[]) =>
  layers.some(({ size }) => size === undefined) ? undefined : layers.reduce((sum, { size }) => sum + size!, 0);

export function compare(name: string, scans: readonly Scan[], baseline: Baseline): Comparison {
  const isNew = (scan: Scan) => (found: Occurrence) => !baseline.knows(found, scan.report.Metadata.DiffIDs);
  const own = new Set(
    groupsOf(scans.flatMap(({ found }) => found)).map(({ kind, id, package: p }) => `${kind}|${id}|${p}`),
  );
  const layers = scans[0] ? layersOf(scans[0].report) : [];
  const [now, before] = [total(layers), total(baseline.layers)];
  return {
    name,
    added: groupsOf(scans.flatMap((scan) => scan.found.filter(isNew(scan)))),
    gone: groupsOf(baseline.findings).filter(({ kind, id, package: p }) => !own.has(`${kind}|${id}|${p}`)),
    layers: compareLayers(layers, baseline.layers),
    ...(now !== undefined && before !== undefined && baseline.layers.length ? { more: now - before } : {}),
  };
}

/** Tag of the image of a pull request's base branch, as `tags: auto` names it: letters of a branch that no tag may hold are dashes. */
export function baseBranchTag(env: Actions['env']): string | undefined {
  const branch = env.GITHUB_BASE_REF;
  return branch
    ? branch
        .replace(/[^\w.-]+/g, '-')
        .replace(/^[-.]+/, '')
        .slice(0, 128) || undefined
    : undefined;
}
