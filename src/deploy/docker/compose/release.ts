import type { Spec } from '../../release/spec.ts';
import type { Run } from '../../rollout/run.ts';
import { networkName } from '../containers.ts';
import type { Host } from '../host.ts';
import { type ReleaseLabels, writeLabels } from '../state/labels.ts';
import { baseProject, releaseProject } from './derive.ts';
import type { Project } from './project.ts';
import { ensureVolumes, networksMissing, type Target, up } from './up.ts';

const CREATE_MS = 120_000;

/** What may stop a step: once a run was cancelled, what is left is putting things back, and nothing stops that. */
export const signalOf = (run: Run): AbortSignal | undefined => (run.signal.aborted ? undefined : run.signal);

export function targetOf(run: Run, host: Host, timeoutMs: number): Target {
  return {
    engine: host.engine,
    cli: host.cli,
    secret: (name) => run.secrets.get(name) ?? run.actions.env[name],
    timeoutMs,
    signal: signalOf(run),
    say: (line) => run.say(`${host.label}: ${line}`),
  };
}

/** The project of one release on its own, made from the base project and the release's labels. */
function projectOf(labels: ReleaseLabels): Project {
  const { app, release, spec } = labels;
  const { service, project } = spec.compose!;
  return releaseProject(project, service, {
    project: `${app}-${release}`,
    names: Array.from({ length: spec.replicas }, (_, i) => `${app}-${release}-${i + 1}`),
    labels: writeLabels(labels),
    network: networkName(app),
    aliases: [`${app}-${release}`, `${app}-slot-${labels.slot}`],
    publishItself: spec.edge === 'none' && Boolean(spec.publish),
    defaults: {
      restart: spec.restart,
      logging: { driver: 'json-file', options: { 'max-size': spec.logMaxSize, 'max-file': String(spec.logMaxFile) } },
      stop_grace_period: `${spec.stopTimeoutMs}ms`,
    },
  });
}

/** Networks and volumes of the base project that the service with the traffic uses. */
export async function prepareBase(run: Run, host: Host, spec: Spec): Promise<void> {
  const { service, project } = spec.compose!;
  const target = targetOf(run, host, CREATE_MS);
  const base = baseProject(project, service);
  const mounts = project.services[service]!.volumes ?? [];
  const named = mounts.flatMap((mount) => (mount.type === 'volume' && mount.source ? [mount.source] : []));
  await ensureVolumes(target, base, named);
  if (await networksMissing(target, base, service)) await up(target, base, { services: [service] });
}

/** Creates, without starting them, the containers of a release that compose describes. */
export async function createByCompose(run: Run, host: Host, labels: ReleaseLabels): Promise<void> {
  await prepareBase(run, host, labels.spec);
  await up(targetOf(run, host, CREATE_MS), projectOf(labels), { start: false, recreate: false });
}

/** Starts created containers of a release: by compose, which fills in their secrets and configs as it starts them. */
export async function startByCompose(run: Run, host: Host, labels: ReleaseLabels): Promise<void> {
  await up(targetOf(run, host, CREATE_MS), projectOf(labels), { recreate: false });
}
