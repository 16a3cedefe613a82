import type { Deployment, Service } from '../../../lib/kubernetes/types.ts';
import { label, namesOf, ownLabels, releaseSelector } from '../names.ts';
import { CLUSTER_IP } from '../spec.ts';
import { FRONT_PORT, NOBODY } from './edge.ts';

/* What there is of ours where traffic goes through what the cluster has, and no edge stands in its way. */

export const PROBE_CONTAINER = 'probe';
/** HAProxy's user in the official image, whose sh and nc ask. */
const PROBE_UID = 99;

const WAITS = 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait; done';

/** The pod that our own requests come from: one of the cluster's inside has to ask, as users' requests come from there. */
export function probeDeploymentOf(app: string, environment: string, image: string): Deployment {
  const labels = ownLabels(app, environment, 'probe');
  return {
    metadata: { name: namesOf(app).probe, labels },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 1,
      selector: { matchLabels: { [label('app')]: app, [label('role')]: 'probe' } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 1,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: PROBE_UID,
            runAsGroup: PROBE_UID,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: PROBE_CONTAINER,
              image,
              command: ['sh', '-c', WAITS],
              resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { memory: '32Mi' } },
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

/** The Service users come in by, and nothing before the pods: its selector is the switch. */
export function frontTo(
  app: string,
  environment: string,
  { publish, release = NOBODY, port = FRONT_PORT }: { publish: string; release?: string; port?: number },
): Service {
  const nodePort = publish === CLUSTER_IP ? undefined : Number(publish);
  return {
    metadata: { name: namesOf(app).front, labels: ownLabels(app, environment, 'front') },
    spec: {
      type: nodePort ? 'NodePort' : 'ClusterIP',
      selector: releaseSelector(app, release),
      ports: [{ name: 'http', port: FRONT_PORT, targetPort: port, ...(nodePort ? { nodePort } : {}) }],
    },
  };
}
