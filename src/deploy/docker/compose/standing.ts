import { getFile } from '../../../lib/docker/archive.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { maskUnlessName } from '../../../lib/names.ts';
import type { Host } from '../host.ts';
import type { Project } from './project.ts';
import { listBase } from './rest.ts';

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Pure: the values that `${NAME}`s of compose source must have had to give `actual`; empty where it can't be. */
export function valuesIn(source: string, actual: string): Map<string, string> {
  const names: string[] = [];
  const pattern = source
    .split(/(\$\$|\$\{[A-Za-z_][A-Za-z0-9_]*\})/)
    .map((part) => {
      if (part === '$$') return '\\$';
      const name = /^\$\{(.+)\}$/.exec(part)?.[1];
      if (name === undefined) return quoted(part);
      const known = names.indexOf(name);
      if (known >= 0) return `\\${known + 1}(?:)`;
      names.push(name);
      return '([\\s\\S]*?)';
    })
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(actual);
  return new Map(found ? names.map((name, i) => [name, found[i + 1]!]) : []);
}

/**
 * Values of secrets that nobody handed over, read from containers that stand: those of the release itself first, as
 * they hold what it was made with, then those of each service. None is kept, and each is masked.
 */
export async function standingSecrets(
  host: Host,
  project: Project,
  edge: string,
  release: string,
  missing: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { engine, signal, app, environment } = host;
  const { actions } = host.context;
  const keep = (name: string, value: string) => {
    if (!missing.has(name) || found.has(name) || value === '') return;
    maskUnlessName(actions, [app, environment, project.name, ...Object.keys(project.services)], name, value);
    found.set(name, value);
  };
  const others = await listBase(engine, project.name, signal);
  const apps = [...host.of(release), ...host.listing.apps.filter((c) => c.release !== release)];
  const all = [...apps.map(({ id, part }) => ({ id, service: part || edge })), ...others];
  for (const { id, service } of all) {
    if (found.size === missing.size) break;
    const says = project.services[service];
    const info = says && (await inspectContainer(engine, id, `look at ${service}`, { signal }));
    if (!info) continue;
    const env = new Map(
      info.Config.Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    for (const [key, source] of Object.entries(says.environment ?? {})) {
      const actual = env.get(key);
      if (source && actual !== undefined) for (const [name, value] of valuesIn(source, actual)) keep(name, value);
    }
    for (const { source, target } of says.secrets ?? []) {
      const name = project.secrets[source]?.environment;
      if (!name || !missing.has(name) || found.has(name)) continue;
      const path = String(target ?? source);
      const file = await getFile(engine, id, path.startsWith('/') ? path : `/run/secrets/${path}`, { signal });
      if (file) keep(name, file.toString('utf8'));
    }
  }
  return found;
}
