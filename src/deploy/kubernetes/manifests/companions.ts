import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import type { ReleaseRecord } from '../../release/history.ts';
import { roleLabels } from '../../release/labels.ts';
import type { Spec } from '../../release/spec.ts';
import type { Companions } from '../../target.ts';
import { label } from '../names.ts';
import { keeperOf } from '../owner.ts';
import type { Space } from '../space.ts';
import { own } from '../spec.ts';
import { Collections } from './collections.ts';
import { type Manifest, type Manifests, nameOf, scalesWorkload } from './model.ts';

/** It was there before us: what we did not make we do not remove. */
const ADOPTED = label('adopted');
/** What holds data outlives the app, as volumes do everywhere. */
const HOLDS_DATA = ['PersistentVolumeClaim', 'StatefulSet'];

const rightsOn = (kind: string) => ['get', 'create', 'patch', ...(HOLDS_DATA.includes(kind) ? [] : ['delete'])];

/** What the manifests hold beside the workload: applied as they are, with the app's labels. */
export class ManifestObjects implements Companions {
  readonly #space: Space;
  readonly #collections: Collections;

  constructor(space: Space) {
    this.#space = space;
    this.#collections = new Collections(space);
  }

  /** What it brings is in its spec: the same spec is the same release. */
  has(): boolean {
    return false;
  }

  /** Before anything is touched: MANIFEST_INVALID, OBJECT_OWNED, ACCESS_MISSING, and what the cluster itself refuses. */
  async check(manifests: Manifests): Promise<void> {
    const { api, label: where, signal } = this.#space;
    const workload = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: manifests.workload.name },
    };
    const kinds = new Map(manifests.others.map((object) => [`${object.apiVersion} ${object.kind}`, object]));
    for (const object of kinds.values()) {
      const { group, plural } = await this.#collections.of(object);
      const rights = rightsOn(object.kind);
      const may = await Promise.all(rights.map((verb) => api.may(group, plural, verb, { signal })));
      const missing = rights.filter((_, i) => !may[i]);
      if (!missing.length) continue;
      throw new SeatrialError(
        'ACCESS_MISSING',
        `${where}: manifests: we may not ${missing.join(', ')} ${plural}${group && `.${group}`}; add it to the Role of docs/kubernetes-role.yaml.`,
      );
    }
    for (const object of [...manifests.others, workload]) await this.#free(object);
    for (const object of manifests.others) await this.#collections.apply(this.#labelled(object), true);
  }

  /** Nobody else keeps it, nor has another app brought it. OBJECT_OWNED. */
  async #free(object: Manifest): Promise<void> {
    const there = await this.#collections.get(object);
    if (!there) return;
    const keeper = keeperOf(there);
    const other = there.metadata.labels?.[label('app')];
    const who = keeper
      ? `belongs to ${keeper}, which would undo what we change`
      : other && other !== this.#space.app
        ? `belongs to the app ${other}`
        : '';
    if (!who) return;
    throw new SeatrialError(
      'OBJECT_OWNED',
      `${this.#space.label}: manifests: the ${nameOf(object)} ${who}; take it out there, or out of the manifests.`,
    );
  }

  #labelled(object: Manifest, adopted = false): Manifest {
    const { app, environment } = this.#space;
    const { metadata } = object;
    const labels = { ...metadata.labels, ...roleLabels(app, environment, 'manifest') };
    const annotations = adopted ? { ...metadata.annotations, [ADOPTED]: 'true' } : metadata.annotations;
    return { ...object, metadata: { ...metadata, labels, ...(annotations ? { annotations } : {}) } };
  }

  async #put(object: Manifest): Promise<void> {
    const there = await this.#collections.get(object);
    const before = there && there.metadata.labels?.[label('app')] !== this.#space.app;
    await this.#collections.apply(this.#labelled(object, before || there?.metadata.annotations?.[ADOPTED] === 'true'));
  }

  /** Autoscalers wait until their release serves: they name the one that does. */
  async apply(spec: Spec): Promise<void> {
    const { manifests } = own(spec);
    if (!manifests?.others.length) return;
    await this.#space.guard();
    for (const object of manifests.others) if (!scalesWorkload(manifests, object)) await this.#put(object);
    const words = manifests.others.map(nameOf).join(', ');
    this.#space.say(`applied ${words.length > 200 ? `${manifests.others.length} objects of the manifests` : words}`);
  }

  /** A release that is made anew finds what it needs, though it was removed with it. */
  async complete(spec: Spec): Promise<void> {
    const { manifests } = own(spec);
    for (const object of manifests?.others ?? []) {
      if (!scalesWorkload(manifests!, object) && !(await this.#collections.get(object))) await this.#put(object);
    }
  }

  /** What the release that gives way had changed is again as the one that serves has it. */
  async restore(from: Spec | undefined, to: Spec, release: string): Promise<void> {
    const [left, back] = [from && own(from).manifests, own(to).manifests];
    if (JSON.stringify(left?.others) !== JSON.stringify(back?.others)) await this.apply(to);
    await this.#scale(release, back);
  }

  /** The release has all the traffic: autoscalers of its manifests name its Deployment. */
  follow({ release, spec }: Pick<ReleaseRecord, 'release' | 'spec'>): Promise<void> {
    return this.#scale(release, own(spec).manifests);
  }

  async #scale(release: string, manifests: Manifests | undefined): Promise<void> {
    for (const object of manifests?.others ?? []) {
      if (!scalesWorkload(manifests!, object)) continue;
      const { scaleTargetRef, ...rest } = object.spec as { scaleTargetRef: object };
      const name = this.#space.names.release(release);
      await this.#put({ ...object, spec: { ...rest, scaleTargetRef: { ...scaleTargetRef, name } } });
    }
  }

  /** Of a release that goes, or of all: what no other brings, we made, and holds no data. */
  async discard(leaving: string | 'all'): Promise<void> {
    const { history, app } = this.#space;
    const objectsIn = (records: typeof history.releases) =>
      records.flatMap(({ spec }) => own(spec).manifests?.others ?? []);
    const goes = ({ release }: { release: string }) => leaving === 'all' || release === leaving;
    const kept = new Set(objectsIn(history.releases.filter((one) => !goes(one))).map(nameOf));
    const unique = new Map(objectsIn(history.releases.filter(goes)).map((object) => [nameOf(object), object]));
    for (const [name, object] of unique) {
      if (kept.has(name) || HOLDS_DATA.includes(object.kind)) continue;
      // A kind that the cluster has forgotten took its objects with it.
      const there = await this.#collections.get(object).catch((error: unknown) => {
        if (asSeatrialError(error).code !== 'MANIFEST_INVALID') throw error;
      });
      const mine = there?.metadata.labels?.[label('app')] === app && !there.metadata.annotations?.[ADOPTED];
      if (there && mine && !keeperOf(there)) await this.#collections.delete(object);
    }
  }
}
