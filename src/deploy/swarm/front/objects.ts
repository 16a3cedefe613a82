import { createHash } from 'node:crypto';
import { SeatrialError } from '../../../lib/errors.ts';
import { FRONT } from '../../front/names.ts';
import { placeholder } from '../../front/placeholder.ts';
import { normalPem } from '../../pem.ts';
import type { Cluster } from '../cluster.ts';
import { label, ownLabels } from '../labels.ts';
import { ensureObject, findObject } from '../secrets.ts';
import { doorSecrets } from './door.ts';
import { PLACE, STRANGERS, tableName } from './names.ts';
import type { DoorFile, Placed } from './reads.ts';
import type { FrontTable } from './table.ts';

/** A certificate that was handed over, by what it is called among the front's. */
export interface Given {
  key: string;
  pem: string;
}

/**
 * The secrets that a door of this table reads: the certificates that are there, the one that is given, one for strangers,
 * and in place of one that somebody has removed a placeholder, which is told. SECRETS_NEEDED where this app's own is not there.
 */
export async function ensureKeys(
  cluster: Cluster,
  table: FrontTable,
  given: Given | undefined,
  mine: string,
): Promise<{ secrets: FrontTable['secrets']; placed: Placed[] }> {
  const { api, clock, label: host, context } = cluster;
  const secrets: FrontTable['secrets'] = {};
  const placed: Placed[] = [];
  for (const { key, path } of doorSecrets(table)) {
    const make = async (pem: string) => {
      const { id, object } = await ensureObject(api, PLACE, key, pem);
      return { id, object };
    };
    const name = table.secrets[key];
    const id = name && (await findObject(api, PLACE, name));
    let found = given?.key === key ? await make(normalPem(given.pem)) : name && id ? { id, object: name } : undefined;
    if (!found && key === mine) {
      throw new SeatrialError(
        'SECRETS_NEEDED',
        `${host}: the front door has no certificate of ${cluster.app}; hand it over by the input tls-certificate.`,
      );
    }
    if (!found && key !== STRANGERS) {
      context.actions.warning(
        `${host}: the certificate ${key} of the front door was lost; the next deploy of that app with tls-certificate brings it back.`,
      );
    }
    found ??= await make(placeholder(clock.now()));
    secrets[key] = found.object;
    placed.push({ path, ...found });
  }
  return { secrets, placed };
}

/** Configs of these contents, named by them: what a door reads is no secret. */
export async function ensureFiles({ api, label: host }: Cluster, files: readonly DoorFile[]): Promise<Placed[]> {
  const placed: Placed[] = [];
  const there = await api.stored('configs', ofConfigs);
  for (const { path, content } of files) {
    const hash = createHash('sha256').update(`${path}\n${content}`).digest('hex').slice(0, 24);
    const object = `${FRONT}-config-${hash}`;
    const labels = { ...ownLabels(PLACE.app, PLACE.environment, 'config'), [label('config')]: path };
    const known = there.find(({ Spec }) => Spec.Name === object)?.ID;
    const id = known ?? (await api.store('configs', object, labels, content));
    if (!id) {
      throw new SeatrialError('ENGINE_REFUSED', `${host}: the config ${object} is there and is not ours; remove it.`);
    }
    placed.push({ path, id, object });
  }
  return placed;
}

const ofConfigs = [`${label('app')}=${FRONT}`, `${label('role')}=config`];
const ofTables = [`${label('app')}=${FRONT}`, `${label('environment')}=${PLACE.environment}`, `${label('role')}=state`];

/** Writes a table beside the one before, whose number is lower, and removes that. Of two that write one number one gets it: LOCK_LOST. */
export async function writeTable({ api, label: host }: Cluster, table: FrontTable): Promise<void> {
  const labels = { ...ownLabels(PLACE.app, PLACE.environment, 'state'), [label('rev')]: String(table.loaded) };
  const id = await api.store('configs', tableName(table.loaded), labels, JSON.stringify(table));
  if (!id) {
    throw new SeatrialError(
      'LOCK_LOST',
      `${host}: another run has written the table of the front door meanwhile; nothing more was changed. Run again.`,
    );
  }
  for (const old of await api.stored('configs', ofTables)) if (old.ID !== id) await api.unstore('configs', old.ID);
}

/** Removes all that was written of the front. */
export const forgetTables = async ({ api }: Cluster): Promise<void> => {
  for (const { ID } of await api.stored('configs', ofTables)) await api.unstore('configs', ID);
};
