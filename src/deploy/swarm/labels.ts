import { type SwarmSpec, swarmSpecSchema } from './spec.ts';

/** `io.seatrial.<name>`; the names are a public contract. */
export const label = (name: string) => `io.seatrial.${name}`;

/** `state` and `lock` are configs, `operator` is a container of a run; all else are services. */
export type Role = 'app' | 'edge' | 'hook' | 'operator' | 'state' | 'lock' | 'secret' | 'network';

export interface ReleaseLabels {
  app: string;
  environment: string;
  release: string;
  image: string;
  spec: SwarmSpec;
  run: string;
  actor: string;
  /** The release that was good when this one was made; a lost history is rebuilt along this chain. */
  previous: string;
  at: string;
}

/** Labels of what is ours on a Swarm but runs no release. */
export const ownLabels = (app: string, environment: string, role: Role): Record<string, string> => ({
  [label('app')]: app,
  [label('environment')]: environment,
  [label('role')]: role,
});

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
export function readLabels(labels: Record<string, string>): ReleaseLabels | undefined {
  if (labels[label('role')] !== 'app') return undefined;
  const get = (name: string) => labels[label(name)] ?? '';
  let raw: unknown;
  try {
    raw = JSON.parse(get('spec'));
  } catch {
    return undefined; // a service of a stranger that borrowed our labels
  }
  const spec = swarmSpecSchema.safeParse(raw);
  if (!spec.success) return undefined;
  return {
    app: get('app'),
    environment: get('environment'),
    release: get('release'),
    image: get('image'),
    spec: spec.data,
    run: get('run'),
    actor: get('actor'),
    previous: get('previous'),
    at: get('at'),
  };
}
