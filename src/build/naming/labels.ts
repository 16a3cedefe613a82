import type { Pair } from '../input/pairs.ts';
import type { Payload } from './event.ts';
import type { GitFacts } from './git.ts';
import { checkTemplate, type ExpressionSource, fill } from './tags/expressions.ts';

/**
 * The image's labels: `org.opencontainers.image.*` as far as git and the event know them (OCI image spec, "Annotations"),
 * and over them the caller's own, in which `{{…}}` is filled in as in tags. `created` is the commit's time and not the
 * clock's, so that two builds of one commit are one image.
 */
export function labelsOf(
  given: readonly Pair[],
  git: GitFacts,
  { repository }: Payload,
  version: string,
  source: ExpressionSource,
): Record<string, string> {
  const licence = repository?.license?.spdx_id;
  const known: Record<string, string | undefined | null> = {
    title: repository?.name,
    description: repository?.description,
    url: repository?.html_url,
    licenses: licence === 'NOASSERTION' ? undefined : licence,
    revision: git.sha,
    source: git.source,
    version,
    created: git.committed ? new Date(git.committed).toISOString() : undefined,
  };
  return {
    ...Object.fromEntries(
      Object.entries(known).flatMap(([key, value]) => (value ? [[`org.opencontainers.image.${key}`, value]] : [])),
    ),
    ...Object.fromEntries(given.map(({ name, value }) => [name, fill(value, source)])),
  };
}

/** Annotations, `key=value` or `level:key=value`, with their expressions filled in. */
export const annotationsOf = (given: readonly Pair[], source: ExpressionSource): string[] =>
  given.map(({ name, value }) => `${name}=${fill(value, source)}`);

/** Refuses expressions no run could fill in. Error: INPUT_INVALID. */
export function checkLabels(...lists: (readonly Pair[])[]): void {
  for (const { value } of lists.flat()) checkTemplate(value);
}
