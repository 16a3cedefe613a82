import * as z from 'zod';

/**
 * A published port beside the first. Its traffic moves with that of the first, in the same step. What the first is
 * stands in `publish`, `port` and `health.path` of the spec, as ever.
 */
export const doorSchema = z.object({
  /** `9000` or `127.0.0.1:9000`, on the host. */
  publish: z.string(),
  /** In the instance. */
  port: z.number(),
  /** The part of the release it leads to; the main one where none is named. */
  part: z.string().optional(),
  /** Asked over HTTP by the gate; without one the gate sees that the port takes connections. */
  path: z.string().optional(),
});

/** Instances of a release beside its main ones: with doors of their own, or workers that run another command. */
export const partSchema = z.object({
  name: z.string(),
  replicas: z.number(),
  /** Of a worker: what it runs instead. It takes work by itself, and no traffic is given to it. */
  command: z.string().optional(),
});

export type Door = z.output<typeof doorSchema>;
export type Part = z.output<typeof partSchema>;

/** What of a spec is read here. */
interface Parted {
  replicas: number;
  parts?: readonly Part[];
}
interface Ported {
  publish?: string;
  port?: number;
  doors?: readonly Door[];
}

const sum = (parts: readonly Part[]) => parts.reduce((n, { replicas }) => n + replicas, 0);
const workers = ({ parts = [] }: Parted) => parts.filter(({ command }) => command !== undefined);

/** How many instances a release has when it is whole. */
export const instancesOf = (spec: Parted): number => spec.replicas + sum(spec.parts ?? []);

/** How many of them take traffic. */
export const carriersOf = (spec: Parted): number => instancesOf(spec) - sum(workers(spec));

/** Whether a part takes work by itself. */
export const isWorker = (spec: Parted, part: string): boolean => workers(spec).some(({ name }) => name === part);

/** A port of an instance and what is asked there; none of a worker. */
export function portsOf(spec: Ported & { health: { path?: string } }, part = ''): { port: number; path?: string }[] {
  const main = part === '' && spec.port ? [{ port: spec.port, path: spec.health.path }] : [];
  return [...main, ...(spec.doors ?? []).filter((door) => (door.part ?? '') === part)];
}

/** In words: `8080 -> 3000, 9000 -> api:9000`. */
export function portWords({ publish, port, doors = [] }: Ported): string {
  const further = doors.map((door) => `${door.publish} -> ${door.part ? `${door.part}:` : ''}${door.port}`);
  return [`${publish ?? 'not published'} -> ${port ?? 'none'}`, ...further].join(', ');
}
