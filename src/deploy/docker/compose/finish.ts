import type { Project } from './project.ts';

/** Services somebody waits for to have ended well: running is not enough for them. */
export function mustFinish(project: Project): Set<string> {
  return new Set(
    Object.values(project.services).flatMap(({ depends_on }) =>
      Object.entries(depends_on ?? {}).flatMap(([name, { condition }]) =>
        condition === 'service_completed_successfully' ? [name] : [],
      ),
    ),
  );
}
