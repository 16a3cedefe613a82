import { SeatrialError } from '../../../src/lib/errors.ts';
import { ApiRefusal } from '../../../src/lib/kubernetes/error.ts';
import type { Deployment, Job, Pod, Resource, Service } from '../../../src/lib/kubernetes/types.ts';
import type { Wire } from '../../../src/lib/kubernetes/wire.ts';
import type { MemoryClock } from '../memory/clock.ts';
import { type Haproxy, haproxyOf, shellIn } from './stand-in-edge.ts';
import { takeRoutes, usersWithout } from './stand-in-ways.ts';

type Fields = Record<string, unknown>;
type Stored = Resource & { spec?: Fields; status?: Fields; data?: Fields };

interface Asked {
  method?: string;
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  contentType?: string;
  what: string;
}

/** What a merge of fields gives; null removes, a list takes the place of a list. RFC 7396. */
function merged(old: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base: Fields = typeof old === 'object' && old !== null && !Array.isArray(old) ? { ...(old as Fields) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else base[key] = merged(base[key], value);
  }
  return base;
}

const matches = (object: Resource, wanted: Record<string, string>) =>
  Object.entries(wanted).every(([name, value]) => object.metadata.labels?.[name] === value);

/** What the cluster says of its kinds, by group and version. */
const KINDS: Record<string, [plural: string, kind: string, namespaced?: boolean][]> = {
  '/api/v1': [
    ['configmaps', 'ConfigMap'],
    ['services', 'Service'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim'],
    ['namespaces', 'Namespace', false],
  ],
  '/apis/apps/v1': [
    ['deployments', 'Deployment'],
    ['deployments/scale', 'Deployment'],
  ],
  '/apis/autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler']],
  '/apis/policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget']],
};

/**
 * An API of Kubernetes in memory, for flows without a cluster: it minds resourceVersion, preconditions and what is there
 * already as the real one does, and plays the controllers, the node and HAProxy as far as we look at them. What an image
 * is called says how its pods fare: `missing`, `huge` and `sick`.
 */
export class StandIn {
  readonly objects = new Map<string, Stored>();
  readonly haproxies = new Map<string, Haproxy>();
  /** By pod: what a script writes there, at once or for a line it is given. */
  readonly shells = new Map<string, (script: string, line?: string) => string>();
  readonly clock: MemoryClock;
  /** Rights that are not granted, as `create deployments`. */
  denied = new Set<string>();
  /** As many pods as the quota lets in. */
  quota = Number.POSITIVE_INFINITY;
  /** Kinds of which a quota lets no more in, and what it says. */
  full = new Map<string, string>();
  /** Pods whose node is gone: what is asked in them has no answer. */
  silent = new Set<string>();
  /** New pods of the edge are not ready yet. */
  slow = false;
  namespace = 'shop';
  /** Kinds the cluster does not know: the definitions of a Gateway API that is not installed. */
  unknown = new Set(['httproutes']);
  /** What reads the Ingresses of each class. */
  classes = new Map([['nginx', 'k8s.io/ingress-nginx']]);
  /** A controller takes routes for their Gateway. */
  gateway = true;
  #version = 100;
  #addresses = 1;
  #uid = 0;

  constructor(clock: MemoryClock) {
    this.clock = clock;
  }

  /** Another one, in which all stands as here. */
  copy(clock: MemoryClock): StandIn {
    const other = new StandIn(clock);
    for (const [key, object] of this.objects) other.objects.set(key, structuredClone(object));
    for (const [pod, haproxy] of this.haproxies) other.haproxies.set(pod, structuredClone(haproxy));
    other.#version = this.#version;
    other.#addresses = this.#addresses;
    other.#uid = this.#uid;
    return other;
  }

  all<T extends Resource>(kind: string): T[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${kind}/`)).map(([, object]) => object as never);
  }

  find<T extends Resource>(kind: string, name: string): T | undefined {
    return this.objects.get(`${kind}/${name}`) as T | undefined;
  }

  #refuse(what: string, code: number, message: string, reason = ''): never {
    throw new ApiRefusal('kubernetes://lab/shop', what, code, { message, reason });
  }

  #store(kind: string, object: Stored): Stored {
    const before = this.objects.get(`${kind}/${object.metadata.name}`);
    const kept = structuredClone(object);
    kept.metadata.resourceVersion = String(++this.#version);
    if (JSON.stringify(kept.spec) !== JSON.stringify(before?.spec))
      kept.metadata.generation = (before?.metadata.generation ?? 0) + 1;
    kept.metadata.uid = before?.metadata.uid ?? `uid-${++this.#uid}`;
    if (kind === 'services')
      kept.spec!.clusterIP ??= (before?.spec?.clusterIP as string) ?? `10.96.0.${++this.#addresses}`;
    this.objects.set(`${kind}/${kept.metadata.name}`, kept);
    return kept;
  }

  /** What a question does and answers; throws as the API refuses. */
  answer({ method = 'GET', path, query = {}, body, contentType = '', what }: Asked): unknown {
    if (path === '/version') return { major: '1', minor: '34', gitVersion: 'v1.34.4' };
    if (/^\/apis?\/[^/]+(\/v\d\w*)?$/.test(path)) {
      const kinds = KINDS[path] ?? this.#refuse(what, 404, 'the server could not find the requested resource');
      return { resources: kinds.map(([name, kind, namespaced = true]) => ({ name, kind, namespaced })) };
    }
    if (path.endsWith('/selfsubjectaccessreviews')) {
      const { verb, resource } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec
        .resourceAttributes;
      return { status: { allowed: !this.denied.has(`${verb} ${resource}`) } };
    }
    if (path.endsWith('/events') && this.denied.has('list events')) this.#refuse(what, 403, 'events is forbidden');
    if (path.startsWith('/apis/metrics.k8s.io/'))
      this.#refuse(what, 404, 'the server could not find the requested resource');
    const [, named] = /\/ingressclasses\/(.+)$/.exec(path) ?? [];
    if (named) {
      if (this.denied.has('get ingressclasses')) this.#refuse(what, 403, 'ingressclasses is forbidden');
      const controller = this.classes.get(named) ?? this.#refuse(what, 404, `ingressclasses "${named}" not found`);
      return { metadata: { name: named }, spec: { controller } };
    }
    const [, namespace = '', kind = '', name = ''] = /\/namespaces\/([^/]+)\/([^/?]+)(?:\/([^/?]+))?/.exec(path) ?? [];
    if (this.unknown.has(kind)) this.#refuse(what, 404, 'the server could not find the requested resource');
    const there = name ? this.objects.get(`${kind}/${name}`) : undefined;
    const given = structuredClone(body) as Stored & { preconditions?: { uid?: string; resourceVersion?: string } };
    const dry = query.dryRun !== undefined;
    if (namespace !== this.namespace && method !== 'GET')
      this.#refuse(what, 404, `namespaces "${namespace}" not found`);
    const done = (object: Stored) => {
      const full = there ? undefined : this.full.get(kind);
      if (full) this.#refuse(what, 403, `${kind} "${object.metadata.name}" is forbidden: ${full}`, 'Forbidden');
      if (dry) return object;
      const kept = this.#store(kind, object);
      this.settle();
      return structuredClone(this.objects.get(`${kind}/${object.metadata.name}`) ?? kept);
    };
    if (method === 'GET') {
      if (name) return there ? structuredClone(there) : this.#refuse(what, 404, `${kind} "${name}" not found`);
      const wanted = Object.fromEntries(
        String(query.labelSelector ?? '')
          .split(',')
          .filter(Boolean)
          .map((pair) => pair.split('=') as [string, string]),
      );
      return { items: structuredClone(this.all<Stored>(kind).filter((object) => matches(object, wanted))) };
    }
    if (method === 'POST') {
      const own = `${kind}/${given.metadata.name}`;
      if (this.objects.has(own)) this.#refuse(what, 409, `${own} already exists`, 'AlreadyExists');
      return done(given);
    }
    if (method === 'PUT') {
      if (!there) this.#refuse(what, 404, `${kind} "${name}" not found`);
      if (!given.metadata.resourceVersion) this.#refuse(what, 422, 'metadata.resourceVersion: must be specified');
      if (given.metadata.resourceVersion !== there.metadata.resourceVersion) {
        this.#refuse(what, 409, 'the object has been modified', 'Conflict');
      }
      return done(given);
    }
    if (method === 'PATCH') {
      const applies = contentType.includes('apply');
      if (!there && !applies) this.#refuse(what, 404, `${kind} "${name}" not found`);
      const immutable = (there as { immutable?: boolean } | undefined)?.immutable;
      if (immutable && given.data) this.#refuse(what, 422, 'field is immutable when `immutable` is set');
      return done(merged(there ?? {}, given) as Stored);
    }
    if (!there) this.#refuse(what, 404, `${kind} "${name}" not found`);
    const { uid, resourceVersion } = given?.preconditions ?? {};
    const fits =
      (!uid || uid === there.metadata.uid) && (!resourceVersion || resourceVersion === there.metadata.resourceVersion);
    if (!fits) this.#refuse(what, 409, 'the precondition does not hold', 'Conflict');
    this.objects.delete(`${kind}/${name}`);
    if (kind === 'pods') this.haproxies.delete(name);
    this.settle();
    return {};
  }

  /** What the controllers, the scheduler and the node make of it all, at once. */
  settle(): void {
    for (const pod of this.all<Pod>('pods')) {
      const [owner] = pod.metadata.ownerReferences ?? [];
      if (owner && !this.objects.has(owner.kind === 'Job' ? `jobs/${owner.name}` : `deployments/${owner.name}`))
        this.#drop(pod);
    }
    for (const deployment of this.all<Deployment>('deployments')) this.#scale(deployment);
    for (const job of this.all<Job>('jobs')) this.#run(job);
    if (this.gateway) takeRoutes(this);
  }

  /** Takes a pod away, as when its node is drained; its Deployment makes another. */
  evict(name: string): void {
    this.#drop(this.find<Pod>('pods', name)!);
    this.settle();
  }

  #drop({ metadata }: Pod): void {
    this.objects.delete(`pods/${metadata.name}`);
    this.haproxies.delete(metadata.name);
  }

  #make(
    owner: Deployment | Job,
    kind: string,
    template: { metadata?: Partial<Resource['metadata']>; spec?: Fields },
    name: string,
  ) {
    const all = template.spec!.containers as { name: string; image: string }[];
    const marked = template.metadata?.annotations?.['io.seatrial.container'];
    const container = all.find((one) => one.name === marked) ?? all[0];
    const { image } = container!;
    const base = { name: container!.name, image, imageID: image, restartCount: 0 };
    const huge = image.includes('huge');
    const waits = image.includes('missing') ? { reason: 'ErrImagePull', message: `${image}: not found` } : undefined;
    const bare = image.includes('bare');
    const runs = !huge && !waits && !bare;
    const condition = (type: string, status: boolean, more = {}) => ({
      type,
      status: status ? 'True' : 'False',
      ...more,
    });
    const pod = {
      metadata: {
        name,
        labels: template.metadata?.labels,
        annotations: template.metadata?.annotations,
        ownerReferences: [{ kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '' }],
      },
      spec: { ...template.spec, ...(huge ? {} : { nodeName: 'node-1' }) },
      status: {
        phase: runs ? 'Running' : 'Pending',
        podIP: `10.244.0.${++this.#addresses}`,
        conditions: [
          condition('Ready', runs && !image.includes('sick') && !(this.slow && container!.name === 'edge')),
          huge
            ? condition('PodScheduled', false, {
                reason: 'Unschedulable',
                message: '0/1 nodes are available: 1 Insufficient cpu.',
              })
            : condition('PodScheduled', true),
        ],
        containerStatuses:
          huge || bare
            ? []
            : [{ ...base, ready: runs, state: waits ? { waiting: waits } : { running: { startedAt: '' } } }],
      },
    };
    const kept = this.#store('pods', pod as never) as unknown as Pod;
    if (bare) {
      const message = 'MountVolume.SetUp failed for volume "x" : configmap "settings" not found';
      this.#store('events', { metadata: { name: 'unmounted' }, message } as never);
    }
    if (container!.name === 'edge') {
      const config = this.find<Stored>('configmaps', `${kept.metadata.labels?.['io.seatrial.app']}-edge`);
      this.haproxies.set(name, haproxyOf(String(config?.data?.['haproxy.cfg'])));
    }
    return kept;
  }

  #scale(deployment: Deployment): void {
    const { metadata, spec } = deployment;
    const mine = this.all<Pod>('pods').filter((pod) => pod.metadata.ownerReferences?.[0]?.name === metadata.name);
    const shape = (pod: { metadata?: { annotations?: Record<string, string> } } | undefined) =>
      pod?.metadata?.annotations?.['io.seatrial.shape'];
    for (const pod of mine.filter((one) => shape(one) !== shape(spec.template as never))) this.#drop(pod);
    const left = mine.filter((pod) => this.objects.has(`pods/${pod.metadata.name}`));
    const wanted = spec.replicas ?? 1;
    for (const pod of left.slice(wanted)) this.#drop(pod);
    const room = this.quota - this.all('pods').length;
    for (let n = left.length; n < Math.min(wanted, left.length + room); n++) {
      this.#make(deployment, 'Deployment', spec.template as never, `${metadata.name}-${++this.#uid}`);
    }
    const short = wanted > left.length + Math.max(0, room);
    const message = 'pods "x" is forbidden: exceeded quota: lab, requested: pods=1, used: pods=2, limited: pods=2';
    deployment.status = { conditions: short ? [{ type: 'ReplicaFailure', status: 'True', message }] : [] };
  }

  #run(job: Job): void {
    const name = `${job.metadata.name}-pod`;
    if (job.spec.suspend || this.objects.has(`pods/${name}`)) return;
    if (this.all('pods').length >= this.quota) {
      const message =
        'Error creating: pods "x" is forbidden: exceeded quota: lab, requested: pods=1, used: pods=2, limited: pods=2';
      this.#store('events', { metadata: { name: 'refused' }, message } as never);
      return;
    }
    const template = job.spec.template as { metadata: Resource['metadata']; spec: Fields };
    const labels = { ...template.metadata.labels, 'job-name': job.metadata.name };
    const pod = this.#make(job, 'Job', { ...template, metadata: { ...template.metadata, labels } }, name);
    const [container] = template.spec.containers as { command?: string[] }[];
    const failed = container!.command?.includes('false');
    const [status] = pod.status?.containerStatuses ?? [];
    if (status?.state?.running) status.state = { terminated: { exitCode: failed ? 1 : 0 } };
  }

  /** Pods that a Service leads to. */
  behind(service: Service): Pod[] {
    return this.all<Pod>('pods').filter((pod) => matches(pod, service.spec.selector ?? {}));
  }

  /** Who answers at an address: a pod, the pods of a Service, or the edge's front. */
  at(ip: string): Pod[] {
    const service = this.all<Service>('services').find(({ spec }) => spec.clusterIP === ip);
    return service ? this.behind(service) : this.all<Pod>('pods').filter(({ status }) => status?.podIP === ip);
  }

  /** What users meet: the share of each release, by HAProxy and by what stands behind; the mean over the edge's pods. */
  users(): Map<string, number> {
    if (!this.haproxies.size) return usersWithout(this);
    const shares = new Map<string, number>();
    for (const haproxy of this.haproxies.values()) {
      const usable = Object.values(haproxy).filter(({ maint, weight }) => !maint && weight > 0);
      const total = usable.reduce((sum, { weight }) => sum + weight, 0);
      for (const { ip, weight } of usable) {
        const [pod] = this.at(ip);
        const release = pod?.metadata.labels?.['io.seatrial.release'] ?? 'nobody';
        shares.set(release, (shares.get(release) ?? 0) + weight / total / this.haproxies.size);
      }
    }
    return shares;
  }

  /** The way to it, as the target takes one; `call` is told of each question, and may hold it for ever. */
  wire(call: (what: string) => Promise<void> | undefined = () => undefined): Wire {
    const { clock } = this;
    const standIn = this;
    const wire = {
      label: 'kubernetes://lab/shop',
      access: { namespace: 'shop', context: 'lab' },
      get serverNow() {
        return clock.now();
      },
      async json(asked: Asked) {
        await call(`${asked.method ?? 'GET'} ${asked.what}`);
        return standIn.answer(asked);
      },
      async stream(asked: Asked) {
        await call(`GET ${asked.what}`);
        const { Readable } = await import('node:stream');
        return { status: 200, body: Readable.from(['a line of the log\n']) };
      },
      async upgrade({ path, what }: Asked) {
        await call(`EXEC ${what}`);
        const pod = /\/pods\/([^/]+)\/exec/.exec(path)![1]!;
        const words = [...path.matchAll(/command=([^&]+)/g)].map(([, word]) => decodeURIComponent(word!));
        if (standIn.silent.has(pod)) throw new SeatrialError('ENGINE_TIMEOUT', `${what}: no answer within 10 s.`);
        if (!standIn.objects.has(`pods/${pod}`)) standIn.#refuse(what, 404, `pods "${pod}" not found`);
        const socket = shellIn(standIn, pod, words, (command) => call(`HAPROXY ${command}`));
        return { socket, headers: { 'sec-websocket-protocol': 'v5.channel.k8s.io' } };
      },
      close: async () => undefined,
    };
    return wire as unknown as Wire;
  }
}
