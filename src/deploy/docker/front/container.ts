import { until } from '../../../lib/clock.ts';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { execIn } from '../../../lib/docker/exec.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { START } from '../../front/dump.ts';
import {
  FRONT,
  FRONT_FILE,
  FRONT_LEAVING,
  FRONT_MOUNT,
  FRONT_NETWORK,
  FRONT_VOLUME,
  HTTP_INSIDE,
  HTTPS_INSIDE,
} from '../../front/names.ts';
import type { Table } from '../../front/table.ts';
import { parsePublish } from '../../publish.ts';
import { lastLines, startContainer } from '../containers.ts';
import { handingOver } from '../edge/hand-over.ts';
import { Runtime } from '../edge/runtime.ts';
import { removeContainer, renameContainer } from '../removal.ts';
import { label } from '../state/labels.ts';

const labels = { [label('role')]: 'front' };

/** The network the edges share with the front: its name sorts last, so that joining it moves no default route. */
export async function ensureFrontNetwork(engine: Engine): Promise<void> {
  try {
    await engine.call(`look at network ${FRONT_NETWORK}`, (docker) => docker.getNetwork(FRONT_NETWORK).inspect());
    return;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  try {
    await engine.call(`create network ${FRONT_NETWORK}`, (docker, abortSignal) =>
      docker.createNetwork({
        Name: FRONT_NETWORK,
        Driver: 'bridge',
        CheckDuplicate: true,
        Labels: labels,
        abortSignal,
      }),
    );
  } catch (error) {
    if (statusOf(error) !== 409) throw error; // another app's run was quicker
  }
}

const binding = (publish: string) => {
  const { ip, port } = parsePublish(publish);
  return [{ HostIp: ip, HostPort: String(port) }];
};

/** Made and not started. */
export async function createFront(engine: Engine, { image, http, https }: Table): Promise<string> {
  const [plain, secure] = [`${HTTP_INSIDE}/tcp`, `${HTTPS_INSIDE}/tcp`];
  const reloads = await handingOver(engine);
  const created = await engine.call(`create ${FRONT}`, (docker, abortSignal) =>
    docker.createContainer({
      name: FRONT,
      Image: image,
      // Its files are root's; it has none of root's capabilities.
      User: '0:0',
      Entrypoint: START.slice(0, 1),
      Cmd: START.slice(1),
      Labels: labels,
      StopSignal: 'SIGUSR1',
      StopTimeout: 10,
      ExposedPorts: { [plain]: {}, [secure]: {} },
      HostConfig: {
        Binds: [`${FRONT_VOLUME}:${FRONT_MOUNT}`],
        PortBindings: { [plain]: binding(http), [secure]: binding(https) },
        NetworkMode: FRONT_NETWORK,
        RestartPolicy: { Name: 'unless-stopped' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ...reloads,
      },
      abortSignal,
    }),
  );
  return created.id;
}

const UP_MS = 30_000;

/** What HAProxy's complaint comes to. */
function wordsOf(lines: readonly string[]): string {
  const said = lines
    .filter((line) => /ALERT|error|not found/i.test(line))
    .join(' ')
    .slice(0, 500);
  return /acme|virt@|crt-store/i.test(said) ? `${said} (tls: auto needs HAProxy 3.4; tls: own and off do not)` : said;
}

/** Which revision of its configuration the front runs; undefined while nobody answers. */
export async function loadedBy(runtime: Runtime): Promise<number | undefined> {
  const answer = await runtime.ask('show env SEATRIAL_LOADED');
  return Number(/^SEATRIAL_LOADED=(\d+)/m.exec(answer)?.[1] ?? Number.NaN) || undefined;
}

/** Starts the front from the files of its volume, made anew where `id` is none. PORT_TAKEN, FRONT_CONFIG. */
export async function startFront(engine: Engine, id: string | undefined, table: Table): Promise<string> {
  const front = id ?? (await createFront(engine, table));
  try {
    await startContainer(engine, front, FRONT);
    const runtime = new Runtime(engine, front);
    try {
      const end = await until(
        async (): Promise<string | undefined> => {
          if ((await loadedBy(runtime).catch(() => undefined)) === table.loaded) return 'up';
          const info = await inspectContainer(engine, front, 'look at the front door');
          return info?.State.Running && info.RestartCount === 0 ? undefined : 'ended';
        },
        { every: 100, within: UP_MS },
      );
      if (end === 'up') return front;
    } finally {
      runtime.close();
    }
    const why = wordsOf(await lastLines(engine, front)) || 'it does not answer';
    throw new SeatrialError(
      'FRONT_CONFIG',
      `${engine.label}: the front door does not come up: ${why}; check front-image, which needs HAProxy, sh and nc.`,
    );
  } catch (error) {
    if (id === undefined) await removeContainer(engine, front);
    throw error;
  }
}

/** An upgrade that was killed on its way leaves the old front under another name: it serves again, unless the new one does. */
export async function finishUpgrade(engine: Engine): Promise<void> {
  const old = await inspectContainer(engine, FRONT_LEAVING, 'look at the front door');
  if (!old) return;
  const fresh = await inspectContainer(engine, FRONT, 'look at the front door');
  if (fresh?.State.Running) {
    await removeContainer(engine, old.Id);
    return;
  }
  if (fresh) await removeContainer(engine, fresh.Id);
  await renameContainer(engine, old.Id, FRONT);
}

/** Checks the next configuration inside the front; FRONT_CONFIG in HAProxy's own words. */
export async function checkFront(engine: Engine, id: string): Promise<void> {
  const script = `umask 077; exec haproxy -c -f ${FRONT_MOUNT}/${FRONT_FILE}.next`;
  const { exitCode, stdout, stderr } = await execIn(engine, id, ['sh', '-c', script]);
  if (exitCode === 0) return;
  const words = wordsOf(`${stdout}${stderr}`.split('\n'));
  throw new SeatrialError('FRONT_CONFIG', `${engine.label}: the front door refuses its configuration: ${words}.`);
}

/** The address of each app's edge on the front's network. */
export async function edgeAddresses(engine: Engine): Promise<Map<string, string>> {
  const edges = await engine.call('list the edges', (docker, abortSignal) =>
    docker.listContainers({ filters: { label: [`${label('role')}=edge`] }, abortSignal } as object),
  );
  return new Map(
    edges.flatMap(({ Labels, NetworkSettings }) => {
      const ip = NetworkSettings?.Networks?.[FRONT_NETWORK]?.IPAddress;
      return ip ? [[Labels[label('app')] ?? '', ip] as const] : [];
    }),
  );
}

/** Lets an edge join the front's network. Answers its address there. */
export async function joinFront(engine: Engine, edge: string): Promise<string> {
  const address = async () =>
    (await inspectContainer(engine, edge, 'look at the edge'))?.NetworkSettings.Networks[FRONT_NETWORK]?.IPAddress;
  const known = await address();
  if (known) return known;
  try {
    await engine.call(`join the edge to ${FRONT_NETWORK}`, (docker, abortSignal) =>
      docker.getNetwork(FRONT_NETWORK).connect({ Container: edge, abortSignal } as object),
    );
  } catch (error) {
    if (!/already exists/i.test(String(error))) throw error;
  }
  const joined = await address();
  if (joined) return joined;
  throw new SeatrialError(
    'FRONT_CONFIG',
    `${engine.label}: the edge got no address on ${FRONT_NETWORK}; look at the Docker engine's log.`,
  );
}
