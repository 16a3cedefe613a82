import { demuxAll } from '../../lib/docker/logs.ts';
import { askEngine, type Task } from '../../lib/docker/swarm.ts';
import type { Cluster } from './cluster.ts';

/** The last lines of a task, from whichever node it is or was on; not redacted. */
export async function lastLines({ engine }: Cluster, { ID }: Pick<Task, 'ID'>, tail = 20): Promise<string[]> {
  const query = { stdout: true, stderr: true, tail };
  const raw = await askEngine<Buffer>(engine, 'read the log of a task', { path: `/tasks/${ID}/logs`, query });
  const { stdout, stderr } = demuxAll(raw);
  return `${stdout}${stderr}`.split('\n').filter(Boolean);
}
