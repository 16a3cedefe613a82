import { normalize } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SeatrialError } from '../../../lib/errors.ts';
import { maskUnlessName } from '../../../lib/names.ts';
import { filesOfEnvironment } from '../../input/compose-file.ts';
import { parsePublishLines } from '../../publish.ts';
import type { Door } from '../../release/parts.ts';
import type { Spec } from '../../release/spec.ts';
import type { Context } from '../../target.ts';
import { type DockerSpec, specFrom } from '../spec.ts';
import { checkProject, edgeService, portOf } from './check.ts';
import { withPaths } from './derive.ts';
import { loadProject } from './load.ts';
import { type Pinned, pinImages } from './pin.ts';
import { graceOf, memoryOf, type Project, replicasOf, type Service } from './project.ts';
import { exposed } from './secrets.ts';
import { checkFiles, checkValues } from './sources.ts';

/**
 * The image that was given takes the place of the service's own, and of that of every other service of the same image,
 * or, where neither names one, of the same build.
 */
export function useImage(project: Project, service: string, image: string): void {
  const { image: own, build } = project.services[service]!;
  const alike = (other: Service) =>
    own ? other.image === own : build !== undefined && !other.image && isDeepStrictEqual(other.build, build);
  for (const [name, other] of Object.entries(project.services))
    if (name === service || alike(other)) other.image = image;
}

/** Files of COMPOSE_FILE that the input does not name: as with compose's own `-f`, what is said outright wins. */
export function leftOut(env: Readonly<Record<string, string | undefined>>, files: readonly string[]): string[] {
  const given = new Set(files.map((file) => normalize(file)));
  return filesOfEnvironment(env).filter((file) => !given.has(normalize(file)));
}

/** The services users come to, and by which ports, as `publish` and `service` say it, else the file. COMPOSE_INVALID. */
function enter(project: Project, inputs: Context['inputs'], plain: Pick<Spec, 'port' | 'doors'>) {
  const [first, ...further] = parsePublishLines(inputs.publish ?? '');
  if (first?.service && inputs.service && first.service !== inputs.service) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `service: is ${inputs.service}, and the first line of publish leads to ${first.service}; leave one of them out.`,
    );
  }
  const service = edgeService(project, first?.service ?? inputs.service);
  for (const line of further) if (line.service) edgeService(project, line.service);
  const doors = plain.doors?.map(({ part, ...door }): Door => (part && part !== service ? { ...door, part } : door));
  const names = new Set(doors?.flatMap(({ part }) => part ?? []));
  const parts = [...names].map((name) => ({ name, replicas: replicasOf(project.services[name]!) }));
  const own = plain.port ?? portOf(project.services[service]!).port;
  const inside = (name: string) =>
    (doors ?? []).flatMap((door) => ((door.part ?? service) === name ? [door.port] : []));
  const ports = new Map<string, number[] | undefined>([
    [service, inputs.publish ? [...(own ? [own] : []), ...inside(service)] : undefined],
    ...parts.map(({ name }) => [name, inside(name)] as const),
  ]);
  return { service, doors, parts: parts.length ? parts : undefined, ports };
}

/** Pure: a release without a container would be good with nobody there to answer. COMPOSE_INVALID. */
export function checkCounts(project: Project, names: Iterable<string>, main: string, asked: number | undefined): void {
  for (const name of names) {
    if (((name === main ? asked : undefined) ?? replicasOf(project.services[name]!)) > 0) continue;
    throw new SeatrialError(
      'COMPOSE_INVALID',
      `compose-file: ${name} takes traffic, and scale or deploy.replicas says 0 of it; say 1 or more${name === main ? ', there or by replicas' : ''}.`,
    );
  }
}

/** A compose file as a run has read it: what compose made of it, and where users come in. */
export interface ReadFile extends ReturnType<typeof enter> {
  project: Project;
  folder: string;
  byItself: string;
  port: number | undefined;
  publish: string | undefined;
}

/**
 * Reads the compose files of the inputs; `check` throws what can't work on the kind of target, and answers warnings.
 * Values of secrets go into the run, their names alone stay in the project.
 */
export async function readCompose(
  context: Context,
  root: string,
  plain: Pick<Spec, 'env' | 'port' | 'publish' | 'doors'>,
  check: (read: Pick<ReadFile, 'project' | 'folder' | 'service' | 'ports'>) => string[],
): Promise<ReadFile> {
  const { inputs, actions, signal, secrets } = context;
  const loaded = await loadProject({
    files: inputs['compose-file'],
    envFile: inputs['env-file'],
    root,
    app: inputs.app,
    variables: plain.env,
    secrets,
    env: actions.env,
    signal,
  });
  const unread = leftOut(actions.env, inputs['compose-file']);
  if (unread.length) {
    actions.warning(
      `compose-file: COMPOSE_FILE also names ${unread.join(', ')}, which is not among its lines and not read.`,
    );
  }
  const { project, folder, byItself } = loaded;
  const names = [inputs.app, inputs.environment, project.name, ...Object.keys(project.services)];
  for (const [name, value] of loaded.values) {
    maskUnlessName(actions, names, name, value);
    secrets.set(name, value);
  }
  const entered = enter(project, inputs, plain);
  const { service } = entered;
  checkCounts(project, entered.ports.keys(), service, inputs.replicas);
  if (inputs.image) useImage(project, service, inputs.image);
  for (const line of check({ project, folder, service, ports: entered.ports })) {
    actions.warning(`compose-file: ${line}`);
  }
  checkFiles(project, folder);
  checkValues(project, (name) => secrets.get(name) ?? actions.env[name]);
  const shown = exposed(project);
  if (shown.length) {
    actions.warning(
      `compose-file: ${shown.join(', ')} hold${shown.length > 1 ? '' : 's'} a secret in the environment, where docker inspect shows it; use compose secrets.`,
    );
  }
  const said = portOf(project.services[service]!);
  // With domains users come by the front door, and no port of the file is published.
  const named = inputs.domains.length > 0;
  const publish = plain.publish ?? (named ? undefined : said.publish);
  if (publish === undefined && !named && inputs.strategy !== 'recreate') {
    throw new SeatrialError(
      'INPUT_INVALID',
      `compose-file: ${service} publishes no port of the host, so there is no traffic to switch; give publish or domains, or choose strategy: recreate.`,
    );
  }
  return { ...entered, project, folder, byItself, port: plain.port ?? said.port, publish };
}

/** Images as the file asks for them, by service. */
export const askedOf = ({ services }: Project): Record<string, string> =>
  Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image!]));

/** The release a compose file describes. `remote`: some host is not this machine. */
export async function composeSpec(context: Context, root: string, remote: boolean): Promise<DockerSpec> {
  const { inputs } = context;
  // Compose reads the env-file itself: its quotes and comments are compose's own.
  const plain = specFrom({ ...inputs, 'env-file': undefined }, root);
  const { project, folder, byItself, service, doors, parts, ports, port, publish } = await readCompose(
    context,
    root,
    plain,
    (read) => checkProject(read.project, read.ports, remote),
  );
  const edge = project.services[service]!;
  return {
    ...plain,
    image: edge.image!,
    edge: publish === undefined && !inputs.domains.length ? 'none' : inputs.edge,
    port,
    publish,
    doors,
    parts,
    replicas: inputs.replicas ?? replicasOf(edge),
    env: {},
    secrets: [],
    memory: memoryOf(edge),
    stopTimeoutMs: Math.max(
      ...[...ports.keys()].map((name) => graceOf(project.services[name]!) ?? plain.stopTimeoutMs),
    ),
    compose: { service, project: withPaths(project, folder), byItself, asked: askedOf(project) },
  };
}

/** The spec with every image of the project resolved by `resolve`; its own is the one of the service with the traffic. */
export async function pinProject(spec: DockerSpec, resolve: (image: string) => Promise<Pinned>): Promise<DockerSpec> {
  const pinned = await pinImages(spec.compose!.project, resolve);
  const { image, imageId } = pinned.images.get(spec.image)!;
  return { ...spec, image, imageId, asked: spec.image, compose: { ...spec.compose!, project: pinned.project } };
}
