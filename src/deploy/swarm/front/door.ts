import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { frontFiles, renderFront } from '../../front/config.ts';
import { DUMP_FILE, FRONT, FRONT_FILE, FRONT_MOUNT, ownFile, STRANGERS_FILE } from '../../front/names.ts';
import { ordered, ownOf } from '../../front/table.ts';
import { label, ownLabels } from '../labels.ts';
import { adminNetworkName, networkName } from '../names.ts';
import { HANDED_MOUNTS, handedFiles, renderHanded, START_HANDED } from './handed.ts';
import { CONSTRAINT, doorName, PLACE, STRANGERS } from './names.ts';
import { type DoorFile, type Placed, reading } from './reads.ts';
import type { FrontTable } from './table.ts';

/** Ten minutes, as its configuration says. */
const LINGERS_NS = 600_000_000_000;

/** Pure: what a door reads that is no secret. A config can't be empty: a comment is none of its lines. */
export const doorFiles = (table: FrontTable, adminNet: string): DoorFile[] =>
  [
    ...frontFiles(table, true)
      .filter(({ name }) => name !== DUMP_FILE)
      .map(({ name, content }) => ({ path: `${FRONT_MOUNT}/${name}`, content })),
    {
      path: `${FRONT_MOUNT}/${FRONT_FILE}`,
      content: renderFront(table, new Map(), { adminNet, handed: renderHanded() }),
    },
    ...(ordered(table).length ? handedFiles(table, adminNet) : []),
  ].map(({ path, content }) => ({ path, content: content || '# none\n' }));

/** What the certificate of an app is called among the front's secrets. */
export const ownKey = (app: string) => `own-${app}`;

/** Pure: the secrets a door reads, by what they are called, and where. */
export const doorSecrets = (table: FrontTable): { key: string; path: string }[] => [
  { key: STRANGERS, path: STRANGERS_FILE },
  ...ownOf(table).map(({ app }) => ({ key: ownKey(app), path: ownFile(app) })),
];

const START = `exec haproxy -W -db -f ${FRONT_MOUNT}/${FRONT_FILE}`;

/** Pure: what reads requests, on each node with the label: made for one table, whose files and keys are its own. */
export function doorBody(table: FrontTable, files: readonly Placed[], secrets: readonly Placed[]): ServiceSpec {
  const handed = ordered(table).length > 0;
  return {
    Name: doorName(table.loaded),
    Labels: { ...ownLabels(PLACE.app, PLACE.environment, 'front-door'), [label('rev')]: String(table.loaded) },
    TaskTemplate: {
      ContainerSpec: {
        Image: table.image,
        // Its files are root's; it has none of root's capabilities.
        User: '0:0',
        Command: ['sh', '-c'],
        Args: [handed ? START_HANDED : START],
        StopSignal: 'SIGUSR1',
        StopGracePeriod: LINGERS_NS,
        CapabilityDrop: ['ALL'],
        ...reading(files, secrets),
        ...(handed ? { Mounts: HANDED_MOUNTS } : {}),
      },
      RestartPolicy: { Condition: 'any', Delay: 500_000_000 },
      Placement: { Constraints: [CONSTRAINT] },
      LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
      Networks: [{ Target: networkName(FRONT) }, { Target: adminNetworkName(FRONT) }],
    },
    Mode: { Global: {} },
    EndpointSpec: { Mode: 'dnsrr' },
  };
}
