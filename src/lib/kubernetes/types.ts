/** What we read and write of Kubernetes' objects, and no more; https://kubernetes.io/docs/reference/kubernetes-api/ */
export interface Meta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string }[];
  managedFields?: { manager: string }[];
}

export interface Resource {
  apiVersion?: string;
  kind?: string;
  metadata: Meta;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode: number; reason?: string; message?: string; finishedAt?: string };
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface Pod extends Resource {
  spec: {
    nodeName?: string;
    containers: { name: string; image: string; resources?: { limits?: Record<string, string> } }[];
    initContainers?: { name: string; restartPolicy?: string }[];
  };
  status?: {
    phase?: string;
    podIP?: string;
    reason?: string;
    message?: string;
    startTime?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

export interface Deployment extends Resource {
  spec: { replicas?: number; template?: { metadata?: Partial<Meta>; spec?: Record<string, unknown> } } & Record<
    string,
    unknown
  >;
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    unavailableReplicas?: number;
    conditions?: Condition[];
  };
}

export interface Service extends Resource {
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; targetPort?: number | string; nodePort?: number }[];
  };
}

export interface ConfigMap extends Resource {
  data?: Record<string, string>;
}

export interface Secret extends Resource {
  type?: string;
  /** Base64. */
  data?: Record<string, string>;
}

export interface Job extends Resource {
  spec: { suspend?: boolean } & Record<string, unknown>;
  status?: { active?: number; succeeded?: number; failed?: number; conditions?: Condition[] };
}

export interface LeaseObject extends Resource {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
  };
}

export interface Autoscaler extends Resource {
  spec: { scaleTargetRef: { kind: string; name: string }; minReplicas?: number; maxReplicas: number };
}

export interface Claim extends Resource {
  spec: { accessModes?: string[] };
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}

/** A PodDisruptionBudget. */
export interface Budget extends Resource {
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: 'AlwaysAllow' | 'IfHealthyBudget';
  };
}

export interface EndpointSlice extends Resource {
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[];
}

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/ */
export interface Ingress extends Resource {
  spec: {
    ingressClassName?: string;
    tls?: { hosts?: string[]; secretName?: string }[];
    rules?: {
      host?: string;
      http?: { paths: { path?: string; pathType?: string; backend: { service?: { name: string; port: object } } }[] };
    }[];
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

/** What reads the Ingresses of a class; of the whole cluster. */
export interface IngressClass extends Resource {
  spec?: { controller?: string };
}

/** https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
export interface HttpRoute extends Resource {
  spec: {
    parentRefs?: { name: string; namespace?: string }[];
    hostnames?: string[];
    rules?: {
      matches?: { path?: { type?: string; value?: string }; headers?: object[]; [more: string]: unknown }[];
      backendRefs?: { name: string; port?: number; weight?: number }[];
    }[];
  };
  status?: { parents?: { parentRef: { name: string; namespace?: string }; conditions?: Condition[] }[] };
}

export interface Event extends Resource {
  reason?: string;
  message?: string;
  type?: string;
  lastTimestamp?: string;
  eventTime?: string;
}

/** The objects we speak of, by the name of their collection. */
export interface Kinds {
  pods: Pod;
  services: Service;
  configmaps: ConfigMap;
  secrets: Secret;
  events: Event;
  persistentvolumeclaims: Claim;
  deployments: Deployment;
  jobs: Job;
  leases: LeaseObject;
  poddisruptionbudgets: Budget;
  endpointslices: EndpointSlice;
  horizontalpodautoscalers: Autoscaler;
  ingresses: Ingress;
  httproutes: HttpRoute;
  ingressclasses: IngressClass;
}

export type KindName = keyof Kinds;

export const GROUPS: Record<KindName, { version: string; kind: string }> = {
  pods: { version: 'v1', kind: 'Pod' },
  services: { version: 'v1', kind: 'Service' },
  configmaps: { version: 'v1', kind: 'ConfigMap' },
  secrets: { version: 'v1', kind: 'Secret' },
  events: { version: 'v1', kind: 'Event' },
  persistentvolumeclaims: { version: 'v1', kind: 'PersistentVolumeClaim' },
  deployments: { version: 'apps/v1', kind: 'Deployment' },
  jobs: { version: 'batch/v1', kind: 'Job' },
  leases: { version: 'coordination.k8s.io/v1', kind: 'Lease' },
  poddisruptionbudgets: { version: 'policy/v1', kind: 'PodDisruptionBudget' },
  endpointslices: { version: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  horizontalpodautoscalers: { version: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  ingresses: { version: 'networking.k8s.io/v1', kind: 'Ingress' },
  httproutes: { version: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  ingressclasses: { version: 'networking.k8s.io/v1', kind: 'IngressClass' },
};

/** Kinds that are in no namespace. */
export const CLUSTER_WIDE: ReadonlySet<KindName> = new Set(['ingressclasses']);
