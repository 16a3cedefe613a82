import { doorKey } from '../../publish.ts';
import { find, type ReleaseRecord } from '../../release/history.ts';
import type { Proof } from '../../target.ts';
import type { Host } from '../host.ts';
import type { DockerHistory } from '../model.ts';
import { askFront } from '../probe.ts';
import { frontPort } from './config.ts';
import { entrances, useOf } from './entrances.ts';

/** Asks the edge, and through each of its front doors the app. Each port of the release has to say that it is there. */
export async function proveAt(
  host: Host,
  { release, spec }: Pick<ReleaseRecord, 'release' | 'spec'>,
  signal?: AbortSignal,
): Promise<Proof> {
  const edge = host.history.edge!;
  const slot = host.slotOf(release);
  const ways = entrances(edge).filter((entrance) => slot && useOf(edge.slots[slot], entrance));
  const doors = new Map((spec.doors ?? []).map((door) => [doorKey(door), door.path]));
  const [shares, ...answers] = await Promise.all([
    host.shares(),
    ...ways.map((entrance) => {
      const path = (entrance.door === undefined ? spec.health.path : doors.get(entrance.door)) ?? '/';
      return askFront(host.engine, host.listing.edge!.Id, { port: frontPort(edge, entrance), path }, signal);
    }),
  ]);
  const mine = ({ server }: { server: string }) => slot !== undefined && server.startsWith(slot);
  const told = answers.find((answer) => !mine(answer)) ?? answers[0] ?? { server: '', status: 0 };
  return { share: shares.get(release) ?? 0, ...told, mine: mine(told) };
}

/** Where each published port leads now, as the release that serves says it; nothing where none does. Pure. */
export function portsNow(history: DockerHistory) {
  const spec = history.edge && find(history, history.current)?.spec;
  if (!spec?.publish || !spec.port) return [];
  const service = spec.compose?.service;
  return [{ publish: spec.publish, port: spec.port, part: service }, ...(spec.doors ?? [])].map((door) => {
    const name = door.part ?? service;
    return { published: door.publish, ...(name ? { service: name } : {}), port: door.port };
  });
}
