import type { Attests } from '../input/attests.ts';
import type { Pair } from '../input/pairs.ts';
import { isProxy, mayHoldSecret } from '../lint/secrets.ts';
import type { Builder } from './builder.ts';

export type CacheMode = 'auto' | 'gha' | 'registry' | 'local' | 'none';

export interface BuildRequest {
  context: string;
  dockerfile: string;
  target?: string;
  platforms: readonly string[];
  buildArgs: readonly Pair[];
  /** Ids of the build secrets; their values go by environment. */
  secretIds: readonly string[];
  /** Build secrets that are files, id and absolute path. */
  secretFiles: readonly { id: string; value: string }[];
  labels: Readonly<Record<string, string>>;
  /** `key=value` or `level:key=value`. */
  annotations: readonly string[];
  attests: Attests;
  /** What goes to the builder as it is: `--network none` and the like. */
  options: readonly string[];
  /** Name the engine keeps the image under until the gate has spoken. */
  name: string;
  metadataFile: string;
}

export interface CachePlan {
  from: string[];
  /** With the build itself. */
  to: string[];
  /** After the push only: a cache in the registry holds layers, and nothing goes there before the gate. */
  toAfterPush: string[];
  /** What was asked for and can't be had, or what was chosen; for the log. */
  note: string;
}

export interface CacheSite {
  builder: Builder;
  /** The runner offers GitHub's cache service. */
  hasService: boolean;
  image: string;
  /** Folders for `local`: what is read, if it is there, and what is written. */
  layers?: { from?: string; to: string };
  scope: string;
}

/** What the cache input comes to with this builder. A builder in the engine keeps its own layers and exports none. */
export function planCache(mode: CacheMode, { builder, hasService, image, layers, scope }: CacheSite): CachePlan {
  const plan = (note: string, part: Partial<CachePlan> = {}): CachePlan => ({
    from: [],
    to: [],
    toAfterPush: [],
    note,
    ...part,
  });
  if (mode === 'none') return plan('cache: none');
  const own = 'the engine’s own layers only';
  if (builder.backend !== 'buildx' || builder.driver === 'docker') {
    if (mode === 'auto') return plan(`cache: ${own}`);
    return plan(`cache: ${mode} needs a builder beside the engine (docker-container); used ${own}`);
  }
  const wanted = mode === 'auto' ? (hasService ? 'gha' : 'none') : mode;
  if (wanted === 'gha') {
    if (!hasService) return plan('cache: gha needs GitHub’s cache service, and the runner offers none; used none');
    const ref = `type=gha,scope=${scope}`;
    return plan('cache: gha', { from: [ref], to: [`${ref},mode=max,ignore-error=true`] });
  }
  if (wanted === 'registry') {
    const ref = `type=registry,ref=${image}:buildcache`;
    return plan('cache: registry, written after the push', {
      from: [ref],
      toAfterPush: [`${ref},mode=max,ignore-error=true`],
    });
  }
  if (wanted === 'local') {
    return plan('cache: local', {
      from: layers?.from ? [`type=local,src=${layers.from}`] : [],
      to: layers ? [`type=local,dest=${layers.to},mode=max,ignore-error=true`] : [],
    });
  }
  return plan('cache: none, the runner offers no cache service');
}

/** Name of the variable that carries the n-th build secret. */
export const secretVariable = (n: number) => `SEATRIAL_SECRET_${n}`;

/**
 * Build arguments as `docker` is given them. One that looks like a secret is named only and its value goes by
 * environment: lint says that it does not belong there, and until then it need not be in the list of processes too.
 */
export function splitBuildArgs(given: readonly Pair[]): { named: string[]; env: Record<string, string> } {
  const env: Record<string, string> = {};
  const named = given.map(({ name, value }) => {
    if (!mayHoldSecret(name, value) || isProxy(name)) return `${name}=${value}`; // a proxy would be docker's own too
    env[name] = value;
    return name;
  });
  return { named, env };
}

/** The arguments of `docker`: no secret is among them. `output` is what buildx shall make of the result. */
export function buildArguments(builder: Builder, request: BuildRequest, cache: CachePlan, output: string[]): string[] {
  const { backend, name } = builder;
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const args = [
    ...(backend === 'buildx' ? ['buildx', 'build', ...(name ? ['--builder', name] : [])] : ['build']),
    ...['--file', request.dockerfile],
    ...(request.target ? ['--target', request.target] : []),
    ...(request.platforms.length ? ['--platform', request.platforms.join(',')] : []),
    ...each('--build-arg', splitBuildArgs(request.buildArgs).named),
    ...each(
      '--secret',
      request.secretIds.map((id, n) => `id=${id},env=${secretVariable(n)}`),
    ),
    ...each(
      '--secret',
      request.secretFiles.map(({ id, value }) => `id=${id},src=${value}`),
    ),
    ...each(
      '--label',
      Object.entries(request.labels).map(([key, value]) => `${key}=${value}`),
    ),
  ];
  args.push(...request.options);
  if (backend === 'buildx') {
    // Asked for or not, attestations stand beside the image in an index; the image itself is what was scanned.
    const { provenance } = request.attests;
    args.push(provenance ? `--provenance=mode=${provenance}` : '--provenance=false', '--sbom=false');
    args.push(...each('--annotation', request.annotations));
    args.push('--progress', 'plain', '--metadata-file', request.metadataFile, ...output);
    args.push(...each('--cache-from', cache.from), ...each('--cache-to', cache.to));
  } else {
    if (backend === 'buildkit') args.push('--progress', 'plain');
    args.push('--tag', request.name);
  }
  return [...args, request.context];
}
