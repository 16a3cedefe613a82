import type { Readable } from 'node:stream';
import { isMissing } from './error.ts';
import { CLUSTER_WIDE, GROUPS, type KindName, type Kinds, type Meta, type Resource } from './types.ts';
import type { Wire } from './wire.ts';

/** The manager under which what we apply is ours, https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export const MANAGER = 'seatrial';

export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

export interface DeleteOptions extends CallOptions {
  preconditions?: Preconditions;
  graceSeconds?: number;
}

export interface LogOptions extends CallOptions {
  container?: string;
  follow?: boolean;
  previous?: boolean;
  timestamps?: boolean;
  tailLines?: number;
  /** RFC 3339. */
  sinceTime?: string;
}

/** A namespace of a cluster, by the few calls we need. */
export class Api {
  readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  get label(): string {
    return this.wire.label;
  }

  get namespace(): string {
    return this.wire.access.namespace;
  }

  path(kind: KindName, name = '', more = ''): string {
    const { version } = GROUPS[kind];
    const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
    const place = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${this.namespace}`;
    return `${root}${place}/${kind}${name && `/${name}`}${more && `/${more}`}`;
  }

  /** Undefined where there is none. */
  async get<K extends KindName>(kind: K, name: string, options: CallOptions = {}): Promise<Kinds[K] | undefined> {
    try {
      return await this.wire.json<Kinds[K]>({
        path: this.path(kind, name),
        what: `look at ${kind} ${name}`,
        ...options,
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async list<K extends KindName>(
    kind: K,
    labels: Record<string, string> = {},
    { fieldSelector, ...options }: CallOptions & { fieldSelector?: string } = {},
  ): Promise<Kinds[K][]> {
    const labelSelector = Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    const { items } = await this.wire.json<{ items: Kinds[K][] | null }>({
      path: this.path(kind),
      query: { labelSelector: labelSelector || undefined, fieldSelector },
      what: `list ${kind}`,
      ...options,
    });
    return items ?? [];
  }

  #whole<K extends KindName>(kind: K, object: Kinds[K]): Kinds[K] {
    const { version, kind: name } = GROUPS[kind];
    return { ...object, apiVersion: version, kind: name };
  }

  /** Server-side apply: fields of ours are as we say, those of others stay theirs; with `force` we take them over. */
  apply<K extends KindName>(
    kind: K,
    object: Kinds[K],
    { force = true, dryRun, ...options }: CallOptions & { force?: boolean; dryRun?: boolean } = {},
  ): Promise<Kinds[K]> {
    return this.wire.json({
      method: 'PATCH',
      path: this.path(kind, object.metadata.name),
      query: { fieldManager: MANAGER, force, dryRun: dryRun ? 'All' : undefined },
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: this.#whole(kind, object),
      what: `apply ${kind} ${object.metadata.name}`,
      ...options,
    });
  }

  create<K extends KindName>(kind: K, object: Kinds[K], options: CallOptions = {}): Promise<Kinds[K]> {
    return this.wire.json({
      method: 'POST',
      path: this.path(kind),
      query: { fieldManager: MANAGER },
      body: this.#whole(kind, object),
      what: `create ${kind} ${object.metadata.name}`,
      ...options,
    });
  }

  /** With the resourceVersion in the object: a conflict is refused with 409. */
  replace<K extends KindName>(kind: K, object: Kinds[K], options: CallOptions = {}): Promise<Kinds[K]> {
    return this.wire.json({
      method: 'PUT',
      path: this.path(kind, object.metadata.name),
      query: { fieldManager: MANAGER },
      body: this.#whole(kind, object),
      what: `write ${kind} ${object.metadata.name}`,
      ...options,
    });
  }

  /** A merge patch, RFC 7396. */
  merge<K extends KindName>(kind: K, name: string, patch: object, options: CallOptions = {}): Promise<Kinds[K]> {
    return this.wire.json({
      method: 'PATCH',
      path: this.path(kind, name),
      query: { fieldManager: MANAGER },
      contentType: 'application/merge-patch+json',
      body: patch,
      what: `change ${kind} ${name}`,
      ...options,
    });
  }

  /** False where there was none, or the preconditions did not hold. What it owns goes after it. */
  async delete(
    kind: KindName,
    name: string,
    { preconditions, graceSeconds, ...options }: DeleteOptions = {},
  ): Promise<boolean> {
    const body = { propagationPolicy: 'Background', preconditions, gracePeriodSeconds: graceSeconds };
    try {
      await this.wire.json({
        method: 'DELETE',
        path: this.path(kind, name),
        body,
        what: `remove ${kind} ${name}`,
        ...options,
      });
      return true;
    } catch (error) {
      const { status } = error as { status?: number };
      if (status === 404 || (status === 409 && preconditions)) return false;
      throw error;
    }
  }

  logs(pod: string, { signal, timeoutMs, ...query }: LogOptions = {}): Promise<Readable> {
    return this.wire
      .stream({ path: this.path('pods', pod, 'log'), query, what: `read the log of ${pod}`, signal, timeoutMs })
      .then(({ body }) => body);
  }

  /** Whether we may do something in this namespace. */
  async may(group: string, resource: string, verb: string, options: CallOptions = {}): Promise<boolean> {
    const [name, subresource] = resource.split('/');
    const { status } = await this.wire.json<{ status?: { allowed?: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: {},
        spec: { resourceAttributes: { namespace: this.namespace, verb, group, resource: name, subresource } },
      },
      what: 'ask what we may do',
      ...options,
    });
    return status?.allowed === true;
  }

  version(options: CallOptions = {}): Promise<{ major: string; minor: string; gitVersion: string }> {
    return this.wire.json({ path: '/version', what: 'ask for the version', ...options });
  }

  close(): Promise<void> {
    return this.wire.close();
  }
}

export const nameOf = ({ metadata }: Resource): string => metadata.name;
export const labelsOf = ({ metadata }: { metadata: Meta }): Record<string, string> => metadata.labels ?? {};
