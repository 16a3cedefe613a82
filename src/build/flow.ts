import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import { formatSize } from '../lib/units.ts';
import { runBuild } from './builder/build.ts';
import { askBuilders, findBuilder } from './builder/builder.ts';
import { openLayers } from './builder/layers.ts';
import { beyond, checkOptions, optionArguments } from './builder/options.ts';
import { planCache, splitBuildArgs } from './builder/plan.ts';
import { cacheService } from './cache-service.ts';
import { items } from './check.ts';
import { declarePushed } from './declare.ts';
import type { Facts } from './facts.ts';
import { wantsAttests } from './input/attests.ts';
import { readSecrets } from './input/secrets.ts';
import type { Inputs } from './inputs.ts';
import type { Statement } from './layout/attest.ts';
import { harmless } from './lines.ts';
import { findSources } from './lint/sources.ts';
import { runLint } from './lint/step.ts';
import { nameImage } from './naming/name.ts';
import { type Product, type Production, produceInEngine, produceLayout } from './produce.ts';
import { findLogins, loginsToTell, openAll } from './registries.ts';
import { dockerEnv } from './registry/login.ts';
import { parseImages } from './registry/reference.ts';
import { prepareScan, type Scanner } from './scan/scanner.ts';
import { cacheRoot, type Workspace } from './workspace.ts';

/** What GitHub's cache service is reached with; buildx gets it for a gha cache, nobody else. */
const cacheEnv = (env: Actions['env']) =>
  Object.fromEntries(
    ['ACTIONS_CACHE_URL', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_CACHE_SERVICE_V2'].flatMap((name) =>
      env[name] ? [[name, env[name]]] : [],
    ),
  ) as Record<string, string>;

/** Preparations at once; the first that fails ends the others. */
async function atOnce<T extends readonly unknown[]>(
  actions: Actions,
  ...bodies: { [K in keyof T]: (own: Actions) => Promise<T[K]> }
): Promise<T> {
  const stop = new AbortController();
  const own = { ...actions, signal: AbortSignal.any([actions.signal, stop.signal]) };
  const begun = bodies.map((body) => body(own));
  try {
    return (await Promise.all(begun)) as unknown as T;
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(begun);
    throw error;
  }
}

type Timed = <T>(name: string, title: string, body: () => Promise<T>) => Promise<T>;

/**
 * lint → build → scan → gate → push. Each step writes what it learned into `facts`, so that outputs and summary are
 * true whichever step fails; whatever is thrown before the push means that nothing was pushed.
 */
export async function buildImage(inputs: Inputs, actions: Actions, work: Workspace, facts: Facts): Promise<void> {
  const own = inputs.builder ? { ...actions.env, BUILDX_BUILDER: inputs.builder } : actions.env;
  // The engine's answer takes longer than naming and lint, which need none of it.
  const stop = new AbortController();
  const asked = askBuilders(dockerEnv(own, work.temp, []), AbortSignal.any([actions.signal, stop.signal]));
  asked.catch(() => undefined); // heard where it is waited for
  try {
    await steps(inputs, actions, work, facts, own, asked);
  } finally {
    stop.abort();
  }
}

async function steps(
  inputs: Inputs,
  actions: Actions,
  work: Workspace,
  facts: Facts,
  own: Actions['env'],
  asked: ReturnType<typeof askBuilders>,
): Promise<void> {
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
  const repositories = parseImages(inputs.image, inputs.registry);
  const names = repositories.map(({ name }) => name);
  facts.repository = names[0]!;
  const sources = findSources(work.root, inputs.context, inputs.file);
  const naming = await nameImage(inputs, actions, sources.context, names);
  facts.version = naming.version;
  facts.tags = names.flatMap((name) => naming.byRepository.get(name)!.map((tag) => `${name}:${tag}`));
  const secrets = readSecrets(inputs, actions, work.root, sources.dockerfile);
  checkOptions(inputs, work.root);
  facts.dockerfile = { shown: sources.shown, path: sources.dockerfile };

  const lintImage = await runLint(inputs, actions, work.root, sources, facts);

  const { platforms, attests } = inputs;
  const destinations = await findLogins(inputs, actions, repositories);
  for (const { login } of destinations) if (login) actions.mask(login.identityToken ?? login.password);
  const docker = dockerEnv(own, work.temp, loginsToTell(destinations), inputs.ssh.length ? ['SSH_AUTH_SOCK'] : []);
  const layout =
    platforms.length > 1
      ? 'Several platforms'
      : wantsAttests(attests)
        ? 'Attestations'
        : naming.annotations.length
          ? 'Annotations'
          : undefined;
  // A refused login and a scanner that can't be had cost seconds here and a whole build later.
  const [builder, registries, scanner] = await atOnce(
    actions,
    async () =>
      findBuilder(docker, await asked, {
        layout,
        secrets: secrets.values.length + secrets.files.length > 0,
        beyond: (backend) => beyond(backend, inputs),
      }),
    async (own) => (inputs.push ? openAll(inputs, own, destinations, docker, layout === undefined) : []),
    async (own): Promise<Scanner | undefined> => (inputs.scan ? prepareScan(inputs, own, work, docker) : undefined),
  );
  facts.builder = builder.label;

  const layers =
    inputs.cache === 'local' && builder.driver !== 'docker'
      ? await openLayers({
          folder: join(cacheRoot(env), 'layers', facts.repository.replace(/[^\w.-]+/g, '-')),
          service: await cacheService(env),
          info: actions.info,
          warning: actions.warning,
        })
      : undefined;
  const cache = planCache(inputs.cache, {
    builder,
    hasService: Boolean(env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL),
    image: facts.repository,
    layers,
    scope: facts.repository,
  });
  const production: Production = {
    builder,
    request: {
      ...sources,
      target: inputs.target,
      platforms,
      buildArgs: inputs['build-args'],
      secretIds: secrets.values.map(({ id }) => id),
      secretFiles: secrets.files,
      labels: naming.labels,
      annotations: naming.annotations,
      attests,
      options: optionArguments(inputs, work.root),
      metadataFile: join(work.temp, 'build.json'),
    },
    cache,
    effects: {
      env: docker,
      secrets: secrets.values.map(({ value }) => value),
      cacheEnv: cacheEnv(env),
      epoch: naming.epoch,
      onLine: (line) => actions.info(harmless(line)),
      signal,
    },
    temp: work.temp,
  };
  actions.info(`Building with ${builder.label}; ${cache.note}`);
  let product: Product;
  try {
    product = await timed('build', `Build ${facts.repository}`, () =>
      layout ? produceLayout(production) : produceInEngine(production),
    );
    if (layers) await timed('cache', 'Keep the layers', () => layers.keep());
  } finally {
    layers?.drop();
  }
  let left: Promise<void> | undefined;
  try {
    const { id, size, inEngine, subjects } = product;
    Object.assign(facts, { imageId: id, size, inEngine, platforms: subjects.map(({ platform }) => platform) });
    if (inputs.lint !== 'off') lintImage(subjects.map(({ config }) => config));
    if (scanner) await timed('scan', `Scan ${id.slice(0, 19)}`, () => scanner.judge(subjects, facts));
    else actions.warning('scan: false: nobody looked at what this image holds.');
    gate(inputs, facts, size);
    if (attests.sbom) product.attest(statementsOf(inputs, facts, product));
    for (const name of names) {
      const tags = naming.byRepository.get(name)!;
      await product.name(name, tags.length ? tags : ['local']);
      if (!inputs.push && inEngine) facts.pushed.push(...tags.map((tag) => `${name}:${tag}`));
    }
    if (!inputs.push) return;
    left = product.remove(); // it has its names now, and the push takes longer
    const declared = new Map<string, string>();
    for (const [n, name] of names.entries()) {
      await timed('push', `Push ${name}`, () =>
        product.push(registries[n]!, name, naming.byRepository.get(name)!, (tag, digest) => {
          // With the first tag that was proved the image is there for all to see, whatever becomes of the others.
          if (n === 0) facts.digest = product.image ?? digest;
          if (n === 0 && product.image && product.image !== digest) facts.index = digest;
          declared.set(name, product.image ?? digest);
          facts.pushed.push(`${name}:${tag}`);
        }),
      );
    }
    for (const name of declarePushed(env, declared)) {
      actions.info(`An earlier step of this job declared another ${name}; give actions/attest this one's digest.`);
    }
    if (cache.toAfterPush.length) await writeCache(production, timed, actions);
  } finally {
    await (left ?? product.remove());
  }
}

/** The bill of materials of each image as a statement about it; its kind is the format of the input `sbom`. */
function statementsOf(inputs: Inputs, facts: Facts, product: Product): Statement[] {
  const predicateType = inputs.sbom === 'spdx' ? 'https://spdx.dev/Document' : 'https://cyclonedx.org/bom';
  const files = (facts.files.sbom ?? '').split('\n').filter(Boolean);
  return product.manifests.map((subject, n) => ({
    subject,
    predicateType,
    predicate: JSON.parse(readFileSync(files[n]!, 'utf8')) as unknown,
  }));
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
