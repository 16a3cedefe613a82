import { label, type ReleaseLabelsOf, readReleaseLabels, roleLabels } from '../../release/labels.ts';
import { type DockerSpec, dockerSpecSchema } from '../spec.ts';

export { label };

export type Role = 'app' | 'edge' | 'lock' | 'hook' | 'reader';

export interface ReleaseLabels extends ReleaseLabelsOf<DockerSpec> {
  /** Of what stands beside the main containers: the service of a compose file, or the worker. */
  service?: string;
  slot: string;
}

/** Labels of one app container. Immutable, so they say what it is, never how it fares. */
export function writeLabels(labels: ReleaseLabels): Record<string, string> {
  const { spec, service, ...rest } = labels;
  const flat = Object.fromEntries(Object.entries(rest).map(([name, value]) => [label(name), value]));
  const of = service ? { [label('service')]: service } : {};
  return { ...flat, ...of, [label('role')]: 'app', [label('spec')]: JSON.stringify(spec) };
}

/** Labels of what is ours on a host but runs no release. */
export const ownLabels = (app: string, environment: string, role: Role): Record<string, string> =>
  roleLabels(app, environment, role);

/** Reads the labels of an app container; undefined when they are not ours or can't be read. */
export function readLabels(labels: Record<string, string>): ReleaseLabels | undefined {
  const read = readReleaseLabels(labels, dockerSpecSchema);
  return read && { ...read, service: labels[label('service')], slot: labels[label('slot')] ?? '' };
}
