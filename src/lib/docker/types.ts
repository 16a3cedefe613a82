/** The engine's own shapes, so that nothing outside this room needs dockerode. */
export type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode';
