import { asSeatrialError } from '../../../lib/errors.ts';
import { aliasOf, containerName } from '../containers.ts';
import type { Host } from '../host.ts';
import { resolveImage } from '../image.ts';
import type { DockerSpec } from '../spec.ts';
import { baseProject, only } from './derive.ts';
import { mustFinish } from './finish.ts';
import { gateRest } from './gate-rest.ts';
import { inFront } from './kin.ts';
import type { Project } from './project.ts';
import { composeHost } from './release.ts';
import { changedServices, hasEnded, isTask, listBase, restartsOf, unsteady } from './rest.ts';
import { secretNames } from './secrets.ts';
import { standingSecrets } from './standing.ts';
import { trafficServices } from './traffic.ts';
import { hashes, up } from './up.ts';

/** What compose may take beside the waiting: stopping the old containers, making the new ones. */
const UP_MS = 120_000;

/**
 * Brings the services behind the one with the traffic to what a release says, in place, and gates what was touched.
 * Nothing is done where nothing differs. `ended` gets the services that had ended well before they were touched, `gated` the
 * containers that passed their gate, with their restarts before.
 * Errors: COMPOSE_FAILED, COMPOSE_SERVICE_FAILED, SECRETS_NEEDED.
 */
export async function applyRest(
  host: Host,
  spec: DockerSpec,
  ended: Set<string>,
  gated = new Map<string, number>(),
): Promise<void> {
  if (!spec.compose) return;
  const { project } = spec.compose;
  const services = trafficServices(spec);
  const front = inFront(project, services);
  const names = Object.keys(project.services).filter((name) => !services.includes(name) && !front.has(name));
  if (names.length) await bring(host, spec, only(baseProject(project, services), names), names, { ended, gated });
}

/** As `baseProject`, bound to a release. */
function bound(host: Host, spec: DockerSpec, release: string): Project {
  const { service, project } = spec.compose!;
  const services = trafficServices(spec);
  const standing = services.map((name) => {
    const part = name === service ? '' : name;
    const container = containerName(host.app, release, 1, part);
    return [name, { container, alias: aliasOf(host.app, release, part) }] as const;
  });
  return baseProject(project, services, new Map(standing));
}

/** The same for the services in front of it, which lean on the release that has the traffic now. */
export async function followRest(host: Host, spec: DockerSpec, release: string, ended: Set<string>): Promise<void> {
  if (!spec.compose) return;
  const front = [...inFront(spec.compose.project, trafficServices(spec))];
  if (!front.length) return;
  const how = { ended, why: `, bound to ${release}: what they serve themselves has a gap` };
  await bring(host, spec, only(bound(host, spec, release), front), front, how);
}

/** The services in place that two releases describe differently; those in front also differ by the release itself. */
function difference(from: DockerSpec | undefined, to: DockerSpec): string[] {
  const { project } = to.compose!;
  const services = trafficServices(to);
  const front = inFront(project, services);
  const base = baseProject(project, services);
  const old = from?.compose ? baseProject(from.compose.project, trafficServices(from)) : undefined;
  return Object.keys(base.services).filter(
    (name) =>
      !services.includes(name) &&
      (front.has(name) || JSON.stringify(old?.services[name]) !== JSON.stringify(base.services[name])),
  );
}

/**
 * Brings back the services in place that `from` had changed; those that both describe alike are not even asked about.
 * What has a task and ends is never run again on the way back: an old migration would meet a newer schema. A secret
 * that is not at hand is read where it stands. One service that can't be brought back keeps no other from it: it is told.
 */
export async function restoreRest(
  host: Host,
  from: DockerSpec | undefined,
  to: DockerSpec,
  release: string,
  ended: ReadonlySet<string>,
): Promise<void> {
  if (!to.compose) return;
  const differ = difference(from, to);
  if (!differ.length) return;
  const { service, project } = to.compose;
  const base = bound(host, to, release);
  const there = await listBase(host.engine, project.name, host.signal);
  const finishing = new Set([
    ...mustFinish(project),
    ...(from?.compose ? mustFinish(from.compose.project) : []),
    ...ended,
  ]);
  const lasting = differ.filter((name) => !isTask(there, name, base.services[name]!.restart, finishing));
  const missing = (names: readonly string[], found?: ReadonlyMap<string, string>) => {
    const { secret } = composeHost(host, UP_MS, found);
    return secretNames(only(base, names)).filter((name) => secret(name) === undefined);
  };
  const wanted = new Set(missing(lasting));
  const found = wanted.size ? await standingSecrets(host, project, service, release, wanted) : undefined;
  const { actions } = host.context;
  const able: string[] = [];
  for (const name of lasting) {
    const lacks = missing([name], found);
    if (!lacks.length) able.push(name);
    else
      actions.warning(
        `${host.label}: ${name} stays as it is, not as ${release} says: the secret ${lacks.join(', ')} is nowhere at hand; deploy or roll back again with the input secrets to bring it there.`,
      );
  }
  try {
    if (able.length) await bring(host, to, only(base, able), able, { found });
  } catch (error) {
    if (able.length === 1) throw error;
    const { code, message } = asSeatrialError(error);
    host.say(`not all at once (${code}: ${message}); one by one`);
    for (const name of able) {
      await bring(host, to, only(base, [name]), [name], { found }).catch((problem: unknown) => {
        const told = asSeatrialError(problem);
        actions.warning(
          `${host.label}: ${name} could not be brought back to ${release} (${told.code}: ${told.message}).`,
        );
      });
    }
  }
}

interface How {
  ended?: Set<string>;
  gated?: Map<string, number>;
  found?: ReadonlyMap<string, string>;
  /** Said beside what is brought up. */
  why?: string;
}

/** Brings services of the base project up, where they differ. */
async function bring(host: Host, spec: DockerSpec, base: Project, names: readonly string[], how: How): Promise<void> {
  const at = composeHost(host, spec.health.deadlineMs + UP_MS, how.found);
  const before = await listBase(host.engine, base.name, host.signal);
  const restarts = await restartsOf(host.engine, before);
  const loops = unsteady(before, restarts, host.now());
  const changed = changedServices(base, trafficServices(spec), await hashes(at, base), before, loops).filter((name) =>
    names.includes(name),
  );
  if (!changed.length) return;
  for (const name of changed) if (hasEnded(before, name, base.services[name]!.restart)) how.ended?.add(name);
  host.say(`bringing up ${changed.join(', ')} of ${base.name} in place${how.why ?? ''}`);
  const options = { warn: (line: string) => host.context.actions.warning(line), signal: host.signal };
  for (const name of changed) {
    await resolveImage(host.engine, base.services[name]!.image!, host.login(spec.image), options);
  }
  await host.guard();
  await up(at, base, { services: changed });
  const counts = new Map([...restarts].map(([id, { count }]) => [id, count]));
  for (const { id } of await gateRest(host, spec, changed, counts)) how.gated?.set(id, counts.get(id) ?? 0);
}
