import type { Host } from '../docker/host.ts';
import type { EdgeModel, History, ReleaseRecord } from '../release/history.ts';

/** Seats a release in the edge where it isn't (or its addresses changed), at weight 0. */
export async function seat(host: Host, record: ReleaseRecord): Promise<void> {
  if (host.edged && record.spec.port) await host.seat(record.release, record.spec.port);
}

/** Gives a release its share and writes it down with what else `edit` has to say; answers the milliseconds the switch took. */
export async function give(
  host: Host,
  release: string,
  share: number,
  edit: (draft: History) => void = () => undefined,
): Promise<number> {
  const begun = performance.now();
  let model: EdgeModel | undefined;
  if (host.edged) model = await host.shift(release, share);
  const ms = performance.now() - begun;
  await host.save((draft) => {
    if (model) draft.edge = model;
    edit(draft);
  });
  return ms;
}

/**
 * Puts traffic on `release` again, whatever was between: wakes it, points the edge at where it is now, and shifts.
 * The edge moves first where the release still runs.
 */
export async function giveBack(host: Host, record: ReleaseRecord, start: () => Promise<void>): Promise<void> {
  const running = host.of(record.release).length > 0 && host.of(record.release).every((c) => c.state === 'running');
  if (running && host.slotOf(record.release)) {
    await give(host, record.release, 1);
    return;
  }
  await start();
  await seat(host, record);
  await give(host, record.release, 1);
}
