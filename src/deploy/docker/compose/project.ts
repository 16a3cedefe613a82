import * as z from 'zod';
import { parseDuration } from '../../../lib/units.ts';

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  build: z.unknown().optional(),
  container_name: z.string().optional(),
  network_mode: z.string().optional(),
  restart: z.string().optional(),
  logging: z.unknown().optional(),
  stop_grace_period: z.string().optional(),
  read_only: z.boolean().optional(),
  scale: z.number().optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  links: z.array(z.string()).optional(),
  external_links: z.array(z.string()).optional(),
  volumes_from: z.array(z.string()).optional(),
  ports: z
    .array(
      z.looseObject({
        target: z.number(),
        published: z.string().optional(),
        host_ip: z.string().optional(),
        protocol: z.string().optional(),
      }),
    )
    .optional(),
  networks: z.record(z.string(), z.looseObject({ aliases: z.array(z.string()).optional() }).nullable()).optional(),
  volumes: z
    .array(z.looseObject({ type: z.string(), source: z.string().optional(), target: z.string().optional() }))
    .optional(),
  secrets: z.array(z.looseObject({ source: z.string() })).optional(),
  configs: z.array(z.looseObject({ source: z.string() })).optional(),
  environment: z.record(z.string(), z.string().nullable()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  depends_on: z
    .record(z.string(), z.looseObject({ condition: z.string().optional(), restart: z.boolean().optional() }))
    .optional(),
  deploy: z.looseObject({ replicas: z.number().optional() }).optional(),
});

const namedSchema = z
  .looseObject({ name: z.string().optional(), external: z.boolean().optional() })
  .nullable()
  .transform((value) => value ?? {});
const fileSchema = z.looseObject({
  name: z.string().optional(),
  external: z.boolean().optional(),
  file: z.string().optional(),
  environment: z.string().optional(),
  content: z.string().optional(),
});

/**
 * A project as `docker compose config --format json` answers it: only the parts we read are typed, the rest passes
 * through untouched. Its strings are compose source: `$$` is a dollar sign, `${NAME}` a secret value.
 */
export const projectSchema = z.looseObject({
  name: z.string(),
  services: z.record(z.string(), serviceSchema).default({}),
  networks: z.record(z.string(), namedSchema).default({}),
  volumes: z.record(z.string(), namedSchema).default({}),
  secrets: z.record(z.string(), fileSchema).default({}),
  configs: z.record(z.string(), fileSchema).default({}),
});

/** What a release keeps of the compose file it came from. */
export const composeSchema = z.object({
  /** The service with the traffic. */
  service: z.string(),
  project: projectSchema,
  /** Images as the file asked for them, by service. */
  asked: z.record(z.string(), z.string()).default({}),
  /** What compose would have called the project without us. */
  byItself: z.string().optional(),
});

export type Compose = z.output<typeof composeSchema>;
export type Project = z.output<typeof projectSchema>;
export type Service = Project['services'][string];

/** `value` with every string in it mapped, keys untouched. */
export function mapStrings<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map)) as T;
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)])) as T;
  }
  return value;
}

/** Plain text as compose source. */
export const literal = (text: string) => text.replaceAll('$', '$$$$');

/** How many containers of it the file asks for. */
export const replicasOf = (service: Service) => service.deploy?.replicas ?? service.scale ?? 1;

/** How long it may take to stop, where the file says it; compose writes it as `1m30s`. */
export const graceOf = (service: Service) =>
  service.stop_grace_period === undefined ? undefined : parseDuration(service.stop_grace_period);

/** Its memory limit in bytes, where it has one; `config` answers either spelling as a number of bytes. */
export function memoryOf(service: Service): number | undefined {
  const { resources } = (service.deploy ?? {}) as { resources?: { limits?: { memory?: string | number } } };
  const limit = Number(resources?.limits?.memory ?? service.mem_limit ?? 0);
  return limit > 0 ? limit : undefined;
}
