import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { oneKind } from '../../lib/target-host.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Version } from '../judge/types.ts';
import { findContainers, openHosts, stillThere } from '../live/containers.ts';
import { Edge, REPLACED_MS } from '../live/edge.ts';
import type { Site } from '../live/site.ts';

const nothing = (...missing: string[]): Site => ({
  containers: [],
  edges: [],
  missing,
  node: '',
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
      edges.push(
        new Edge(hosts[i]!, edge.container, versionOf, { releaseOf: (server) => slotOf(server)?.release ?? '' }),
      );
    }
    const { left, gone } = await stillThere(all, signal);
    const missing = gone.map((name) => `the old version's container ${name}: it is gone`);
    if (left.length > 0 && !left.some(({ version }) => version === 'old') && inputs.mode === 'verify')
      missing.push('the old version: no container of it was given or is left');
    return { containers: left, edges, missing, node: '', close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tasks and edges of a Swarm, by the engine of a manager. */
async function openSwarm(inputs: VerifyInputs, actions: Actions, signal: AbortSignal): Promise<Site> {
  const { hosts, close } = await openHosts(inputs, actions.env, (line) => actions.warning(line), signal);
  try {
    const { app, hosts: told } = inputs.deployment!;
    const containers = await findContainers(inputs, hosts, signal);
    const { askFleet, nodeOf } = await import('../live/swarm.ts');
    const node = await nodeOf(hosts[0]!, signal);
    const edges: Edge[] = [];
    for (const [i, { edge, slots }] of told.entries()) {
      if (!edge) continue;
      // All tasks of a release go by one name there.
      const versionOf = (server: string): Version | undefined => {
        const slot = slots.find(({ release }) => server === `tasks.${app}-${release}`);
        return containers.find(({ id }) => slot?.containers.some((one) => one.id === id))?.version;
      };
      const here = i === 0 ? node : await nodeOf(hosts[i]!, signal);
      const ask = askFleet(hosts[i]!, app, edge.container, here);
      const releaseOf = (server: string) => server.slice(`tasks.${app}-`.length);
      edges.push(new Edge(hosts[i]!, edge.container, versionOf, { releaseOf, ask, patienceMs: REPLACED_MS }));
    }
    const missing =
      containers.some(({ version }) => version === 'old') || inputs.mode !== 'verify'
        ? []
        : ['the old version: no task of it was given or is left'];
    return { containers, edges, missing, node, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Open = (inputs: VerifyInputs, actions: Actions, signal: AbortSignal) => Promise<Site>;

/** By the kind of target. */
const SITES: Record<string, Open> = {
  docker: openDocker,
  swarm: openSwarm,
  kubernetes: async (...asked) => (await import('../live/kubernetes/site.ts')).openKubernetes(...asked),
};

export async function openSite(inputs: VerifyInputs, actions: Actions, signal: AbortSignal): Promise<Site> {
  const { deployment, hosts } = inputs;
  const kind = deployment?.kind ?? oneKind(hosts);
  if (!deployment && kind !== 'docker') {
    throw new SeatrialError(
      'INPUT_INVALID',
      `hosts: what runs on ${kind} is found by the output deployment of action-deploy; hand that over as deployment.`,
    );
  }
  const open = SITES[kind];
  return open
    ? open(inputs, actions, signal)
    : nothing(
        `logs, vitals and edges of ${kind}: verify reads those of Docker hosts, Swarms and Kubernetes only; urls and stores were asked`,
      );
}
