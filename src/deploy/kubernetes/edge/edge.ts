import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { exchange } from '../../../lib/kubernetes/exec.ts';
import type { Exchange } from '../../asking.ts';
import type { ServerStat, Stats } from '../../docker/edge/runtime.ts';
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

/** All pods of the edge, as one. */
export class Edge {
  readonly #space: Space;
  readonly #gates = new Map<string, Gate>();

  constructor(space: Space) {
    this.#space = space;
  }

  /** Sessions of the pods that take requests now. EDGE_UNREACHABLE without any. */
  #all(): Gate[] {
    const { gates, api, label, names } = this.#space;
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

  async open(): Promise<void> {
    await Promise.all(this.#all().map((gate) => gate.open()));
  }

  close(): void {
    for (const gate of this.#gates.values()) gate.close();
    this.#gates.clear();
  }

  /**
   * Does the same in every pod at once. One that went meanwhile is no fault, as long as another does it: its successor
   * begins with what the ConfigMap says. EDGE_UNREACHABLE, EDGE_REFUSED.
   */
  async each<T>(work: (gate: Gate) => Promise<T>): Promise<T[]> {
    const gates = this.#all();
    const results = await Promise.allSettled(gates.map(work));
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (done.length === gates.length) return done;
    await this.#space.refresh();
    const there = new Set(this.#space.gates.map(({ metadata }) => metadata.uid));
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled' || (!there.has(gates[i]!.uid) && done.length)) continue;
      const { code, message } = asSeatrialError(result.reason);
      if (code === 'EDGE_REFUSED' || code === 'TOOL_MISSING') throw result.reason;
      throw new SeatrialError(
        'EDGE_UNREACHABLE',
        `${this.#space.label}: ${gates[i]!.pod} of the edge does not answer (${message}); look at its log.`,
        { cause: result.reason },
      );
    }
    return done;
  }

  /** Does something in pods of the edge that have come since `each` was at work. */
  async newcomers(known: ReadonlySet<string>, work: (gate: Gate) => Promise<unknown>): Promise<void> {
    await this.#space.refresh();
    await this.each(async (gate) => {
      if (!known.has(gate.uid)) await work(gate);
    });
  }

  get present(): Set<string> {
    return new Set(this.#space.gates.map(({ metadata }) => metadata.uid ?? ''));
  }

  /** Share of traffic by release, asked of the edge itself: the mean over its pods, as users are spread over them. */
  async shares(): Promise<Map<string, number>> {
    const shares = new Map<string, number>();
    if (!this.#space.gates.length) return shares;
    const all = (await this.each((gate) => gate.stats())).map(slotShares);
    for (const slot of SLOTS) {
      const release = this.#space.behind(slot);
      const share = all.reduce((sum, one) => sum + one[slot], 0) / all.length;
      if (release && release !== NOBODY && (share > 0 || this.#space.slotOf(release))) {
        shares.set(release, (shares.get(release) ?? 0) + share);
      }
    }
    return shares;
  }

  /** What the servers of a slot have counted, over all pods. */
  async stats(slot: SlotName): Promise<{ mine: ServerStat[]; made: number }> {
    const all = await this.each((gate) => gate.stats());
    const mine = all.flatMap(({ servers }) => servers.filter(({ name }) => name === serverOf(slot)));
    const made = all.reduce(
      (sum, { servers, errors5xx }) => sum + errors5xx - servers.reduce((n, s) => n + s.errors5xx, 0),
      0,
    );
    return { mine, made };
  }

  /** Commands in one pod of the edge, or in the one that asks where no edge is. */
  from(pod: string): Exchange {
    const container = this.#space.direct ? PROBE_CONTAINER : EDGE_CONTAINER;
    return (words, input, options) => exchange(this.#space.api, pod, container, words, input, options);
  }

  /** Commands in any pod of the edge; undefined without one. */
  get anywhere(): Exchange | undefined {
    const [first] = this.#space.gates;
    return first && this.from(first.metadata.name);
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
