import type { DockerSpec } from '../spec.ts';

/** The services of a compose file that a release is made of: the first one users come to, and those behind further ports. */
export const trafficServices = ({ compose, parts = [] }: Pick<DockerSpec, 'compose' | 'parts'>): string[] =>
  compose ? [compose.service, ...parts.map(({ name }) => name)] : [];
