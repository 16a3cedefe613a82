import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { createHttp } from '../../lib/http.ts';
import { runProcess } from '../../lib/process.ts';
import { inspectImage } from '../builder/build.ts';
import { items } from '../check.ts';
import type { Facts } from '../facts.ts';
import type { Inputs } from '../inputs.ts';
import { harmless } from '../lines.ts';
import type { Workspace } from '../workspace.ts';
import { ageHours, type CacheService, currentDigest, type Database, dbRepositories, openDatabase } from './database.ts';
import { onlyBlocking } from './filter.ts';
import {
  doubts,
  type Finding,
  findingsOf,
  mergeFindings,
  parseReport,
  type Severity,
  suppressedIn,
  type TrivyReport,
} from './findings.ts';
import { judge } from './gate.ts';
import { ensureTrivy } from './install.ts';
import { convert, engineAddress, scan, scanEnv } from './trivy.ts';
import { findIgnoreFile, readWaiverWarnings } from './waivers.ts';

/** One image to scan, and the id the scanner must report of it. */
export interface Subject {
  where: { engine: string } | { layout: string };
  imageId: string;
  /** `linux/arm64`; tells reports of several platforms apart. */
  platform: string;
}

export interface Scanner {
  /** Scans every subject and writes the verdict over all of them, and the reports, into `facts`. Error: SCAN_FAILED. */
  judge(subjects: readonly Subject[], facts: Facts): Promise<void>;
}

/** @actions/cache where the runner has the service behind it. */
async function cacheService(env: Actions['env']): Promise<CacheService | undefined> {
  if (!env.ACTIONS_RESULTS_URL && !env.ACTIONS_CACHE_URL) return undefined;
  const cache = await import('@actions/cache');
  return cache.isFeatureAvailable() ? cache : undefined;
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
  if (ignoreFile) for (const warning of readWaiverWarnings(ignoreFile, now)) actions.warning(warning);
  const vex = inputs.vex ? resolve(work.root, inputs.vex) : undefined;
  if (vex && !existsSync(vex))
    throw new SeatrialError('INPUT_INVALID', `vex: there is no ${inputs.vex}; mend the path.`);
  const repositories = dbRepositories(inputs['trivy-db-repository']);
  if (repositories.insecure)
    actions.warning('trivy-db-repository: plain http beyond this machine; anybody between can change the database.');
  const baseline = inputs['scan-baseline'] ? await findBaseline(inputs['scan-baseline']) : undefined;
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
  const database = await openDatabase({
    env,
    temp: work.temp,
    repositories,
    digest: await currentDigest(await createHttp(env), repositories, signal),
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
    vex,
    folder,
    env: scanEnv({ ...env, DOCKER_HOST: await engineAddress(docker, signal) }, folder),
    onLine: actions.debug,
    signal,
  };
  let haveDatabase = database.fresh;
  const scanOne = async (subject: Subject['where'], output: string) => {
    let json: string;
    try {
      json = await scan({ ...common, subject, output, skipDbUpdate: haveDatabase });
    } catch (error) {
      if (!signal.aborted) database.drop();
      throw error;
    }
    haveDatabase = true; // whichever scan came first has brought it
    return { json, report: parseReport(json) };
  };
  return {
    async judge(subjects, facts) {
      const scans: Scan[] = [];
      for (const { where, imageId, platform } of subjects) {
        const suffix = subjects.length > 1 ? `-${platform.replaceAll('/', '-')}` : '';
        const output = join(work.reports, `trivy${suffix}.json`);
        const { json, report } = await scanOne(where, output);
        if (report.Metadata.ImageID !== imageId) {
          throw new SeatrialError(
            'SCAN_FAILED',
            'Trivy scanned another image than the one built; nothing was pushed. Run again.',
          );
        }
        scans.push({ json, report, output, suffix });
      }
      facts.files.report = scans.map(({ output }) => output).join('\n');
      const db = reportAge(database, actions);
      await database.keep();
      const known = baseline ? await baselineFindings(baseline) : undefined;
      const severities = items(inputs.severity).map((word) => word.toUpperCase() as Severity);
      const ignoreUnfixed = inputs['ignore-unfixed'];
      const findings = mergeFindings(scans.map(({ report }) => findingsOf(report)));
      const verdict = judge(findings, { severities, ignoreUnfixed, baseline: known });
      const version = (scans[0]?.report as { Trivy?: { Version?: string } } | undefined)?.Trivy?.Version;
      facts.scan = {
        verdict,
        severities,
        doubts: [...new Set(scans.flatMap(({ report }) => doubts(report)))],
        suppressed: scans.reduce((sum, { report }) => sum + suppressedIn(report), 0),
        scanner: version ? `Trivy ${version}` : 'Trivy',
        ...(baseline ? { baseline: inputs['scan-baseline'] } : {}),
        ...(db ? { db } : {}),
      };
      for (const doubt of facts.scan.doubts) actions.warning(doubt);
      await writeReports(scans, verdict.blocking, facts);
    },
  };

  /** What to compare with: a report that lies in the workspace, else an image, pulled when the engine has it not. */
  async function findBaseline(reference: string): Promise<{ report: Finding[] } | { image: string }> {
    const file = resolve(work.root, reference);
    if (existsSync(file) && statSync(file).isFile())
      return { report: findingsOf(parseReport(readFileSync(file, 'utf8'))) };
    let image = await inspectImage(reference, docker, signal);
    if (!image) {
      const pulled = await runProcess('docker', ['pull', '--quiet', reference], { env: docker, signal });
      image = pulled.exitCode === 0 ? await inspectImage(reference, docker, signal) : undefined;
    }
    if (image) return { image: image.id };
    throw new SeatrialError(
      'SCAN_FAILED',
      `scan-baseline ${reference} can't be pulled; nothing was pushed. Check its name and login.`,
    );
  }

  async function baselineFindings(found: { report: Finding[] } | { image: string }): Promise<Finding[]> {
    if ('report' in found) return found.report;
    return findingsOf((await scanOne({ engine: found.image }, join(work.temp, 'baseline.json'))).report);
  }

  async function writeReports(scans: readonly Scan[], blocking: readonly Finding[], facts: Facts): Promise<void> {
    const base = { binary: trivy.path, folder, env: common.env, signal };
    const image = `${facts.repository}${facts.version ? `:${facts.version}` : ''}`;
    const paths = { sarif: [] as string[], sbom: [] as string[] };
    for (const { json, output, suffix } of scans) {
      const refused = join(work.temp, `refused${suffix}.json`);
      writeFileSync(refused, onlyBlocking(json, blocking, image));
      const sarif = join(work.reports, `trivy${suffix}.sarif`);
      paths.sarif.push(await convert({ ...base, report: refused, format: 'sarif', output: sarif }));
      if (inputs.sbom !== 'none') {
        const [format, end] =
          inputs.sbom === 'spdx' ? (['spdx-json', 'spdx'] as const) : (['cyclonedx', 'cdx'] as const);
        const sbom = join(work.reports, `sbom${suffix}.${end}.json`);
        paths.sbom.push(await convert({ ...base, report: output, format, output: sbom }));
      }
      if (blocking.length === 0) continue;
      const table = await convert({ ...base, report: refused, format: 'table', output: join(work.temp, 'table.txt') });
      for (const line of readFileSync(table, 'utf8').trimEnd().split('\n')) actions.info(harmless(line));
    }
    facts.files.sarif = paths.sarif.join('\n');
    facts.files.sbom = paths.sbom.join('\n');
  }
}

interface Scan {
  json: string;
  report: TrivyReport;
  output: string;
  suffix: string;
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
