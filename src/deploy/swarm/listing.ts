import type { Service, Task } from '../../lib/docker/swarm.ts';
import type { SwarmApi } from './api.ts';
import { label, type ReleaseLabels, readLabels } from './labels.ts';

/** A release's service with its tasks. */
export interface ReleaseService {
  id: string;
  name: string;
  release: string;
  image: string;
  replicas: number;
  labels: ReleaseLabels;
  tasks: Task[];
}

export interface Listing {
  releases: ReleaseService[];
  edge: { id: string; labels: Record<string, string>; tasks: Task[]; service: Service } | undefined;
  /** Services of one-off commands: none is left when its run has ended well. */
  hooks: string[];
  /** Services that carry this app's name for another environment. */
  strangers: string[];
}

/** Everything of the app on the Swarm, in two calls. */
export async function listApp(api: SwarmApi, app: string, environment: string, signal?: AbortSignal): Promise<Listing> {
  const all = await api.services([`${label('app')}=${app}`], signal);
  const ids = all.map(({ ID }) => ID);
  const tasks = await api.tasks(ids, signal);
  const roleOf = ({ Spec }: Service) => Spec.Labels[label('role')] ?? '';
  const mine = ({ Spec }: Service) => Spec.Labels[label('environment')] === environment;
  const of = (id: string) => tasks.filter(({ ServiceID }) => ServiceID === id);
  const releases = all.filter(mine).flatMap((service): ReleaseService[] => {
    const labels = readLabels(service.Spec.Labels);
    if (!labels) return [];
    const { release, image } = labels;
    const replicas = service.Spec.Mode.Replicated?.Replicas ?? 0;
    return [{ id: service.ID, name: service.Spec.Name, release, image, replicas, labels, tasks: of(service.ID) }];
  });
  const edge = all.find((service) => roleOf(service) === 'edge' && mine(service));
  return {
    releases: releases.sort((x, y) => x.name.localeCompare(y.name, 'en', { numeric: true })),
    edge: edge && { id: edge.ID, labels: edge.Spec.Labels, tasks: of(edge.ID), service: edge },
    hooks: all.filter((service) => roleOf(service) === 'hook' && mine(service)).map(({ ID }) => ID),
    strangers: all
      .filter((service) => ['app', 'edge'].includes(roleOf(service)) && !mine(service))
      .map(({ Spec }) => Spec.Name),
  };
}
