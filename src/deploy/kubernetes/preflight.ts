import { SeatrialError } from '../../lib/errors.ts';
import type { Claim, Service } from '../../lib/kubernetes/types.ts';
import { checkClass } from './direct/class.ts';
import { sameCarrier } from './direct/same.ts';
import type { ManifestObjects } from './manifests/companions.ts';
import { templateOf } from './manifests/model.ts';
import type { KubernetesRecord } from './model.ts';
import { label, namesOf } from './names.ts';
import { namespaceIsThere } from './namespace.ts';
import { frontTo } from './objects/direct.ts';
import { frontOf } from './objects/edge.ts';
import { deploymentOf } from './objects/release.ts';
import { ownerOf } from './owner.ts';
import { missingRights, rightsFor } from './rights.ts';
import { applyService } from './services.ts';
import type { Space } from './space.ts';
import type { KubernetesSpec } from './spec.ts';
import { applyWay, objectsOf } from './ways/apply.ts';
import { claimOf } from './ways/claim.ts';
import { checkFree } from './ways/taken.ts';

/** The Service `<app>` as it would be; undefined where none is: names lead past it. */
function doorOf({ app, environment }: Space, { edge, port, publish, way }: KubernetesSpec): Service | undefined {
  if (!publish || (edge && way)) return undefined;
  return edge ? frontTo(app, environment, { publish, port }) : frontOf(app, environment, publish);
}

/** Our names, where somebody else has them. OBJECT_OWNED. */
async function namesAreOurs(space: Space, spec: KubernetesSpec): Promise<void> {
  const { api, app, label: where } = space;
  const names = namesOf(app);
  const claim = claimOf(spec);
  const ways = claim ? objectsOf(app, space.environment, claim).map(({ metadata: { name } }) => name) : [];
  if (claim?.kind === 'ingresses' && spec.edge) ways.push(names.canary);
  const found = await Promise.all([
    ...ways.map(async (name) => {
      const kind = claim!.kind === 'ingresses' ? 'Ingress' : 'HTTPRoute';
      return [kind, await api.get(claim!.kind, name)] as const;
    }),
    ...[...(doorOf(space, spec) ? [names.front] : []), names.slot('a'), names.slot('b')].map(
      async (name) => ['Service', await api.get('services', name)] as const,
    ),
    (async () => ['Deployment', await api.get('deployments', spec.edge ? names.probe : names.edge)] as const)(),
    ...[names.history, names.edge].map(async (name) => ['ConfigMap', await api.get('configmaps', name)] as const),
  ]);
  for (const [kind, object] of found) {
    if (!object) continue;
    const owner = ownerOf(object);
    const ours = object.metadata.labels?.[label('app')] === app;
    if (ours && !owner) continue;
    const who = owner ? `belongs to ${owner}, which would undo what we change` : 'was made by somebody else';
    throw new SeatrialError(
      'OBJECT_OWNED',
      `${where}: the ${kind} ${object.metadata.name} ${who}; take it out there, or give the app another name.`,
    );
  }
}

/** Names of the claims a release mounts. */
const claimsOf = ({ volumes, manifests }: KubernetesSpec): string[] =>
  manifests
    ? (templateOf(manifests).spec.volumes ?? []).flatMap((one) => one.persistentVolumeClaim?.claimName ?? [])
    : volumes.map((line) => line.split(':')[0]!);

/** Two releases run at once: a disk that one node alone may hold would keep the second from starting. */
async function claimsFit(space: Space, spec: KubernetesSpec): Promise<void> {
  for (const name of claimsOf(spec)) {
    const brought = spec.manifests?.others.find(
      ({ kind, metadata }) => kind === 'PersistentVolumeClaim' && metadata.name === name,
    );
    const claim = (brought as Claim | undefined) ?? (await space.api.get('persistentvolumeclaims', name));
    if (!claim) {
      throw new SeatrialError(
        'VOLUME_MISSING',
        `${space.label}: there is no PersistentVolumeClaim ${name}; create it, or leave it out of volumes.`,
      );
    }
    const modes = claim.spec.accessModes ?? [];
    if (spec.strategy === 'recreate' || modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany')) continue;
    throw new SeatrialError(
      'VOLUME_MISSING',
      `${space.label}: the PersistentVolumeClaim ${name} is ${modes.join(', ')}: two releases on two nodes can't have it at once; use ReadWriteMany, or strategy: recreate.`,
    );
  }
}

/**
 * What can be known to go wrong before anything is touched. Errors: NAMESPACE_MISSING, ACCESS_MISSING, ENVIRONMENT_CLASH,
 * OBJECT_OWNED, VOLUME_MISSING, DOMAIN_TAKEN, MANIFEST_INVALID, PORT_TAKEN, ENGINE_REFUSED where the cluster refuses the Deployment as it would be.
 */
export async function preflight(space: Space, spec: KubernetesSpec, companions: ManifestObjects): Promise<void> {
  const { api, app, environment, listing, label: where, signal } = space;
  const [missing] = await Promise.all([missingRights(api, rightsFor(spec), signal), namespaceIsThere(space)]);
  if (missing.length) {
    throw new SeatrialError(
      'ACCESS_MISSING',
      `${where}: we may not ${missing.join(', ')}; grant what docs/kubernetes-role.yaml holds.`,
    );
  }
  const [stranger] = listing.strangers;
  if (stranger !== undefined) {
    throw new SeatrialError(
      'ENVIRONMENT_CLASH',
      `${where}: ${app} runs here for another environment (${stranger}); use another namespace, or another app name such as ${app}-${environment.toLowerCase()}.`,
    );
  }
  sameCarrier(space, spec);
  await namesAreOurs(space, spec);
  await checkClass(space, spec);
  await claimsFit(space, spec);
  const claim = claimOf(spec);
  if (claim) {
    await checkFree(space, claim);
    await applyWay(space, claim, { dryRun: true });
  }
  if (spec.manifests) await companions.check(spec.manifests);
  const door = doorOf(space, spec);
  if (door) await applyService(space, door, true);
  // As it would be made, asked of the cluster and kept by nobody: a policy that refuses it is heard before anything is touched.
  const record = {
    release: 'dry-run',
    image: spec.image,
    at: '',
    by: '',
    run: '',
    commit: '',
    spec,
  } as KubernetesRecord;
  await api.apply('deployments', deploymentOf(await space.where(), record, ''), { dryRun: true });
}
