import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import type { Cluster } from '../cluster.ts';
import type { ReleaseLabels } from '../labels.ts';
import type { SwarmSpec } from '../spec.ts';
import { applyPlaces } from './apply.ts';
import { hookOfFile, releaseOfFile } from './bodies.ts';
import { filler } from './fill.ts';
import { refsOf } from './objects.ts';
import { ensureStackNetworks, valuesFor } from './stack.ts';
import { written } from './written.ts';

/** The body of a release's service, with what it is made of there. SECRETS_NEEDED. */
export async function makeRelease(cluster: Cluster, labels: ReleaseLabels): Promise<ServiceSpec> {
  const { spec, release } = labels;
  const { service, project } = spec.compose!;
  await ensureStackNetworks(cluster, project);
  const values = await valuesFor(cluster, spec, [service], release);
  return releaseOfFile(labels, filler(values.all), await refsOf(cluster, spec.compose!, service, values));
}

/** What a release's tasks run by themselves, where the file says it. */
export const commandOf = ({ compose }: SwarmSpec): { entrypoint: string[]; args: string[] } => {
  const { entrypoint, command } = written(compose!.project.services[compose!.service]!);
  const text = (list: string[] | null | undefined) => (list ?? []).map((word) => word.replaceAll('$$', '$'));
  return { entrypoint: text(entrypoint), args: text(command) };
};

/** The body of a hook. A migration needs its database: what stands behind the service comes first. */
export async function makeHook(
  cluster: Cluster,
  spec: SwarmSpec,
  release: string,
  name: string,
  labels: Record<string, string>,
  how: { entrypoint?: string[]; command: string[] },
): Promise<ServiceSpec> {
  const { service } = spec.compose!;
  await applyPlaces(cluster, spec, release, new Set());
  const values = await valuesFor(cluster, spec, [service], release);
  const refs = await refsOf(cluster, spec.compose!, service, values);
  return hookOfFile(name, labels, cluster.app, spec, how, filler(values.all), refs);
}
