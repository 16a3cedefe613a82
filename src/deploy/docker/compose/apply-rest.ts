import type { Host } from '../host.ts';
import { resolveImage } from '../image.ts';
import type { DockerSpec } from '../spec.ts';
import { baseProject, only } from './derive.ts';
import { gateRest, mustFinish } from './gate-rest.ts';
import type { Project } from './project.ts';
import { composeHost } from './release.ts';
import { changedServices, hasEnded, listBase, restartsOf } from './rest.ts';
import { hashes, up } from './up.ts';

/** What compose may take beside the waiting: stopping the old containers, making the new ones. */
const UP_MS = 120_000;

/**
 * Brings every service but the one with the traffic to what a release says, in place, and gates what was touched.
 * Nothing is done where nothing differs. Errors: COMPOSE_FAILED, COMPOSE_SERVICE_FAILED, SECRETS_NEEDED.
 */
export async function applyRest(host: Host, spec: DockerSpec): Promise<void> {
  if (!spec.compose) return;
  const { service, project } = spec.compose;
  const base = baseProject(project, service);
  await bring(host, spec, base, service);
}

/** The services in place that two releases describe differently, as a project of their own; undefined when none. */
function difference(from: DockerSpec | undefined, to: DockerSpec): Project | undefined {
  if (!to.compose) return undefined;
  const { service, project } = to.compose;
  const base = baseProject(project, service);
  const old = from?.compose ? baseProject(from.compose.project, from.compose.service) : undefined;
  const differ = Object.keys(base.services).filter(
    (name) => name !== service && JSON.stringify(old?.services[name]) !== JSON.stringify(base.services[name]),
  );
  return differ.length ? only(base, differ) : undefined;
}

/**
 * Brings back the services in place that `from` had changed; those that both describe alike are not even asked about.
 * What has a task and ends is never run again on the way back: an old migration would meet a newer schema.
 */
export async function restoreRest(host: Host, from: DockerSpec | undefined, to: DockerSpec): Promise<void> {
  const project = difference(from, to);
  if (!project) return;
  const { service, project: whole } = to.compose!;
  const finishing = mustFinish(whole);
  const there = await listBase(host.engine, project.name, host.signal);
  const lasting = Object.entries(project.services).flatMap(([name, { restart }]) =>
    finishing.has(name) || hasEnded(there, name, restart) ? [] : [name],
  );
  if (lasting.length) await bring(host, to, only(project, lasting), service);
}

async function bring(host: Host, spec: DockerSpec, base: Project, edge: string): Promise<void> {
  if (Object.keys(base.services).every((name) => name === edge)) return;
  const at = composeHost(host, spec.health.deadlineMs + UP_MS);
  const before = await listBase(host.engine, base.name, host.signal);
  const changed = changedServices(base, edge, await hashes(at, base), before);
  if (!changed.length) return;
  host.say(`bringing up ${changed.join(', ')} of ${base.name} in place`);
  const options = { warn: (line: string) => host.context.actions.warning(line), signal: host.signal };
  for (const name of changed) {
    await resolveImage(host.engine, base.services[name]!.image!, host.login(spec.image), options);
  }
  const restarts = await restartsOf(host.engine, before);
  await host.guard();
  await up(at, base, { services: changed });
  await gateRest(host, spec, changed, restarts);
}
