import { SeatrialError } from '../../lib/errors.ts';
import { isMissing } from '../../lib/kubernetes/error.ts';
import { appContainer, isGoing } from '../../lib/kubernetes/pods.ts';
import type { Pod } from '../../lib/kubernetes/types.ts';
import { askHttp, askTcp, type Exchange } from '../asking.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Inspect, Instance, Look, OneOff, Workload } from '../target.ts';
import { putBudget } from './budgets.ts';
import type { Edge } from './edge/edge.ts';
import { lastEvent } from './events.ts';
import { Followed } from './follow.ts';
import { readLog } from './logs.ts';
import type { ManifestObjects } from './manifests/companions.ts';
import type { KubernetesRecord } from './model.ts';
import { releaseSelector } from './names.ts';
import { isJudged, PRE_STOP_SECONDS } from './objects/pod.ts';
import { appBudgetOf, deploymentOf } from './objects/release.ts';
import { makeOneOff } from './one-off.ts';
import { failing, hasBegun, lookOf } from './pods.ts';
import { putLogin, putSecrets } from './secrets.ts';
import type { Space } from './space.ts';
import { type KubernetesSpec, own } from './spec.ts';
import { type Coming, untilStanding } from './standing.ts';
import { type Steadiness, steadiness, unsteady } from './steadiness.ts';
import { isBeingMade, isHomeless, nodeComes, type Trouble, undone, unmounted } from './trouble.ts';

/** Pulling a large image over a slow line may take its time; what can never come is told long before. */
const START_MS = 600_000;
/** So often it is asked what keeps a pod; most have begun before. */
const ASK_MS = 5000;
/** A node that is gone answers for its pods no more: they are not waited for. */
const GONE_MS = 30_000;

/** Releases are Deployments, scaled to nothing while they are stopped. */
export class KubernetesWorkload implements Workload {
  readonly #space: Space;
  readonly #edge: Edge;
  /** Of pods this run has looked at, by uid. */
  readonly #seen = new Map<string, Steadiness>();
  /** Addresses of pods that nobody could ask: the one that asks goes with its node, and a release is not blamed for that. */
  readonly #unasked = new Set<string>();
  readonly #companions: ManifestObjects;
  readonly #followed: Followed;

  constructor(space: Space, edge: Edge, companions: ManifestObjects) {
    this.#space = space;
    this.#edge = edge;
    this.#companions = companions;
    this.#followed = new Followed(space);
  }

  /** What the release's pods need first, so that a Deployment that is there is whole. SECRETS_NEEDED. */
  async create(record: ReleaseRecord): Promise<void> {
    const space = this.#space;
    const { api, history } = space;
    const { release } = record;
    const spec = own(record.spec);
    await space.guard();
    const where = await putLogin(space, release, spec);
    if (space.deploymentOf(release)) return;
    await putSecrets(space, where, release, spec);
    await this.#companions.complete(spec);
    const wanted = deploymentOf(where, record as KubernetesRecord, history.current);
    await putBudget(space, appBudgetOf(where), wanted.spec.template?.metadata?.labels ?? {});
    await api.apply('deployments', wanted);
    await space.refresh();
  }

  /** As many as its spec says; one that comes back under an autoscaler or after a scale, as many as serve now. */
  async #wanted(release: string, spec: KubernetesSpec): Promise<number> {
    const { history } = this.#space;
    if (history.open?.command === 'deploy' && history.open.release === release) {
      const before = history.open.back;
      const scaler = before && (await this.#space.autoscalerOf(before));
      return scaler ? Math.max(spec.replicas, this.#scaleOf(before)) : spec.replicas;
    }
    return Math.max(spec.replicas, history.current === release ? 0 : this.#scaleOf(history.current));
  }

  #scaleOf(release: string): number {
    return this.#space.deploymentOf(release)?.spec.replicas ?? 0;
  }

  async start(release: string): Promise<void> {
    const space = this.#space;
    const record = find(space.history, release);
    const there = space.deploymentOf(release);
    if (!there) throw new SeatrialError('INTERNAL', `${space.label}: ${release} has no Deployment to start.`);
    await space.guard();
    const running = there.spec.replicas ?? 0;
    const wanted = running || (record ? await this.#wanted(release, record.spec) : 1);
    if (!running) await this.scaleTo(release, wanted);
    try {
      await this.standing(release, wanted);
    } finally {
      // What is there by now has something to say.
      await space.refresh();
    }
  }

  async scaleTo(release: string, replicas: number): Promise<void> {
    const { api, names } = this.#space;
    await api.merge('deployments', names.release(release), { spec: { replicas } });
  }

  /** Comes back when so many pods of it have begun, be they healthy or not. */
  async standing(release: string, wanted: number): Promise<void> {
    const space = this.#space;
    let next = space.clock.mono() + ASK_MS;
    let trouble: Trouble | undefined;
    let brought = false;
    const look = async (): Promise<Coming> => {
      const [deployment, pods] = await Promise.all([
        space.api.get('deployments', space.names.release(release), { signal: space.signal }),
        space.api.list('pods', releaseSelector(space.app, release), { signal: space.signal }),
      ]);
      const [stuck, homeless] = [pods.find(isBeingMade), pods.find(isHomeless)];
      const lost = undone(space.names.release(release), deployment);
      if (lost) return { deployment, pods, trouble: lost };
      if (!stuck) trouble = undefined;
      if (space.clock.mono() <= next) return { deployment, pods, trouble, brought };
      next = space.clock.mono() + ASK_MS;
      const eventOf = ({ metadata }: Pod, reason: string) => lastEvent(space, metadata.uid ?? '', reason);
      if (stuck) trouble = unmounted(stuck, await eventOf(stuck, 'FailedMount'));
      if (homeless && !brought) brought = await nodeComes((reason) => eventOf(homeless, reason));
      return { deployment, pods, trouble, brought };
    };
    await untilStanding(
      space,
      look,
      ({ deployment, pods }) => {
        const there = pods.filter((pod) => !isGoing(pod));
        // Its number may be in an autoscaler's hands meanwhile.
        return there.length === (deployment?.spec.replicas || wanted) && there.every(hasBegun);
      },
      { wanted, withinMs: START_MS, signal: space.signal },
    );
  }

  /** Comes back when no pod of it is left, or a node that is gone can't say so. */
  async #empty(release: string, withinMs: number): Promise<void> {
    const space = this.#space;
    const { api, app, clock } = space;
    const end = clock.mono() + withinMs;
    for (;;) {
      const all = await api.list('pods', releaseSelector(app, release));
      const left = all.filter((pod) => pod.metadata.deletionTimestamp !== undefined || !isGoing(pod));
      if (!left.length) return;
      if (clock.mono() > end) {
        space.say(`${left.map(({ metadata }) => metadata.name).join(', ')} did not go in time; is the node gone?`);
        return;
      }
      await clock.sleep(250);
    }
  }

  async stop(release: string): Promise<void> {
    const space = this.#space;
    await space.guard();
    if (!space.deploymentOf(release)) return;
    const spec = find(space.history, release)?.spec;
    if (space.deploymentOf(release)?.spec.replicas !== 0) await this.scaleTo(release, 0);
    await this.#empty(release, (spec?.stopTimeoutMs ?? 10_000) + PRE_STOP_SECONDS * 1000 + GONE_MS);
    await space.refresh();
  }

  async pause(): Promise<void> {}

  /** What was never to have traffic any more needs no pause before it goes. */
  async remove(release: string): Promise<void> {
    const space = this.#space;
    const { api, names } = space;
    await space.guard();
    const stopMs = find(space.history, release)?.spec.stopTimeoutMs ?? 10_000;
    await api.delete('deployments', names.release(release));
    for (const { metadata } of await api.list('pods', releaseSelector(space.app, release))) {
      await api.delete('pods', metadata.name, { graceSeconds: Math.max(1, Math.ceil(stopMs / 1000)) });
    }
    for (const name of [names.release(release), names.pull(release)]) await api.delete('secrets', name);
    await this.#empty(release, stopMs + GONE_MS);
    await this.#companions.discard(release);
    await space.refresh();
    // Of a first release that came to nothing nothing stays.
    if (!space.listing.deployments.length) await api.delete('poddisruptionbudgets', names.budget);
  }

  async #look(
    instance: Instance,
    spec: KubernetesSpec,
    atMs: number,
    gate: boolean,
    signal?: AbortSignal,
  ): Promise<Look> {
    const found = await this.#followed.find(instance, signal ?? this.#space.signal);
    if ('look' in found) return { atMs, ...found.look, probe: undefined };
    const mine = found.pod;
    const look = this.#steady(mine, lookOf(mine, { gate, judged: isJudged(spec) }), gate);
    const hopeless = look.gone || !look.running || look.restarts > 0;
    const probe = hopeless || !spec.port ? undefined : await this.#probe(mine!, spec, signal);
    if (this.#space.direct && !gate && this.#unasked.has(mine?.status?.podIP ?? ''))
      return { atMs, ...look, probe: undefined };
    return { atMs, ...look, probe };
  }

  #steady<T extends Omit<Look, 'atMs' | 'probe'>>(pod: Pod | undefined, look: T, gate: boolean): T {
    if (!pod) return look;
    const id = pod.metadata.uid ?? '';
    const before = this.#seen.get(id);
    const now = steadiness(before, pod);
    this.#seen.set(id, now);
    return unsteady(look, before, now, gate);
  }

  /** With the node it is on, where it does not answer: the node may be what is gone. */
  async #probe(pod: Pod, spec: KubernetesSpec, signal?: AbortSignal) {
    const { ok, said } = await this.#ask(pod, spec, signal);
    return ok || !pod.spec.nodeName ? { ok, said } : { ok, said: `${said}, on ${pod.spec.nodeName}` };
  }

  async #ask({ status }: Pod, { port, health }: KubernetesSpec, signal?: AbortSignal) {
    const from: Exchange | undefined = this.#edge.anywhere;
    const ip = status?.podIP;
    if (!ip || !port) return { ok: false, said: 'it has no address yet' };
    this.#unasked.delete(ip);
    if (!from) {
      this.#unasked.add(ip);
      await this.#space.refresh(signal);
      return { ok: false, said: 'there is no pod of the edge to ask from' };
    }
    try {
      return health.path
        ? await askHttp(from, { ...health, path: health.path, ip, port }, signal)
        : await askTcp(from, { ip, port }, signal);
    } catch (error) {
      signal?.throwIfAborted();
      this.#unasked.add(ip);
      // The pod of the edge that asks may go at any moment; there is another.
      await this.#space.refresh(signal);
      return { ok: false, said: `it could not be asked (${error instanceof Error ? error.message : error})` };
    }
  }

  inspect(instance: Instance, spec: Spec, atMs: number, signal?: AbortSignal): Promise<Look> {
    return this.#look(instance, own(spec), atMs, false, signal);
  }

  withProbe<T>(_: Spec, body: (inspect: Inspect) => Promise<T>): Promise<T> {
    return body((instance, spec, atMs, signal) => this.#look(instance, own(spec), atMs, true, signal));
  }

  /** Of one that crashed, what it said before. */
  async lastLines({ name }: Instance): Promise<string[]> {
    const { api } = this.#space;
    const pod = await api.get('pods', name);
    const crashed = pod?.status?.containerStatuses?.some(({ restartCount }) => restartCount > 0);
    const ill = pod && failing(pod)[0];
    const options = { container: ill?.name ?? (pod && appContainer(pod)), tailLines: 50 };
    try {
      return await readLog(api, name, { ...options, previous: ill ? false : crashed });
    } catch (error) {
      if (isMissing(error)) return [];
      return readLog(api, name, options);
    }
  }

  async holdsSecrets(release: string, spec: Spec, signal?: AbortSignal): Promise<boolean> {
    if (!spec.secrets.length) return true;
    const { api, names, context } = this.#space;
    const held = await api.get('secrets', names.release(release), { signal });
    return spec.secrets.every(
      (key) => Buffer.from(held?.data?.[key] ?? '', 'base64').toString('utf8') === context.secrets.get(key),
    );
  }

  async oneOff(record: ReleaseRecord, kind: string, command: string): Promise<OneOff> {
    await this.#companions.complete(own(record.spec));
    return makeOneOff(this.#space, record as KubernetesRecord, kind, command);
  }
}
