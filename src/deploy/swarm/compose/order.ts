import type { Project } from '../../docker/compose/project.ts';

/** Pure: services in the order of what they depend on; those of one step need none of each other. A circle is one step. */
export function inOrder(project: Project, names: readonly string[]): string[][] {
  const left = new Set(names);
  const steps: string[][] = [];
  while (left.size) {
    const free = [...left].filter((name) =>
      Object.keys(project.services[name]!.depends_on ?? {}).every((dep) => !left.has(dep) || dep === name),
    );
    const step = free.length ? free : [...left];
    for (const name of step) left.delete(name);
    steps.push(step);
  }
  return steps;
}
