import type * as z from 'zod';
import type { ReleaseRecord } from './history.ts';
import type { Spec } from './spec.ts';

/** `io.seatrial.<name>`; the names are a public contract. */
export const label = (name: string): string => `io.seatrial.${name}`;

/** Labels of what is ours but runs no release. */
export const roleLabels = (app: string, environment: string, role: string): Record<string, string> => ({
  [label('app')]: app,
  [label('environment')]: environment,
  [label('role')]: role,
});

/** What the labels of each target's releases say. */
export interface ReleaseLabelsOf<S extends Spec> {
  app: string;
  environment: string;
  release: string;
  image: string;
  spec: S;
  run: string;
  actor: string;
  /** The release that was good when this one was made; a lost history is rebuilt along this chain. */
  previous: string;
  at: string;
}

/** A spec as a label or an annotation spells it; undefined for what is not of our making. Pure. */
export function spelledSpec<S extends Spec>(text: string, schema: z.ZodType<S>): S | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // a stranger that borrowed our labels
  }
}

/** Reads the labels of a release; undefined when they are not ours or can't be read. Pure. */
export function readReleaseLabels<S extends Spec>(
  labels: Record<string, string>,
  schema: z.ZodType<S>,
): ReleaseLabelsOf<S> | undefined {
  if (labels[label('role')] !== 'app') return undefined;
  const get = (name: string) => labels[label(name)] ?? '';
  const spec = spelledSpec(get('spec'), schema);
  return (
    spec && {
      app: get('app'),
      environment: get('environment'),
      release: get('release'),
      image: get('image'),
      spec,
      run: get('run'),
      actor: get('actor'),
      previous: get('previous'),
      at: get('at'),
    }
  );
}

/** What is known of a release by its labels alone: not how it fared, so it is called bad. Pure. */
export const recordByLabels = <S extends Spec>(
  { release, image, at, actor, run, spec }: Omit<ReleaseLabelsOf<S>, 'app' | 'environment' | 'previous'>,
  commit = '',
): ReleaseRecord & { spec: S } => ({
  release,
  image,
  status: 'bad',
  at,
  by: actor,
  run,
  reason: 'rebuilt from labels',
  commit,
  spec,
  timings: {},
});
