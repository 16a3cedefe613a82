import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { runProcess } from '../../lib/process.ts';
import { inspectImage } from '../builder/build.ts';
import { items } from '../check.ts';
import type { Facts } from '../facts.ts';
import type { Inputs } from '../inputs.ts';
import type { Workspace } from '../workspace.ts';
import { ageHours, type CacheService, type Database, dbRepositories, openDatabase } from './database.ts';
import { onlyBlocking } from './filter.ts';
import { type Finding, findingsOf, parseReport, type Severity, suppressedIn } from './findings.ts';
import { judge } from './gate.ts';
import { ensureTrivy } from './install.ts';
import { convert, scan, scanEnv } from './trivy.ts';
import { findIgnoreFile, readWaiverWarnings } from './waivers.ts';

export interface Scanner {
  /** Scans an image of the engine and writes verdict and reports into `facts`. Error: SCAN_FAILED. */
  judge(imageId: string, docker: Record<string, string>, facts: Facts): Promise<void>;
}

/** @actions/cache where the runner has the service behind it. */
async function cacheService(env: Actions['env']): Promise<CacheService | undefined> {
  if (!env.ACTIONS_RESULTS_URL && !env.ACTIONS_CACHE_URL) return undefined;
  const cache = await import('@actions/cache');
  return cache.isFeatureAvailable() ? cache : undefined;
}

/** Brings the scanner and its database before the build begins, so that what is missing is said at once. */
export async function prepareScan(inputs: Inputs, actions: Actions, work: Workspace): Promise<Scanner> {
  const { env, signal } = actions;
  const now = Date.now();
  const ignoreFile = findIgnoreFile(work.root, inputs['ignore-file']);
  if (ignoreFile) for (const warning of readWaiverWarnings(ignoreFile, now)) actions.warning(warning);
  const vex = inputs.vex ? resolve(work.root, inputs.vex) : undefined;
  if (vex && !existsSync(vex))
    throw new SeatrialError('INPUT_INVALID', `vex: there is no ${inputs.vex}; mend the path.`);
  const repositories = dbRepositories(inputs['trivy-db-repository']);
  if (repositories.insecure)
    actions.warning('trivy-db-repository: plain http beyond this machine; anybody between can change the database.');
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
    repositories: repositories.names,
    service: await cacheService(env),
    now: Date.now,
    info: actions.info,
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
    env: scanEnv(env, folder),
    onLine: actions.debug,
    signal,
  };
  return {
    async judge(imageId, docker, facts) {
      const output = join(work.reports, 'trivy.json');
      const json = await scan({ ...common, subject: { engine: imageId }, output, skipDbUpdate: database.fresh });
      const report = parseReport(json);
      if (report.Metadata.ImageID !== imageId) {
        throw new SeatrialError(
          'SCAN_FAILED',
          'Trivy scanned another image than the one built; nothing was pushed. Run again.',
        );
      }
      facts.files.report = output;
      const db = reportAge(database, actions);
      await database.keep();
      const baseline = inputs['scan-baseline'];
      const known = baseline ? await baselineFindings(baseline) : undefined;
      const severities = items(inputs.severity).map((word) => word.toUpperCase() as Severity);
      const verdict = judge(findingsOf(report), {
        severities,
        ignoreUnfixed: inputs['ignore-unfixed'],
        baseline: known,
      });
      facts.scan = {
        verdict,
        severities,
        suppressed: suppressedIn(report),
        scanner: `Trivy ${(report as { Trivy?: { Version?: string } }).Trivy?.Version ?? inputs['trivy-version']}`,
        ...(baseline ? { baseline } : {}),
        ...(db ? { db } : {}),
      };
      await writeReports(json, verdict.blocking, facts);

      async function baselineFindings(reference: string): Promise<Finding[]> {
        const file = resolve(work.root, reference);
        if (existsSync(file)) return findingsOf(parseReport(readFileSync(file, 'utf8')));
        let image = await inspectImage(reference, docker, signal);
        if (!image) {
          const pulled = await runProcess('docker', ['pull', '--quiet', reference], { env: docker, signal });
          image = pulled.exitCode === 0 ? await inspectImage(reference, docker, signal) : undefined;
        }
        if (!image) {
          throw new SeatrialError(
            'SCAN_FAILED',
            `scan-baseline ${reference} can't be pulled; nothing was pushed. Check its name and login.`,
          );
        }
        const place = join(work.temp, 'baseline.json');
        // The database is there by now, whichever scan brought it.
        const text = await scan({ ...common, subject: { engine: image.id }, output: place, skipDbUpdate: true });
        return findingsOf(parseReport(text));
      }
    },
  };

  async function writeReports(json: string, blocking: readonly Finding[], facts: Facts): Promise<void> {
    const refused = join(work.temp, 'refused.json');
    writeFileSync(
      refused,
      onlyBlocking(json, blocking, `${facts.repository}${facts.version ? `:${facts.version}` : ''}`),
    );
    const base = { binary: trivy.path, folder, env: common.env, signal };
    const sarif = join(work.reports, 'trivy.sarif');
    facts.files.sarif = await convert({ ...base, report: refused, format: 'sarif', output: sarif });
    if (inputs.sbom !== 'none') {
      const [format, name] =
        inputs.sbom === 'spdx' ? (['spdx-json', 'sbom.spdx.json'] as const) : (['cyclonedx', 'sbom.cdx.json'] as const);
      const output = join(work.reports, name);
      facts.files.sbom = await convert({ ...base, report: facts.files.report!, format, output });
    }
    if (blocking.length === 0) return;
    const table = await convert({ ...base, report: refused, format: 'table', output: join(work.temp, 'table.txt') });
    actions.info(readFileSync(table, 'utf8').trimEnd());
  }
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
