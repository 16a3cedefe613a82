import { SeatrialError } from '../../../lib/errors.ts';
import type { Context } from '../../target.ts';
import type { Cluster } from '../cluster.ts';
import { ensureObject, findObject, type Kind, objectName } from '../secrets.ts';
import type { Stack } from '../spec.ts';
import type { Refs } from './container.ts';
import { filler } from './fill.ts';
import { sourceOf, sources, valuesNeeded, valuesOf } from './values.ts';

type Place = Pick<Cluster, 'app' | 'environment'>;
type Known = ReadonlyMap<string, string>;

/** Values of secrets by name. */
export interface Values {
  /** Those of this run. */
  handed: Known;
  /** With those that were found where they stand: what is newer there than a release would not be its own. */
  all: Known;
}

/** What a secret or config holds; undefined where a value is missing. */
function textOf({ names, content }: { names: string[]; content?: string }, values: Known): string | undefined {
  if (names.some((name) => !values.has(name))) return undefined;
  return content === undefined ? values.get(names[0]!) : filler(values)(content);
}

/** Pure: what the Swarm is to call the secrets and configs of a stack; those whose values nobody has are left out. */
export const objectsOf = (project: Stack['project'], values: Known, place: Place): Record<string, string> =>
  Object.fromEntries(
    sources(project).flatMap((source) => {
      const text = textOf(source, values);
      const { kind, key } = source;
      return text === undefined ? [] : [[`${kind}/${key}`, objectName(place, key, text, kind)] as const];
    }),
  );

async function external(cluster: Cluster, kind: Kind, name: string): Promise<string> {
  const found = (await cluster.api.stored(kind, [])).find(({ Spec }) => Spec.Name === name);
  if (found) return found.ID;
  throw new SeatrialError(
    'COMPOSE_INVALID',
    `${cluster.label}: the external ${kind.slice(0, -1)} ${name} is not on the Swarm; create it first, or drop external.`,
  );
}

/** One of ours: what this run was handed is what was asked for; without it, what the release was made with. */
async function own(cluster: Cluster, { project, objects }: Stack, kind: Kind, key: string, { handed, all }: Values) {
  const { api } = cluster;
  const source = sourceOf(project, kind, key);
  const asked = textOf(source, handed);
  if (asked !== undefined) return ensureObject(api, cluster, key, asked, kind);
  const object = objects[`${kind}/${key}`];
  const id = object && (await findObject(api, cluster, object, kind));
  if (id) return { id, object };
  const found = textOf(source, all);
  if (found !== undefined) return ensureObject(api, cluster, key, found, kind);
  const missing = source.names.filter((name) => !all.has(name)).join(', ');
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `${cluster.label}: a service has to be made anew and needs the secret ${missing}; hand it over by the input secrets.`,
  );
}

/** The secrets and configs of a service, each there. SECRETS_NEEDED, COMPOSE_INVALID. */
export async function refsOf(cluster: Cluster, stack: Stack, name: string, values: Values): Promise<Refs> {
  const refs = new Map<string, { id: string; object: string }>();
  for (const kind of ['secrets', 'configs'] as const) {
    for (const { source: key } of stack.project.services[name]![kind] ?? []) {
      const { external: outside, name: object = key } = stack.project[kind][key]!;
      const at = `${kind}/${key}`;
      if (refs.has(at)) continue;
      if (outside) refs.set(at, { id: await external(cluster, kind, object), object });
      else refs.set(at, await own(cluster, stack, kind, key, values));
    }
  }
  return refs;
}

/**
 * Names of the values that nobody has, of all that a stack is made with; what is a secret or config of the Swarm already
 * has to be there. COMPOSE_INVALID.
 */
export async function checkObjects(cluster: Cluster, { project }: Stack, context: Context): Promise<string[]> {
  for (const service of Object.values(project.services)) {
    for (const kind of ['secrets', 'configs'] as const) {
      for (const { source } of service[kind] ?? []) {
        const entry = project[kind][source];
        if (entry?.external) await external(cluster, kind, entry.name ?? source);
      }
    }
  }
  const needed = [...new Set(Object.keys(project.services).flatMap((name) => valuesNeeded(project, name)))];
  const values = valuesOf(context, needed);
  return needed.filter((name) => !values.has(name)).sort();
}
