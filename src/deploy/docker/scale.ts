import { SeatrialError } from '../../lib/errors.ts';
import type { ReleaseRecord } from '../release/history.ts';
import { type AppContainer, containerName, stopContainer } from './containers.ts';
import type { Host } from './host.ts';
import { removeContainer } from './removal.ts';
import { own } from './spec.ts';
import type { DockerTraffic } from './traffic.ts';
import type { DockerWorkload } from './workload.ts';

/** The containers of a release beyond a number, by their names. */
const beyond = (host: Host, release: string, replicas: number): AppContainer[] => {
  const kept = new Set(Array.from({ length: replicas }, (_, i) => containerName(host.app, release, i + 1)));
  return host.of(release).filter(({ name, part }) => part === '' && !kept.has(name));
};

async function remove(host: Host, containers: readonly AppContainer[], stopTimeoutMs: number): Promise<void> {
  await host.guard();
  await Promise.all(
    containers.map(async ({ id }) => {
      await stopContainer(host.engine, id, stopTimeoutMs);
      await removeContainer(host.engine, id);
    }),
  );
  await host.refresh();
}

/**
 * Brings the release that serves to as many containers as its record says. New ones get traffic when `ready` says they
 * are well; leaving ones have none any more, and have answered what they had begun, when they are stopped.
 */
export async function scaleRelease(
  target: { traffic: DockerTraffic; workload: DockerWorkload },
  host: Host,
  record: ReleaseRecord,
  ready: () => Promise<unknown>,
): Promise<void> {
  const { release } = record;
  const spec = own(record.spec);
  const { replicas } = spec;
  if (spec.compose) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${host.label}: ${release} is of a compose file, which says how many there are; change deploy.replicas there and deploy.`,
    );
  }
  if (spec.edge === 'none' && spec.publish && replicas > 1) {
    throw new SeatrialError('NOT_SUPPORTED', `${host.label}: one host port takes one container without the edge.`);
  }
  const had = host.of(release).filter(({ part }) => part === '').length;
  await target.traffic.prepare(spec);
  if (replicas > had) {
    await target.workload.create(record);
    try {
      await target.workload.start(release);
      await ready();
    } catch (error) {
      await remove(host, beyond(host, release, had), spec.stopTimeoutMs);
      throw error;
    }
    await host.refresh();
    await target.traffic.resize(release, host.of(release));
    return;
  }
  const leaving = beyond(host, release, replicas);
  if (!leaving.length) return;
  const gone = new Set(leaving.map(({ id }) => id));
  await target.traffic.resize(
    release,
    host.of(release).filter(({ id }) => !gone.has(id)),
    host.context.inputs['drain-timeout'],
  );
  await remove(host, leaving, spec.stopTimeoutMs);
}
