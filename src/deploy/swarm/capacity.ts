import type { Node } from '../../lib/docker/swarm.ts';
import { formatSize } from '../../lib/units.ts';
import type { SwarmSpec } from './spec.ts';

/** Nodes that take tasks now. */
export const takers = (nodes: readonly Node[]): Node[] =>
  nodes.filter(({ Spec, Status }) => Spec.Availability === 'active' && Status.State === 'ready');

/** Pure: what no node has, in words; undefined where some node may have it. */
export function beyond(
  nodes: readonly Node[],
  { memory, cpus }: Pick<SwarmSpec, 'memory' | 'cpus'>,
): string | undefined {
  const open = takers(nodes);
  if (!open.length) return `none of the ${nodes.length} nodes takes tasks (each is drained, paused or down)`;
  const most = (of: (node: Node) => number) => Math.max(...open.map(of));
  const bytes = most(({ Description }) => Description.Resources.MemoryBytes ?? 0);
  if (memory !== undefined && memory > bytes)
    return `memory ${formatSize(memory)} is asked for, and the largest node has ${formatSize(bytes)}`;
  const nanos = most(({ Description }) => Description.Resources.NanoCPUs ?? 0);
  if (cpus !== undefined && cpus * 1e9 > nanos)
    return `cpus ${cpus} are asked for, and the largest node has ${nanos / 1e9}`;
  return undefined;
}
