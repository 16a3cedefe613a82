import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { edgeFiles, PEM_FILE } from '../../docker/edge/config.ts';
import { INSIDE_PORT } from '../../docker/edge/entrances.ts';
import { EDGE_FILE, MOUNT } from '../../docker/state/mount.ts';
import { FRONT } from '../../front/names.ts';
import { parsePublish } from '../../publish.ts';
import { label, ownLabels } from '../labels.ts';
import type { SwarmEdge } from '../model.ts';
import { adminNetworkName, edgeName, networkName } from '../names.ts';

/**
 * What a task of the edge begins with stands in the labels of its service and reaches it as variables that the Swarm
 * fills in when it makes the task: so labels can follow every shift of traffic, and no task is made anew for it.
 */
export const CONFIG_LABEL = label('edge-config');
export const MAP_LABEL = label('edge-map');
export const MODEL_LABEL = label('edge');

export const filled = (name: string) => `{{index .Service.Labels "${name}"}}`;

const START = `printf %s "$SEATRIAL_CONFIG" >${MOUNT}/${EDGE_FILE} && printf '%s\\n' "$SEATRIAL_MAP" >${MOUNT}/edge.map && exec haproxy -W -db -f ${MOUNT}/${EDGE_FILE}`;

/** Labels that say how the edge is to be: what changes with the traffic. */
export function edgeLabels(app: string, environment: string, model: SwarmEdge): Record<string, string> {
  const [config, map] = edgeFiles(model).map(({ content }) => content);
  return {
    ...ownLabels(app, environment, 'edge'),
    [label('publish')]: model.publish,
    [MODEL_LABEL]: JSON.stringify(model),
    [CONFIG_LABEL]: config!,
    [MAP_LABEL]: map!.trim(),
  };
}

/** Pure: the edge as a service with a task on each node it may be on, which owns the published port there, if there is one. */
export function edgeBody(
  app: string,
  environment: string,
  model: SwarmEdge,
  certificate: { id: string; name: string } | undefined,
  generation = 0,
): ServiceSpec {
  return {
    Name: edgeName(app),
    Labels: edgeLabels(app, environment, model),
    TaskTemplate: {
      ContainerSpec: {
        Image: model.image,
        Command: ['sh', '-c'],
        Args: [START],
        Env: [`SEATRIAL_CONFIG=${filled(CONFIG_LABEL)}`, `SEATRIAL_MAP=${filled(MAP_LABEL)}`],
        StopSignal: 'SIGUSR1',
        StopGracePeriod: 30_000_000_000,
        CapabilityDrop: ['ALL'],
        // The port may be below 1024 inside an image that runs as root; none of ours is, so nothing is added.
        Mounts: [{ Type: 'tmpfs', Target: MOUNT, TmpfsOptions: { SizeBytes: 4 * 1024 ** 2, Mode: 0o1777 } }],
        Secrets: certificate
          ? [
              {
                SecretID: certificate.id,
                SecretName: certificate.name,
                File: { Name: PEM_FILE, UID: '0', GID: '0', Mode: 0o444 },
              },
            ]
          : [],
      },
      RestartPolicy: { Condition: 'any', Delay: 500_000_000 },
      Placement: { Constraints: model.placement },
      LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
      Networks: [
        { Target: networkName(app) },
        { Target: adminNetworkName(app) },
        ...(model.front ? [{ Target: networkName(FRONT) }] : []),
      ],
      ForceUpdate: generation,
    },
    Mode: { Global: {} },
    // One at a time, and no further where one does not come up. A port of the node has room for one.
    UpdateConfig: {
      Parallelism: 1,
      Order: model.publish ? 'stop-first' : 'start-first',
      FailureAction: 'pause',
      Monitor: 3_000_000_000,
    },
    EndpointSpec: {
      Mode: 'dnsrr',
      Ports: model.publish
        ? [
            {
              Protocol: 'tcp',
              TargetPort: INSIDE_PORT,
              PublishedPort: parsePublish(model.publish).port,
              PublishMode: 'host',
            },
          ]
        : [],
    },
  };
}
