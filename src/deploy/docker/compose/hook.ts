import type { hookCommand } from '../../release/hook-command.ts';
import { networkName } from '../containers.ts';
import type { Host } from '../host.ts';
import type { DockerSpec } from '../spec.ts';
import { label, ownLabels } from '../state/labels.ts';
import { applyRest } from './apply-rest.ts';
import { releaseProject } from './derive.ts';
import { literal, type Project } from './project.ts';
import { composeHost, prepareBase } from './release.ts';
import { up } from './up.ts';

const CREATE_MS = 120_000;

/** One container of the release's service for one command, with nothing that makes it part of the release. */
export function hookProject(
  app: string,
  environment: string,
  release: string,
  name: string,
  { entrypoint, command }: ReturnType<typeof hookCommand>,
  spec: DockerSpec,
): Project {
  const { service, project } = spec.compose!;
  const made = releaseProject(project, service, {
    project: name,
    names: [name],
    labels: { ...ownLabels(app, environment, 'hook'), [label('release')]: release },
    network: networkName(app),
    aliases: [],
    publishItself: false,
  });
  const [key, own] = Object.entries(made.services)[0]!;
  const once = {
    restart: 'no',
    healthcheck: { disable: true },
    ...(entrypoint ? { entrypoint: entrypoint.map(literal) } : {}),
    command: command.map(literal),
  };
  return { ...made, services: { [key]: { ...own, ...once } } };
}

export async function createHook(
  host: Host,
  spec: DockerSpec,
  project: Project,
  name: string,
): Promise<{ id: string }> {
  // A migration needs its database: what stands behind the service comes first.
  await applyRest(host, spec, new Set());
  await prepareBase(host, spec);
  await up(composeHost(host, CREATE_MS), project, { start: false });
  const info = await host.engine.call(`look at ${name}`, (docker, abortSignal) =>
    docker.getContainer(name).inspect({ abortSignal }),
  );
  return { id: info.Id };
}

export async function startHook(host: Host, project: Project): Promise<void> {
  await up(composeHost(host, CREATE_MS), project, { recreate: false });
}
