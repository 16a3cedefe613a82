import { until } from '../../../lib/clock.ts';
import { putFiles } from '../../../lib/docker/archive.ts';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import type { ContainerInfo } from '../../../lib/docker/types.ts';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { parsePublish } from '../../publish.ts';
import { edgeName, lastLines, networkName, startContainer } from '../containers.ts';
import type { EdgeModel } from '../model.ts';
import { removeContainer } from '../removal.ts';
import { label, ownLabels } from '../state/labels.ts';
import { volumeName } from '../state/lock-seen.ts';
import { EDGE_FILE, MOUNT } from '../state/mount.ts';
import { install } from './certificate.ts';
import { edgeFiles } from './config.ts';
import { entrances } from './entrances.ts';
import { handingOver } from './hand-over.ts';
import { METRICS_PORT } from './metrics.ts';
import { type Pages, pageFiles } from './pages.ts';
import { Runtime } from './runtime.ts';

/** The app's own bridge network, where the edge finds the slots by name. Called under the lock, so no two race. */
export async function ensureNetwork(engine: Engine, app: string, environment: string): Promise<void> {
  const name = networkName(app);
  try {
    await engine.call(`look at network ${name}`, (docker) => docker.getNetwork(name).inspect());
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    const Labels = ownLabels(app, environment, 'edge');
    await engine.call(`create network ${name}`, (docker, abortSignal) =>
      docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true, Labels, abortSignal }),
    );
  }
}

/** Port that a listed edge publishes, as `publish` writes it; from its label, as a dead one lists none. */
export const publishedBy = (edge: ContainerInfo) => edge.Labels[label('publish')] ?? '';
/** The further ones. */
export const doorsBy = (edge: ContainerInfo) => (edge.Labels[label('doors')] ?? '').split(',').filter(Boolean);
export const portsBy = (edge: ContainerInfo) => [publishedBy(edge), ...doorsBy(edge)];

/** What the front needs to know of the app when its own volume and the app's are lost: as it was when the edge was made. */
const claimLabel = ({ front }: EdgeModel): Record<string, string> =>
  front ? { [label('front')]: JSON.stringify({ format: 1, ...front }) } : {};

async function create(engine: Engine, app: string, environment: string, model: EdgeModel): Promise<string> {
  const figures = model.metrics ? [{ publish: model.metrics.at, inside: METRICS_PORT }] : [];
  const ports = [...(model.publish ? entrances(model) : []), ...figures].map(({ publish, inside }) => {
    const { ip, port } = parsePublish(publish);
    return [`${inside}/tcp`, [{ HostIp: ip, HostPort: String(port) }]] as const;
  });
  const further = {
    ...(model.doors?.length ? { [label('doors')]: model.doors.join() } : {}),
    ...(model.metrics ? { [label('metrics')]: model.metrics.at } : {}),
  };
  const reloads = await handingOver(engine);
  const created = await engine.call(`create ${edgeName(app)}`, (docker, abortSignal) =>
    docker.createContainer({
      name: edgeName(app),
      Image: model.image,
      Entrypoint: ['haproxy'],
      Cmd: ['-W', '-db', '-f', `${MOUNT}/${EDGE_FILE}`],
      Labels: {
        ...ownLabels(app, environment, 'edge'),
        [label('publish')]: model.publish,
        ...further,
        ...claimLabel(model),
      },
      StopSignal: 'SIGUSR1',
      ExposedPorts: Object.fromEntries(ports.map(([inside]) => [inside, {}])),
      HostConfig: {
        Binds: [`${volumeName(app)}:${MOUNT}`],
        PortBindings: Object.fromEntries(ports),
        NetworkMode: networkName(app),
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

/** HAProxy reads its configuration after the start, and may refuse it then: it is up when its admin socket answers. */
async function waitForEdge(engine: Engine, id: string): Promise<void> {
  const runtime = new Runtime(engine, id);
  const answers = () =>
    runtime.ask('show info').then(
      () => true,
      (error: unknown) => {
        if (asSeatrialError(error).code !== 'TOOL_MISSING') return false; // not yet, or never: the engine tells which
        throw new SeatrialError(
          'EDGE_CONFIG',
          `${engine.label}: there is no nc in the image of the edge; edge-image needs HAProxy 2.6 or newer, sh and nc on its PATH.`,
          { cause: error },
        );
      },
    );
  /** How it ended, or that it answers; undefined while it may still come. */
  const look = async (): Promise<'up' | { exitCode: number } | undefined> => {
    if (await answers()) return 'up';
    const info = await inspectContainer(engine, id, 'look at the edge');
    if (info?.State.Running && info.RestartCount === 0) return undefined;
    return { exitCode: info?.State.ExitCode ?? 0 };
  };
  try {
    const end = await until(look, { every: 100, within: UP_MS });
    if (end === 'up') return;
    const words = (await lastLines(engine, id)).filter((line) => /ALERT/.test(line)).join(' ');
    const why = end
      ? words.slice(0, 400) || `exit code ${end.exitCode}`
      : 'it runs and its admin socket does not answer';
    throw new SeatrialError(
      'EDGE_CONFIG',
      `${engine.label}: the edge does not come up: ${why}; try another edge-image.`,
    );
  } finally {
    runtime.close();
  }
}

/** Creates and starts the edge from its model. PORT_TAKEN, or EDGE_CONFIG with HAProxy's words, leaves no edge behind. */
export async function startEdge(
  engine: Engine,
  app: string,
  environment: string,
  model: EdgeModel,
  pem?: string,
  pages: Pages = {},
): Promise<string> {
  const id = await create(engine, app, environment, model);
  try {
    await putFiles(engine, id, MOUNT, [...pageFiles(pages), ...edgeFiles(model)]);
    if (pem !== undefined) await install(engine, id, pem);
    await startContainer(engine, id, edgeName(app)).catch((cause: unknown) => {
      if (!/executable file not found/i.test(String(cause))) throw cause;
      throw new SeatrialError(
        'EDGE_CONFIG',
        `${engine.label}: there is no haproxy in ${model.image}; edge-image needs HAProxy 2.6 or newer, sh and nc on its PATH.`,
        { cause },
      );
    });
    await waitForEdge(engine, id);
    return id;
  } catch (error) {
    await removeContainer(engine, id);
    throw error;
  }
}
