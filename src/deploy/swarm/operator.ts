import { randomBytes } from 'node:crypto';
import type { Engine } from '../../lib/docker/engine.ts';
import type { ContainerInfo } from '../../lib/docker/types.ts';
import { ensureImage, type RegistryLogin } from '../docker/image.ts';
import { label, ownLabels } from './labels.ts';
import { adminNetworkName, networkName } from './names.ts';

/** One that a kill left behind ends by itself after a day; the next run takes it away sooner. */
const LIFE_S = 86_400;
/** A run without the lock may be asking through one that is younger. */
const OLD_MS = 60_000;

interface Place {
  app: string;
  environment: string;
}

/**
 * A container of this run on the manager it reached, in both networks of the app: it asks what can only be asked from
 * within. A manager that is drained takes no tasks, but this.
 */
export async function startOperator(
  engine: Engine,
  { app, environment }: Place,
  image: string,
  login: RegistryLogin,
): Promise<string> {
  await ensureImage(engine, image, login);
  const name = `${app}-operator-${randomBytes(3).toString('hex')}`;
  const { id } = await engine.call(`create ${name}`, (docker, abortSignal) =>
    docker.createContainer({
      name,
      Image: image,
      Entrypoint: ['sleep'],
      Cmd: [String(LIFE_S)],
      User: '65534',
      Labels: ownLabels(app, environment, 'operator'),
      HostConfig: {
        NetworkMode: networkName(app),
        AutoRemove: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        LogConfig: { Type: 'none', Config: {} },
      },
      abortSignal,
    }),
  );
  try {
    await engine.call(`join ${name} to the admin network`, (docker, abortSignal) =>
      docker.getNetwork(adminNetworkName(app)).connect({ Container: id, abortSignal } as object),
    );
    await engine.call(`start ${name}`, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), {
      timeoutMs: 60_000,
    });
    return id;
  } catch (error) {
    await removeOurs(engine, id);
    throw error;
  }
}

export async function removeOurs(engine: Engine, id: string): Promise<void> {
  try {
    await engine.call('remove our container', (docker, abortSignal) =>
      docker.getContainer(id).remove({ force: true, abortSignal }),
    );
  } catch (error) {
    // It goes by itself when it ends, so a removal may come too late or meet another.
    if (!/no such container|already in progress/i.test(error instanceof Error ? error.message : '')) throw error;
  }
}

/** Takes away what killed runs left of these on the engine that was reached; all of them with `all`. */
export async function sweepOperators(engine: Engine, app: string, nowMs: number, all = false): Promise<void> {
  const filters = { label: [`${label('app')}=${app}`, `${label('role')}=operator`] };
  const left = (await engine.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal } as object),
  )) as ContainerInfo[];
  for (const { Id, Created } of left) if (all || nowMs - Created * 1000 > OLD_MS) await removeOurs(engine, Id);
}
