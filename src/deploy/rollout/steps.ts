import { SeatrialError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { createByCompose, startByCompose } from '../docker/compose/release.ts';
import {
  checkSecrets,
  createContainer,
  lastLines,
  pauseContainer,
  startContainer,
  stopContainer,
} from '../docker/containers.ts';
import { ensureNetwork } from '../docker/edge/container.ts';
import { ensureEdge } from '../docker/edge/ensure.ts';
import type { Host } from '../docker/host.ts';
import { ensureImage, loginOf, resolveImage } from '../docker/image.ts';
import { removeContainer } from '../docker/removal.ts';
import { releaseTag, tagRelease } from '../docker/tags.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import { passGate } from './gate-run.ts';
import type { Run } from './run.ts';

/**
 * The edge, where the release has traffic to get. How it meets its clients is the edge's own: a release of the past
 * that comes back must not take TLS away; only a deploy (`reshaped`) brings its own options.
 */
export async function prepareEdge(run: Run, host: Host, spec: Spec, reshaped = false): Promise<void> {
  await ensureNetwork(host.engine, host.app, host.environment);
  if (spec.edge !== 'haproxy' || !spec.publish) return;
  const image = host.edgeImage(run.inputs['edge-image']);
  await ensureImage(host.engine, image, loginOf(run.inputs, spec.image), run.signal);
  const options = reshaped || !host.history.edge ? spec.edgeOptions : host.history.edge.options;
  const { publish, sticky, replicas } = spec;
  const wanted = { image, publish, sticky, room: Math.max(2, replicas), options };
  const said = await ensureEdge(host, wanted, run.inputs['tls-certificate']);
  if (said) run.say(`${host.label}: ${said}`);
}

/** Creates the containers of a release that are not there yet; needs its image, pulled by digest where it is gone. */
export async function createMissing(run: Run, host: Host, record: ReleaseRecord): Promise<void> {
  const { release, spec } = record;
  await removeHalfMade(host, release, spec, run.secrets);
  const have = new Set(host.of(release).map((c) => c.name));
  const missing = Array.from({ length: spec.replicas }, (_, i) => i + 1).filter(
    (n) => !have.has(`${host.app}-${release}-${n}`),
  );
  if (!missing.length) return;
  const { imageId } = await resolveImage(
    host.engine,
    spec.imageId && !spec.image.includes('@') ? spec.imageId : spec.image,
    loginOf(run.inputs, spec.image),
    {
      warn: (line) => run.actions.warning(line),
      signal: run.signal,
      kept: releaseTag(host.app, release),
    },
  );
  await host.lock!.guard();
  await tagRelease(host.engine, host.app, release, imageId);
  const { apiVersion } = await host.engine.ping();
  const labels = {
    app: host.app,
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
    await host.lock!.guard();
    await createByCompose(run, host, labels);
    return host.refresh();
  }
  const publishItself = spec.edge === 'none' && Boolean(spec.publish);
  for (const n of missing) {
    await host.lock!.guard();
    host.made.add(await createContainer(host.engine, { labels, n, apiVersion, publishItself }, run.secrets));
  }
  await host.refresh();
}

/** A container an earlier run made and never started may lack its secrets or networks: a kill came between. */
async function removeHalfMade(
  host: Host,
  release: string,
  spec: Spec,
  secrets: ReadonlyMap<string, string>,
): Promise<void> {
  const half = host.of(release).filter(({ id, state }) => state === 'created' && !host.made.has(id));
  if (spec.compose || !half.length) return;
  checkSecrets(spec, secrets);
  await host.lock!.guard();
  for (const { id } of half) await removeContainer(host.engine, id);
  await host.refresh();
}

/** Starts (or wakes) the containers of a release. */
export async function startRelease(run: Run, host: Host, release: string): Promise<void> {
  await host.lock!.guard();
  const fresh = host.of(release).find((c) => c.state === 'created' && c.labels.spec.compose);
  if (fresh) {
    await startByCompose(run, host, fresh.labels);
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

/** Prints what the containers of a failed release last said; redacted, as it is shown in public logs. */
export async function showLogs(run: Run, host: Host, release: string): Promise<void> {
  for (const { id, name } of host.of(release)) {
    const lines = await lastLines(host.engine, id);
    await run.actions.group(`last lines of ${name}`, async () => {
      for (const line of lines) run.actions.info(redact(line));
    });
  }
}

/** Creates, starts and gates a release; answers the milliseconds until it was healthy. */
export async function makeReady(run: Run, host: Host, record: ReleaseRecord): Promise<number> {
  await createMissing(run, host, record);
  await startRelease(run, host, record.release);
  run.say(
    `${host.label}: started ${host
      .of(record.release)
      .map((c) => c.name)
      .join(', ')}; waiting until it is healthy`,
  );
  try {
    return await passGate(run, host, record.release, record.spec);
  } catch (error) {
    if (error instanceof SeatrialError && error.code === 'DEPLOY_UNHEALTHY') await showLogs(run, host, record.release);
    throw error;
  }
}

/** Waits until the edge has no request on a release, or the deadline; what is left is said. */
export async function drain(
  run: Run,
  host: Host,
  release: string,
  withinMs = run.inputs['drain-timeout'],
): Promise<void> {
  const slot = host.slotOf(release);
  if (!slot || !host.runtime) return;
  const end = run.clock.mono() + withinMs;
  for (;;) {
    const busy = (await host.slotStats(slot)).reduce((sum, s) => sum + s.busy, 0);
    if (busy === 0) return;
    if (run.clock.mono() > end) {
      run.actions.warning(`${host.label}: ${busy} requests were still on ${release} when its time to drain was over.`);
      return;
    }
    await run.clock.sleep(100);
  }
}

export async function stopRelease(host: Host, release: string): Promise<void> {
  const spec = find(host.history, release)?.spec;
  await host.lock?.guard();
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

export async function removeRelease(host: Host, release: string): Promise<void> {
  await host.lock?.guard();
  await Promise.all(host.of(release).map(({ id }) => removeContainer(host.engine, id)));
  await host.refresh();
}
