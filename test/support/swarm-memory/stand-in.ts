import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Stored } from '../../../src/deploy/swarm/api.ts';
import type { Engine } from '../../../src/lib/docker/engine.ts';
import type { Node, Service, ServiceSpec, Task } from '../../../src/lib/docker/swarm.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import type { MemoryClock } from '../memory/clock.ts';
import { framed, type Haproxy, haproxyOf, netcat } from './edge.ts';

interface Dialled {
  path: string;
  method: string;
  options: { _query?: Record<string, unknown>; _body?: unknown };
}

const refusal = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });
const imageOf = (spec: ServiceSpec) => (spec.TaskTemplate as { ContainerSpec: { Image: string } }).ContainerSpec.Image;
const restarts = (spec: ServiceSpec) =>
  (spec.TaskTemplate as { RestartPolicy?: { Condition?: string } }).RestartPolicy?.Condition !== 'none';

/** Whether labels that a service asks for are the node's. */
function allows({ TaskTemplate }: ServiceSpec, { Spec }: Node): boolean {
  const { Constraints = [] } = (TaskTemplate.Placement ?? {}) as { Constraints?: string[] };
  return Constraints.every((line) => {
    const [, key = '', value] = /^node\.labels\.([^=]+)==(.*)$/.exec(line) ?? [];
    return !key || Spec.Labels?.[key] === value;
  });
}

interface Mounted {
  ConfigID?: string;
  SecretID?: string;
  File: { Name: string };
}
const mountedBy = ({ TaskTemplate }: ServiceSpec): Mounted[] => {
  const { Configs = [], Secrets = [] } = TaskTemplate.ContainerSpec as { Configs?: Mounted[]; Secrets?: Mounted[] };
  return [...Configs, ...Secrets];
};

/**
 * A Swarm in memory, by the API of one of its managers and by the sessions in its edges. Tasks are there at once; what
 * becomes of one its image's name says: `sick` answers 500, `crash` exits with 4 again and again, `once` ends with 0, and
 * with 3 where it `fails`.
 */
export class StandInSwarm {
  readonly clock: MemoryClock;
  readonly haproxies = new Map<string, Haproxy>();
  readonly services = new Map<string, Service>();
  readonly stored = { configs: new Map<string, Stored>(), secrets: new Map<string, Stored>() };
  readonly networks = new Map<string, Record<string, unknown>>();
  /** What services began as, in order, those that are gone included. */
  readonly made: ServiceSpec[] = [];
  /** What was changed, in order: method, path and the name of what was sent. */
  readonly changes: string[] = [];
  readonly nodes: Node[] = ['n1', 'n2'].map((ID) => ({
    ID,
    Spec: { Availability: 'active', Role: 'manager' },
    Description: { Hostname: ID, Resources: { NanoCPUs: 4e9, MemoryBytes: 8e9 } },
    Status: { State: 'ready' },
  }));
  /** Serial numbers of what an ACME authority has issued, by host; those that it refuses, and what it was asked for, in order. */
  readonly authority = { issued: new Map<string, string>(), refuses: new Set<string>(), asked: [] as string[] };
  #tasks: Task[] = [];
  #said = '';
  #count = 0;

  constructor(clock: MemoryClock) {
    this.clock = clock;
  }

  #id(kind: string): string {
    this.#count++;
    return `${kind}${this.#count}`;
  }

  named(name: string): Service | undefined {
    return [...this.services.values()].find(({ Spec }) => Spec.Name === name);
  }

  /** Those that are wanted of a service, in the order of their slots. */
  tasksOf(name: string): Task[] {
    const id = this.named(name)?.ID;
    return this.#tasks.filter(({ ServiceID, DesiredState }) => ServiceID === id && DesiredState !== 'shutdown');
  }

  /** The same with those of the past. */
  allTasksOf(name: string): Task[] {
    const id = this.named(name)?.ID;
    return this.#tasks.filter(({ ServiceID }) => ServiceID === id);
  }

  /** A service that somebody else has made. */
  add(Name: string, Image: string, Labels: Record<string, string>, EndpointSpec?: ServiceSpec['EndpointSpec']): void {
    const TaskTemplate = { ContainerSpec: { Image } };
    this.#service(
      'POST',
      'create',
      undefined,
      {},
      { Name, Labels, TaskTemplate, Mode: { Replicated: { Replicas: 1 } }, EndpointSpec },
    );
  }

  at(ip: string): Task | undefined {
    return this.#tasks.find(({ NetworksAttachments = [] }) =>
      NetworksAttachments.some(({ Addresses }) => Addresses?.[0] === `${ip}/24`),
    );
  }

  /** Share of users' requests by release, at the first edge. */
  users(): Record<string, number> {
    const [edge] = [...this.haproxies].filter(
      ([id, { config }]) =>
        config.includes('backend app\n') && this.#tasks.some((t) => t.ID === id && t.Status.State === 'running'),
    );
    const servers = Object.values(edge?.[1].servers ?? {}).filter(({ maint }) => !maint);
    const all = servers.reduce((n, { weight }) => n + weight, 0);
    const shares: Record<string, number> = {};
    for (const { host, weight } of servers) if (weight) shares[host] = (shares[host] ?? 0) + weight / all;
    return shares;
  }

  /** HAProxy's configuration where a config holds it. */
  #mounted(spec: ServiceSpec): string | undefined {
    const found = mountedBy(spec).find(({ File }) => File.Name.endsWith('.cfg'));
    return found && this.#held(found);
  }

  #held({ ConfigID, SecretID }: Mounted): string {
    const stored = ConfigID ? this.stored.configs.get(ConfigID) : this.stored.secrets.get(SecretID!);
    return Buffer.from(stored!.Spec.Data ?? '', 'base64').toString('utf8');
  }

  /** What the newest service that is given a file reads there. */
  fileOf(path: string): string | undefined {
    const found = [...this.services.values()]
      .flatMap(({ Spec }) => mountedBy(Spec))
      .filter(({ File }) => File.Name === path);
    return found.length ? this.#held(found.at(-1)!) : undefined;
  }

  addressOf(name: string): string | undefined {
    return this.tasksOf(name)[0]?.NetworksAttachments?.[0]?.Addresses?.[0]?.split('/')[0];
  }

  /** Where users of a name are led at each node of the front: the service of the edge, or nothing. */
  ledTo(domain: string): (string | undefined)[] {
    return this.tasksOf('seatrial-front').map(({ ID }) => {
      const live = Object.values(this.haproxies.get(ID)!.servers).find(({ weight, maint }) => weight > 0 && !maint);
      const door = live && this.named(live.host.replace('tasks.', ''));
      if (!door || !this.tasksOf(door.Spec.Name).length) return undefined;
      const map = mountedBy(door.Spec).find(({ File }) => File.Name.endsWith('.map'))!;
      const line = this.#held(map)
        .split('\n')
        .find((one) => one.startsWith(`${domain}/ `));
      return line?.split(' ')[1];
    });
  }

  /** An order: the authority asks any of the nodes, and each has to lead its question on. */
  order(host: string): void {
    const { issued, refuses, asked } = this.authority;
    asked.push(host);
    const led = this.ledTo(`${host}/.well-known/acme-challenge`);
    const fine = !refuses.has(host) && led.length > 0 && led.every((to) => to === 'acme');
    if (fine) issued.set(host, `A${asked.length}`);
    const says = fine ? 'Successful update of the certificate.' : 'the challenge failed: 404. Aborting.';
    this.#said += ['Starting update procedure.', says]
      .map((w) => `acme: /seatrial-front/cert-${host}.pem: ${w}\n`)
      .join('');
  }

  #begin(service: Service, slot: number, node: string): void {
    const { Spec } = service;
    const image = imageOf(Spec);
    const ID = this.#id('t');
    const networks = (Spec.TaskTemplate.Networks as { Target: string }[] | undefined) ?? [];
    const job = Spec.Mode.ReplicatedJob !== undefined;
    const ended = job || image.includes('once') || image.includes('crash');
    const code = image.includes('crash') ? 4 : image.includes('fails') ? 3 : 0;
    const state = ended ? (code ? 'failed' : 'complete') : 'running';
    this.#tasks.push({
      ID,
      CreatedAt: new Date(this.clock.now() + this.#count).toISOString(),
      ServiceID: service.ID,
      ...(slot ? { Slot: slot } : {}),
      NodeID: node,
      DesiredState: ended && (job || !restarts(Spec)) ? 'shutdown' : 'running',
      Spec: { ContainerSpec: { Image: image } },
      Status: {
        State: state,
        ContainerStatus: { ContainerID: `c-${ID}`, ExitCode: code },
        ...(code ? { Err: `task: non-zero exit (${code})` } : {}),
      },
      NetworksAttachments: networks.map(({ Target }, i) => ({
        Network: { ID: Target, Spec: { Name: Target } },
        Addresses: [`10.${i}.${this.#count >> 8}.${this.#count & 255}/24`],
      })),
    });
    const { 'io.seatrial.edge-config': config = this.#mounted(Spec), 'io.seatrial.edge-map': map = '' } = Spec.Labels;
    if (config) this.haproxies.set(ID, haproxyOf(config, map));
    if (Spec.Name !== 'seatrial-front-acme') return;
    for (const [, host] of config!.matchAll(/ domains "([^"]+)"/g))
      if (!this.authority.issued.has(host!)) this.order(host!);
  }

  #end(task: Task): void {
    task.DesiredState = 'shutdown';
    if (task.Status.State === 'running') task.Status = { ...task.Status, State: 'shutdown' };
  }

  /** Tasks as the service asks for them: new ones where the template is another. */
  #settle(service: Service, before?: ServiceSpec): void {
    const { Replicated, Global, ReplicatedJob } = service.Spec.Mode;
    const anew = before && JSON.stringify(before.TaskTemplate) !== JSON.stringify(service.Spec.TaskTemplate);
    const mine = this.#tasks.filter(({ ServiceID }) => ServiceID === service.ID);
    const slots = Global
      ? this.nodes.filter((node) => allows(service.Spec, node)).map(({ ID }) => [0, ID] as const)
      : Array.from(
          { length: ReplicatedJob ? 1 : (Replicated?.Replicas ?? 0) },
          (_, i) => [i + 1, this.nodes[i % this.nodes.length]!.ID] as const,
        );
    const of = (slot: number, node: string) =>
      mine.filter((task) => (slot ? task.Slot === slot : task.NodeID === node));
    const live = (task: Task) => task.DesiredState !== 'shutdown' || task.Status.State === 'complete';
    for (const task of mine) {
      const wanted = slots.some(([slot, node]) => of(slot, node).includes(task));
      if (!wanted || anew) this.#end(task);
    }
    for (const [slot, node] of slots) if (anew || !of(slot, node).some(live)) this.#begin(service, slot, node);
  }

  #used(kind: 'configs' | 'secrets', id: string): boolean {
    const key = kind === 'secrets' ? 'SecretID' : 'ConfigID';
    return [...this.services.values()].some(({ Spec }) =>
      JSON.stringify(Spec.TaskTemplate).includes(`"${key}":"${id}"`),
    );
  }

  #bearing<T extends { Spec: { Labels: Record<string, string> } }>(
    all: Iterable<T>,
    query: Record<string, unknown>,
  ): T[] {
    const { label = [] } = (query.filters ?? {}) as { label?: string[] };
    return [...all].filter(({ Spec }) =>
      label.every((line) => `${line.split('=')[0]}=${Spec.Labels[line.split('=')[0]!] ?? ''}` === line),
    );
  }

  #answer({ path, method, options: { _query: query = {}, _body: body } }: Dialled): unknown {
    const [, kind = '', id = '', verb] = path.replace('?', '').split('/');
    if (method !== 'GET')
      this.changes.push(`${method} ${kind} ${(body as { Name?: string })?.Name ?? this.#nameOf(kind, id)}`);
    if (kind === 'info')
      return { ServerVersion: '20', Swarm: { NodeID: 'n1', LocalNodeState: 'active', ControlAvailable: true } };
    if (kind === 'nodes') return this.nodes;
    if (kind === 'distribution') {
      const name = path.slice('/distribution/'.length).replace(/\/json\??$/, '');
      return { Descriptor: { digest: `sha256:${createHash('sha256').update(name).digest('hex')}` } };
    }
    if (kind === 'tasks' && verb === 'logs') return framed(this.#said);
    if (kind === 'tasks') {
      const { service } = query.filters as { service: string[] };
      if (service.some((one) => !this.services.has(one))) throw refusal(404, 'service not found');
      return this.#tasks.filter(({ ServiceID }) => service.includes(ServiceID));
    }
    if (kind === 'services') return this.#service(method, id, verb, query, body as ServiceSpec);
    if (kind === 'networks') return this.#network(method, id, body as { Name: string });
    return this.#store(kind as 'configs' | 'secrets', method, id, verb, query, body as Stored['Spec']);
  }

  #nameOf(kind: string, id: string): string {
    const found = kind === 'services' ? this.services.get(id) : this.stored[kind as 'configs' | 'secrets']?.get(id);
    return found?.Spec.Name ?? id;
  }

  #service(
    method: string,
    id: string,
    verb: string | undefined,
    query: Record<string, unknown>,
    body: ServiceSpec,
  ): unknown {
    if (method === 'GET' && !id) return this.#bearing(this.services.values(), query);
    if (id === 'create') {
      if (this.named(body.Name)) throw refusal(409, 'name conflicts with an existing object');
      const service: Service = { ID: this.#id('s'), Version: { Index: 1 }, CreatedAt: '', Spec: structuredClone(body) };
      this.services.set(service.ID, service);
      this.made.push(structuredClone(body));
      this.#settle(service);
      return { ID: service.ID };
    }
    const service = this.services.get(id) ?? this.named(id);
    if (!service) throw refusal(404, `service ${id} not found`);
    if (method === 'GET') return structuredClone(service);
    if (method === 'DELETE') {
      for (const task of this.#tasks.filter(({ ServiceID }) => ServiceID === id)) this.#end(task);
      this.services.delete(id);
      return {};
    }
    if (verb !== 'update' || query.version !== service.Version.Index) throw refusal(500, 'update out of sequence');
    const before = service.Spec;
    service.Spec = structuredClone(body);
    service.Version = { Index: service.Version.Index + 1 };
    this.#settle(service, before);
    return {};
  }

  #network(method: string, id: string, body: { Name: string }): unknown {
    if (id === 'create') {
      this.networks.set(body.Name, {
        ...body,
        Id: body.Name,
        Scope: 'swarm',
        IPAM: { Config: [{ Subnet: '10.9.0.0/24' }] },
      });
      return {};
    }
    if (!this.networks.has(id)) throw refusal(404, 'no such network');
    if (method === 'DELETE') this.networks.delete(id);
    return structuredClone(this.networks.get(id));
  }

  #store(
    kind: 'configs' | 'secrets',
    method: string,
    id: string,
    verb: string | undefined,
    query: Record<string, unknown>,
    body: Stored['Spec'],
  ): unknown {
    const all = this.stored[kind];
    if (method === 'GET' && !id) {
      const list = structuredClone(this.#bearing(all.values(), query));
      if (kind === 'secrets') for (const { Spec } of list) delete Spec.Data;
      return list;
    }
    const found = all.get(id) ?? [...all.values()].find(({ Spec }) => Spec.Name === id);
    if (id === 'create') {
      if ([...all.values()].some(({ Spec }) => Spec.Name === body.Name)) throw refusal(409, 'exists');
      const made = { ID: this.#id('o'), Version: { Index: 1 }, CreatedAt: '', Spec: structuredClone(body) };
      all.set(made.ID, made);
      return { ID: made.ID };
    }
    if (!found) throw refusal(404, `${kind} ${id} not found`);
    if (method === 'GET') return structuredClone(found);
    if (method === 'DELETE') {
      if (this.#used(kind, found.ID)) throw refusal(400, `${id} is in use by the following service`);
      all.delete(found.ID);
      return {};
    }
    if (verb !== 'update' || query.version !== found.Version.Index) throw refusal(500, 'update out of sequence');
    found.Version = { Index: found.Version.Index + 1 };
    found.Spec.Labels = body.Labels;
    return {};
  }

  /** The engine of a manager; `call` hears of each change and of each line to an edge, and may keep it from being answered. */
  engine(call: (command: string) => Promise<void> | undefined = () => undefined): Engine {
    const label = 'swarm+unix:///s';
    const docker = {
      modem: {
        dial: (dialled: Dialled, done: (error: unknown, data?: unknown) => void) => {
          const { method, path } = dialled;
          if (method !== 'GET' && call(`${method} ${path.split('/').slice(0, 3).join('/')}`)) return;
          // Nothing that runs here says anything.
          if (/^\/services\/\w+\/logs/.test(path)) return done(undefined, Readable.from([]));
          try {
            const answer = this.#answer(dialled);
            done(undefined, Buffer.isBuffer(answer) ? answer : structuredClone(answer));
          } catch (error) {
            done(error);
          }
        },
      },
      getContainer: () => ({
        exec: async ({ Cmd }: { Cmd: string[] }) => ({ start: async () => netcat(this, Cmd, call) }),
        remove: async () => undefined,
      }),
      getImage: (name: string) => ({
        inspect: async () => {
          throw refusal(404, `no such image: ${name}`);
        },
      }),
      listContainers: async () => [],
    };
    const engine = {
      label,
      docker,
      ping: async () => ({ apiVersion: '1.41', version: '20.10', dateMs: this.clock.now() }),
      call: async (name: string, body: (docker: object, signal: AbortSignal) => Promise<unknown>) => {
        try {
          return await body(docker, new AbortController().signal);
        } catch (cause) {
          if (cause instanceof SeatrialError) throw cause;
          throw new SeatrialError('ENGINE_REFUSED', `${label}: ${name}: ${(cause as Error).message}`, { cause });
        }
      },
    };
    return engine as unknown as Engine;
  }
}
