import { getFile } from '../../lib/docker/archive.ts';
import { clashes, parsePublish } from '../publish.ts';
import type { ReleaseRecord } from '../release/history.ts';
import { find } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { CpuUse, Inspect, Instance, Look, OneOff, Workload } from '../target.ts';
import { createByCompose, startByCompose } from './compose/release.ts';
import {
  containerName,
  createContainer,
  lastLines,
  pauseContainer,
  startContainer,
  stopContainer,
} from './containers.ts';
import { cpuOf } from './cpu.ts';
import { dismantle } from './edge/dismantle.ts';
import { entrances } from './edge/entrances.ts';
import { servesGiven } from './front/own.ts';
import type { Host } from './host.ts';
import { resolveImage } from './image.ts';
import { lookAt } from './look.ts';
import { makeOneOff } from './one-off.ts';
import { withProber } from './prober.ts';
import { removeContainer } from './removal.ts';
import { checkSecrets } from './secrets.ts';
import { type DockerSpec, own } from './spec.ts';
import { releaseTag, tagRelease } from './tags.ts';
import { workerCommand } from './worker.ts';

/** Containers `<app>-<release>-<n>`, made by us or, for a release of a compose file, by compose. */
export class DockerWorkload implements Workload {
  readonly #host: Host;
  /** Ids of the containers this run made whole. */
  readonly #made = new Set<string>();

  constructor(host: Host) {
    this.#host = host;
  }

  cpu(release: string, signal?: AbortSignal): Promise<CpuUse> {
    return cpuOf(this.#host, release, signal);
  }

  /** Needs its image, pulled by digest where it is gone. */
  async create(record: ReleaseRecord): Promise<void> {
    const host = this.#host;
    const { engine, app, context } = host;
    const { release } = record;
    const spec = own(record.spec);
    await this.#removeHalfMade(release, spec);
    const have = new Set(host.of(release).map((c) => c.name));
    const whole = [{ name: '', replicas: spec.replicas }, ...(spec.parts ?? [])];
    const missing = whole
      .flatMap(({ name, replicas }) => Array.from({ length: replicas }, (_, i) => ({ part: name, n: i + 1 })))
      .filter(({ part, n }) => !have.has(containerName(app, release, n, part)));
    if (!missing.length) return;
    const { imageId } = await resolveImage(
      engine,
      spec.imageId && !spec.image.includes('@') ? spec.imageId : spec.image,
      host.login(spec.image),
      {
        warn: (line) => context.actions.warning(line),
        signal: context.signal,
        kept: releaseTag(app, release),
      },
    );
    await host.guard();
    await tagRelease(engine, app, release, imageId);
    const labels = {
      app,
      environment: host.environment,
      release,
      image: record.image,
      spec: { ...spec, imageId },
      run: record.run,
      actor: record.by,
      previous: host.history.current,
      slot: host.freeSlot(release),
      at: record.at,
    };
    if (spec.compose) {
      await host.guard();
      await createByCompose(host, labels);
      return host.refresh();
    }
    const publishItself = spec.edge === 'none' && Boolean(spec.publish);
    for (const { part, n } of missing) {
      await host.guard();
      const runs = await workerCommand(host, { ...spec, imageId }, part);
      const of = part ? { ...labels, service: part } : labels;
      const request = { labels: of, n, publishItself: publishItself && !part, runs };
      this.#made.add(await createContainer(engine, request, context.secrets));
    }
    await host.refresh();
  }

  /** A container an earlier run made and never started may lack its secrets or networks: a kill came between. */
  async #removeHalfMade(release: string, spec: DockerSpec): Promise<void> {
    const host = this.#host;
    const half = host.of(release).filter(({ id, state }) => state === 'created' && !this.#made.has(id));
    if (spec.compose || !half.length) return;
    checkSecrets(spec, host.context.secrets);
    await host.guard();
    for (const { id } of half) await removeContainer(host.engine, id);
    await host.refresh();
  }

  async start(release: string): Promise<void> {
    const host = this.#host;
    await host.guard();
    await this.#takePort(release);
    const fresh = host.of(release).find((c) => c.state === 'created' && c.labels.spec.compose);
    if (fresh) {
      await startByCompose(host, fresh.labels);
      return host.refresh();
    }
    await Promise.all(
      host.of(release).map(async ({ id, name, state }) => {
        if (state === 'paused') await pauseContainer(host.engine, id, false);
        else if (state !== 'running') await startContainer(host.engine, id, name);
      }),
    );
    await host.refresh();
  }

  /** One that publishes its port itself can't start while the edge has it: so it is on the way back to such a release. */
  async #takePort(release: string): Promise<void> {
    const host = this.#host;
    const { edge } = host.history;
    const record = find(host.history, release);
    const spec = record && own(record.spec);
    if (!edge?.publish || spec?.edge !== 'none' || !spec.publish) return;
    const wanted = parsePublish(spec.publish);
    if (entrances(edge).some(({ publish }) => clashes(parsePublish(publish), wanted))) await dismantle(host);
  }

  async stop(release: string): Promise<void> {
    const host = this.#host;
    const spec = find(host.history, release)?.spec;
    await host.guard();
    await Promise.all(
      host.of(release).map(async ({ id, state }) => {
        if (state === 'paused') await pauseContainer(host.engine, id, false);
        if (state === 'running' || state === 'paused' || state === 'restarting') {
          await stopContainer(host.engine, id, spec?.stopTimeoutMs ?? 10_000);
        }
      }),
    );
    await host.refresh();
  }

  /** Workers: the release is only kept warm, and its successor has workers of its own. */
  async rest(release: string): Promise<void> {
    const host = this.#host;
    const working = host.of(release).filter(({ aside, state }) => aside && state === 'running');
    if (!working.length) return;
    await host.guard();
    host.say(`${working.map(({ name }) => name).join(', ')} rest while ${release} is kept warm`);
    await Promise.all(working.map(({ id, labels }) => stopContainer(host.engine, id, labels.spec.stopTimeoutMs)));
    await host.refresh();
  }

  async pause(release: string): Promise<void> {
    const host = this.#host;
    for (const { id, state } of host.of(release)) if (state === 'running') await pauseContainer(host.engine, id, true);
    await host.refresh();
  }

  async remove(release: string): Promise<void> {
    const host = this.#host;
    await host.guard();
    await Promise.all(host.of(release).map(({ id }) => removeContainer(host.engine, id)));
    await host.refresh();
  }

  inspect(instance: Instance, spec: Spec, atMs: number, signal?: AbortSignal): Promise<Look> {
    return lookAt(this.#host, instance, spec, atMs, signal);
  }

  /** From the edge where one runs, else from a container that lives as long as `body`. */
  withProbe<T>(spec: Spec, body: (inspect: Inspect) => Promise<T>): Promise<T> {
    const host = this.#host;
    if (host.edgeRuns || !spec.port) {
      return body((instance, of, atMs, signal) => lookAt(host, instance, of, atMs, signal, { check: true }));
    }
    return withProber(host, host.login(spec.image), (prober) =>
      body((instance, of, atMs, signal) => lookAt(host, instance, of, atMs, signal, { prober, check: true })),
    );
  }

  lastLines({ id }: Instance): Promise<string[]> {
    return lastLines(this.#host.engine, id);
  }

  /** Its files are read: a new value is a new release. */
  async holdsSecrets(release: string, spec: Spec, signal?: AbortSignal): Promise<boolean> {
    const { engine, context } = this.#host;
    if (!(await servesGiven(this.#host))) return false;
    for (const { id } of this.#host.of(release)) {
      for (const key of spec.secrets) {
        const held = await getFile(engine, id, `/run/secrets/${key}`, { signal });
        if (held?.toString('utf8') !== context.secrets.get(key)) return false;
      }
    }
    return true;
  }

  oneOff(record: ReleaseRecord, kind: string, command: string): Promise<OneOff> {
    return makeOneOff(this.#host, record, kind, command);
  }
}
