import { addressIn, bySlot, hasEnded, isWanted, type Task } from '../../lib/docker/swarm.ts';
import { type Probe, probeHttp, probeTcp } from '../docker/probe.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Inspect, Instance, Look, OneOff, Workload } from '../target.ts';
import { releaseBody } from './body.ts';
import type { Cluster } from './cluster.ts';
import { makeRelease } from './compose/make.ts';
import { keptObjects } from './kept.ts';
import { lastLines } from './log.ts';
import { networkName, serviceName } from './names.ts';
import { makeOneOff } from './one-off.ts';
import { ensureSecrets, objectName, pruneSecrets } from './secrets.ts';
import { own } from './spec.ts';
import { lookAt, type SwarmInstance } from './tasks.ts';
import { untilBegun } from './wait.ts';
import { wanted } from './wanted.ts';

/** As our probes say it of one that gave no answer at all. */
const SILENT = /gave no answer|closed without an answer|could not be asked/;
const LOST_MS = 25_000;
const AGAIN_MS = 500;

/** A service `<app>-<release>` for each release; one that is stopped is scaled to none. */
export class SwarmWorkload implements Workload {
  readonly #cluster: Cluster;
  /** Looks that are asked for at the same time are one question. */
  readonly #looks = new Map<string, ReturnType<Cluster['api']['tasks']>>();

  /** The task each slot had when this run first looked at it: what failed since has crashed under our eyes. */
  readonly #first = new Map<string, Task>();
  /** Instances whose silence was waited out once. */
  readonly #doubted = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async create(record: ReleaseRecord): Promise<void> {
    const cluster = this.#cluster;
    const { app, environment, api, context } = cluster;
    const { release } = record;
    if (cluster.service(release)) return;
    const spec = own(record.spec);
    const secrets = spec.compose ? [] : await ensureSecrets(api, cluster, spec.secrets, context.secrets);
    await cluster.guard();
    const labels = {
      app,
      environment,
      release,
      image: record.image,
      spec,
      run: record.run,
      actor: record.by,
      previous: cluster.history.current,
      at: record.at,
    };
    const body = spec.compose ? await makeRelease(cluster, labels) : releaseBody(labels, secrets);
    await api.create(body, cluster.auth(spec.asked ?? spec.image));
    await cluster.refresh();
  }

  /**
   * Scales a release to what its record says, or where it comes back, to as many as serve now. Where it has tasks already, the Swarm itself sees to the others: whoever
   * puts traffic back must not wait for them.
   */
  async start(release: string): Promise<void> {
    const cluster = this.#cluster;
    const service = cluster.service(release);
    if (!service) return;
    const own = find(cluster.history, release)?.spec.replicas ?? service.labels.spec.replicas;
    const replicas = wanted(cluster, release, own);
    if (service.replicas >= replicas && cluster.of(release).some(({ state }) => state === 'running')) return;
    await cluster.guard();
    await this.scaleTo(release, replicas);
  }

  /** Another number of tasks; more of them are waited for. */
  async scaleTo(release: string, replicas: number): Promise<void> {
    const cluster = this.#cluster;
    const { id, name, tasks, image, replicas: had } = cluster.service(release)!;
    if (had === 0) for (const key of this.#first.keys()) if (key.startsWith(`${id} `)) this.#first.delete(key);
    // What a scaling before has left is over; what runs of it counts.
    const before = new Set(tasks.filter((task) => had === 0 || hasEnded(task) || !isWanted(task)).map(({ ID }) => ID));
    const auth = cluster.auth(find(cluster.history, release)?.spec.asked ?? image);
    await cluster.api.update(
      id,
      (spec) => {
        spec.Mode = { Replicated: { Replicas: replicas } };
      },
      auth,
    );
    try {
      if (replicas > 0) await untilBegun(cluster, { service: id, name, slots: replicas, before });
    } finally {
      await cluster.refresh();
    }
  }

  async stop(release: string): Promise<void> {
    const cluster = this.#cluster;
    const service = cluster.service(release);
    if (!service) return;
    const spec = find(cluster.history, release)?.spec ?? service.labels.spec;
    await cluster.guard();
    if (service.replicas > 0) await this.scaleTo(release, 0);
    await cluster.ended(service.id, spec.stopTimeoutMs + 30_000);
    await cluster.refresh();
  }

  /** Nothing a Swarm could do; `can.pause` says so. */
  async pause(): Promise<void> {}

  async remove(release: string): Promise<void> {
    const cluster = this.#cluster;
    const service = cluster.service(release);
    if (!service) return;
    await cluster.guard();
    await cluster.api.removeService(service.id);
    await cluster.refresh();
    await pruneSecrets(cluster.api, cluster, keptObjects(cluster));
  }

  #tasks(service: string, signal?: AbortSignal) {
    const known = this.#looks.get(service);
    if (known) return known;
    const asked = this.#cluster.api.tasks([service], signal);
    this.#looks.set(service, asked);
    const over = () => this.#looks.delete(service);
    asked.then(over, over);
    return asked;
  }

  /**
   * A task that is silent may be on a node that was lost a moment ago and is still called ready. Once for each, it is
   * asked until the Swarm knows more: then it is followed to where the Swarm has moved it.
   */
  async inspect(instance: Instance, spec: Spec, atMs: number, signal?: AbortSignal): Promise<Look> {
    const { clock } = this.#cluster;
    const end = clock.mono() + LOST_MS;
    for (;;) {
      const look = await this.#look(instance as SwarmInstance, spec, atMs, signal); // as the listing made it
      const silent = look.probe?.ok === false && SILENT.test(look.probe.said) && look.health === 'none';
      if (!silent || this.#doubted.has(instance.id) || clock.mono() > end) {
        if (silent) this.#doubted.add(instance.id);
        return look;
      }
      const { NodeID } = look.task!;
      if ((await this.#cluster.nodes()).get(NodeID ?? '')?.Status.State !== 'ready')
        return { ...look, health: 'starting', probe: undefined };
      await clock.sleep(AGAIN_MS, signal);
    }
  }

  async #look({ task: listed, service, slot }: SwarmInstance, spec: Spec, atMs: number, signal?: AbortSignal) {
    const key = `${service} ${slot}`;
    const known = this.#first.get(key) ?? listed;
    this.#first.set(key, known);
    const tasks = await this.#tasks(service, signal);
    const look = lookAt(known, bySlot(tasks).get(String(slot)) ?? []);
    const { task } = look;
    const answers = task?.Status.State === 'running' && look.running && look.restarts === 0;
    const probe = answers
      ? await this.#probe(addressIn(task, networkName(this.#cluster.app)), spec, signal)
      : undefined;
    return { ...look, atMs, probe };
  }

  /** Asked through the network of the edge, from the manager that was reached. */
  async #probe(ip: string, { port, health }: Spec, signal?: AbortSignal): Promise<Probe | undefined> {
    if (!port || !ip) return undefined;
    const { engine, fleet } = this.#cluster;
    const from = await fleet.inside();
    const { path = '/', timeoutMs, host, headers, status } = health;
    const door = { ip, port, path, timeoutMs, host, headers, status };
    return health.path ? probeHttp(engine, from, door, signal) : probeTcp(engine, from, door, signal);
  }

  async withProbe<T>(spec: Spec, body: (inspect: Inspect) => Promise<T>): Promise<T> {
    if (spec.port) await this.#cluster.fleet.inside();
    return body((instance, of, atMs, signal) => this.inspect(instance, of, atMs, signal));
  }

  /** Of its newest task, and of the one before where that has crashed. */
  async lastLines(instance: Instance): Promise<string[]> {
    const { service, slot } = instance as SwarmInstance;
    const tasks = (bySlot(await this.#tasks(service)).get(String(slot)) ?? []).filter(({ NodeID }) => NodeID);
    const lines: string[] = [];
    for (const task of tasks.slice(0, 2).reverse()) {
      lines.push(...(await lastLines(this.#cluster, task)));
      if (task.Status.Err) lines.push(`(the Swarm says of this task: ${task.Status.Err})`);
    }
    return lines.slice(-24);
  }

  /** By their names: a new value is another secret, and a new release. */
  async holdsSecrets(release: string, spec: Spec): Promise<boolean> {
    const cluster = this.#cluster;
    if (!spec.secrets.length) return true;
    const found = await cluster.api.service(serviceName(cluster.app, release));
    const template = found?.Spec.TaskTemplate as { ContainerSpec?: { Secrets?: { SecretName: string }[] } } | undefined;
    const held = new Set(template?.ContainerSpec?.Secrets?.map(({ SecretName }) => SecretName));
    return spec.secrets.every((name) => {
      const value = cluster.context.secrets.get(name);
      return value !== undefined && held.has(objectName(cluster, name, value));
    });
  }

  oneOff(record: ReleaseRecord, kind: string, command: string): Promise<OneOff> {
    return makeOneOff(this.#cluster, record, kind, command);
  }
}
