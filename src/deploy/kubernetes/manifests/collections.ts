import { SeatrialError } from '../../../lib/errors.ts';
import { MANAGER } from '../../../lib/kubernetes/api.ts';
import { isMissing } from '../../../lib/kubernetes/error.ts';
import type { Resource } from '../../../lib/kubernetes/types.ts';
import type { Space } from '../space.ts';
import { type Manifest, nameOf } from './model.ts';

/** Where objects of a kind stand. */
export interface Collection {
  group: string;
  plural: string;
  path: string;
}

interface Listed {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Collections of the kinds a run meets; the cluster is asked for each version once. */
export class Collections {
  readonly #space: Space;
  readonly #known = new Map<string, Promise<Listed>>();

  constructor(space: Space) {
    this.#space = space;
  }

  #ask(apiVersion: string): Promise<Listed> {
    const { api, signal } = this.#space;
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known =
      this.#known.get(apiVersion) ?? api.wire.json<Listed>({ path, what: `ask what ${apiVersion} holds`, signal });
    this.#known.set(apiVersion, known);
    return known;
  }

  /** MANIFEST_INVALID for what the cluster does not know, and for what is not of one namespace. */
  async of(object: Manifest): Promise<Collection> {
    const { api, label } = this.#space;
    const { apiVersion, kind } = object;
    const listed = await this.#ask(apiVersion).catch((error: unknown) => {
      if (isMissing(error)) return {} as Listed;
      throw error;
    });
    const found = listed.resources?.find((one) => one.kind === kind && !one.name.includes('/'));
    const wrong = (why: string) =>
      new SeatrialError('MANIFEST_INVALID', `${label}: manifests: the ${nameOf(object)} ${why}`);
    if (!found) throw wrong(`is of a kind that the cluster does not know (${apiVersion}); install it first.`);
    if (!found.namespaced)
      throw wrong('is of the whole cluster; a deploy changes its namespace alone: apply it by other means.');
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
    return { group: group ?? '', plural: found.name, path: `${root}/namespaces/${api.namespace}/${found.name}` };
  }

  async get(object: Manifest): Promise<Resource | undefined> {
    const { api, signal } = this.#space;
    const { path } = await this.of(object);
    try {
      return await api.wire.json<Resource>({
        path: `${path}/${object.metadata.name}`,
        what: `look at the ${nameOf(object)}`,
        signal,
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Server-side apply, as of everything that is ours. */
  async apply(object: Manifest, dryRun = false): Promise<void> {
    const { path } = await this.of(object);
    await this.#space.api.wire.json({
      method: 'PATCH',
      path: `${path}/${object.metadata.name}`,
      query: { fieldManager: MANAGER, force: true, dryRun: dryRun ? 'All' : undefined },
      contentType: 'application/apply-patch+yaml',
      body: object,
      what: `apply the ${nameOf(object)}`,
    });
  }

  async delete(object: Manifest): Promise<void> {
    const { path } = await this.of(object);
    try {
      await this.#space.api.wire.json({
        method: 'DELETE',
        path: `${path}/${object.metadata.name}`,
        body: { propagationPolicy: 'Background' },
        what: `remove the ${nameOf(object)}`,
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}
