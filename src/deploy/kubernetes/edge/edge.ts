import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { exchange } from '../../../lib/kubernetes/exec.ts';
import type { Pod } from '../../../lib/kubernetes/types.ts';
import type { Exchange } from '../../asking.ts';
import type { ServerStat, Stats } from '../../docker/edge/runtime.ts';
import type { Counters } from '../../target.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { PROBE_CONTAINER } from '../objects/direct.ts';
import { EDGE_CONTAINER, NOBODY } from '../objects/edge.ts';
import { SLOTS, type Space } from '../space.ts';
import { CLUSTER_IP } from '../spec.ts';
import { standingWays } from '../ways/apply.ts';
import { wayFrom } from '../ways/objects.ts';
import { Gate, serverOf } from './gate.ts';

const usable = ({ status }: ServerStat) => !/^(MAINT|DOWN)/.test(status);

/** Shares of the slots in one pod of the edge. Pure. */
export function slotShares(stats: Stats): Record<SlotName, number> {
  const weightOf = (slot: SlotName) =>
    stats.servers
      .filter((server) => server.name === serverOf(slot) && usable(server))
      .reduce((sum, { weight }) => sum + weight, 0);
  const [a, b] = [weightOf('a'), weightOf('b')];
  return { a: a ? a / (a + b) : 0, b: b ? b / (a + b) : 0 };
}

type Figure = 'busy' | 'ok' | 'errors5xx' | 'connectErrors' | 'responseErrors';

const total = ({ servers }: Stats, slot: SlotName, figure: Figure) =>
  servers.reduce((sum, server) => sum + (server.name === serverOf(slot) ? server[figure] : 0), 0);

/** What no other pod of the edge makes good. */
const FATAL = new Set(['EDGE_REFUSED', 'TOOL_MISSING']);

/** Sessions are open within a tenth of a second. */
const OPEN_MS = 2000;

/** All pods of the edge, as one. */
export class Edge {
  readonly #space: Space;
  readonly #gates = new Map<string, Gate>();
  /** Pods, by uid, that an order did not reach. */
  readonly #untold = new Set<string>();
  /** Those in which a command could not be run. */
  readonly #deaf = new Set<string>();
  /** Those whose silence was told. */
  readonly #silent = new Set<string>();
  /** What each pod had counted when it was last asked: one that goes takes nothing out of the sums. */
  readonly #counted = new Map<string, Stats>();

  constructor(space: Space) {
    this.#space = space;
  }

  /** Sessions of the pods that take requests now. EDGE_UNREACHABLE without any. */
  #all(): Gate[] {
    const { api, label, names } = this.#space;
    const hears = this.told.filter(({ metadata: { uid = '' } }) => !this.#silent.has(uid));
    const gates = hears.length ? hears : this.told;
    const there = new Set(gates.map(({ metadata }) => metadata.uid));
    for (const [uid, gate] of this.#gates) {
      if (there.has(uid)) continue;
      gate.close();
      this.#gates.delete(uid);
    }
    if (!gates.length) {
      throw new SeatrialError('EDGE_UNREACHABLE', `${label}: no pod of ${names.edge} is ready; look at their logs.`);
    }
    return gates.map(({ metadata: { name, uid = '' } }) => {
      const known = this.#gates.get(uid) ?? new Gate(api, name, uid);
      this.#gates.set(uid, known);
      return known;
    });
  }

  /** Pods that take requests, and hear what is ordered. */
  get told(): Pod[] {
    return this.#space.gates.filter(({ metadata: { uid = '' } }) => !this.#untold.has(uid));
  }

  async open(): Promise<void> {
    // Whom nobody answers in is told by what is asked first; it shall not keep the others waiting.
    const opened = Promise.allSettled(this.#all().map((gate) => gate.open()));
    const over = new AbortController();
    const late = this.#space.clock.sleep(OPEN_MS, over.signal).catch(() => undefined);
    await Promise.race([opened.finally(() => over.abort()), late]);
  }

  close(): void {
    for (const gate of this.#gates.values()) gate.close();
    this.#gates.clear();
  }

  /** Does the same in every pod at once. Of those that failed and are there still: which, and why. */
  async #inAll<T>(work: (gate: Gate) => Promise<T>): Promise<{ done: T[]; silent: [gate: Gate, why: unknown][] }> {
    const gates = this.#all();
    const results = await Promise.allSettled(gates.map(work));
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (done.length === gates.length) return { done, silent: [] };
    await this.#space.refresh();
    const { present } = this;
    const failed = results.flatMap((result, i): [Gate, unknown][] =>
      result.status === 'rejected' ? [[gates[i]!, result.reason]] : [],
    );
    const fatal = failed.find(([, why]) => FATAL.has(asSeatrialError(why).code));
    if (fatal) throw fatal[1];
    // One that went meanwhile is no fault, as long as another does it: its successor begins with what is written.
    return { done, silent: failed.filter(([{ uid }]) => !done.length || present.has(uid)) };
  }

  #silence([{ pod, uid }, why]: [Gate, unknown]): SeatrialError {
    return new SeatrialError(
      'EDGE_UNREACHABLE',
      `${this.#space.label}: ${pod} of the edge${this.#nodeOf(uid)} does not answer (${asSeatrialError(why).message}); look at its log, and at its node.`,
      { cause: why },
    );
  }

  #nodeOf(uid: string): string {
    const node = this.#space.listing.edgePods.find(({ metadata }) => metadata.uid === uid)?.spec.nodeName;
    return node ? ` on ${node}` : '';
  }

  /**
   * Asks every pod. While we work on the app one that is silent is looked past, as long as another answers: a node that
   * dies is no fault of a release. EDGE_UNREACHABLE, EDGE_REFUSED.
   */
  async each<T>(work: (gate: Gate) => Promise<T>): Promise<T[]> {
    const { done, silent } = await this.#inAll(work);
    const [first] = silent;
    if (first && (!done.length || !this.#space.lock)) throw this.#silence(first);
    for (const one of silent) this.#lookPast(one[0]);
    return done;
  }

  /** Orders the same in every pod. One that can't be told is taken out by `tellRest`. EDGE_UNREACHABLE, EDGE_REFUSED. */
  async order(work: (gate: Gate) => Promise<unknown>): Promise<void> {
    const { done, silent } = await this.#inAll(work);
    if (silent[0] && !done.length) throw this.#silence(silent[0]);
    for (const [gate] of silent) this.#untold.add(gate.uid);
    for (const uid of this.#silent) if (this.present.has(uid)) this.#untold.add(uid);
  }

  #lookPast(gate: Gate): void {
    if (this.#silent.has(gate.uid)) return;
    this.#silent.add(gate.uid);
    this.#space.say(`${gate.pod} of the edge${this.#nodeOf(gate.uid)} does not answer; the other goes on`);
  }

  /**
   * When an order is written down: pods of the edge that have come since `known` were at work hear of it too. What can't be
   * told goes, with what it knew of before: one that only begins and may have read the older file, or whose node is cut
   * off and may come back. Another comes in its place.
   */
  async tellRest(known: ReadonlySet<string>, work: (gate: Gate) => Promise<unknown>): Promise<void> {
    const space = this.#space;
    await space.refresh();
    const { present } = this;
    const late = this.told.filter(({ metadata: { uid = '' } }) => !known.has(uid));
    if (late.length) {
      await this.order(async (gate) => {
        if (!known.has(gate.uid)) await work(gate);
      });
    }
    const rest = space.listing.edgePods.filter(
      ({ metadata: { uid = '' }, spec }) => (!present.has(uid) && spec.nodeName) || this.#untold.has(uid),
    );
    if (!rest.length) return;
    for (const { metadata, spec } of rest) {
      if (this.#untold.has(metadata.uid ?? ''))
        space.say(`${metadata.name} of the edge on ${spec.nodeName} does not answer: another takes its place`);
      await space.api.delete('pods', metadata.name);
    }
    this.#untold.clear();
    await space.refresh();
  }

  get present(): Set<string> {
    return new Set(this.#space.gates.map(({ metadata }) => metadata.uid ?? ''));
  }

  /** Share of traffic by release, asked of the edge itself: the mean over its pods, as users are spread over them. */
  async shares(): Promise<Map<string, number>> {
    const shares = new Map<string, number>();
    if (!this.#space.gates.length) return shares;
    const all = (await this.#ask()).map(slotShares);
    for (const slot of SLOTS) {
      const release = this.#space.behind(slot);
      const share = all.reduce((sum, one) => sum + one[slot], 0) / all.length;
      if (release && release !== NOBODY && (share > 0 || this.#space.slotOf(release))) {
        shares.set(release, (shares.get(release) ?? 0) + share);
      }
    }
    return shares;
  }

  async #ask(): Promise<Stats[]> {
    return this.each(async (gate) => {
      const stats = await gate.stats();
      this.#counted.set(gate.uid, stats);
      return stats;
    });
  }

  /** Requests under way in a slot, over the pods of now. */
  async busy(slot: SlotName): Promise<number> {
    return (await this.#ask()).reduce((sum, stats) => sum + total(stats, slot, 'busy'), 0);
  }

  /** What the servers of a slot have counted, over all pods that this run has met. */
  async counters(slot: SlotName): Promise<Counters> {
    await this.#ask();
    const all = [...this.#counted.values()];
    const sum = (count: (stats: Stats) => number) => all.reduce((n, stats) => n + count(stats), 0);
    return {
      ok: sum((stats) => total(stats, slot, 'ok')),
      errors5xx: sum((stats) => total(stats, slot, 'errors5xx')),
      failed: sum((stats) => total(stats, slot, 'connectErrors') + total(stats, slot, 'responseErrors')),
      made: sum(({ servers, errors5xx }) => errors5xx - servers.reduce((n, server) => n + server.errors5xx, 0)),
    };
  }

  /** Commands in one pod of the edge, or in the one that asks where no edge is. */
  from(pod: string): Exchange {
    const container = this.#space.direct ? PROBE_CONTAINER : EDGE_CONTAINER;
    return (words, input, options) => exchange(this.#space.api, pod, container, words, input, options);
  }

  /** Commands in any pod of the edge, another where one does not answer; undefined without one. */
  get anywhere(): Exchange | undefined {
    const { gates } = this.#space;
    if (!gates.length) return undefined;
    return async (words, input, options) => {
      const quiet = (uid = '') => Number(this.#deaf.has(uid));
      const order = gates.toSorted((x, y) => quiet(x.metadata.uid) - quiet(y.metadata.uid));
      for (const [i, { metadata }] of order.entries()) {
        const last = i + 1 === order.length;
        try {
          const answer = await this.from(metadata.name)(words, input, options);
          // Nothing at all: it may be whoever is asked, or the node we ask from.
          if (answer.text || answer.ended || last) return answer;
        } catch (error) {
          options?.signal?.throwIfAborted();
          if (last) throw error;
        }
        this.#deaf.add(metadata.uid ?? '');
      }
      throw new Error('unreachable: there was one to ask');
    };
  }

  /** The model of an edge whose history is lost, by its objects; undefined where there is none. */
  async modelFromWhatIsThere(signal?: AbortSignal): Promise<EdgeModel | undefined> {
    const { listing, api, names } = this.#space;
    const { edge } = listing;
    if (!edge) return undefined;
    const front = await api.get('services', names.front, { signal });
    const port = front?.spec.ports?.[0]?.nodePort;
    const template = edge.spec.template?.spec as { containers?: { image?: string }[] } | undefined;
    const slot = (name: SlotName) => {
      const service = listing.slots.find(({ metadata }) => metadata.name === names.slot(name));
      const release = this.#space.behind(name);
      if (!service || !release || release === NOBODY || !this.#space.deploymentOf(release)) return null;
      return { release, port: service.spec.ports?.[0]?.port ?? 0, servers: [service.spec.clusterIP ?? ''], share: 0 };
    };
    return {
      image: template?.containers?.[0]?.image ?? this.#space.edgeImage(),
      publish: port ? String(port) : CLUSTER_IP,
      sticky: false,
      room: 1,
      way: wayFrom(await standingWays(this.#space)),
      slots: { a: slot('a'), b: slot('b') },
    };
  }
}
