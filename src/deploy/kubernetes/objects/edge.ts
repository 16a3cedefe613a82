import { createHash } from 'node:crypto';
import type { Budget, ConfigMap, Deployment, Service } from '../../../lib/kubernetes/types.ts';
import { edgeFiles, structureOf } from '../../docker/edge/config.ts';
import { INSIDE_PORT } from '../../docker/edge/entrances.ts';
import { EDGE_FILE, MOUNT } from '../../docker/state/mount.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { edgeSelector, label, namesOf, ownLabels, releaseSelector } from '../names.ts';
import { CLUSTER_IP } from '../spec.ts';
import { PRE_STOP_SECONDS } from './pod.ts';

export const EDGE_CONTAINER = 'edge';
/** One may go with its node, and the other answers. */
export const EDGE_PODS = 2;
/** Port of the front Service. */
export const FRONT_PORT = 80;
/** A release nobody's pods are of: what a free slot leads to. */
export const NOBODY = 'none';
/** HAProxy's user in the official image. */
const HAPROXY_UID = 99;

/** Files the edge's pods read when they start. */
export const configMapOf = (app: string, environment: string, model: EdgeModel): ConfigMap => ({
  metadata: { name: namesOf(app).edge, labels: ownLabels(app, environment, 'edge') },
  data: Object.fromEntries(edgeFiles(model, 'addresses').map(({ name, content }) => [name, content])),
});

/** What makes new pods of the edge: all of its configuration that can't be changed while it runs. */
export const shapeOf = (model: EdgeModel): string =>
  createHash('sha256').update(structureOf(model)).update(model.image).digest('hex').slice(0, 16);

export function edgeDeploymentOf(app: string, environment: string, model: EdgeModel, sleeps: boolean): Deployment {
  const labels = ownLabels(app, environment, 'edge');
  const pause = sleeps
    ? { sleep: { seconds: PRE_STOP_SECONDS } }
    : { exec: { command: ['sleep', String(PRE_STOP_SECONDS)] } };
  return {
    metadata: { name: namesOf(app).edge, labels },
    spec: {
      replicas: EDGE_PODS,
      revisionHistoryLimit: 1,
      selector: { matchLabels: edgeSelector(app) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels, annotations: { [label('shape')]: shapeOf(model) } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          // HAProxy ends when its last request has, and at the latest after its own hard-stop-after.
          terminationGracePeriodSeconds: 75,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: HAPROXY_UID,
            runAsGroup: HAPROXY_UID,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          // Apart, where the cluster can.
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: edgeSelector(app) },
            },
          ],
          volumes: [{ name: 'config', configMap: { name: namesOf(app).edge } }],
          containers: [
            {
              name: EDGE_CONTAINER,
              image: model.image,
              command: ['haproxy', '-W', '-db', '-f', `${MOUNT}/${EDGE_FILE}`],
              ports: [{ name: 'http', containerPort: INSIDE_PORT, protocol: 'TCP' }],
              readinessProbe: { tcpSocket: { port: INSIDE_PORT }, periodSeconds: 1, failureThreshold: 3 },
              lifecycle: { preStop: pause },
              resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
              volumeMounts: [{ name: 'config', mountPath: MOUNT, readOnly: true }],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}

/** A node that is drained takes one of the edge's pods at a time. */
export const budgetOf = (app: string, environment: string): Budget => ({
  metadata: { name: namesOf(app).edge, labels: ownLabels(app, environment, 'edge') },
  spec: { minAvailable: 1, selector: { matchLabels: edgeSelector(app) } },
});

/** Where users come in: a port of every node, or an address inside the cluster alone. */
export function frontOf(app: string, environment: string, publish: string): Service {
  const nodePort = publish === CLUSTER_IP ? undefined : Number(publish);
  return {
    metadata: { name: namesOf(app).front, labels: ownLabels(app, environment, 'edge') },
    spec: {
      type: nodePort ? 'NodePort' : 'ClusterIP',
      selector: edgeSelector(app),
      ports: [{ name: 'http', port: FRONT_PORT, targetPort: INSIDE_PORT, ...(nodePort ? { nodePort } : {}) }],
    },
  };
}

/**
 * One of the two places that share the traffic: an address that stays, whichever release stands behind it. `at` is its own
 * port, `port` that of the pods.
 */
export function slotOf(
  app: string,
  environment: string,
  slot: SlotName,
  release = NOBODY,
  port = FRONT_PORT,
  at = port,
): Service {
  return {
    metadata: { name: namesOf(app).slot(slot), labels: ownLabels(app, environment, 'slot') },
    spec: {
      type: 'ClusterIP',
      selector: releaseSelector(app, release),
      ports: [{ name: 'app', port: at, targetPort: port }],
    },
  };
}
