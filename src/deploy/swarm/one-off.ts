import { logLines } from '../../lib/docker/logs.ts';
import { exitCodeOf, hasEnded, hasFailed, openServiceLog, type Task } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { findImage } from '../docker/image.ts';
import type { ReleaseRecord } from '../release/history.ts';
import { hookCommand, type ImageCommand } from '../release/hook-command.ts';
import type { OneOff } from '../target.ts';
import { jobBody } from './body.ts';
import type { Cluster } from './cluster.ts';
import { commandOf, makeHook } from './compose/make.ts';
import { label, ownLabels } from './labels.ts';
import { serviceName } from './names.ts';
import { removeOurs } from './operator.ts';
import { ensureSecrets } from './secrets.ts';
import { own, type SwarmSpec } from './spec.ts';
import { untilBegun } from './wait.ts';

const EVERY_MS = 200;
/** A log comes from the node by way of the manager: what was said last may be a moment late. */
const LATE_MS = 3_000;

/** What the release's tasks run by themselves: as the spec says it, else the image where the manager has it. */
async function imageCommand({ engine }: Cluster, spec: SwarmSpec): Promise<ImageCommand> {
  const config = (await findImage(engine, spec.image))?.Config as
    | { Entrypoint?: string[] | null; Cmd?: string[] | null }
    | undefined;
  const { entrypoint, args } = spec.compose ? commandOf(spec) : spec;
  return {
    entrypoint: entrypoint.length ? entrypoint : (config?.Entrypoint ?? []),
    command: args.length ? args : (config?.Cmd ?? []),
  };
}

/** An engine keeps the container of a job that has ended; those on the node that was reached can be taken away. */
async function sweepJob({ engine }: Cluster, service: string): Promise<void> {
  const filters = { label: [`com.docker.swarm.service.id=${service}`], status: ['exited'] };
  const left = await engine.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal } as object),
  );
  for (const { Id } of left) await removeOurs(engine, Id);
}

/** A job of one task of the release's image, with its environment, secrets, volumes and networks. */
export async function makeOneOff(
  cluster: Cluster,
  record: ReleaseRecord,
  kind: string,
  command: string,
): Promise<OneOff> {
  const { api, app, environment, context, clock, engine } = cluster;
  const { release } = record;
  const spec = own(record.spec);
  // A service's name has 63 characters at most.
  const name = `${serviceName(app, release)}-${kind}`.slice(0, 63).replace(/-+$/, '');
  const how = hookCommand(command, await imageCommand(cluster, spec), context.inputs['hook-entrypoint']);
  const labels = { ...ownLabels(app, environment, 'hook'), [label('release')]: release };
  const secrets = spec.compose ? [] : await ensureSecrets(api, cluster, spec.secrets, context.secrets);
  const body = spec.compose
    ? await makeHook(cluster, spec, release, name, labels, how)
    : jobBody(app, name, labels, spec, secrets, how);
  await cluster.guard();
  let id: string | undefined;
  const task = async (signal?: AbortSignal): Promise<Task | undefined> => (await api.tasks([id!], signal))[0];
  return {
    /** A job begins when it is made: there is no other start. */
    async run(onLine, over) {
      id = await api.create(body, cluster.auth(spec.asked ?? spec.image));
      await untilBegun(cluster, { service: id, name, slots: 1, before: new Set() });
      await follow(id, onLine, over, async () => {
        const now = await task();
        return now !== undefined && hasEnded(now);
      });
    },
    async exitCode(signal) {
      for (;;) {
        const now = id === undefined ? undefined : await task(signal);
        if (!now) throw new SeatrialError('HOOK_FAILED', `${cluster.label}: ${name} was removed before it ended.`);
        if (hasEnded(now)) {
          const code = exitCodeOf(now);
          const said = now.Status.Err ?? '';
          if (/executable file not found|no such file or directory/i.test(said))
            throw new SeatrialError('HOOK_FAILED', `${cluster.label}: ${name}: ${said}`);
          // One that could not be begun has no code, and is no success.
          return hasFailed(now) && now.Status.State !== 'complete' && code === 0 ? 1 : code;
        }
        await clock.sleep(EVERY_MS, signal);
      }
    },
    async remove() {
      if (!id) return;
      await api.removeService(id);
      await sweepJob(cluster, id);
    },
  };

  /** Tells each line until the job has ended and its log is told, or `cut`. */
  async function follow(
    service: string,
    onLine: (line: string) => void,
    cut: AbortSignal,
    ended: () => Promise<boolean>,
  ): Promise<void> {
    const stream = await openServiceLog(engine, { id: service, name }, { follow: true });
    const stop = () => stream.destroy();
    cut.addEventListener('abort', stop, { once: true });
    const over = new AbortController();
    let said = clock.mono();
    const watch = (async () => {
      let since: number | undefined;
      while (!over.signal.aborted) {
        if (await ended()) since ??= clock.mono();
        if (since !== undefined && clock.mono() - Math.max(since, said) > LATE_MS / 3) return stop();
        await clock.sleep(EVERY_MS);
      }
    })();
    try {
      cut.throwIfAborted();
      for await (const { line } of logLines(stream)) {
        said = clock.mono();
        onLine(line.slice(line.indexOf(' ') + 1));
      }
    } catch (error) {
      if (!cut.aborted && !stream.destroyed) throw error;
    } finally {
      cut.removeEventListener('abort', stop);
      over.abort();
      await watch;
    }
  }
}
