import { parseUrl } from '../input/specs.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { ProbedUrl } from './ask/types.ts';
import { inspect, type Watched } from './containers.ts';
import type { Edge } from './edge.ts';

export interface ProbePlan {
  targets: ProbedUrl[];
  /** What can't be told, and how what can be told is. */
  notes: string[];
  told: string[];
  /** The probes pass the edge, which counts them among its requests. */
  throughEdge: boolean;
}

interface Reached {
  target: Watched;
  address: string;
  port: number;
  /** The published port that leads there, where it is not the first one. */
  door: string;
}

/** `app_9000` is behind port 9000 of the host, `app` behind the first. */
const doorOf = (backend: string) => backend.split('_')[1] ?? '';

/** Addresses of running containers that this machine can reach: only those of an engine on its own socket. */
async function reach(targets: Watched[], edges: Edge[], signal: AbortSignal): Promise<Reached[]> {
  const found: Reached[] = [];
  for (const target of targets) {
    if (!target.host.local) continue;
    const info = await inspect(target, signal);
    if (!info) continue;
    const address = Object.values(info.NetworkSettings.Networks).find((network) => network.IPAddress)?.IPAddress;
    const servers = edges
      .flatMap((edge) => edge.servers)
      .filter(({ host }) => host === target.name || host === address || host.startsWith(`${target.name}.`));
    if (!info.State.Running || info.State.Paused || !address) continue;
    const exposed = Number(Object.keys(info.Config.ExposedPorts ?? {})[0]?.split('/')[0]);
    const known = servers.map(({ backend, port }) => ({ door: doorOf(backend), port: port || exposed }));
    // A worker has a port of its image, and nobody behind it.
    const ports = known.length || target.service !== undefined ? known : [{ door: '', port: exposed }];
    for (const { door, port } of ports) if (port > 0) found.push({ target, address, port, door });
  }
  return found;
}

/**
 * Which URL reaches which version. Said by `old:` and `new:`; else, with a deployment on this machine, each container
 * is asked directly; else a URL through the edge is the new version's only when all weight is on it.
 */
export async function planProbes(
  inputs: VerifyInputs,
  targets: Watched[],
  edges: Edge[],
  signal: AbortSignal,
): Promise<ProbePlan> {
  const plan: ProbePlan = { targets: [], notes: [], told: [], throughEdge: false };
  const specs = inputs.urls.map((line, i) => parseUrl(line, i + 1, inputs.method));
  const open = specs.filter((spec) => spec.version === undefined);
  for (const spec of specs) if (spec.version) plan.targets.push({ ...spec, version: spec.version });
  if (open.length === 0) return plan;
  const { deployment, mode } = inputs;
  // A watch asks as users do. A baseline asks as the verification that is to be compared with it will.
  if (!deployment || mode === 'watch') {
    plan.throughEdge = deployment !== undefined;
    for (const spec of open) plan.targets.push({ ...spec, version: 'new' });
    return plan;
  }
  const reached = await reach(targets, edges, signal);
  if (reached.some(({ target }) => target.version === 'new')) {
    for (const spec of open) {
      const { port: named } = new URL(spec.url);
      const door = reached.some((one) => one.door === named) ? named : '';
      for (const { target, address, port } of reached.filter((one) => one.door === door)) {
        const url = new URL(spec.url);
        const { host } = url;
        if (/^https?:$/.test(url.protocol)) url.protocol = 'http:';
        url.hostname = address;
        url.port = String(port);
        plan.targets.push({ ...spec, version: target.version, url, headers: { host } });
      }
    }
    const asked = new Set(reached.map(({ target }) => target.id)).size;
    plan.told.push(`each container was asked directly (${asked}), so probes tell the versions apart`);
    if (mode === 'verify' && !reached.some(({ target }) => target.version === 'old'))
      plan.notes.push('probes of the old version: none of its containers runs');
    return plan;
  }
  const edged = deployment.hosts.some(({ edge }) => edge);
  const slots = deployment.hosts.flatMap((host) => host.slots);
  const weightOf = (isNew: boolean) =>
    slots.filter((slot) => (slot.release === deployment.release) === isNew).reduce((sum, slot) => sum + slot.weight, 0);
  if (weightOf(true) > 0 && weightOf(false) === 0) {
    plan.throughEdge = true;
    for (const spec of open) plan.targets.push({ ...spec, version: 'new' });
    const door = edged ? 'through the edge' : 'where users come in';
    plan.told.push(`probes went ${door}, whose whole weight is on the new version`);
    if (mode === 'verify') plan.notes.push(`probes of the old version: ${door} it gets no traffic`);
  } else {
    plan.notes.push(
      edged
        ? 'probes: through the edge both versions answer, and its answers do not tell which; users’ requests as the edge counts them were judged instead'
        : 'probes: both versions answer there, and their answers do not tell which; name an address of each by old: and new:',
    );
  }
  return plan;
}
