import { bySlot, exitCodeOf, hasFailed, isWanted, listTasks, type Task } from '../../lib/docker/swarm.ts';
import type { JudgeEvent } from '../judge/types.ts';
import type { Watched } from './containers.ts';
import { type Vital, Vitals } from './vitals.ts';

const unknown = () => ({ cpu: Number.NaN, memory: Number.NaN, bytes: Number.NaN });

/** Pure: what a slot has come to since `known` was its task. One that the Swarm moved has not crashed. */
export function fateOf(known: string, slot: readonly Task[]): { crashed: Task[]; now: Task | undefined } {
  const from = slot.find(({ ID }) => ID === known)?.CreatedAt ?? '';
  const since = slot.filter(({ CreatedAt }) => CreatedAt >= from);
  return { crashed: since.filter(hasFailed), now: slot.find(isWanted) };
}

/**
 * Vital signs of one slot of a Swarm's service: how its tasks fare the Swarm tells, wherever they are; what they take of
 * their node only the engine there can, so that is read where it is the one that was reached.
 */
export class TaskVitals implements Vital {
  readonly target: Watched;
  readonly #node: string;
  #inner: Vitals | undefined;
  restarts = 0;
  state = 'unknown';
  comparable = true;

  constructor(target: Watched, node: string) {
    this.target = target;
    this.#node = node;
  }

  /** Its node is the one that was reached. */
  get near(): boolean {
    return this.#inner !== undefined;
  }

  get peak() {
    return this.#inner?.peak ?? unknown();
  }

  async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
    const { host, id, name, task, version, digest } = this.target;
    const fact = (gate: string, text: string) => emit({ kind: 'fact', t: Date.now() / 1000, version, gate, text });
    const tasks = await listTasks(host.engine, [task!.service], { timeoutMs: 5000, signal });
    const slot = bySlot(tasks).get(String(task!.slot)) ?? [];
    const { crashed, now } = fateOf(id, slot);
    this.state = now?.Status.State ?? 'gone';
    this.restarts = crashed.length;
    const [last] = crashed;
    if (last) {
      const why = last.Status.Err ?? `exit code ${exitCodeOf(last)}`;
      if (/unhealthy container/i.test(why)) fact('health', `${name} was unhealthy and was begun anew.`);
      else fact('restart', `${name} crashed (${why}).`);
    } else if (!now) fact('container', `${name} is gone: nothing of it is wanted any more.`);
    const image = now?.Spec?.ContainerSpec?.Image ?? '';
    if (digest && version === 'new' && now) {
      this.comparable = image.includes('@');
      if (this.comparable && !image.endsWith(`@${digest}`))
        fact('digest', `${name} runs another image than the deployment says (${digest.slice(0, 19)}…).`);
    }
    const container =
      now?.NodeID === this.#node && now.Status.State === 'running' && now.Status.ContainerStatus?.ContainerID;
    if (!container) {
      // What it had taken so far stays known.
      return;
    }
    if (this.#inner?.target.id !== container) {
      const { task: _task, digest: _digest, ...plain } = this.target;
      this.#inner = new Vitals({ ...plain, id: container });
    }
    await this.#inner.read(emit, signal);
  }
}
