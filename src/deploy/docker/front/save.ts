import type { Engine } from '../../../lib/docker/engine.ts';
import { execIn } from '../../../lib/docker/exec.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { dumpFor } from '../../front/config.ts';
import type { Table } from '../../front/table.ts';

/**
 * What HAProxy holds in memory alone goes to the disk: a reload without it is an outage. The script is sent along: the
 * one on the volume may have been cut off by a run that died while it wrote it. FRONT_CONFIG.
 */
export async function saveCertificates(engine: Engine, id: string, table: Table): Promise<void> {
  const { exitCode, stderr } = await execIn(engine, id, ['sh', '-c', dumpFor(table), 'dump', '1']);
  if (exitCode === 0) return;
  throw new SeatrialError(
    'FRONT_CONFIG',
    `${engine.label}: the certificates of the front door can't be saved, so nothing was changed: ${stderr.trim().slice(0, 300)}.`,
  );
}
