import { label, type ReleaseLabelsOf, readReleaseLabels, roleLabels } from '../release/labels.ts';
import { type SwarmSpec, swarmSpecSchema } from './spec.ts';

export { label };

/**
 * `state`, `lock` and `config` are configs, `operator` is a container of a run; `place` is a service of a compose file.
 * `front` owns the ports of `domains` on its nodes, `front-door` is what it leads to, `front-acme` orders certificates.
 */
export type Role =
  | 'app'
  | 'edge'
  | 'hook'
  | 'operator'
  | 'state'
  | 'lock'
  | 'secret'
  | 'config'
  | 'network'
  | 'place'
  | 'front'
  | 'front-door'
  | 'front-acme';

export type ReleaseLabels = ReleaseLabelsOf<SwarmSpec>;

/** Labels of what is ours on a Swarm but runs no release. */
export const ownLabels = (app: string, environment: string, role: Role): Record<string, string> =>
  roleLabels(app, environment, role);

/**
 * What containers of a release are found by on their nodes; no more, as a change would make them anew. Without a role: a
 * run on that engine as a Docker host must not take them for its own.
 */
export const taskLabels = ({ app, environment, release }: ReleaseLabels): Record<string, string> => ({
  [label('app')]: app,
  [label('environment')]: environment,
  [label('release')]: release,
});

/** Labels of a release's service. */
export function writeLabels({ spec, ...rest }: ReleaseLabels): Record<string, string> {
  const flat = Object.entries(rest).map(([name, value]) => [label(name), value]);
  return { ...Object.fromEntries(flat), [label('role')]: 'app', [label('spec')]: JSON.stringify(spec) };
}

/** Reads the labels of a release's service; undefined when they are not ours or can't be read. */
export const readLabels = (labels: Record<string, string>): ReleaseLabels | undefined =>
  readReleaseLabels(labels, swarmSpecSchema);
