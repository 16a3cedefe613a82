import { createHash } from 'node:crypto';
import type { Spec } from '../spec.ts';
import type { Compose } from './project.ts';

/** A release of a compose file as a reader compares it: each service's image, and a fingerprint of how it is set up. */
export function composeFacts(spec: Spec, { project, asked }: Compose): Record<string, string> {
  const services = Object.entries(project.services).map(([name, { image, ...settings }]) => {
    const print = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 8);
    return [`service ${name}`, `${asked[name] ?? image}, settings ${print}`];
  });
  return {
    strategy: spec.strategy,
    port: `${spec.publish ?? 'not published'} -> ${spec.port ?? 'none'}`,
    replicas: String(spec.replicas),
    ...Object.fromEntries(services),
  };
}
