import { askDoor } from '../../asking.ts';
import { frontPort, SERVER_HEADER } from '../../docker/edge/config.ts';
import type { ReleaseRecord } from '../../release/history.ts';
import type { Proof } from '../../target.ts';
import type { Space } from '../space.ts';
import type { Edge } from './edge.ts';

/** Asks each pod of the edge, and through its front door the app; undefined where there is nobody to ask. */
export async function proveAt(
  space: Space,
  edge: Edge,
  { release, spec }: ReleaseRecord,
  signal?: AbortSignal,
): Promise<Proof | undefined> {
  const slot = space.slotOf(release);
  if (!space.history.edge || !space.gates.length) return undefined;
  const door = {
    ip: '127.0.0.1',
    port: frontPort(space.history.edge),
    path: spec.health.path ?? '/',
    serverHeader: SERVER_HEADER,
  };
  const [shares, answers] = await Promise.all([
    edge.shares(),
    Promise.all(edge.told.map(({ metadata: { name } }) => askDoor(edge.from(name), door, signal))),
  ]);
  const isMine = ({ server }: { server: string }) => slot !== undefined && server.startsWith(slot);
  const odd = answers.find((answer) => !isMine(answer));
  const { server, status } = odd ?? answers[0]!;
  return { share: shares.get(release) ?? 0, server, status, mine: odd === undefined };
}
