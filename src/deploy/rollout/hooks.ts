import type { Readable } from 'node:stream';
import { logLines } from '../../lib/docker/logs.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { formatDuration } from '../../lib/units.ts';
import { createHook, hookProject, startHook } from '../docker/compose/hook.ts';
import { networkName, putSecrets } from '../docker/containers.ts';
import type { Host } from '../docker/host.ts';
import { removeContainer } from '../docker/removal.ts';
import { label, ownLabels } from '../docker/state/labels.ts';
import type { ReleaseRecord } from '../release/history.ts';
import type { Run } from './run.ts';

/** A migration may take its time; one that takes an hour hangs. */
const HOOK_TIMEOUT_MS = 3_600_000;

/** Prints what a hook says until it ends; a cancel, or a hook that hangs, ends the listening. */
async function show(run: Run, stream: Readable, kind: string): Promise<void> {
  const late = AbortSignal.timeout(HOOK_TIMEOUT_MS);
  const over = AbortSignal.any([run.signal, late]);
  const cut = () => stream.destroy();
  over.addEventListener('abort', cut, { once: true });
  try {
    over.throwIfAborted();
    for await (const { line } of logLines(stream)) run.actions.info(redact(line));
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    over.removeEventListener('abort', cut);
  }
  run.signal.throwIfAborted();
  if (late.aborted) {
    const words = `${kind} did not end within ${formatDuration(HOOK_TIMEOUT_MS)} and was stopped; its output stands above.`;
    throw new SeatrialError('HOOK_FAILED', words);
  }
}

/**
 * Runs a command once in a container of the release's image, with its environment, secrets, volumes and networks, and
 * shows what it prints. HOOK_FAILED when it can't be run or exits with anything but 0.
 */
export async function runHook(
  run: Run,
  host: Host,
  record: ReleaseRecord,
  kind: 'pre-deploy' | 'post-deploy',
  command: string,
): Promise<void> {
  const { engine, app, environment } = host;
  const { spec, release } = record;
  const name = `${app}-${release}-${kind}`;
  await host.lock!.guard();
  const byCompose = spec.compose && hookProject(app, environment, release, name, command, spec);
  const created = byCompose
    ? await createHook(run, host, spec, byCompose, name)
    : await engine.call(`create ${name}`, (docker, abortSignal) =>
        docker.createContainer({
          name,
          Image: spec.imageId || spec.image,
          Entrypoint: ['sh', '-c'],
          Cmd: [command],
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
  try {
    for (const line of spec.networks) {
      const [network = ''] = line.split(':');
      await engine.call(`join ${name} to ${network}`, (docker) =>
        docker.getNetwork(network).connect({ Container: created.id }),
      );
    }
    await putSecrets(engine, created.id, { ...spec, readOnly: false }, run.secrets);
    await run.actions.group(`${kind}: ${redact(command)}`, async () => {
      const container = engine.docker.getContainer(created.id);
      const stream = await engine.call(`read ${name}`, () =>
        container.attach({ stream: true, stdout: true, stderr: true }),
      );
      if (byCompose) await startHook(run, host, byCompose);
      else await engine.call(`start ${name}`, (_, abortSignal) => container.start({ abortSignal }));
      await show(run, stream as unknown as Readable, kind);
    });
    const { StatusCode } = await engine.call(
      `wait for ${name}`,
      (docker, abortSignal) => docker.getContainer(created.id).wait({ abortSignal }) as Promise<{ StatusCode: number }>,
      { signal: run.signal },
    );
    if (StatusCode !== 0) {
      throw new SeatrialError('HOOK_FAILED', `${kind} exited with code ${StatusCode}; its output stands above.`);
    }
    run.say(`${kind} is done`);
  } finally {
    await removeContainer(engine, created.id);
  }
}
