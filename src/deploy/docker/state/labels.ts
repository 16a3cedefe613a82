import { type DockerSpec, dockerSpecSchema } from '../spec.ts';

const PREFIX = 'io.seatrial.';
/** `io.seatrial.<name>`; the names are a public contract. */
export const label = (name: string) => `${PREFIX}${name}`;

export type Role = 'app' | 'edge' | 'lock' | 'hook' | 'reader';

export interface ReleaseLabels {
  app: string;
  environment: string;
  release: string;
  /** Of what stands beside the main containers: the service of a compose file, or the worker. */
  service?: string;
  image: string;
  spec: DockerSpec;
  run: string;
  actor: string;
  /** The release that was good when this one was made; a lost history is rebuilt along this chain. */
  previous: string;
  slot: string;
  at: string;
}

/** Labels of one app container. Immutable, so they say what it is, never how it fares. */
export function writeLabels(labels: ReleaseLabels): Record<string, string> {
  const { spec, service, ...rest } = labels;
  const flat = Object.fromEntries(Object.entries(rest).map(([name, value]) => [label(name), value]));
  const of = service ? { [label('service')]: service } : {};
  return { ...flat, ...of, [label('role')]: 'app', [label('spec')]: JSON.stringify(spec) };
}

/** Labels of what is ours on a host but runs no release. */
export function ownLabels(app: string, environment: string, role: Role): Record<string, string> {
  return { [label('app')]: app, [label('environment')]: environment, [label('role')]: role };
}

/** Reads the labels of an app container; undefined when they are not ours or can't be read. */
export function readLabels(labels: Record<string, string>): ReleaseLabels | undefined {
  if (labels[label('role')] !== 'app') return undefined;
  const get = (name: string) => labels[label(name)] ?? '';
  let raw: unknown;
  try {
    raw = JSON.parse(get('spec'));
  } catch {
    return undefined; // a container of a stranger that borrowed our labels
  }
  const spec = dockerSpecSchema.safeParse(raw);
  if (!spec.success) return undefined;
  return {
    app: get('app'),
    environment: get('environment'),
    release: get('release'),
    service: labels[label('service')],
    image: get('image'),
    spec: spec.data,
    run: get('run'),
    actor: get('actor'),
    previous: get('previous'),
    slot: get('slot'),
    at: get('at'),
  };
}
