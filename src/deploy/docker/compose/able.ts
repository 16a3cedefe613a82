import { SeatrialError } from '../../../lib/errors.ts';
import { memoryOf, type Project, type Service } from './project.ts';

/** What the engine of a host can do, as far as a project may ask for more than that. */
export interface Able {
  /** Of its API: `1.41`. */
  api: string;
  cpus: number;
  /** Undefined where the engine does not tell. */
  runtimes: ReadonlySet<string> | undefined;
  /** Its own and those of its plugins; undefined where the engine does not tell. */
  logDrivers: ReadonlySet<string> | undefined;
}

/** The engine's own least: https://docs.docker.com/engine/containers/resource_constraints/ */
const LEAST_MEMORY = 6 * 1024 ** 2;
/** Since which API the engine knows it, and the release that brought it. */
const MOUNTED_IMAGES = ['1.48', '28.0'] as const;
const INTERFACE_NAMES = ['1.49', '28.1'] as const;

const older = (api: string, than: string) => {
  const [[a = 0, b = 0], [c = 0, d = 0]] = [api, than].map((text) => text.split('.').map(Number)) as [
    number[],
    number[],
  ];
  return a < c || (a === c && b < d);
};

/** The highest processor of a list such as `0-2,4`; -1 where it is none. */
const highest = (list: string) => Math.max(-1, ...list.split(/[-,]/).map((one) => Number.parseInt(one, 10) || 0));

const bytes = (value: unknown) => Number(value ?? 0);

/** What is wrong with the memory a service may have, in the engine's sense. */
function memoryFault(service: Service): string {
  const limit = memoryOf(service) ?? 0;
  const { resources } = (service.deploy ?? {}) as { resources?: { reservations?: { memory?: string | number } } };
  const [swap, reserved] = [
    bytes(service.memswap_limit),
    bytes(resources?.reservations?.memory ?? service.mem_reservation),
  ];
  if (limit && limit < LEAST_MEMORY) return 'has less memory than the 6 MB that the engine wants; give it more';
  if (limit && reserved > limit) return 'reserves more memory than its limit; give it one that is as large';
  if (limit && swap > 0 && swap < limit) {
    return 'has a memswap_limit below its memory limit; it counts memory and swap together, so give it as much';
  }
  if (!limit && swap > 0) return 'has a memswap_limit and no memory limit; give it both';
  return '';
}

function faultOf(project: Project, service: Service, able: Able): string {
  const { runtime, cpuset } = service as { runtime?: string; cpuset?: string };
  const logging = service.logging as { driver?: string } | null | undefined;
  const memory = memoryFault(service);
  if (memory) return memory;
  if (cpuset && highest(cpuset) >= able.cpus) {
    return `is bound to the processors ${cpuset}, and the host has ${able.cpus} (0-${able.cpus - 1}); name those`;
  }
  if (runtime && able.runtimes && !able.runtimes.has(runtime)) {
    return `needs the runtime ${runtime}, which the engine does not have; install it there, or drop the line`;
  }
  if (logging?.driver && able.logDrivers && !able.logDrivers.has(logging.driver)) {
    return `needs the log driver ${logging.driver}, which the engine does not have; install its plugin there (docker plugin install), or choose another`;
  }
  for (const kind of ['secrets', 'configs'] as const) {
    const foreign = service[kind]?.find(({ source }) => project[kind][source]?.external);
    if (foreign) {
      return `takes ${foreign.source} of ${kind} as external, which a Swarm alone has; fill it from environment: NAME, or deploy to a Swarm`;
    }
  }
  const [[image, imageSince], [name, nameSince]] = [MOUNTED_IMAGES, INTERFACE_NAMES];
  if (older(able.api, image) && service.volumes?.some(({ type }) => type === 'image')) {
    return `mounts an image, which takes Docker Engine ${imageSince}; use a volume, or upgrade it`;
  }
  if (older(able.api, name) && Object.values(service.networks ?? {}).some((use) => use && 'interface_name' in use)) {
    return `has an interface_name, which takes Docker Engine ${nameSince}; drop the line, or upgrade it`;
  }
  return '';
}

/** Pure: what compose would ask of the engine in vain, when other services are made and stopped already. COMPOSE_INVALID. */
export function checkAble(project: Project, able: Able, host: string): void {
  for (const [name, service] of Object.entries(project.services)) {
    const fault = faultOf(project, service, able);
    if (fault) throw new SeatrialError('COMPOSE_INVALID', `${host}: ${name} ${fault}.`);
  }
}
