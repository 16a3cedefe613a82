import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { createHttp } from '../../lib/http.ts';
import { cacheService } from '../cache-service.ts';
import { items } from '../check.ts';
import type { Facts } from '../facts.ts';
import type { Inputs } from '../inputs.ts';
import type { ImageConfig } from '../lint/process.ts';
import { parseImages } from '../registry/reference.ts';
import type { Workspace } from '../workspace.ts';
import { annotate } from './annotate.ts';
import type { Baseline } from './baseline.ts';
import { baseBranchTag, compare, findOrigin, notFound, type Origin, readOrigin } from './compare.ts';
import { ageHours, currentDigest, type Database, dbRepositories, openDatabase } from './database.ts';
import { deployedImages } from './deployed.ts';
import { doubts, parseReport, type Severity, suppressedBy } from './findings.ts';
import { judge } from './gate.ts';
import { ensureTrivy } from './install.ts';
import { layersOf } from './layers.ts';
import { type Occurrence, occurrencesOf } from './occurrences.ts';
import { hideSecrets, writeReports } from './reports.ts';
import type { Scan } from './scan.ts';
import { engineAddress, scan, scanEnv } from './trivy.ts';
import { uploadSarif } from './upload-sarif.ts';
import { prepareVex } from './vex.ts';
import { findIgnoreFile, listed, readWaiverFile, unusedWaivers, waiverWarnings } from './waivers.ts';

/** One image to scan, and the id the scanner must report of it. */
export interface Subject {
  where: { engine: string } | { layout: string };
  imageId: string;
  /** `linux/arm64`; tells reports of several platforms apart. */
  platform: string;
  config: ImageConfig;
}

export interface Scanner {
  /** Scans every subject and writes the verdict over all of them, and the reports, into `facts`. Error: SCAN_FAILED. */
  judge(subjects: readonly Subject[], facts: Facts): Promise<void>;
}

/** What an image is compared with, and what for. */
interface Reference {
  name: string;
  origin: Origin;
  /** The gate lets pass what it has; otherwise only the comment shows the difference. */
  gates: boolean;
}

/** Finds what to compare with before the build begins. Error: SCAN_FAILED for a named baseline that can't be had. */
async function findReference(
  inputs: Inputs,
  actions: Actions,
  root: string,
  docker: Record<string, string>,
): Promise<Reference | undefined> {
  const { env, signal } = actions;
  const wanted = inputs['scan-baseline'];
  const repository = parseImages(inputs.image, inputs.registry)[0]!.name;
  if (wanted === 'deployed') {
    const { images, why } = await deployedImages(
      actions,
      inputs['github-token'],
      inputs['baseline-environment'],
      repository,
    );
    for (const name of images) {
      const origin = await findOrigin(root, name, docker, signal);
      if (origin) return { name, origin, gates: true };
    }
    actions.warning(`scan-baseline: deployed is not known (${why}); the gate judges all findings of this image.`);
    return undefined;
  }
  if (wanted) {
    const origin = await findOrigin(root, wanted, docker, signal);
    if (!origin) throw notFound(wanted);
    return { name: wanted, origin, gates: true };
  }
  const tag = inputs.comment ? baseBranchTag(env) : undefined;
  if (!tag) return undefined;
  const name = `${repository}:${tag}`;
  const origin = await findOrigin(root, name, docker, signal);
  if (!origin) actions.info(`There is no ${name} to compare this pull request with.`);
  return origin && { name, origin, gates: false };
}

/** Brings the scanner and its database before the build begins, so that what is missing is said at once. */
export async function prepareScan(
  inputs: Inputs,
  actions: Actions,
  work: Workspace,
  docker: Record<string, string>,
): Promise<Scanner> {
  const { env, signal } = actions;
  const now = Date.now();
  const ignoreFile = findIgnoreFile(work.root, inputs['ignore-file']);
  if (ignoreFile && !inputs['ignore-file']) actions.info(`Ignore file: ${basename(ignoreFile)} of the workspace`);
  const waivers = ignoreFile ? readWaiverFile(ignoreFile) : [];
  for (const warning of waiverWarnings(waivers, now)) actions.warning(warning);
  const vex = inputs.vex
    ? prepareVex(resolve(work.root, inputs.vex), inputs.vex, parseImages(inputs.image, inputs.registry), work.temp)
    : undefined;
  for (const warning of vex?.warnings ?? []) actions.warning(warning);
  const repositories = dbRepositories(inputs['trivy-db-repository']);
  if (repositories.insecure)
    actions.warning('trivy-db-repository: plain http beyond this machine; anybody between can change the database.');
  const reference = await findReference(inputs, actions, work.root, docker);
  const trivy = await ensureTrivy({
    version: inputs['trivy-version'],
    path: inputs['trivy-path'] ? resolve(work.root, inputs['trivy-path']) : undefined,
    env,
    arch: process.arch,
    temp: work.temp,
    info: actions.info,
    signal,
  });
  actions.info(`Scanner: Trivy from ${trivy.origin}`);
  const [digest, address] = await Promise.all([
    createHttp(env).then((http) => currentDigest(http, repositories, signal)),
    engineAddress(docker, signal),
  ]);
  const database = await openDatabase({
    env,
    temp: work.temp,
    repositories,
    digest,
    service: await cacheService(env),
    now: Date.now,
    info: actions.info,
    warning: actions.warning,
  });
  const folder = join(work.temp, 'scan');
  mkdirSync(folder, { recursive: true });
  const common = {
    binary: trivy.path,
    scanners: items(inputs.scanners).map((word) => word.toLowerCase()),
    cacheDir: database.cacheDir,
    dbRepositories: repositories.names,
    insecure: repositories.insecure,
    ignoreFile,
    vex: vex?.file,
    skipDirs: inputs['skip-dirs'],
    skipFiles: inputs['skip-files'],
    folder,
    env: scanEnv({ ...env, DOCKER_HOST: address }, folder),
    onLine: actions.debug,
    signal,
  };
  let haveDatabase = database.fresh;
  const scanOne = async (subject: Subject['where'], output: string) => {
    try {
      const json = await scan({ ...common, subject, output, skipDbUpdate: haveDatabase });
      haveDatabase = true; // whichever scan came first has brought it
      return json;
    } catch (error) {
      if (!signal.aborted) database.drop();
      throw error;
    }
  };
  const scanSubject = async ({ where, imageId }: Subject, suffix: string): Promise<Scan> => {
    const output = join(work.reports, `trivy${suffix}.json`);
    const raw = await scanOne(where, output);
    const report = parseReport(raw);
    if (report.Metadata.ImageID !== imageId) {
      throw new SeatrialError(
        'SCAN_FAILED',
        'Trivy scanned another image than the one built; nothing was pushed. Run again.',
      );
    }
    const all = occurrencesOf(report);
    for (const { secret } of all) if (secret) actions.mask(secret);
    const json = hideSecrets(raw, all);
    if (json !== raw) writeFileSync(output, json);
    const found = all.filter(({ kind, id }) => kind !== 'vulnerability' || !vex?.excused.has(id));
    return { json, report, output, suffix, found, excused: all.length - found.length };
  };
  return {
    async judge(subjects, facts) {
      const scans: Scan[] = [];
      for (const subject of subjects) {
        scans.push(await scanSubject(subject, subjects.length > 1 ? `-${subject.platform.replaceAll('/', '-')}` : ''));
      }
      facts.files.report = scans.map(({ output }) => output).join('\n');
      const db = reportAge(database, actions);
      await database.keep();
      const baseline = reference
        ? await readOrigin(reference.origin, (image) => scanOne({ engine: image }, join(work.temp, 'baseline.json')))
        : undefined;
      const severities = items(inputs.severity).map((word) => word.toUpperCase() as Severity);
      const known = reference?.gates ? knownTo(baseline!, scans) : undefined;
      const { verdict, blocked } = judge(
        scans.flatMap(({ found }) => found),
        { severities, ignoreUnfixed: inputs['ignore-unfixed'], known },
      );
      const reports = scans.map(({ report }) => report);
      const suppressed = reports.flatMap(suppressedBy);
      const version = (reports[0] as { Trivy?: { Version?: string } } | undefined)?.Trivy?.Version;
      const skipped = [...inputs['skip-dirs'], ...inputs['skip-files']];
      facts.scan = {
        verdict,
        severities,
        doubts: [...new Set(reports.flatMap(doubts))],
        suppressed: suppressed.length + scans.reduce((sum, { excused }) => sum + excused, 0),
        scanner: version ? `Trivy ${version}` : 'Trivy',
        layers: new Map(reports.flatMap(layersOf).map((layer) => [layer.diffId, layer])),
        ...(skipped.length ? { skipped } : {}),
        ...(reference?.gates ? { baseline: reference.name } : {}),
        ...(reference ? { comparison: compare(reference.name, scans, baseline!) } : {}),
        ...(db ? { db } : {}),
      };
      for (const doubt of facts.scan.doubts) actions.warning(doubt);
      sayUnused(suppressed, reports);
      annotate(actions, facts);
      await writeReports(scans, blocked, inputs.sbom, facts, {
        tool: { binary: trivy.path, folder, env: common.env, signal },
        reports: work.reports,
        temp: work.temp,
        info: actions.info,
      });
      const cut = facts.scan.sarifCut;
      if (cut) {
        actions.warning(
          `SARIF holds ${cut.kept} of ${cut.total} places: code scanning takes no more. Each finding of the gate is among them; the report has all.`,
        );
      }
      if (inputs['upload-sarif'] && inputs['github-token'] && facts.files.sarif) {
        const files = facts.files.sarif.split('\n');
        const said = await uploadSarif(actions, inputs['github-token'], files, facts.repository);
        facts.scan.uploaded = said;
        if (said.startsWith('SARIF is uploaded')) actions.info(said);
        else actions.warning(said);
      }
    },
  };

  /** Once each: waivers that took nothing out, VEX products that are in no image. */
  function sayUnused(suppressed: readonly string[], reports: Scan['report'][]): void {
    const unused = unusedWaivers(waivers, new Set(suppressed), now);
    if (unused.length) {
      actions.warning(
        `${basename(ignoreFile ?? '')}: ${unused.length === 1 ? 'this waiver matches' : `${unused.length} waivers match`} nothing in this image: ${listed(unused)}. Take them out, or mend their ids.`,
      );
    }
    const strangers = vex?.unmatched(reports) ?? [];
    if (strangers.length) {
      actions.warning(`vex: no package of this image is ${listed(strangers)}; those statements change nothing.`);
    }
  }
}

/** Whether the baseline has a finding at its place, each judged by the layers of its own platform's image. */
function knownTo(baseline: Baseline, scans: readonly Scan[]): (found: Occurrence) => boolean {
  const diffIds = new Map(scans.flatMap(({ found, report }) => found.map((one) => [one, report.Metadata.DiffIDs])));
  return (found) => baseline.knows(found, diffIds.get(found) ?? []);
}

/** Older than this, a database says little about what was found since: the real one is made anew every six hours. */
const STALE_HOURS = 72;

function reportAge(database: Database, actions: Actions) {
  const metadata = database.metadata();
  if (!metadata) return undefined;
  const age = ageHours(metadata, Date.now());
  const line = `The vulnerability database is of ${metadata.updatedAt} (${age} hours old)`;
  if (age > STALE_HOURS) actions.warning(`${line}; check trivy-db-repository.`);
  else actions.info(`${line}${database.fresh ? ', kept from an earlier run' : ''}.`);
  return { updatedAt: metadata.updatedAt, ageHours: age };
}
