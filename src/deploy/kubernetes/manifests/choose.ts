import { SeatrialError } from '../../../lib/errors.ts';
import { namesOf } from '../names.ts';
import { FRONT_PORT } from '../objects/edge.ts';
import { type Manifest, type Manifests, nameOf, type PodTemplate } from './model.ts';

const invalid = (why: string) => new SeatrialError('MANIFEST_INVALID', `manifests: ${why}`);

/** Without tag and digest. */
const repositoryOf = (image: string) => image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');

const podOf = (object: Manifest) =>
  (object.spec as { template?: PodTemplate } | undefined)?.template?.spec as PodTemplate['spec'] | undefined;

const running = (containers: PodTemplate['spec']['containers'] | undefined, image: string) =>
  (containers ?? [])
    .filter((one) => one.image && repositoryOf(one.image) === repositoryOf(image))
    .map(({ name }) => name);

/** The one that is the app: by its name where `service` says it, else by the image it runs. */
function workloadAmong(objects: readonly Manifest[], image: string, service: string | undefined): Manifest {
  const all = objects.filter(({ kind }) => kind === 'Deployment');
  const names = all.map(({ metadata }) => metadata.name).join(', ') || 'none';
  if (service) {
    const named = all.find(({ metadata }) => metadata.name === service);
    if (!named) throw invalid(`service names the Deployment ${service}, and the Deployments there are ${names}.`);
    return named;
  }
  const fit = all.filter((one) => running(podOf(one)?.containers, image).length > 0);
  if (fit.length === 1) return fit[0]!;
  if (!fit.length)
    throw invalid(
      `no Deployment has a container of ${repositoryOf(image)} (there are: ${names}); name the one by service.`,
    );
  throw invalid(
    `${fit.map(({ metadata }) => metadata.name).join(' and ')} both run ${repositoryOf(image)}; name the one with the traffic by service.`,
  );
}

/** Of the Deployment named by `service` the image may be any word that is replaced: then its only container is the app. */
function containerAmong(pod: PodTemplate['spec'], workload: string, image: string): string {
  const [first, ...more] = running(pod.containers, image);
  if (first && !more.length) return first;
  if (!first && pod.containers.length === 1) return pod.containers[0]!.name;
  throw invalid(
    `${workload} has ${first ? 'several containers' : 'no container'} of ${repositoryOf(image)}; there has to be one.`,
  );
}

type ServiceSpec = { selector?: Record<string, string>; ports?: { port: number }[] } | undefined;

/** Whether a Service leads to pods with these labels. */
const leadsTo = (object: Manifest, labels: Record<string, string>) => {
  const selector = object.kind === 'Service' ? (object.spec as ServiceSpec)?.selector : undefined;
  return selector !== undefined && Object.entries(selector).every(([name, value]) => labels[name] === value);
};

/** Our own objects, by kind: what an object of the files may not be called. */
function reserved(app: string): Record<string, string[]> {
  const names = namesOf(app);
  return {
    Service: [names.front, names.slot('a'), names.slot('b')],
    Deployment: [names.edge],
    ConfigMap: [names.history, names.aside, names.edge],
    PodDisruptionBudget: [names.edge, names.budget],
    Lease: [names.lock],
  };
}

/** Releases are many and their specs are all in one ConfigMap of 1 MiB: three of them must fit. */
const LARGEST = 250_000;

/**
 * What a release is made from, of all that the files hold, and what a reader has to hear of it. A Service that bears the
 * app's own name and leads its port 80 to the app is ours already. MANIFEST_INVALID. Pure.
 */
export function choose(
  objects: readonly Manifest[],
  { app, namespace, image, service }: { app: string; namespace: string; image: string; service?: string | undefined },
): { manifests: Manifests; warnings: string[] } {
  const secret = objects.find(({ kind }) => kind === 'Secret');
  if (secret) {
    throw invalid(
      `the ${nameOf(secret)} would stand in the history for whoever may read it; make it in the cluster, and refer to it.`,
    );
  }
  const elsewhere = objects.find(
    ({ metadata }) => metadata.namespace !== undefined && metadata.namespace !== namespace,
  );
  if (elsewhere) {
    throw invalid(
      `the ${nameOf(elsewhere)} is of the namespace ${elsewhere.metadata.namespace}; a deploy changes ${namespace} alone.`,
    );
  }
  const keys = objects.map(nameOf);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice) throw invalid(`the ${twice} is there twice.`);

  const object = workloadAmong(objects, image, service);
  const pod = podOf(object);
  if (!Array.isArray(pod?.containers) || !pod.containers.length)
    throw invalid(`the ${nameOf(object)} has no containers.`);
  const { template } = object.spec as { template: PodTemplate };
  const labels = template.metadata?.labels ?? {};
  const front = namesOf(app).front;
  const isFront = (one: Manifest) => one.kind === 'Service' && one.metadata.name === front && leadsTo(one, labels);
  const lost = objects.find((one) => isFront(one) && !isPort80((one.spec as ServiceSpec)?.ports));
  if (lost) {
    throw invalid(
      `the ${nameOf(lost)} has the name of ours, which has port ${FRONT_PORT} alone; give it that port, or another name.`,
    );
  }
  const others = objects.filter((one) => one !== object && !isFront(one));
  const ours = others.find(({ kind, metadata }) => reserved(app)[kind]?.includes(metadata.name));
  if (ours) throw invalid(`${nameOf(ours)} is a name that the app needs for its own; rename it.`);

  const manifests: Manifests = {
    workload: {
      name: object.metadata.name,
      container: containerAmong(pod, nameOf(object), image),
      inits: running(pod.initContainers, image),
      labels: object.metadata.labels,
      annotations: object.metadata.annotations,
      spec: object.spec as Record<string, unknown>,
    },
    others,
  };
  const size = Buffer.byteLength(JSON.stringify(manifests));
  if (size > LARGEST) {
    throw invalid(
      `they are ${Math.ceil(size / 1000)} kB, and the history holds at most ${LARGEST / 1000} kB of a release; keep large files in the image.`,
    );
  }
  const past = others.filter((one) => leadsTo(one, labels)).map(({ metadata }) => metadata.name);
  return {
    manifests,
    warnings: past.length
      ? [
          `The Service ${past.join(', ')} leads to pods of every release, past the edge: users belong on the Service ${front}.`,
        ]
      : [],
  };
}

const isPort80 = (ports: { port: number }[] = []) => ports.length === 1 && ports[0]!.port === FRONT_PORT;
