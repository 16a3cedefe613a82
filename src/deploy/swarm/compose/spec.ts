import { SeatrialError } from '../../../lib/errors.ts';
import { maskUnlessName } from '../../../lib/names.ts';
import { pinImages } from '../../docker/compose/pin.ts';
import { graceOf, memoryOf, replicasOf } from '../../docker/compose/project.ts';
import { askedOf, readCompose } from '../../docker/compose/spec.ts';
import { parsePublish } from '../../publish.ts';
import type { Context } from '../../target.ts';
import { type SwarmSpec, specFrom } from '../spec.ts';
import { checkDoors, checkStack } from './check.ts';
import { objectsOf } from './objects.ts';
import { amountsOf } from './template.ts';
import { takeFiles, valuesOf } from './values.ts';
import { written } from './written.ts';

/** The release that compose files describe for a Swarm, read by `reading`. COMPOSE_INVALID, COMPOSE_BIND_MOUNT, COMPOSE_FILE_SECRET. */
export async function stackSpec(context: Context, root: string, reading = readCompose): Promise<SwarmSpec> {
  const { inputs, actions, secrets } = context;
  const plain = specFrom({ ...inputs, 'env-file': undefined }, root);
  const read = await reading(context, root, plain, ({ project, service, ports }) =>
    checkStack(project, service, ports.get(service)),
  );
  const { service, doors, parts, byItself, port, publish } = read;
  if (publish && parsePublish(publish).ip) {
    throw new SeatrialError(
      'COMPOSE_INVALID',
      `compose-file: ${service} is published on ${publish}, and on a Swarm a port is of all addresses of each node with an edge: write ${parsePublish(publish).port}.`,
    );
  }
  checkDoors(read.project, service, publish);
  const before = new Set(secrets.keys());
  const project = takeFiles(read.project, read.folder, secrets);
  const names = [inputs.app, inputs.environment, project.name, ...Object.keys(project.services)];
  for (const [name, value] of secrets) if (!before.has(name)) maskUnlessName(actions, names, name, value);
  const main = project.services[service]!;
  const { NanoCPUs } = amountsOf(written(main), undefined).Limits;
  return {
    ...plain,
    // Told of where there are several: a Swarm has one.
    ...(doors ? { doors } : {}),
    ...(parts ? { parts } : {}),
    image: main.image!,
    port,
    publish,
    replicas: inputs.replicas ?? replicasOf(main),
    env: {},
    secrets: [],
    memory: memoryOf(main),
    cpus: NanoCPUs === undefined ? undefined : NanoCPUs / 1e9,
    stopTimeoutMs: graceOf(main) ?? plain.stopTimeoutMs,
    compose: {
      service,
      project,
      byItself,
      asked: askedOf(project),
      objects: objectsOf(project, valuesOf(context), inputs),
    },
  };
}

/** The spec with every image of the project resolved by `resolve`; its own is the one of the service with the traffic. */
export async function pinStack(
  spec: SwarmSpec,
  resolve: (image: string) => Promise<{ image: string; imageId: string }>,
): Promise<SwarmSpec> {
  const pinned = await pinImages(spec.compose!.project, resolve);
  const { image, imageId } = pinned.images.get(spec.image)!;
  return { ...spec, image, imageId, asked: spec.image, compose: { ...spec.compose!, project: pinned.project } };
}
