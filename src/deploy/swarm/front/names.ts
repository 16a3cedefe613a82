import type { Node } from '../../../lib/docker/swarm.ts';
import { FRONT } from '../../front/names.ts';

/** The label of the nodes that users of `domains` come to; a public contract. */
export const NODE_LABEL = 'io.seatrial.front';
export const CONSTRAINT = `node.labels.${NODE_LABEL}==true`;

/** The front is of all apps and environments of the Swarm; its networks, lock and objects are named as an app's are. */
export const PLACE = { app: FRONT, environment: 'all' } as const;

/** What reads the table of a number; it is made for that table and never changed. */
export const doorName = (number: number) => `${FRONT}-${number}`;
export const tableName = (number: number) => `${FRONT}-table-${number}`;

/** What the certificate for who asks for a name that nobody has is called among the front's secrets. */
export const STRANGERS = 'default';

/** What orders certificates from an authority: one task, on any of the nodes with the label. */
export const ORDERS = `${FRONT}-acme`;
/** On each of these nodes: the certificates that were ordered, and the key of the account where that task was. */
export const ORDERS_VOLUME = ORDERS;
/** Where the doors of a node have it. */
export const KEPT = '/seatrial-front-kept';

/** Nodes with the label that take tasks now. */
export const frontNodes = (nodes: readonly Node[]): Node[] =>
  nodes.filter(
    ({ Spec, Status }) =>
      Spec.Labels?.[NODE_LABEL] === 'true' && Spec.Availability === 'active' && Status.State === 'ready',
  );
