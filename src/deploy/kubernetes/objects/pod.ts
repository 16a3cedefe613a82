import { parseStatuses } from '../../release/health-status.ts';
import { isList, words } from '../../release/hook-command.ts';
import { containerOf } from '../manifests/model.ts';
import { namesOf, releaseSelector } from '../names.ts';
import type { KubernetesSpec } from '../spec.ts';

export const CONTAINER = 'app';
/** Between the moment a pod is to go and the signal: meanwhile every node learns that nobody is to be sent there. */
export const PRE_STOP_SECONDS = 5;

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));

/** `$(NAME)` would be replaced by Kubernetes, https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
export const literal = (text: string): string => text.replaceAll('$(', '$$$$(');

/** `0.5` CPUs are `500m`. */
export const cpuOf = (cpus: number): string => `${Math.round(cpus * 1000)}m`;

function resources({ memory, cpus }: KubernetesSpec) {
  const limits = {
    ...(memory === undefined ? {} : { memory: String(memory) }),
    ...(cpus === undefined ? {} : { cpu: cpuOf(cpus) }),
  };
  // What may be used is what is set aside: a node that is full says so before users notice.
  return Object.keys(limits).length ? { resources: { limits, requests: limits } } : {};
}

const CAPABILITY = (name: string) => name.toUpperCase().replace(/^CAP_/, '');

function security({ readOnly, user, capAdd, capDrop }: KubernetesSpec) {
  const [uid, gid] = (user ?? '').split(':');
  const drops = capDrop.map(CAPABILITY);
  const none = drops.includes('ALL') && !capAdd.length;
  return {
    ...(readOnly ? { readOnlyRootFilesystem: true } : {}),
    ...(uid ? { runAsUser: Number(uid), ...(Number(uid) ? { runAsNonRoot: true } : {}) } : {}),
    ...(gid ? { runAsGroup: Number(gid) } : {}),
    ...(capAdd.length || drops.length
      ? {
          capabilities: {
            ...(capAdd.length ? { add: capAdd.map(CAPABILITY) } : {}),
            ...(drops.length ? { drop: drops } : {}),
          },
        }
      : {}),
    ...(none ? { allowPrivilegeEscalation: false } : {}),
  };
}

/** Whether the kubelet, which takes 200-399 for well, can ask what the gate asks. */
const asksAlike = (status: string | undefined) => {
  if (status === undefined) return true;
  const ranges = parseStatuses(status);
  return ranges.every(([from, to]) => from >= 200 && to <= 399);
};

/** What tells the cluster that a pod can have traffic; our own gate asks besides. */
export function readiness({ port, health }: KubernetesSpec) {
  const { path, command, host, headers = [], status, intervalMs, timeoutMs } = health;
  const how = { periodSeconds: seconds(intervalMs), timeoutSeconds: seconds(timeoutMs), failureThreshold: 3 };
  if (command) return { exec: { command: ['sh', '-c', command] }, ...how };
  if (!port) return undefined;
  if (!path || !asksAlike(status)) return { tcpSocket: { port }, ...how };
  const pair = (line: string) => ({
    name: line.slice(0, line.indexOf(':')),
    value: line.slice(line.indexOf(':') + 1).trim(),
  });
  const httpHeaders = [...(host ? [{ name: 'Host', value: host }] : []), ...headers.map(pair)];
  return { httpGet: { path, port, scheme: 'HTTP', ...(httpHeaders.length ? { httpHeaders } : {}) }, ...how };
}

/** Whether the cluster finds out by itself that a pod is well: a readiness probe, ours or the author's. */
export const isJudged = (spec: KubernetesSpec): boolean =>
  (spec.manifests ? containerOf(spec.manifests).readinessProbe : readiness(spec)) !== undefined;

/** The app's container in the pods of a release. */
export const containerName = ({ manifests }: KubernetesSpec): string => manifests?.workload.container ?? CONTAINER;

interface Mount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
}

/** Volumes and where they are mounted. */
function storage(spec: KubernetesSpec, secret: string) {
  const volumes: Record<string, unknown>[] = [];
  const volumeMounts: Mount[] = [];
  const add = (name: string, source: object, mountPath: string, readOnly = false) => {
    if (!volumes.some((volume) => volume.name === name)) volumes.push({ name, ...source });
    volumeMounts.push({ name, mountPath, ...(readOnly ? { readOnly } : {}) });
  };
  if (spec.secrets.length) {
    const items = [...spec.secrets].sort().map((key) => ({ key, path: key }));
    add('secrets', { secret: { secretName: secret, defaultMode: 0o444, items } }, '/run/secrets', true);
  }
  const claims = spec.volumes.map((line) => line.split(':') as [string, string, string?]);
  for (const [claim, path, how] of claims) {
    add(`claim-${claim}`.slice(0, 63), { persistentVolumeClaim: { claimName: claim } }, path, how === 'ro');
  }
  for (const [i, line] of (spec.tmpfs ?? []).entries()) {
    const [path = '', how = ''] = line.split(/:(.*)/);
    const size = /(?:^|,)size=([^,]+)/.exec(how)?.[1];
    add(`tmpfs-${i + 1}`, { emptyDir: { medium: 'Memory', ...(size ? { sizeLimit: quantity(size) } : {}) } }, path);
  }
  if (spec.shmSize) add('shm', { emptyDir: { medium: 'Memory', sizeLimit: String(spec.shmSize) } }, '/dev/shm');
  return volumes.length ? { volumes, mounts: { volumeMounts } } : { volumes: undefined, mounts: {} };
}

/** Docker's `64m` means MiB; Kubernetes' `m` is a thousandth. */
const quantity = (size: string) =>
  size.replace(/^(\d+)([kmg])b?$/i, (_, n: string, unit: string) => `${n}${unit.toUpperCase()}i`);

/** How the one container of a pod is run. */
interface How {
  command?: string[];
  args?: string[];
  /** The whole life of a pod behind the edge: readiness, and a pause before it stops. */
  serves: boolean;
  /** The cluster knows the action `sleep`, https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
  sleeps: boolean;
  pullSecret: boolean;
}

/** The spec of a pod of a release. Pure. */
export function podSpec(app: string, release: string, spec: KubernetesSpec, how: How): Record<string, unknown> {
  const names = namesOf(app);
  const { volumes, mounts } = storage(spec, names.release(release));
  const probe = how.serves ? readiness(spec) : undefined;
  const pause = how.sleeps
    ? { sleep: { seconds: PRE_STOP_SECONDS } }
    : { exec: { command: ['sleep', String(PRE_STOP_SECONDS)] } };
  const serves = how.serves && spec.port !== undefined;
  const aliases = (spec.extraHosts ?? []).map((line) => ({
    ip: line.slice(line.indexOf(':') + 1),
    hostnames: [line.slice(0, line.indexOf(':'))],
  }));
  return {
    ...(how.pullSecret ? { imagePullSecrets: [{ name: names.pull(release) }] } : {}),
    // The app is nobody at the API unless its author says so, and is told of no Service by variables.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds(spec.stopTimeoutMs) + (serves ? PRE_STOP_SECONDS : 0),
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    // Apart, where the cluster can: a node that goes takes as few of a release as may be.
    ...(serves
      ? {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: releaseSelector(app, release) },
            },
          ],
        }
      : {}),
    ...(aliases.length ? { hostAliases: aliases } : {}),
    ...(spec.dns ? { dnsPolicy: 'None', dnsConfig: { nameservers: spec.dns } } : {}),
    ...(volumes ? { volumes } : {}),
    containers: [
      {
        name: CONTAINER,
        image: spec.image,
        ...(how.command ? { command: how.command.map(literal) } : {}),
        ...(how.args ? { args: how.args.map(literal) } : {}),
        ...(Object.keys(spec.env).length
          ? { env: Object.entries(spec.env).map(([name, value]) => ({ name, value: literal(value) })) }
          : {}),
        ...(how.serves && spec.port ? { ports: [{ name: 'app', containerPort: spec.port, protocol: 'TCP' }] } : {}),
        ...(probe ? { readinessProbe: probe } : {}),
        ...(serves ? { lifecycle: { preStop: pause } } : {}),
        ...resources(spec),
        ...mounts,
        securityContext: security(spec),
      },
    ],
  };
}

/** Entrypoint and command of the release's own pods. */
export const ownCommand = ({ entrypoint, args }: KubernetesSpec) => ({
  ...(entrypoint.length ? { command: entrypoint } : {}),
  ...(args.length ? { args } : {}),
});

/**
 * What a pod runs for one command. What an image's entrypoint is only its nodes know: `auto` and `none` run the command
 * itself, `image` hands it to the entrypoint.
 */
export function hookWords(text: string, through: 'auto' | 'image' | 'none') {
  const whole = (isList(text) && words(text)) || ['sh', '-c', text];
  return through === 'image' ? { args: whole } : { command: whole };
}
