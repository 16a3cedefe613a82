import type { Engine } from '../../lib/docker/engine.ts';
import { networkName, startContainer } from './containers.ts';
import { ensureNetwork } from './edge/container.ts';
import type { Host } from './host.ts';
import { ensureImage, type RegistryLogin } from './image.ts';
import { removeContainer } from './removal.ts';
import { label, ownLabels } from './state/labels.ts';

/** Removes what a killed run left of one kind, e.g. the container of a hook. */
async function removeByLabel(engine: Engine, app: string, role: string): Promise<void> {
  const filters = { label: [`${label('app')}=${app}`, `${label('role')}=${role}`] };
  const left = await engine.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  for (const { Id } of left) await removeContainer(engine, Id);
}

/**
 * A container in the app's network to probe from where there is no edge: a shell of the edge's image that waits for
 * its input, which never comes. Lives as long as `body`; what a kill leaves is swept up with the hooks.
 */
export async function withProber<T>(
  host: Host,
  login: RegistryLogin,
  body: (prober: string) => Promise<T>,
): Promise<T> {
  const { engine, app, environment } = host;
  const image = host.edgeImage();
  await ensureImage(engine, image, login);
  await ensureNetwork(engine, app, environment);
  await removeByLabel(engine, app, 'hook');
  const name = `${app}-prober`;
  const created = await engine.call(`create ${name}`, (docker, abortSignal) =>
    docker.createContainer({
      name,
      Image: image,
      Entrypoint: ['sh'],
      Cmd: ['-c', 'read _'],
      OpenStdin: true,
      Labels: ownLabels(app, environment, 'hook'),
      HostConfig: { NetworkMode: networkName(app), CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] },
      abortSignal,
    }),
  );
  try {
    await startContainer(engine, created.id, name);
    return await body(created.id);
  } finally {
    await removeContainer(engine, created.id);
  }
}
