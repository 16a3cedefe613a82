import { schema } from '../../../src/deploy/inputs.ts';
import type { SwarmEdge } from '../../../src/deploy/swarm/model.ts';
import { type SwarmSpec, specFrom } from '../../../src/deploy/swarm/spec.ts';

export const asked = (more: Record<string, string> = {}) => ({
  app: 'shop',
  hosts: 'swarm+unix:///s',
  image: 'registry.example/shop:1',
  port: '3000',
  publish: '8080',
  ...more,
});
export const inputs = (more: Record<string, string> = {}) => schema.parse(asked(more));
export const specOf = (more: Record<string, string> = {}): SwarmSpec => ({
  ...specFrom(inputs(more), '/'),
  image: `registry.example/shop@sha256:${'a'.repeat(64)}`,
  imageId: 'sha256:bbbb',
});
export const labelsOf = (release: string, previous = '', spec = specOf()) => ({
  app: 'shop',
  environment: 'production',
  release,
  image: spec.image,
  spec,
  run: 'https://run',
  actor: 'me',
  previous,
  at: release,
});
export interface Container {
  Env: string[];
  Image: string;
  [more: string]: unknown;
}
export const containerOf = (body: { TaskTemplate: Record<string, unknown> }) =>
  body.TaskTemplate.ContainerSpec as Container;

export const model: SwarmEdge = {
  image: 'haproxy',
  publish: '8080',
  sticky: false,
  room: 3,
  placement: ['node.labels.edge==true'],
  adminNet: '10.0.9.0/24',
  slots: {
    a: { release: 'r1', port: 3000, servers: ['tasks.shop-r1', 'tasks.shop-r1'], share: 0.75 },
    b: { release: 'r2', port: 3000, servers: ['tasks.shop-r2'], share: 0.25 },
  },
};
