import type { Api } from '../../../lib/kubernetes/api.ts';
import { statusOf } from '../../../lib/kubernetes/error.ts';
import { appContainer, isGoing, isReady, statuses } from '../../../lib/kubernetes/pods.ts';
import type { Pod } from '../../../lib/kubernetes/types.ts';
import { formatSize } from '../../../lib/units.ts';
import type { JudgeEvent, Version } from '../../judge/types.ts';
import type { LiveVitals } from '../site.ts';

/** A quantity of Kubernetes as a plain number: `250m` CPUs, `64Mi` bytes; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export function quantity(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+(?:e\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const units: Record<string, number> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    '': 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
  };
  return Number(number) * (units[unit] ?? Number.NaN);
}

const restartsOf = (pod: Pod) =>
  (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);

/** What a pod's state says that needs no statistics. `before`: restarts when it was first seen, and whether it was ready then. Pure. */
export function podFacts(pod: Pod, before: { restarts: number; ready: boolean }): [gate: string, text: string][] {
  const { name } = pod.metadata;
  const found: [string, string][] = [];
  const ends = statuses(pod).flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? []);
  const fresh = restartsOf(pod) > before.restarts;
  if (fresh && ends.some(({ reason }) => reason === 'OOMKilled'))
    found.push(['oom', `${name} ran out of memory and was killed.`]);
  if (fresh) found.push(['restart', `${name} restarted.`]);
  const over = (pod.status?.containerStatuses ?? [])
    .map(({ state }) => state?.terminated)
    .find((end) => end !== undefined);
  if (over && !fresh) found.push(['restart', `${name} has ended (exit code ${over.exitCode}).`]);
  if (before.ready && !over && !fresh && !isReady(pod)) found.push(['health', `${name} is not ready any more.`]);
  if (pod.status?.reason === 'Evicted') found.push(['container', `${name} was evicted: ${pod.status.message ?? ''}`]);
  return found;
}

interface Usage {
  metadata: { name: string };
  containers: { name: string; usage: { cpu: string; memory: string } }[];
}

interface Seen {
  version: Version;
  pod: Pod;
  restarts: number;
  ready: boolean;
  here: boolean;
}

const NONE = { cpu: Number.NaN, memory: Number.NaN, bytes: Number.NaN };
const higher = (a: number, b: number) => (Number.isNaN(a) ? b : Math.max(a, b));

/** Vital signs of pods by release: the pods of today, whoever they replaced. */
export class PodVitals implements LiveVitals {
  readonly #api: Api;
  readonly #app: string;
  readonly #versionOf: (release: string) => Version | undefined;
  readonly #digest: string | undefined;
  readonly #seen = new Map<string, Seen>();
  readonly #peaks = { old: { ...NONE }, new: { ...NONE } };
  #unmeasured = '';
  #begun = false;
  #listener: ((pod: Pod, version: Version) => void) | undefined;

  constructor(api: Api, app: string, versionOf: (release: string) => Version | undefined, digest: string | undefined) {
    this.#api = api;
    this.#app = app;
    this.#versionOf = versionOf;
    this.#digest = digest;
  }

  /** Told of each pod that is seen for the first time. */
  onPod(listener: (pod: Pod, version: Version) => void): void {
    this.#listener = listener;
  }

  async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
    const pods = await this.#api.list(
      'pods',
      { 'io.seatrial.app': this.#app, 'io.seatrial.role': 'app' },
      { signal, timeoutMs: 5000 },
    );
    const t = Date.now() / 1000;
    for (const seen of this.#seen.values()) seen.here = false;
    for (const pod of pods) {
      const version = this.#versionOf(pod.metadata.labels?.['io.seatrial.release'] ?? '');
      const { uid = '' } = pod.metadata;
      if (!version) continue;
      const fact = (gate: string, text: string) => emit({ kind: 'fact', t, version, gate, text });
      const known = this.#seen.get(uid);
      if (!known && !isGoing(pod)) this.#meet(pod, version, fact);
      const seen = this.#seen.get(uid);
      if (!seen) continue;
      // One that is asked to go is on its way by somebody's will: its successor is followed.
      seen.here = !isGoing(pod);
      if (pod.metadata.deletionTimestamp === undefined)
        for (const [gate, text] of podFacts(pod, seen)) fact(gate, text);
      seen.pod = pod;
      seen.ready ||= isReady(pod);
    }
    const fresh = [...this.#seen.values()].filter(({ version }) => version === 'new');
    if (fresh.length && !fresh.some(({ here }) => here)) {
      emit({ kind: 'fact', t, version: 'new', gate: 'container', text: 'No pod of the new version is left.' });
    }
    this.#begun = true;
    await this.#measure(emit, t, signal);
  }

  #meet(pod: Pod, version: Version, fact: (gate: string, text: string) => void): void {
    const { uid = '', name } = pod.metadata;
    // What was before we came is past; of a pod that came in another's place all counts.
    this.#seen.set(uid, { version, pod, restarts: this.#begun ? 0 : restartsOf(pod), ready: isReady(pod), here: true });
    const image = pod.spec.containers.find((one) => one.name === appContainer(pod))?.image ?? '';
    const runs = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
    if (version === 'new' && this.#digest && runs && runs !== this.#digest) {
      fact('digest', `${name} runs another image than the deployment says (${this.#digest.slice(0, 19)}…).`);
    }
    this.#listener?.(pod, version);
  }

  /** CPU and memory as metrics-server has them, about every 15 s. */
  async #measure(emit: (event: JudgeEvent) => void, t: number, signal: AbortSignal): Promise<void> {
    if (this.#unmeasured) return;
    let items: Usage[];
    try {
      ({ items } = await this.#api.wire.json<{ items: Usage[] }>({
        path: `/apis/metrics.k8s.io/v1beta1/namespaces/${this.#api.namespace}/pods`,
        query: { labelSelector: `io.seatrial.app=${this.#app},io.seatrial.role=app` },
        what: 'read the metrics of pods',
        signal,
        timeoutMs: 5000,
      }));
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw error;
      const why = status === 403 ? 'we may not read metrics.k8s.io' : 'the cluster has no metrics-server';
      this.#unmeasured = `CPU and memory of pods: ${why}`;
      return;
    }
    for (const { metadata, containers } of items) {
      const seen = [...this.#seen.values()].find(({ pod }) => pod.metadata.name === metadata.name);
      const usage = containers.find(({ name }) => seen && name === appContainer(seen.pod))?.usage;
      if (!seen || !usage) continue;
      const limits =
        seen.pod.spec.containers.find(({ name }) => name === appContainer(seen.pod))?.resources?.limits ?? {};
      const peak = this.#peaks[seen.version];
      const bytes = quantity(usage.memory);
      peak.bytes = higher(peak.bytes, bytes);
      const gauge = (name: 'cpu' | 'memory', value: number) => {
        peak[name] = higher(peak[name], value);
        emit({ kind: 'gauge', t, version: seen.version, name, value, series: metadata.name });
      };
      if (limits.cpu) gauge('cpu', quantity(usage.cpu) / quantity(limits.cpu));
      if (limits.memory) gauge('memory', bytes / quantity(limits.memory));
    }
  }

  skipped(): string[] {
    return this.#unmeasured ? [this.#unmeasured] : [];
  }

  rows(): [string, string, string][] {
    const of = (version: Version) => [...this.#seen.values()].filter((seen) => seen.version === version);
    if (!this.#seen.size) return [];
    const shown = (value: number, show: (value: number) => string) => (Number.isNaN(value) ? '–' : show(value));
    const share = (value: number) => `${(value * 100).toFixed(1)} %`;
    const row = (name: string, cell: (version: Version) => string): [string, string, string] => [
      name,
      cell('old'),
      cell('new'),
    ];
    return [
      row('CPU, highest', (version) => shown(this.#peaks[version].cpu, share)),
      row('Memory of its limit, highest', (version) => shown(this.#peaks[version].memory, share)),
      row('Memory, highest', (version) => shown(this.#peaks[version].bytes, formatSize)),
      row('Restarts', (version) =>
        String(of(version).reduce((sum, { pod, restarts }) => sum + Math.max(0, restartsOf(pod) - restarts), 0)),
      ),
      row('Pods, those replaced too', (version) => String(of(version).length)),
    ];
  }
}
