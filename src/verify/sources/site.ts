import type { Actions } from '../../lib/actions.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Version } from '../judge/types.ts';
import { findContainers, openHosts, stillThere, type Watched } from '../live/containers.ts';
import { Edge } from '../live/edge.ts';

/** What runs where, by what the deployment says of its target: containers to watch, edges that bring the users. */
export interface Site {
  containers: Watched[];
  edges: Edge[];
  /** Sentences on what of it can't be looked at. */
  missing: string[];
  close(): Promise<void>;
}

const nothing = (...missing: string[]): Site => ({
  containers: [],
  edges: [],
  missing,
  close: async () => undefined,
});

/** Docker hosts: named by a deployment, or containers by name. Errors: CONTAINER_MISSING, and the transport's. */
async function openDocker(inputs: VerifyInputs, actions: Actions, signal: AbortSignal): Promise<Site> {
  if (!inputs.deployment && inputs.containers.length === 0)
    return nothing('container logs and vitals: no deployment and no containers were given');
  const { hosts, close } = await openHosts(inputs, actions.env, (line) => actions.warning(line), signal);
  try {
    const all = await findContainers(inputs, hosts, signal);
    const edges: Edge[] = [];
    for (const [i, { edge, slots }] of (inputs.deployment?.hosts ?? []).entries()) {
      if (!edge) continue;
      const slotOf = (server: string) =>
        slots.find(({ containers }) => containers.some(({ name }) => name === server || server.startsWith(`${name}.`)));
      const versionOf = (server: string): Version | undefined => {
        const found = slotOf(server)?.containers[0]?.id;
        return all.find(({ id }) => id === found)?.version;
      };
      edges.push(new Edge(hosts[i]!, edge.container, versionOf, (server) => slotOf(server)?.release ?? ''));
    }
    const { left, gone } = await stillThere(all, signal);
    const missing = gone.map((name) => `the old version's container ${name}: it is gone`);
    if (left.length > 0 && !left.some(({ version }) => version === 'old') && inputs.mode === 'verify')
      missing.push('the old version: no container of it was given or is left');
    return { containers: left, edges, missing, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Open = (inputs: VerifyInputs, actions: Actions, signal: AbortSignal) => Promise<Site>;

/** By the kind of target. Tasks of a Swarm and pods are no containers that this machine's engine knows. */
const SITES: Record<string, Open> = { docker: openDocker };

export async function openSite(inputs: VerifyInputs, actions: Actions, signal: AbortSignal): Promise<Site> {
  const { kind = 'docker' } = (inputs.deployment ?? {}) as { kind?: string };
  const open = SITES[kind];
  return open
    ? open(inputs, actions, signal)
    : nothing(`logs, vitals and edges of ${kind}: verify reads those of Docker hosts only; urls and stores were asked`);
}
