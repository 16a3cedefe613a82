import { putFiles } from '../../../lib/docker/archive.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { formatDuration } from '../../../lib/units.ts';
import { normalPem } from '../../pem.ts';
import { edgeName, leavingName, stopContainer } from '../containers.ts';
import { joinEdge } from '../front/front.ts';
import type { Host } from '../host.ts';
import type { EdgeModel } from '../model.ts';
import { removeContainer, renameContainer } from '../removal.ts';
import { EDGE_FILE, MOUNT } from '../state/mount.ts';
import { install, installed } from './certificate.ts';
import { edgeSideFiles, renderConfig, renewed, SLOTS, structureOf } from './config.ts';
import { ensureNetwork, portsBy, startEdge } from './container.ts';
import { apart } from './doors.ts';
import { metricsBy } from './metrics.ts';
import { type Pages, pageFiles } from './pages.ts';

/** The certificate to use: the one given, else the one the edge has, be it stopped. SECRETS_NEEDED when there is none. */
async function certificateFor(host: Host, model: EdgeModel, given: string | undefined): Promise<string | undefined> {
  if (!model.options?.tls) return undefined;
  const listed = host.listing.edge;
  const pem = given === undefined ? listed && (await installed(host.engine, listed.Id)) : normalPem(given);
  if (pem) return pem;
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `${host.label}: the edge has to be made anew and needs its certificate with the key; hand it over by the input tls-certificate.`,
  );
}

/** Makes sure that the edge runs as the model says. Answers what was done, in words, or nothing. */
export async function ensureEdge(
  host: Host,
  wanted: Omit<EdgeModel, 'slots'>,
  { certificate, pages = {} }: { certificate?: string; pages?: Pages } = {},
): Promise<string | undefined> {
  const before = host.history.edge;
  const room = Math.max(wanted.room, before?.room ?? 2);
  const listed = host.listing.edge;
  const model = renewed({
    ...wanted,
    room,
    slots: before?.slots ?? { a: null, b: null },
    maintenance: before?.maintenance,
    lead: before?.lead,
  });
  const moved =
    listed &&
    (portsBy(listed).join() !== [model.publish, ...(model.doors ?? [])].join() ||
      metricsBy(listed) !== (model.metrics?.at ?? ''));
  const fits = listed && !moved && before?.image === model.image && listed.State === 'running';
  const pem = await certificateFor(host, model, certificate);
  if (fits) {
    const anew = pem !== undefined && (await installed(host.engine, listed.Id)) !== pem;
    if (before && !anew && structureOf(before) === structureOf(model)) return undefined;
    await host.guard();
    if (anew) await install(host.engine, listed.Id, pem);
    await putFiles(host.engine, listed.Id, MOUNT, pageFiles(pages));
    await reshapeEdge(host, model);
    // TLS was turned off: its key has nothing left to do here.
    if (before?.options?.tls && !model.options?.tls) await install(host.engine, listed.Id, '');
    return `the edge took on a new ${anew ? 'certificate' : 'configuration'}, without a gap`;
  }
  await host.guard();
  await ensureNetwork(host.engine, host.app, host.environment);
  // What HAProxy refuses is refused while the edge still serves.
  if (listed?.State === 'running' && before?.image === model.image && model.metrics) {
    await putFiles(host.engine, listed.Id, MOUNT, pageFiles(pages));
    await checkConfig(host, model);
  }
  if (listed?.State === 'running' && before?.front && model.front && apart(before, model)) {
    return relieve(host, before, model, { pem, pages });
  }
  host.runtime?.close();
  host.runtime = undefined;
  const kept = listed && before?.options?.tls ? await installed(host.engine, listed.Id) : undefined;
  const begun = host.clock.mono();
  if (listed) await removeContainer(host.engine, listed.Id);
  try {
    await startEdge(host.engine, host.app, host.environment, model, pem, pages);
  } catch (error) {
    // Users were served until a moment ago: by the edge as it was they shall be again.
    if (listed && before) await startEdge(host.engine, host.app, host.environment, before, kept);
    await host.refresh();
    if (listed && before?.front) await joinEdge(host);
    throw error;
  }
  const gap = host.clock.mono() - begun;
  await host.save((draft) => {
    draft.edge = model;
  });
  await host.refresh();
  const ports = [model.publish, ...(model.doors ?? [])].join(' and ');
  if (!listed)
    return `started the edge ${edgeName(host.app)} ${model.publish ? `on ${ports}` : 'behind the front door'}`;
  return moved || listed.State === 'running'
    ? `replaced the edge: nothing answered for ${formatDuration(gap)}`
    : 'the edge was down and was started anew';
}

/**
 * Behind the front one edge relieves the other: the new one is up and has the front's requests before the old one, which
 * ends what it has begun, goes.
 */
async function relieve(
  host: Host,
  before: EdgeModel,
  model: EdgeModel,
  { pem, pages }: { pem: string | undefined; pages: Pages },
): Promise<string> {
  const { engine, app, environment } = host;
  const old = host.listing.edge!.Id;
  host.runtime?.close();
  host.runtime = undefined;
  await renameContainer(engine, old, leavingName(app));
  try {
    await startEdge(engine, app, environment, model, pem, pages);
    await host.save((draft) => {
      draft.edge = model;
    });
    await host.refresh();
    await joinEdge(host);
  } catch (error) {
    await host.refresh();
    const fresh = host.listing.edge;
    if (fresh && fresh.Id !== old) await removeContainer(engine, fresh.Id);
    await renameContainer(engine, old, edgeName(app));
    await host.save((draft) => {
      draft.edge = before;
    });
    await host.refresh();
    throw error;
  }
  await stopContainer(engine, old, host.context.inputs['drain-timeout']);
  await removeContainer(engine, old);
  await host.refresh();
  return 'replaced the edge behind the front door, without a gap';
}

/** Which generation of workers answers; a reload makes a new one even where no server comes or goes. */
const generation = async (host: Host) => /^Pid: (\d+)/m.exec(await host.runtime!.ask('show info'))?.[1];

/** EDGE_CONFIG where the HAProxy that runs would not take it. */
async function checkConfig(host: Host, model: EdgeModel): Promise<void> {
  await putFiles(host.engine, host.listing.edge!.Id, MOUNT, [
    { name: `${EDGE_FILE}.next`, content: renderConfig(model) },
    ...edgeSideFiles(model),
  ]);
  await host.runtime!.check(`${MOUNT}/${EDGE_FILE}.next`);
}

/** A new structure: checked by HAProxy itself, then a reload that hands the sockets over. */
export async function reshapeEdge(host: Host, model: EdgeModel): Promise<void> {
  const edge = host.listing.edge!.Id;
  await checkConfig(host, model);
  const old = await generation(host);
  await host.save((draft) => {
    draft.edge = model;
  });
  await host.engine.call('reload the edge', (docker, abortSignal) =>
    docker.getContainer(edge).kill({ signal: 'SIGUSR2', abortSignal }),
  );
  for (let tries = 0; ; tries++) {
    host.runtime!.close();
    await host.clock.sleep(100);
    // The old worker may still answer, or nobody for a moment.
    const now = await generation(host).catch(() => old);
    if (now !== old && (await host.runtime!.stat()).length === model.room * SLOTS.length) return;
    if (tries === 50) {
      throw new SeatrialError(
        'EDGE_CONFIG',
        `${host.label}: the edge did not take on its new configuration; look at its log.`,
      );
    }
  }
}
