import { join } from 'node:path';
import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import { createHttp, isLoopback } from '../lib/http.ts';
import { formatSize } from '../lib/units.ts';
import { runBuild } from './builder/build.ts';
import { findBuilder } from './builder/builder.ts';
import { planCache, splitBuildArgs } from './builder/plan.ts';
import { items } from './check.ts';
import type { Facts } from './facts.ts';
import { type GitFacts, gitFacts } from './git.ts';
import type { Inputs } from './inputs.ts';
import { harmless } from './lines.ts';
import { findSources } from './lint/sources.ts';
import { runLint } from './lint/step.ts';
import { type Production, produceInEngine, produceLayout } from './produce.ts';
import { openRegistry } from './registry/client.ts';
import { dockerEnv, isInsecure, storedLogin } from './registry/login.ts';
import { parseRepository, type Repository } from './registry/reference.ts';
import { readConfig } from './scan/config.ts';
import { prepareScan, type Scanner } from './scan/scanner.ts';
import { chooseTags } from './tags.ts';
import { cacheRoot, type Workspace } from './workspace.ts';

function labelsOf(given: readonly string[], git: GitFacts, version: string): Record<string, string> {
  const own = Object.fromEntries(
    given.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return {
    ...(git.sha ? { 'org.opencontainers.image.revision': git.sha } : {}),
    ...(git.source ? { 'org.opencontainers.image.source': git.source } : {}),
    ...(version ? { 'org.opencontainers.image.version': version } : {}),
    ...own,
  };
}

/** What GitHub's cache service is reached with; buildx gets it for a gha cache, nobody else. */
const cacheEnv = (env: Actions['env']) =>
  Object.fromEntries(
    ['ACTIONS_CACHE_URL', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_CACHE_SERVICE_V2'].flatMap((name) =>
      env[name] ? [[name, env[name]]] : [],
    ),
  ) as Record<string, string>;

type Timed = <T>(name: string, title: string, body: () => Promise<T>) => Promise<T>;

/**
 * lint → build → scan → gate → push. Each step writes what it learned into `facts`, so that outputs and summary are
 * true whichever step fails; whatever is thrown before the push means that nothing was pushed.
 */
export async function buildImage(inputs: Inputs, actions: Actions, work: Workspace, facts: Facts): Promise<void> {
  const { env, signal } = actions;
  const timed: Timed = async (name, title, body) => {
    const started = performance.now();
    try {
      return await actions.group(title, body);
    } finally {
      facts.times.push([name, performance.now() - started]);
    }
  };
  // Builders print what they run with its arguments filled in. A short value is a word of every log.
  const telling = Object.values(splitBuildArgs(inputs['build-args']).env);
  for (const value of telling) if (value.length >= 6) actions.mask(value);
  const repository = parseRepository(inputs.image, inputs.registry);
  facts.repository = repository.name;
  const sources = findSources(work.root, inputs.context, inputs.file);
  const git = await gitFacts(env, sources.context, signal);
  const { tags, version } = chooseTags(inputs.tags, git, repository.name, inputs.push);
  Object.assign(facts, { tags, version, dockerfile: { shown: sources.shown, path: sources.dockerfile } });
  if (git.other && inputs.tags.includes('auto')) {
    actions.warning(
      `The context is at commit ${git.other.slice(0, 7)}, but this run is about ${git.sha?.slice(0, 7)}: tags and labels name the latter. Give tags of your own for what you checked out.`,
    );
  }

  const lintImage = await runLint(inputs, actions, work.root, sources, facts);

  const docker = dockerEnv(env, work.temp, repository.registry, loginOf(inputs));
  const platforms = items(inputs.platforms);
  const builder = await findBuilder(docker, { platforms, secrets: inputs.secrets.length > 0 }, signal);
  facts.builder = builder.label;
  // A refused login and a scanner that can't be had cost seconds here and a whole build later.
  const registry = inputs.push ? await login(inputs, actions, repository, docker) : undefined;
  const scanner: Scanner | undefined = inputs.scan ? await prepareScan(inputs, actions, work, docker) : undefined;

  const cache = planCache(inputs.cache, {
    builder,
    hasService: Boolean(env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL),
    image: repository.name,
    folder: join(cacheRoot(env), 'layers', repository.name.replace(/[^\w.-]+/g, '-')),
    scope: repository.name,
  });
  const production: Production = {
    builder,
    request: {
      ...sources,
      target: inputs.target,
      platforms,
      buildArgs: inputs['build-args'],
      secretIds: inputs.secrets.map((line) => line.slice(0, line.indexOf('='))),
      labels: labelsOf(inputs.labels, git, version),
      metadataFile: join(work.temp, 'build.json'),
    },
    cache,
    effects: {
      env: docker,
      secrets: inputs.secrets.map((line) => line.slice(line.indexOf('=') + 1)),
      cacheEnv: cacheEnv(env),
      onLine: (line) => actions.info(harmless(line)),
      signal,
    },
    temp: work.temp,
  };
  actions.info(`Building with ${builder.label}; ${cache.note}`);
  const product = await timed('build', `Build ${repository.name}`, () =>
    platforms.length > 1 ? produceLayout(production) : produceInEngine(production),
  );
  try {
    const { id, size, inEngine, subjects } = product;
    Object.assign(facts, { imageId: id, size, inEngine, platforms: subjects.map(({ platform }) => platform) });
    if (inputs.lint !== 'off')
      lintImage(await Promise.all(subjects.map((subject) => readConfig(subject, docker, signal))));
    if (scanner) await timed('scan', `Scan ${id.slice(0, 19)}`, () => scanner.judge(subjects, facts));
    else actions.warning('scan: false: nobody looked at what this image holds.');
    gate(inputs, facts, size);
    const wanted = tags.length ? tags : ['local'];
    await product.name(repository.name, wanted);
    if (!registry) return;
    await timed('push', `Push ${repository.name}`, () =>
      product.push(registry, repository.name, wanted, (tag, digest) => {
        // With the first tag that was proved the image is there for all to see, whatever becomes of the others.
        facts.digest = digest;
        facts.pushed.push(tag);
      }),
    );
    if (cache.toAfterPush.length) await writeCache(production, timed, actions);
  } finally {
    await product.remove();
  }
}

/** All layers are there already: this only writes them out. The image is pushed by then, so a fault is a warning. */
async function writeCache(production: Production, timed: Timed, actions: Actions): Promise<void> {
  const { builder, request, cache, effects } = production;
  const late = { ...cache, to: cache.toAfterPush };
  try {
    await timed('cache', 'Write the cache', () =>
      runBuild(builder, { ...request, name: '' }, late, ['--output', 'type=cacheonly'], effects),
    );
  } catch (error) {
    if (!(error instanceof SeatrialError) || error.code !== 'BUILD_FAILED') throw error;
    actions.warning('The cache could not be written to the registry; the next build will be slower.');
    actions.debug(error.message);
  }
}

const loginOf = ({ username, password }: Inputs) => (username && password ? { username, password } : undefined);

/** Opens the registry with the login given, else the one the machine has. */
async function login(
  inputs: Inputs,
  { env, signal, warning }: Actions,
  repository: Repository,
  docker: Record<string, string>,
) {
  const { registry } = repository;
  const known = loginOf(inputs) ?? (await storedLogin(env, registry, signal));
  const beyond = !isLoopback(`http://${registry}`);
  const insecure = beyond && (await isInsecure(registry, docker, signal));
  const plain = beyond && (inputs.registry?.startsWith('http://') || insecure);
  if (plain && !insecure && items(inputs.platforms).length < 2) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `The engine does the push and speaks TLS only with ${registry}; add it to insecure-registries in its daemon.json, or give the registry a certificate.`,
    );
  }
  if (plain)
    warning(`${registry} is spoken to by plain http; anybody between can read the login and change the image.`);
  return openRegistry(await createHttp(env), repository, {
    access: 'pull,push',
    login: known,
    plain: Boolean(plain),
    signal,
  });
}

/** The last door before the push. Errors: SCAN_BLOCKED, IMAGE_TOO_LARGE. */
function gate(inputs: Inputs, facts: Facts, size: number): void {
  const limit = inputs['max-size'];
  const refused = facts.scan?.verdict.blocking ?? [];
  if (limit !== undefined && size > limit) facts.tooLarge = { limit };
  facts.blocked = refused.length > 0 || facts.tooLarge !== undefined;
  if (refused.length > 0) {
    const named = refused
      .slice(0, 3)
      .map(({ id, package: name, fixed }) => `${id} in ${name}${fixed ? ` (fixed in ${fixed})` : ''}`);
    const rest = refused.length - named.length;
    throw new SeatrialError(
      'SCAN_BLOCKED',
      `${refused.length} finding(s) of ${items(inputs.severity).join(', ')}: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}. Nothing was pushed; the summary says what to update.`,
    );
  }
  if (facts.tooLarge) {
    throw new SeatrialError(
      'IMAGE_TOO_LARGE',
      `The image has ${formatSize(size)}, max-size is ${formatSize(facts.tooLarge.limit)}. Nothing was pushed; slim it, or raise max-size.`,
    );
  }
}
