import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { containerName } from '../containers.ts';
import type { Host } from '../host.ts';
import { findImage } from '../image.ts';
import type { ReleaseLabels } from '../state/labels.ts';
import type { Service } from './project.ts';
import { listBase } from './rest.ts';
import { trafficServices } from './traffic.ts';

/** A volume without a name of its own, and where the container that has it sees it. */
export interface Carried {
  volume: string;
  target: string;
}

interface Mount {
  Type: string;
  Name?: string;
  Destination: string;
}

/** Pure: where a service has a volume nobody named: by the file, or by `VOLUME` of its image. */
export function anonymousTargets(service: Service, ofImage: readonly string[]): Set<string> {
  const mounts = service.volumes ?? [];
  const named = new Set(mounts.flatMap(({ source, type, target }) => (source || type !== 'volume' ? [target] : [])));
  const here = mounts.flatMap(({ source, type, target }) => (type === 'volume' && !source && target ? [target] : []));
  return new Set([...here, ...ofImage].filter((target) => !named.has(target)));
}

/** Pure: the volumes of a container that its successor goes on with, as compose does when it makes one anew. */
export const toCarry = (mounts: readonly Mount[], targets: ReadonlySet<string>): Carried[] =>
  mounts.flatMap(({ Type, Name, Destination }) =>
    Type === 'volume' && Name && /^[0-9a-f]{64}$/.test(Name) && targets.has(Destination)
      ? [{ volume: Name, target: Destination }]
      : [],
  );

/** For each service of a release and each of its containers, by its place, the volumes it takes over from the release that serves. */
export async function carriedOver(host: Host, labels: ReleaseLabels): Promise<Map<string, Carried[][]>> {
  const { spec } = labels;
  const counts = [{ name: '', replicas: spec.replicas }, ...(spec.parts ?? [])];
  const all = trafficServices(spec).map(async (service, i): Promise<[string, Carried[][]]> => {
    const { name: part, replicas } = counts[i]!;
    return [service, await carriedBy(host, labels, service, part, replicas)];
  });
  return new Map(await Promise.all(all));
}

async function carriedBy(
  host: Host,
  { app, release, spec }: ReleaseLabels,
  service: string,
  part: string,
  replicas: number,
): Promise<Carried[][]> {
  const { project } = spec.compose!;
  const own = project.services[service]!;
  const image = await findImage(host.engine, part ? own.image! : spec.imageId || spec.image);
  const targets = anonymousTargets(own, Object.keys(image?.Config?.Volumes ?? {}));
  if (!targets.size) return [];
  const { current, open } = host.history;
  const before = [current, open?.back].find((one) => one && one !== release);
  // A project that compose ran itself is taken over with what its containers hold.
  const adopted = before ? [] : (await listBase(host.engine, project.name)).filter((c) => c.service === service);
  return Promise.all(
    Array.from({ length: replicas }, async (_, i) => {
      const from = before ? containerName(app, before, i + 1, part) : adopted[i]?.id;
      const info = from === undefined ? undefined : await inspectContainer(host.engine, from, `look at ${from}`);
      return toCarry((info?.Mounts ?? []) as Mount[], targets);
    }),
  );
}
