import { getFile, putFiles } from '../../../lib/docker/archive.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { PEM_FILE } from './config.ts';

/** The user an edge's image runs as, as numbers: official HAProxy images have one of their own. */
async function userOf(engine: Engine, container: string): Promise<{ uid: number; gid: number }> {
  const info = await inspectContainer(engine, container, 'look at the edge');
  const [user = '', group = ''] = (info?.Config.User ?? '').split(':');
  if (user === '' || user === '0' || user === 'root') return { uid: 0, gid: 0 };
  if (/^\d+$/.test(user)) return { uid: Number(user), gid: /^\d+$/.test(group) ? Number(group) : Number(user) };
  const accounts = (await getFile(engine, container, '/etc/passwd'))?.toString('utf8') ?? '';
  const account = accounts
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === user);
  if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  throw new SeatrialError(
    'EDGE_CONFIG',
    `${engine.label}: the edge's image runs as "${user}", which its /etc/passwd does not know; choose another edge-image.`,
  );
}

/** The certificate a container of the edge has; also of one that is stopped. */
export async function installed(engine: Engine, container: string): Promise<string | undefined> {
  return (await getFile(engine, container, PEM_FILE))?.toString('utf8');
}

/** Puts the certificate into the edge's own layer, for its user alone; it is in no volume, label or environment. */
export async function install(engine: Engine, container: string, pem: string): Promise<void> {
  const user = await userOf(engine, container);
  const name = PEM_FILE.slice(1);
  await putFiles(engine, container, '/', [{ name, content: pem, mode: 0o600, ...user }]);
}
