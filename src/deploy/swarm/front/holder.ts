import * as z from 'zod';
import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { ADMIN_PORT } from '../../../lib/haproxy.ts';
import { dockersDns } from '../../docker/edge/dns.ts';
import { EDGE_FILE, MOUNT } from '../../docker/state/mount.ts';
import { adminDoor } from '../../front/admin.ts';
import { LINGERS, SLOW_CHECK } from '../../front/config.ts';
import { FRONT, HTTP_INSIDE, HTTPS_INSIDE } from '../../front/names.ts';
import { parsePublish } from '../../publish.ts';
import { CONFIG_LABEL, filled, MODEL_LABEL } from '../edge/body.ts';
import { ownLabels } from '../labels.ts';
import { adminNetworkName, networkName } from '../names.ts';
import { CONSTRAINT, doorName, PLACE } from './names.ts';

/** What owns the ports on the nodes: it leads connections on, unread, to the door that it is told of. */
export const holdingSchema = z.object({
  image: z.string(),
  /** Ports on the nodes. */
  http: z.string(),
  https: z.string(),
  adminNet: z.string(),
  /** The number of the door that a task which begins leads to, by the first of its two slots. */
  number: z.number(),
});

export type Holding = z.output<typeof holdingSchema>;

/** Tasks of a door a slot leads to at most: where more nodes have the label, connections go to so many of them. */
export const ROOM = 8;
/** Its own ports, which are no door's: a name that leads back to it must not make it ask itself. */
const HOLDS = { plain: 8180, secure: 8543 } as const;
const LEADS_TO = { plain: HTTP_INSIDE, secure: HTTPS_INSIDE } as const;
export const WAYS = ['plain', 'secure'] as const;

type Slot = 'a' | 'b';
export const otherSlot = (slot: Slot): Slot => (slot === 'a' ? 'b' : 'a');
/** What Docker's DNS calls the tasks of a door. */
export const doorTasks = (number: number) => `tasks.${doorName(number)}`;
export const serverNames = (slot: Slot) => Array.from({ length: ROOM }, (_, i) => `${slot}${i + 1}`);

function way({ number }: Holding, name: (typeof WAYS)[number]): string {
  const at = `${doorTasks(number)}:${LEADS_TO[name]}`;
  const servers = (['a', 'b'] as const).flatMap((slot) =>
    serverNames(slot).map((server) => `  server ${server} ${at} weight ${slot === 'a' ? 1 : '0 disabled'}`),
  );
  return [
    `frontend ${name}_in`,
    `  bind :${HOLDS[name]}`,
    `  default_backend ${name}`,
    '',
    `backend ${name}`,
    '  balance roundrobin',
    // Only whether it takes connections: a node that lost its power takes none.
    '  default-server send-proxy-v2 check inter 2s fastinter 500ms downinter 1s fall 3 rise 1',
    ...servers,
    '',
  ].join('\n');
}

/** Pure: it reads nothing of what passes, so that nothing about apps is ever its matter. HAProxy 2.6 and newer. */
export const renderHolder = (
  model: Holding,
): string => `# Written by action-deploy; changes are lost at the next deploy.
global
  log stdout format raw local0 notice
  fd-hard-limit 60000
  hard-stop-after ${LINGERS}
  stats socket ipv4@127.0.0.1:${ADMIN_PORT} level admin expose-fd listeners
  stats maxconn 100
  stats timeout 1h

${dockersDns(model.adminNet)}defaults
  mode tcp
  log global
  timeout connect 500ms
${SLOW_CHECK}  # Longer than the door's own times, whose word counts.
  timeout client 2h
  timeout server 2h
  timeout client-fin 30s
  timeout queue 5s
  retries 3
  option redispatch 1
  option dontlognull
  default-server resolvers docker init-addr none tcp-ut 3s

${WAYS.map((name) => way(model, name)).join('\n')}${adminDoor(model.adminNet)}`;

const START = `printf %s "$SEATRIAL_CONFIG" >${MOUNT}/${EDGE_FILE} && exec haproxy -W -db -f ${MOUNT}/${EDGE_FILE}`;

/** Labels that say where it leads to; a task that begins reads them. */
export const holderLabels = (model: Holding): Record<string, string> => ({
  ...ownLabels(PLACE.app, PLACE.environment, 'front'),
  [MODEL_LABEL]: JSON.stringify(model),
  [CONFIG_LABEL]: renderHolder(model),
});

/** Pure: a task on each node with the label, which owns the two ports there. */
export function holderBody(model: Holding, generation = 0): ServiceSpec {
  const port = (publish: string, TargetPort: number) => ({
    Protocol: 'tcp',
    TargetPort,
    PublishedPort: parsePublish(publish).port,
    PublishMode: 'host',
  });
  return {
    Name: FRONT,
    Labels: holderLabels(model),
    TaskTemplate: {
      ContainerSpec: {
        Image: model.image,
        Command: ['sh', '-c'],
        Args: [START],
        Env: [`SEATRIAL_CONFIG=${filled(CONFIG_LABEL)}`],
        StopSignal: 'SIGUSR1',
        StopGracePeriod: 30_000_000_000,
        CapabilityDrop: ['ALL'],
        Mounts: [{ Type: 'tmpfs', Target: MOUNT, TmpfsOptions: { SizeBytes: 4 * 1024 ** 2, Mode: 0o1777 } }],
      },
      RestartPolicy: { Condition: 'any', Delay: 500_000_000 },
      Placement: { Constraints: [CONSTRAINT] },
      LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
      Networks: [{ Target: networkName(FRONT) }, { Target: adminNetworkName(FRONT) }],
      ForceUpdate: generation,
    },
    Mode: { Global: {} },
    UpdateConfig: { Parallelism: 1, Order: 'stop-first', FailureAction: 'pause', Monitor: 3_000_000_000 },
    EndpointSpec: { Mode: 'dnsrr', Ports: [port(model.http, HOLDS.plain), port(model.https, HOLDS.secure)] },
  };
}
