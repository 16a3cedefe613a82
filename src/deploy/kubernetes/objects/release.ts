import type { Budget, Deployment, Job, Secret } from '../../../lib/kubernetes/types.ts';
import { hookPod, labelled, templateFor } from '../manifests/pod.ts';
import type { KubernetesRecord } from '../model.ts';
import { label, namesOf, ownLabels, releaseSelector } from '../names.ts';
import { hookWords, ownCommand, podSpec } from './pod.ts';

/** Where a release's objects are made. */
export interface Where {
  app: string;
  environment: string;
  sleeps: boolean;
  pullSecret: boolean;
}

const pullName = ({ app, pullSecret }: Where, release: string) => (pullSecret ? namesOf(app).pull(release) : undefined);

/** A node that is drained takes one pod of the app at a time, and none while another is missing already. Pure. */
export const appBudgetOf = ({ app, environment, sleeps }: Where): Budget => ({
  metadata: { name: namesOf(app).budget, labels: ownLabels(app, environment, 'app') },
  spec: {
    maxUnavailable: 1,
    selector: { matchLabels: { [label('app')]: app, [label('role')]: 'app' } },
    // Known from 1.27: one that crashes for ever, as a release kept warm may, keeps no node from being drained.
    ...(sleeps ? { unhealthyPodEvictionPolicy: 'AlwaysAllow' as const } : {}),
  },
});

/** Annotations hold 256 KiB in all; a spec that is larger is in the history alone. */
const LARGEST = 200_000;

/** The Deployment of one release, scaled to nothing. Made once and never changed but in its number. Pure. */
export function deploymentOf(where: Where, record: KubernetesRecord, previous: string): Deployment {
  const { app, environment } = where;
  const { release, spec } = record;
  const spelled = JSON.stringify(spec);
  const labels = ownLabels(app, environment, 'app', release);
  const workload = spec.manifests?.workload;
  // One that is paused in the files would make no pod.
  const { paused: _, ...written } = workload?.spec ?? {};
  return {
    metadata: {
      name: namesOf(app).release(release),
      labels: labelled(workload?.labels, labels),
      annotations: {
        ...workload?.annotations,
        [label('image')]: record.image,
        [label('at')]: record.at,
        [label('actor')]: record.by,
        [label('run')]: record.run,
        [label('commit')]: record.commit,
        [label('previous')]: previous,
        ...(spelled.length < LARGEST ? { [label('spec')]: spelled } : {}),
      },
    },
    spec: {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      ...written,
      replicas: 0,
      revisionHistoryLimit: 0,
      selector: { matchLabels: releaseSelector(app, release) },
      template: (spec.manifests
        ? templateFor(spec.manifests, spec, labels, pullName(where, release))
        : {
            metadata: { labels: { ...spec.labels, ...labels } },
            spec: podSpec(app, release, spec, { ...where, serves: true, ...ownCommand(spec) }),
          }) as Deployment['spec']['template'],
    },
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The values of a release's secrets, which nobody can change once they are there. */
export function secretOf(
  { app, environment }: Where,
  release: string,
  names: readonly string[],
  values: ReadonlyMap<string, string>,
): Secret & { immutable: true } {
  return {
    metadata: { name: namesOf(app).release(release), labels: ownLabels(app, environment, 'app', release) },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(names.map((name) => [name, base64(values.get(name) ?? '')])),
  };
}

/** The login at a registry, as nodes take it. */
export function pullSecretOf(
  { app, environment }: Where,
  release: string,
  { registry, username, password }: { registry: string; username: string; password: string },
): Secret {
  const auths = { [registry]: { username, password, auth: base64(`${username}:${password}`) } };
  return {
    metadata: { name: namesOf(app).pull(release), labels: ownLabels(app, environment, 'app', release) },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })) },
  };
}

/** What is left of a hook after a kill goes by itself. */
const LEFT_SECONDS = 600;

/** One run of one command, not begun yet. `deadlineSeconds`: an image that is not there would be waited for for ever. */
export function jobOf(
  where: Where,
  { release, spec }: KubernetesRecord,
  kind: string,
  text: string,
  through: 'auto' | 'image' | 'none',
  deadlineSeconds: number,
): Job {
  const { app, environment } = where;
  const labels = ownLabels(app, environment, 'hook', release);
  const how = through === 'image' ? { ...ownCommand(spec), ...hookWords(text, through) } : hookWords(text, through);
  return {
    metadata: { name: namesOf(app).hook(release, kind), labels },
    spec: {
      suspend: true,
      backoffLimit: 0,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: LEFT_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          ...(spec.manifests
            ? hookPod(spec.manifests, spec, hookWords(text, through), pullName(where, release))
            : podSpec(app, release, { ...spec, readOnly: false }, { ...where, serves: false, ...how })),
          restartPolicy: 'Never',
        },
      },
    },
  };
}
