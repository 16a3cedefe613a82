import { inspectContainer } from '../../lib/docker/inspect.ts';
import { formatSize } from '../../lib/units.ts';
import type { JudgeEvent } from '../judge/types.ts';
import type { Watched } from './containers.ts';

interface Inspected {
  Image: string;
  RestartCount: number;
  State: { Status: string; StartedAt: string; OOMKilled: boolean; ExitCode: number; Health?: { Status: string } };
  HostConfig: { NanoCpus?: number; CpuQuota?: number; CpuPeriod?: number; Memory?: number };
}

interface Stats {
  cpu_stats: { cpu_usage: { total_usage: number }; system_cpu_usage?: number; online_cpus?: number };
  memory_stats: { usage?: number; limit?: number; stats?: { inactive_file?: number; total_inactive_file?: number } };
}

/** What is read again and again of one container or task. */
export interface Vital {
  readonly target: Watched;
  peak: { cpu: number; memory: number; bytes: number };
  restarts: number;
  state: string;
  comparable: boolean;
  read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void>;
}

/** Vital signs of one container, read again and again: gauges for thresholds, facts that need no statistics. */
export class Vitals implements Vital {
  readonly target: Watched;
  #first: Inspected | undefined;
  #last: { cpu: number; system: number } | undefined;
  #oomSince = Math.floor(Date.now() / 1000);
  peak = { cpu: Number.NaN, memory: Number.NaN, bytes: Number.NaN };
  restarts = 0;
  state = 'unknown';
  /** Its image's digest could be held against the deployment's. */
  comparable = true;

  constructor(target: Watched) {
    this.target = target;
  }

  /** Reads once. Errors are the engine's; a container that is gone is a fact, not an error. */
  async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
    const { host, id, name, version } = this.target;
    const now = Date.now() / 1000;
    const fact = (gate: string, text: string) => emit({ kind: 'fact', t: now, version, gate, text });
    const options = { timeoutMs: 5000, signal };
    const info = await inspectContainer(host.engine, id, `inspect ${name}`, options);
    if (!info) {
      this.state = 'gone';
      return fact('container', `The container ${name} is gone.`);
    }
    const inspected = info as unknown as Inspected;
    const { State: state } = inspected;
    const first = this.#first;
    this.#first ??= inspected;
    this.state = state.Health ? `${state.Status}, ${state.Health.Status}` : state.Status;
    if (!first) await this.#checkImage(inspected, fact, signal);
    if (state.OOMKilled || (await this.#wasOomKilled(signal))) fact('oom', `${name} ran out of memory and was killed.`);
    this.restarts = Math.max(this.restarts, inspected.RestartCount - (first ?? inspected).RestartCount);
    if (this.restarts > 0 || (first && state.StartedAt !== first.State.StartedAt)) {
      this.restarts = Math.max(1, this.restarts);
      fact('restart', `${name} restarted.`);
    }
    if (['exited', 'dead', 'restarting'].includes(state.Status))
      fact('restart', `${name} is ${state.Status} (exit code ${state.ExitCode}).`);
    // Neither serves nor works, and says so by nothing: a worker has no requests that could be missed.
    if (['paused', 'created'].includes(state.Status)) fact('container', `${name} is ${state.Status}: it does not run.`);
    if (state.Health?.Status === 'unhealthy') fact('health', `${name} is unhealthy.`);
    if (state.Status === 'running') await this.#readStats(inspected, now, emit, signal);
  }

  async #checkImage(
    inspected: Inspected,
    fact: (gate: string, text: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { host, name, digest, version } = this.target;
    if (!digest || version !== 'new' || inspected.Image === digest) return;
    const { RepoDigests } = await host.engine.call(
      'inspect the image',
      (docker) => docker.getImage(inspected.Image).inspect(),
      { signal },
    );
    // An image that was never pulled has no digest of a registry to compare.
    this.comparable = Boolean(RepoDigests && RepoDigests.length > 0);
    if (!this.comparable || RepoDigests.some((one) => one.endsWith(`@${digest}`))) return;
    fact('digest', `${name} runs another image than the deployment says (${digest.slice(0, 19)}…).`);
  }

  /** A restart clears the flag of the kill before it; the engine's events keep it. */
  async #wasOomKilled(signal: AbortSignal): Promise<boolean> {
    const { host, id, name } = this.target;
    const until = Math.floor((Date.now() + host.skewMs) / 1000);
    const since = this.#oomSince;
    if (until <= since) return false;
    const text = await host.engine.call(
      `ask for events of ${name}`,
      async (docker) => {
        const stream = await docker.getEvents({ since, until, filters: { container: [id], event: ['oom'] } });
        let all = '';
        for await (const chunk of stream) all += String(chunk);
        return all;
      },
      { timeoutMs: 5000, signal },
    );
    this.#oomSince = until;
    return text.includes('"oom"');
  }

  async #readStats(
    { HostConfig: limits }: Inspected,
    t: number,
    emit: (event: JudgeEvent) => void,
    signal: AbortSignal,
  ) {
    const { host, id, name, version } = this.target;
    const stats = (await host.engine.call(
      `read the vitals of ${name}`,
      (docker) =>
        docker.getContainer(id).stats({ stream: false, 'one-shot': true } as never) as unknown as Promise<unknown>,
      { timeoutMs: 8000, signal },
    )) as unknown as Stats;
    const { cpu_stats: cpu, memory_stats: memory } = stats;
    const now = { cpu: cpu.cpu_usage.total_usage, system: cpu.system_cpu_usage ?? 0 };
    if (this.#last && now.system > this.#last.system) {
      const cores = cpu.online_cpus ?? 1;
      const quota = limits.NanoCpus
        ? limits.NanoCpus / 1e9
        : limits.CpuQuota
          ? limits.CpuQuota / (limits.CpuPeriod || 100_000)
          : cores;
      const value = (((now.cpu - this.#last.cpu) / (now.system - this.#last.system)) * cores) / quota;
      this.peak.cpu = Math.max(Number.isNaN(this.peak.cpu) ? 0 : this.peak.cpu, value);
      emit({ kind: 'gauge', t, version, name: 'cpu', value, series: name });
    }
    this.#last = now;
    if (!memory.usage) return;
    // Pages of files can be dropped at any time; `docker stats` leaves them out as well.
    const used = memory.usage - (memory.stats?.inactive_file ?? memory.stats?.total_inactive_file ?? 0);
    this.peak.bytes = Math.max(Number.isNaN(this.peak.bytes) ? 0 : this.peak.bytes, used);
    const limit = limits.Memory || memory.limit;
    if (!limit) return;
    this.peak.memory = Math.max(Number.isNaN(this.peak.memory) ? 0 : this.peak.memory, used / limit);
    emit({ kind: 'gauge', t, version, name: 'memory', value: used / limit, series: name });
  }
}

const worst = (values: number[]) => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length > 0 ? Math.max(...known) : Number.NaN;
};

/** Rows for the summary: the worst of each version's containers. */
export function vitalRows(all: readonly Vital[]): [string, string, string][] {
  if (all.length === 0) return [];
  const of = (version: 'old' | 'new') => all.filter((one) => one.target.version === version);
  const cell = (version: 'old' | 'new', pick: (one: Vital) => number, show: (value: number) => string) => {
    const value = worst(of(version).map(pick));
    return Number.isNaN(value) ? '–' : show(value);
  };
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  const rows: [string, (one: Vital) => number, (value: number) => string][] = [
    ['CPU, highest', (one) => one.peak.cpu, share],
    ['Memory of its limit, highest', (one) => one.peak.memory, share],
    ['Memory, highest', (one) => one.peak.bytes, formatSize],
    ['Restarts', (one) => one.restarts, String],
  ];
  const states = (version: 'old' | 'new') =>
    of(version)
      .map((one) => one.state)
      .join(', ') || '–';
  return [
    ...rows.map(([name, pick, show]): [string, string, string] => [
      name,
      cell('old', pick, show),
      cell('new', pick, show),
    ]),
    ['State', states('old'), states('new')],
  ];
}
