import { until } from '../../../lib/clock.ts';
import { getFile } from '../../../lib/docker/archive.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { formatDuration } from '../../../lib/units.ts';
import { frontFiles, renderFront } from '../../front/config.ts';
import { FRONT, FRONT_FILE, FRONT_LEAVING, FRONT_MOUNT, TABLE_FILE } from '../../front/names.ts';
import { DEFAULT_FRONT_IMAGE } from '../../input/fields.ts';
import type { Host } from '../host.ts';
import { ensureImage } from '../image.ts';
import { removeContainer, renameContainer } from '../removal.ts';
import { certificates, write } from './apply.ts';
import { createFront, edgeAddresses, ensureFrontNetwork, finishUpgrade, startFront } from './container.ts';
import { withFrontLock } from './lock.ts';
import { readFront } from './read.ts';
import { saveCertificates } from './save.ts';

/** How long requests may end on the one that goes; a WebSocket can't be waited for. */
const LAST_MS = 1000;

/** The front made anew by `front-image`, `front-http` and `front-https`. Answers the gap that every app had, in words. */
export async function upgradeFront(host: Host): Promise<string> {
  const { engine, clock, context } = host;
  const { inputs } = context;
  return withFrontLock(host, async (lock) => {
    await finishUpgrade(engine);
    const { table: before, id, running } = await lock.over((through) => readFront(host, through));
    if (!id && !Object.keys(before.apps).length) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${host.label}: there is no front door; a deploy with domains makes one.`,
      );
    }
    const revision = before.revision + 1;
    const table = {
      ...before,
      revision,
      loaded: revision,
      image: inputs['front-image'] === DEFAULT_FRONT_IMAGE && !id ? before.image : inputs['front-image'],
      http: inputs['front-http'] ?? before.http,
      https: inputs['front-https'] ?? before.https,
    };
    await ensureImage(engine, table.image, host.login(table.image), context.signal, 'front-image');
    await ensureFrontNetwork(engine);
    if (running) await saveCertificates(engine, id!, before);
    const old = await lock.over((through) => getFile(engine, through, `${FRONT_MOUNT}/${FRONT_FILE}`));
    const extra = await certificates(host, lock, table, undefined);
    const config = renderFront(table, await edgeAddresses(engine));
    await write(host, lock, [...extra, ...frontFiles(table), { name: FRONT_FILE, content: config }]);
    if (id) await renameContainer(engine, id, FRONT_LEAVING);
    let fresh: string | undefined;
    let begun = clock.mono();
    try {
      fresh = await createFront(engine, table);
      begun = clock.mono();
      if (id && running) await end(engine, id);
      await startFront(engine, fresh, table);
    } catch (error) {
      // What served until a moment ago shall serve again.
      if (fresh) await removeContainer(engine, fresh);
      if (old) await write(host, lock, [{ name: FRONT_FILE, content: old.toString('utf8') }]);
      if (id) await renameContainer(engine, id, FRONT);
      if (id && running) await startFront(engine, id, before);
      throw error;
    }
    const gap = clock.mono() - begun;
    await write(host, lock, [{ name: TABLE_FILE, content: JSON.stringify(table) }]);
    if (id) await removeContainer(engine, id);
    const said = `the front door is made of ${table.image}; nothing answered for ${formatDuration(gap)}`;
    host.say(said);
    return said;
  });
}

/** Lets what is under way end, then frees the ports. */
async function end(engine: Engine, id: string): Promise<void> {
  await engine.call('end the front door', (docker, abortSignal) =>
    docker.getContainer(id).kill({ signal: 'SIGUSR1', abortSignal }),
  );
  const ended = async () => ((await inspectContainer(engine, id))?.State.Running ? undefined : true);
  if (await until(ended, { every: 50, within: LAST_MS })) return;
  await engine.call('stop the front door', (docker, abortSignal) =>
    docker.getContainer(id).stop({ t: 0, abortSignal }),
  );
}
