import type { Engine } from '../../lib/docker/engine.ts';
import { statusOf } from '../../lib/docker/engine.ts';
import {
  askEngine,
  listServices,
  listTasks,
  type Node,
  type Service,
  type ServiceSpec,
  type Task,
} from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';

/** A config or a secret of the Swarm; of a secret there is no data to be had. */
export interface Stored {
  ID: string;
  Version: { Index: number };
  CreatedAt: string;
  Spec: { Name: string; Labels: Record<string, string>; Data?: string };
}

export interface Overlay {
  Id: string;
  Name: string;
  Scope: string;
  Driver: string;
  Attachable?: boolean;
  IPAM?: { Config?: { Subnet?: string }[] | null };
}

export interface Login {
  username: string;
  password: string;
  serveraddress: string;
}

/** Whether the Swarm refused a write because somebody else has written since: it says so with status 500. */
export const outOfSequence = (error: unknown): boolean =>
  error instanceof Error && /update out of sequence/i.test(error.message);

const encoded = (text: string) => Buffer.from(text).toString('base64');
export const decoded = ({ Spec }: Stored): string => Buffer.from(Spec.Data ?? '', 'base64').toString('utf8');

/** What is asked of a Swarm through one of its managers. */
export class SwarmApi {
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  async #try<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  services(labels: readonly string[], signal?: AbortSignal): Promise<Service[]> {
    return listServices(this.engine, labels, { signal });
  }

  service(id: string, signal?: AbortSignal): Promise<Service | undefined> {
    return this.#try(() =>
      askEngine<Service>(this.engine, 'look at a service', { path: `/services/${id}` }, { signal }),
    );
  }

  tasks(services: readonly string[], signal?: AbortSignal): Promise<Task[]> {
    return listTasks(this.engine, services, { signal });
  }

  nodes(signal?: AbortSignal): Promise<Node[]> {
    return askEngine<Node[]>(this.engine, 'list nodes', { path: '/nodes' }, { signal });
  }

  async create(spec: ServiceSpec, auth?: Login): Promise<string> {
    const made = await askEngine<{ ID: string }>(this.engine, `create service ${spec.Name}`, {
      method: 'POST',
      path: '/services/create',
      body: spec,
      auth,
    });
    return made.ID;
  }

  /**
   * Changes a service's specification, whatever the Swarm itself has noted on it meanwhile: the lock of the app is what
   * keeps others away. Without a login the one it was made with stays in it.
   */
  async update(id: string, edit: (spec: ServiceSpec) => void, auth?: Login): Promise<void> {
    for (let tries = 1; ; tries++) {
      const seen = await askEngine<Service>(this.engine, 'look at a service', { path: `/services/${id}` });
      const spec = structuredClone(seen.Spec);
      edit(spec);
      try {
        await askEngine(this.engine, `update service ${spec.Name}`, {
          method: 'POST',
          path: `/services/${id}/update`,
          query: { version: seen.Version.Index, ...(auth ? {} : { registryAuthFrom: 'spec' }) },
          body: spec,
          auth,
        });
        return;
      } catch (error) {
        if (!outOfSequence(error) || tries === 10) throw error;
      }
    }
  }

  async removeService(id: string): Promise<void> {
    await this.#try(() => askEngine(this.engine, 'remove a service', { method: 'DELETE', path: `/services/${id}` }));
  }

  stored(kind: 'configs' | 'secrets', labels: readonly string[], signal?: AbortSignal): Promise<Stored[]> {
    const query = { filters: { label: labels } };
    return askEngine<Stored[]>(this.engine, `list ${kind}`, { path: `/${kind}`, query }, { signal });
  }

  config(id: string, signal?: AbortSignal): Promise<Stored | undefined> {
    return this.#try(() => askEngine<Stored>(this.engine, 'look at a config', { path: `/configs/${id}` }, { signal }));
  }

  /** The id of what was made; undefined when another bears its name. */
  async store(
    kind: 'configs' | 'secrets',
    name: string,
    labels: Record<string, string>,
    data: string,
  ): Promise<string | undefined> {
    try {
      const made = await askEngine<{ ID: string }>(this.engine, `create ${name}`, {
        method: 'POST',
        path: `/${kind}/create`,
        body: { Name: name, Labels: labels, Data: encoded(data) },
      });
      return made.ID;
    } catch (error) {
      if (statusOf(error) === 409) return undefined;
      throw error;
    }
  }

  /** Changes a config's labels, its data can't be; false when somebody else has written, or removed it, since. */
  async relabel({ ID, Version, Spec }: Stored, labels: Record<string, string>): Promise<boolean> {
    try {
      await askEngine(this.engine, `update ${Spec.Name}`, {
        method: 'POST',
        path: `/configs/${ID}/update`,
        query: { version: Version.Index },
        body: { Name: Spec.Name, Labels: labels },
      });
      return true;
    } catch (error) {
      if (outOfSequence(error) || statusOf(error) === 404) return false;
      throw error;
    }
  }

  /** Removes a config or secret; one that a service still uses stays. */
  async unstore(kind: 'configs' | 'secrets', id: string): Promise<void> {
    try {
      await this.#try(() => askEngine(this.engine, `remove of ${kind}`, { method: 'DELETE', path: `/${kind}/${id}` }));
    } catch (error) {
      if (!/in use by/i.test(error instanceof Error ? error.message : '')) throw error;
    }
  }

  network(name: string): Promise<Overlay | undefined> {
    return this.#try(() => askEngine<Overlay>(this.engine, 'look at a network', { path: `/networks/${name}` }));
  }

  /** `more` is as the API has it. */
  async createNetwork(
    name: string,
    labels: Record<string, string>,
    more: object = { Attachable: true },
  ): Promise<void> {
    const body = { Name: name, Driver: 'overlay', CheckDuplicate: true, Labels: labels, ...more };
    await askEngine(this.engine, `create network ${name}`, { method: 'POST', path: '/networks/create', body });
  }

  async removeNetwork(name: string): Promise<void> {
    await this.#try(() => askEngine(this.engine, 'remove a network', { method: 'DELETE', path: `/networks/${name}` }));
  }

  info(signal?: AbortSignal) {
    return askEngine<{
      ServerVersion: string;
      Swarm: { NodeID: string; LocalNodeState: string; ControlAvailable: boolean };
    }>(this.engine, 'ask the engine about itself', { path: '/info' }, { signal });
  }

  /** The digest a name has at its registry, asked by the manager. */
  async digest(image: string, auth?: Login): Promise<string> {
    const { Descriptor } = await askEngine<{ Descriptor: { digest: string } }>(this.engine, `ask for ${image}`, {
      path: `/distribution/${image}/json`,
      auth,
    });
    return Descriptor.digest;
  }

  /** The engine has to lead a Swarm. SWARM_NEEDED. */
  async lead(signal?: AbortSignal): Promise<string> {
    const { Swarm } = await this.info(signal);
    if (Swarm.LocalNodeState === 'active' && Swarm.ControlAvailable) return Swarm.NodeID;
    const said = Swarm.LocalNodeState === 'active' ? 'is a worker of a Swarm' : 'is in no Swarm';
    throw new SeatrialError(
      'SWARM_NEEDED',
      `${this.engine.label}: this engine ${said}; name one of its managers in hosts (docker node ls shows them), or begin one with docker swarm init.`,
    );
  }
}
