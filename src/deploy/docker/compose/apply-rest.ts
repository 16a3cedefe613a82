import { SeatrialError } from '../../../lib/errors.ts';
import type { Spec } from '../../release/spec.ts';
import type { Run } from '../../rollout/run.ts';
import type { Host } from '../host.ts';
import { loginOf, resolveImage } from '../image.ts';
import { baseProject, only } from './derive.ts';
import { gateRest } from './gate-rest.ts';
import type { Project } from './project.ts';
import { signalOf, targetOf } from './release.ts';
import { changedServices, listBase, restartsOf } from './rest.ts';
import { secretNames } from './secrets.ts';
import { hashes, up } from './up.ts';

/** What compose may take beside the waiting: stopping the old containers, making the new ones. */
const UP_MS = 120_000;

/**
 * Brings every service but the one with the traffic to what a release says, in place, and gates what was touched.
 * Nothing is done where nothing differs. Errors: COMPOSE_FAILED, COMPOSE_SERVICE_FAILED, SECRETS_NEEDED.
 */
export async function applyRest(run: Run, host: Host, spec: Spec): Promise<void> {
  if (!spec.compose) return;
  const { service, project } = spec.compose;
  const base = baseProject(project, service);
  await bring(run, host, spec, base, service);
}

/** The services in place that two releases describe differently, as a project of their own; undefined when none. */
function difference(from: Spec | undefined, to: Spec): Project | undefined {
  if (!to.compose) return undefined;
  const { service, project } = to.compose;
  const base = baseProject(project, service);
  const old = from?.compose ? baseProject(from.compose.project, from.compose.service) : undefined;
  const differ = Object.keys(base.services).filter(
    (name) => name !== service && JSON.stringify(old?.services[name]) !== JSON.stringify(base.services[name]),
  );
  return differ.length ? only(base, differ) : undefined;
}

/** Told before traffic is moved: a secret that bringing the rest back will need. SECRETS_NEEDED. */
export function checkRest(run: Run, from: Spec | undefined, to: Spec): void {
  const project = difference(from, to);
  const missing = project
    ? secretNames(project).filter((name) => !run.secrets.has(name) && !run.actions.env[name])
    : [];
  if (missing.length) {
    throw new SeatrialError(
      'SECRETS_NEEDED',
      `${Object.keys(project!.services).join(', ')} must be made anew and need the secrets ${missing.join(', ')}; nothing was changed, hand them over by the input secrets.`,
    );
  }
}

/** Brings back the services in place that `from` had changed; those that both describe alike are not even asked about. */
export async function restoreRest(run: Run, host: Host, from: Spec | undefined, to: Spec): Promise<void> {
  const project = difference(from, to);
  if (project) await bring(run, host, to, project, to.compose!.service);
}

async function bring(run: Run, host: Host, spec: Spec, base: Project, edge: string): Promise<void> {
  if (Object.keys(base.services).every((name) => name === edge)) return;
  const target = targetOf(run, host, spec.health.deadlineMs + UP_MS);
  const before = await listBase(host.engine, base.name, signalOf(run));
  const changed = changedServices(base, edge, await hashes(target, base), before);
  if (!changed.length) return;
  run.say(`${host.label}: bringing up ${changed.join(', ')} of ${base.name} in place`);
  const options = { warn: (line: string) => run.actions.warning(line), signal: signalOf(run) };
  for (const name of changed) {
    await resolveImage(host.engine, base.services[name]!.image!, loginOf(run.inputs, spec.image), options);
  }
  const restarts = await restartsOf(host.engine, before);
  await host.lock?.guard();
  await up(target, base, { services: changed });
  await gateRest(run, host, spec, changed, restarts);
}
