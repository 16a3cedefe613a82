import { getFile, putFiles } from '../../../lib/docker/archive.ts';
import { execIn } from '../../../lib/docker/exec.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { frontFiles, mapCommands, mapFile, renderFront, structureOf } from '../../front/config.ts';
import { FRONT, FRONT_FILE, FRONT_MOUNT, ownFile, TABLE_FILE } from '../../front/names.ts';
import { placeholder } from '../../front/placeholder.ts';
import { ownOf, type Table } from '../../front/table.ts';
import { normalPem } from '../../pem.ts';
import { Runtime } from '../edge/runtime.ts';
import type { Host } from '../host.ts';
import { ensureImage } from '../image.ts';
import type { Lock } from '../state/lock.ts';
import { checkFront, edgeAddresses, ensureFrontNetwork, finishUpgrade, loadedBy, startFront } from './container.ts';
import { type FrontState, readFront } from './read.ts';
import { saveCertificates } from './save.ts';

interface File {
  name: string;
  content: string;
  mode?: number;
}

/** A certificate that was handed over, of this app. */
export interface Given {
  app: string;
  pem: string;
}

const nameIn = (path: string) => path.slice(FRONT_MOUNT.length + 1);

/** Writes through the lock's container, which reaches the volume whether the front is there or not. */
export async function write(host: Host, lock: Lock, files: readonly File[]): Promise<void> {
  await lock.guard();
  await lock.over((id) => putFiles(host.engine, id, FRONT_MOUNT, [...files]));
}

const tableFile = (table: Table): File => ({ name: TABLE_FILE, content: JSON.stringify(table) });

/**
 * Certificates that are not on the volume and that HAProxy would not start without: the one for strangers, and in place
 * of one that was lost with the volume a placeholder, which is told.
 */
export async function certificates(host: Host, lock: Lock, table: Table, given: Given | undefined): Promise<File[]> {
  const has = (name: string) => lock.over((id) => getFile(host.engine, id, `${FRONT_MOUNT}/${name}`));
  const files: File[] = [];
  if (!(await has('default.pem'))) {
    files.push({ name: 'default.pem', content: placeholder(host.clock.now()), mode: 0o600 });
  }
  for (const { app } of ownOf(table)) {
    const name = nameIn(ownFile(app));
    const kept = await has(name);
    const pem = given?.app === app ? normalPem(given.pem) : undefined;
    if (pem !== undefined) {
      if (kept?.toString('utf8') !== pem) files.push({ name, content: pem, mode: 0o600 });
    } else if (!kept) {
      if (app === host.app) {
        throw new SeatrialError(
          'SECRETS_NEEDED',
          `${host.label}: the front door has no certificate of ${app}; hand it over by the input tls-certificate.`,
        );
      }
      host.context.actions.warning(
        `${host.label}: the certificate of ${app} was lost with the front door's volume; its next deploy with tls-certificate brings it back.`,
      );
      files.push({ name, content: placeholder(host.clock.now()), mode: 0o600 });
    }
  }
  return files;
}

/** Paths alone: by the runtime map, which every request reads; then the file, for the next start. */
async function remap(host: Host, lock: Lock, runtime: Runtime, table: Table): Promise<void> {
  const file = mapFile(table);
  const shown = (await runtime.ask(`show map ${file}`)).split('\n').map((line) => line.trim().split(' ').slice(1));
  const now = new Map(shown.flatMap(([key, value]) => (key && value ? [[key, value] as const] : [])));
  await lock.guard();
  for (const command of mapCommands(table, now)) {
    const answer = await runtime.ask(command);
    if (answer)
      throw new SeatrialError('EDGE_REFUSED', `${host.label}: the front door refused "${command}": ${answer}`);
  }
  await write(host, lock, [tableFile(table), ...frontFiles(table)]);
}

/** Files of revisions that no worker will read again. */
async function sweep(host: Host, id: string, table: Table, before: number): Promise<void> {
  const keep = `*-${table.loaded}.*|*-${before}.*`;
  const script = `cd ${FRONT_MOUNT} && for f in routes-*.map certs-*.list; do case "$f" in ${keep}) ;; *) rm -f "$f" ;; esac; done`;
  await execIn(host.engine, id, ['sh', '-c', script]);
}

const TURNS = 100;

/** Certificates to the disk, the files, HAProxy's own word on them, and a reload that hands the sockets over. */
async function reload(
  host: Host,
  lock: Lock,
  id: string,
  runtime: Runtime,
  had: Table,
  table: Table,
  extra: File[],
): Promise<void> {
  const before = await loadedBy(runtime);
  await saveCertificates(host.engine, id, had);
  const config = renderFront(table, await edgeAddresses(host.engine));
  await write(host, lock, [...extra, ...frontFiles(table), { name: `${FRONT_FILE}.next`, content: config }]);
  await checkFront(host.engine, id);
  await write(host, lock, [{ name: FRONT_FILE, content: config }, tableFile(table)]);
  await host.engine.call('reload the front door', (docker, abortSignal) =>
    docker.getContainer(id).kill({ signal: 'SIGUSR2', abortSignal }),
  );
  for (let turn = 0; ; turn++) {
    runtime.close();
    await host.clock.sleep(100);
    // The old worker may still answer, or nobody for a moment.
    if ((await loadedBy(runtime).catch(() => undefined)) === table.loaded) break;
    if (turn === TURNS) {
      throw new SeatrialError(
        'FRONT_CONFIG',
        `${host.label}: the front door did not take on its new configuration; look at the log of ${FRONT}.`,
      );
    }
  }
  await sweep(host, id, table, before ?? table.loaded);
}

/**
 * Brings the front to what `edit` makes of its table, under its lock; starts or rebuilds one that is not there. Nothing
 * happens where nothing differs. `edit` may refuse by throwing, before anything is touched.
 */
export async function changeFront(
  host: Host,
  lock: Lock,
  edit: (table: Table) => Table,
  given?: Given,
): Promise<FrontState> {
  const { engine, context } = host;
  await finishUpgrade(engine);
  const state = await lock.over((id) => readFront(host, id));
  const edited = edit(state.table);
  const extra = await certificates(host, lock, edited, given);
  if (!state.running) {
    const table = { ...edited, loaded: edited.revision };
    await ensureFrontNetwork(engine);
    await ensureImage(engine, table.image, host.login(table.image), context.signal, 'front-image');
    const config = renderFront(table, await edgeAddresses(engine));
    await write(host, lock, [...extra, ...frontFiles(table), { name: FRONT_FILE, content: config }]);
    const id = await startFront(engine, state.id, table);
    // Not before: of a front that could not start nobody may have a name.
    await write(host, lock, [tableFile(table)]);
    if (state.lost && Object.keys(table.apps).length > 1) {
      host.say(`the front door was lost: made anew of what its apps claim (${Object.keys(table.apps).join(', ')})`);
    } else host.say(`started the front door on ${table.http} and ${table.https}`);
    return { table, id, running: true, lost: state.lost };
  }
  const runtime = new Runtime(engine, state.id!);
  try {
    const loaded = await loadedBy(runtime);
    const same = structureOf(state.table) === structureOf(edited) && !state.lost && loaded === state.table.loaded;
    if (same && !extra.length) {
      const table = { ...edited, loaded: state.table.loaded };
      await remap(host, lock, runtime, table);
      return { ...state, table };
    }
    const revision = Math.max(edited.revision, (loaded ?? 0) + 1);
    const table = { ...edited, revision, loaded: revision };
    await reload(host, lock, state.id!, runtime, state.table, table, extra);
    host.say('the front door took on its new configuration, without a gap');
    return { ...state, table };
  } finally {
    runtime.close();
  }
}
