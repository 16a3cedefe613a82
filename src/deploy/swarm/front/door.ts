import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { frontFiles, renderFront } from '../../front/config.ts';
import { DUMP_FILE, FRONT, FRONT_FILE, FRONT_MOUNT, ownFile } from '../../front/names.ts';
import { ownOf } from '../../front/table.ts';
import { label, ownLabels } from '../labels.ts';
import { adminNetworkName, networkName } from '../names.ts';
import { CONSTRAINT, doorName, PLACE } from './names.ts';
import type { FrontTable } from './table.ts';

/** Ten minutes, as its configuration says. */
const LINGERS_NS = 600_000_000_000;

export interface DoorFile {
  /** Where it is read. */
  path: string;
  content: string;
}

/** Pure: what a door reads that is no secret. A config can't be empty: a comment is none of its lines. */
export const doorFiles = (table: FrontTable, adminNet: string): DoorFile[] =>
  [
    ...frontFiles(table).filter(({ name }) => name !== DUMP_FILE),
    { name: FRONT_FILE, content: renderFront(table, new Map(), { adminNet }) },
  ].map(({ name, content }) => ({ path: `${FRONT_MOUNT}/${name}`, content: content || '# none\n' }));

/** For who asks for a name that nobody has. */
export const STRANGERS = 'default';
export const strangersFile = `${FRONT_MOUNT}/default.pem`;
/** What the certificate of an app is called among the front's secrets. */
export const ownKey = (app: string) => `own-${app}`;

/** Pure: the secrets a door reads, by what they are called, and where. */
export const doorSecrets = (table: FrontTable): { key: string; path: string }[] => [
  { key: STRANGERS, path: strangersFile },
  ...ownOf(table).map(({ app }) => ({ key: ownKey(app), path: ownFile(app) })),
];

export interface Placed {
  path: string;
  id: string;
  object: string;
}

/** Pure: what reads requests, on each node with the label: made for one table, whose files and keys are its own. */
export function doorBody(table: FrontTable, files: readonly Placed[], secrets: readonly Placed[]): ServiceSpec {
  const file = (Name: string, Mode: number) => ({ Name, UID: '0', GID: '0', Mode });
  return {
    Name: doorName(table.loaded),
    Labels: { ...ownLabels(PLACE.app, PLACE.environment, 'front-door'), [label('rev')]: String(table.loaded) },
    TaskTemplate: {
      ContainerSpec: {
        Image: table.image,
        // Its files are root's; it has none of root's capabilities.
        User: '0:0',
        Command: ['sh', '-c'],
        Args: [`exec haproxy -W -db -f ${FRONT_MOUNT}/${FRONT_FILE}`],
        StopSignal: 'SIGUSR1',
        StopGracePeriod: LINGERS_NS,
        CapabilityDrop: ['ALL'],
        Configs: files.map(({ path, id, object }) => ({ ConfigID: id, ConfigName: object, File: file(path, 0o444) })),
        Secrets: secrets.map(({ path, id, object }) => ({ SecretID: id, SecretName: object, File: file(path, 0o400) })),
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
