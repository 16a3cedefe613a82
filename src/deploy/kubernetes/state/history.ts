import { SeatrialError } from '../../../lib/errors.ts';
import { isConflict } from '../../../lib/kubernetes/error.ts';
import type { ConfigMap } from '../../../lib/kubernetes/types.ts';
import { change, neededReleases } from '../../release/history.ts';
import { type KubernetesHistory, kubernetesHistorySchema } from '../model.ts';
import { label, ownLabels } from '../names.ts';
import type { Space } from '../space.ts';

const KEY = 'history.json';
/** A ConfigMap holds 1 MiB in all, its names and labels too; https://kubernetes.io/docs/concepts/configuration/configmap/ */
const LARGEST = 900_000;

/**
 * The history as text below the limit of a ConfigMap: the oldest releases fall off first, and never one that serves,
 * waits, has a place in the traffic, is the last good or what a cut-off command is about. Pure.
 */
export function fitting(history: KubernetesHistory, largest = LARGEST): { history: KubernetesHistory; text: string } {
  const size = (text: string) => Buffer.byteLength(text);
  const needed = new Set([...neededReleases(history), history.edge?.slots.a?.release, history.edge?.slots.b?.release]);
  let fitted = history;
  let text = JSON.stringify(history);
  while (size(text) > largest) {
    const oldest = fitted.releases.findLastIndex(({ release }) => !needed.has(release));
    if (oldest < 0) {
      throw new SeatrialError(
        'HISTORY_TOO_LARGE',
        'the releases that are needed fill more than a ConfigMap holds (1 MiB); keep large values out of env, e.g. in a file of the image.',
      );
    }
    fitted = { ...fitted, releases: fitted.releases.filter((_, i) => i !== oldest) };
    text = JSON.stringify(fitted);
  }
  return { history: fitted, text };
}

export type Read = { kind: 'found'; history: KubernetesHistory } | { kind: 'none' } | { kind: 'strange'; why: string };

/** What a ConfigMap holds. Pure. */
export function readHistory(map: ConfigMap | undefined): Read {
  const text = map?.data?.[KEY];
  if (text === undefined) return { kind: 'none' };
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { kind: 'strange', why: 'it is no JSON' };
  }
  const parsed = kubernetesHistorySchema.safeParse(raw);
  if (parsed.success) return { kind: 'found', history: parsed.data as KubernetesHistory };
  const issue = parsed.error.issues[0];
  return { kind: 'strange', why: `${issue?.path.join('.')}: ${issue?.message}` };
}

/** That of another environment is no history of ours; a deploy beside it is refused, and its releases are not ours to promote. */
const isOf = (map: ConfigMap | undefined, environment: string): boolean =>
  [undefined, environment].includes(map?.metadata.labels?.[label('environment')]);

/** The ConfigMap `<app>-seatrial`, written by compare-and-swap. */
export class History {
  readonly #space: Space;
  #map: ConfigMap | undefined;
  #strange = false;

  constructor(space: Space) {
    this.#space = space;
  }

  async read(signal?: AbortSignal): Promise<Read> {
    const { api, names, environment } = this.#space;
    const map = await api.get('configmaps', names.history, { signal });
    const read: Read = isOf(map, environment) ? readHistory(map) : { kind: 'none' };
    this.#map = isOf(map, environment) ? map : undefined;
    this.#strange = read.kind === 'strange';
    return read;
  }

  /** Writes a changed copy. LOCK_LOST where somebody else has written, HISTORY_TOO_LARGE. */
  async save(before: KubernetesHistory, edit: (draft: KubernetesHistory) => void): Promise<KubernetesHistory> {
    const { api, app, environment, names, label: where } = this.#space;
    if (this.#strange) await this.#keepAside();
    const next = change(before as never, (draft: KubernetesHistory) => {
      edit(draft);
      draft.rev++;
    }) as KubernetesHistory;
    const { history, text } = fitting(next);
    const object: ConfigMap = {
      metadata: {
        name: names.history,
        labels: ownLabels(app, environment, 'history'),
        resourceVersion: this.#map?.metadata.resourceVersion,
      },
      data: { [KEY]: text },
    };
    try {
      this.#map = this.#map ? await api.replace('configmaps', object) : await api.create('configmaps', object);
    } catch (cause) {
      if (!isConflict(cause)) throw cause;
      // Our own write, whose answer was lost.
      const now = await api.get('configmaps', names.history);
      if (now?.data?.[KEY] === text) {
        this.#map = now;
        return history;
      }
      throw new SeatrialError(
        'LOCK_LOST',
        `${where}: somebody else has written the history; this run stops here, the next one puts things in order.`,
        { cause },
      );
    }
    return history;
  }

  /** What can't be read is kept for a person to look at. */
  async #keepAside(): Promise<void> {
    const { api, app, environment, names } = this.#space;
    const metadata = { name: names.aside, labels: ownLabels(app, environment, 'history') };
    await api.apply('configmaps', { metadata, data: this.#map?.data ?? {} });
    this.#strange = false;
  }
}
