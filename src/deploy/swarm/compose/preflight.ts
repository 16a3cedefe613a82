import { SeatrialError } from '../../../lib/errors.ts';
import { beyond } from '../capacity.ts';
import type { Cluster } from '../cluster.ts';
import type { SwarmSpec } from '../spec.ts';
import { stackName } from './bodies.ts';
import { checkObjects } from './objects.ts';
import { checkNetworks, orphansOf, standing } from './stack.ts';
import { amountsOf } from './template.ts';
import { written } from './written.ts';

/**
 * All that can be known of a stack before anything is touched. Errors: NETWORK_MISSING, COMPOSE_INVALID, PORT_TAKEN,
 * NO_CAPACITY, SECRETS_NEEDED.
 */
export async function stackPreflight(cluster: Cluster, spec: SwarmSpec): Promise<void> {
  const { api, label: host, context, history } = cluster;
  const { project, service: main } = spec.compose!;
  await checkNetworks(cluster, project);
  const [all, nodes, there] = await Promise.all([api.services([]), api.nodes(), standing(cluster, project)]);
  for (const [name, service] of Object.entries(project.services)) {
    const { ports = [] } = written(service);
    const { Reservations } = amountsOf(written(service), undefined);
    const kept = { memory: Reservations.MemoryBytes, cpus: (Reservations.NanoCPUs ?? 0) / 1e9 };
    const short = beyond(nodes, kept);
    if (short) {
      throw new SeatrialError('NO_CAPACITY', `${host}: no node takes ${name}: ${short}; add a node, or ask for less.`);
    }
    if (name === main) continue;
    for (const { published } of ports) {
      const owner = all.find(
        ({ Spec }) =>
          Spec.Name !== stackName(project, name) &&
          Spec.EndpointSpec?.Ports?.some(({ PublishedPort }) => PublishedPort === Number(published)),
      );
      if (!owner) continue;
      throw new SeatrialError(
        'PORT_TAKEN',
        `${host}: the service ${owner.Spec.Name} has port ${published}, which the compose file gives to ${name}; choose another, or remove it first.`,
      );
    }
  }
  const warn = (line: string) => context.actions.warning(`${host}: ${line}`);
  const old = there.get(main);
  if (old) {
    warn(
      `${old.Spec.Name} runs on beside the release until you remove it (docker service rm ${old.Spec.Name}); a port of the nodes can be had by one of the two only.`,
    );
  }
  const foreign = [...there.values()].filter(({ Spec }) => Spec.Labels['io.seatrial.app'] !== cluster.app);
  if (!history.releases.length && foreign.length) {
    warn(`takes over the stack ${project.name}, which runs here: its services are updated in place where they differ.`);
  }
  const left = orphansOf(project, there);
  if (left.length) {
    warn(
      `${left.join(', ')} ${left.length > 1 ? 'are of services' : 'is of a service'} the compose file no longer has, and run${left.length > 1 ? '' : 's'} on; when nothing needs ${left.length > 1 ? 'them' : 'it'}: docker service rm ${left.join(' ')}`,
    );
  }
  const missing = await checkObjects(cluster, spec.compose!, context);
  if (!missing.length) return;
  const words = `${host}: the compose file needs the secret${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; hand the values over by the input secrets.`;
  if (context.inputs.command === 'plan' || context.inputs['dry-run']) return context.actions.warning(words);
  throw new SeatrialError('SECRETS_NEEDED', words);
}
