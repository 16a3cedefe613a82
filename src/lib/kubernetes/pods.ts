import type { ContainerStatus, Pod } from './types.ts';

/** Statuses of all a pod runs; init containers and those beside the app's own too. */
export const statuses = ({ status }: Pod): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: word }) => type === 'Ready' && word === 'True') ?? false;

/** It is on its way out, or over: its Deployment has another in its stead. */
export const isGoing = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded';

/** The container of a pod of a release that is the app: `app`, unless its Deployment is its author's own. */
export const appContainer = ({ metadata }: Pod): string => metadata.annotations?.['io.seatrial.container'] ?? 'app';
