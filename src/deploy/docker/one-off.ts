import type { Readable } from 'node:stream';
import { logLines } from '../../lib/docker/logs.ts';
import type { ReleaseRecord } from '../release/history.ts';
import { hookCommand, type ImageCommand } from '../release/hook-command.ts';
import type { OneOff } from '../target.ts';
import { createHook, hookProject, startHook } from './compose/hook.ts';
import { networkName } from './containers.ts';
import type { Host } from './host.ts';
import { findImage } from './image.ts';
import { removeContainer } from './removal.ts';
import { putSecrets } from './secrets.ts';
import { type DockerSpec, own } from './spec.ts';
import { label, ownLabels } from './state/labels.ts';

/** What the release's containers run by themselves: as the spec says it, else the image. */
export async function imageCommand(host: Host, spec: DockerSpec): Promise<ImageCommand> {
  const of = spec.compose?.project.services[spec.compose.service];
  const given = {
    entrypoint: spec.entrypoint.length ? spec.entrypoint : asWords(of?.entrypoint),
    command: spec.args.length ? spec.args : asWords(of?.command),
  };
  const config = (await findImage(host.engine, spec.imageId || spec.image))?.Config;
  return {
    entrypoint: given.entrypoint ?? asWords(config?.Entrypoint) ?? [],
    command: given.command ?? asWords(config?.Cmd) ?? [],
  };
}

const asWords = (value: unknown): string[] | undefined => {
  if (typeof value === 'string') return value.split(/\s+/);
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
};

/** A container of the release's image for one command, with its environment, secrets, volumes and networks. */
export async function makeOneOff(host: Host, record: ReleaseRecord, kind: string, command: string): Promise<OneOff> {
  const { engine, app, environment, context } = host;
  const { release } = record;
  const spec = own(record.spec);
  const name = `${app}-${release}-${kind}`;
  await host.guard();
  const how = hookCommand(command, await imageCommand(host, spec), context.inputs['hook-entrypoint']);
  const project = spec.compose && hookProject(app, environment, release, name, how, spec);
  const { id } = project
    ? await createHook(host, spec, project, name)
    : await engine.call(`create ${name}`, (docker, abortSignal) =>
        docker.createContainer({
          name,
          Image: spec.imageId || spec.image,
          ...(how.entrypoint
            ? { Entrypoint: how.entrypoint }
            : spec.entrypoint.length
              ? { Entrypoint: spec.entrypoint }
              : {}),
          Cmd: how.command,
          Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
          Labels: { ...ownLabels(app, environment, 'hook'), [label('release')]: release },
          User: spec.user,
          Healthcheck: { Test: ['NONE'] },
          HostConfig: {
            Memory: spec.memory,
            PidsLimit: spec.pids,
            Binds: spec.volumes,
            NetworkMode: networkName(app),
            LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '1' } },
          },
          abortSignal,
        }),
      );
  const remove = async () => {
    await removeContainer(engine, id);
  };
  try {
    for (const line of spec.networks) {
      const [network = ''] = line.split(':');
      await engine.call(`join ${name} to ${network}`, (docker) =>
        docker.getNetwork(network).connect({ Container: id }),
      );
    }
    await putSecrets(engine, id, { ...spec, readOnly: false }, context.secrets);
  } catch (error) {
    await remove();
    throw error;
  }
  const container = engine.docker.getContainer(id);
  return {
    remove,
    async run(onLine, over) {
      const stream = (await engine.call(`read ${name}`, () =>
        container.attach({ stream: true, stdout: true, stderr: true }),
      )) as unknown as Readable;
      if (project) await startHook(host, project);
      else await engine.call(`start ${name}`, (_, abortSignal) => container.start({ abortSignal }));
      await listen(stream, onLine, over);
    },
    async exitCode(signal) {
      const { StatusCode } = await engine.call(
        `wait for ${name}`,
        (_, abortSignal) => container.wait({ abortSignal }) as Promise<{ StatusCode: number }>,
        { signal },
      );
      return StatusCode;
    },
  };
}

/** Tells each line of a stream until it ends, or is cut. */
async function listen(stream: Readable, onLine: (line: string) => void, over: AbortSignal): Promise<void> {
  const cut = () => stream.destroy();
  over.addEventListener('abort', cut, { once: true });
  try {
    over.throwIfAborted();
    for await (const { line } of logLines(stream)) onLine(line);
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    over.removeEventListener('abort', cut);
  }
}
