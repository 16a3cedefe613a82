import { createHash } from 'node:crypto';
import { formatSize } from '../../../lib/units.ts';
import { describeFront } from '../../front/words.ts';
import { portWords } from '../../release/parts.ts';
import type { DockerSpec } from '../spec.ts';
import { type Compose, memoryOf, type Service } from './project.ts';

/** What is left of a service when what has a line of its own is taken away, as a fingerprint. */
function printOf({ image, environment, ...settings }: Service): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 8);
}

type Described = Pick<DockerSpec, 'strategy' | 'publish' | 'port' | 'doors' | 'domains' | 'front' | 'replicas'>;

/** A release of a compose file as a reader compares it: names of variables, never a value. */
export function composeFacts(spec: Described, { project, asked }: Compose): Record<string, string> {
  const services = Object.entries(project.services).flatMap(([name, service]) => {
    const memory = memoryOf(service);
    return [
      [`${name}: image`, asked[name] ?? service.image],
      [
        `${name}: env`,
        Object.keys(service.environment ?? {})
          .sort()
          .join(', ') || 'none',
      ],
      [`${name}: memory`, memory === undefined ? 'unlimited' : formatSize(memory)],
      [`${name}: settings`, printOf(service)],
    ];
  });
  return {
    strategy: spec.strategy,
    port: portWords(spec),
    ...describeFront(spec),
    replicas: String(spec.replicas),
    ...Object.fromEntries(services),
  };
}

/** Every variable of every service, by `service.NAME`. */
export function composeEnv({ project }: Compose): Record<string, string> {
  return Object.fromEntries(
    Object.entries(project.services).flatMap(([service, { environment }]) =>
      Object.entries(environment ?? {}).map(([name, value]) => [`${service}.${name}`, value ?? '']),
    ),
  );
}
