import type { Code } from '../../lib/codes.ts';
import { quotaShort } from '../../lib/kubernetes/error.ts';
import { isGoing, statuses } from '../../lib/kubernetes/pods.ts';
import type { Deployment, Pod } from '../../lib/kubernetes/types.ts';
import { failing, hasBegun } from './pods.ts';

/** What keeps pods from starting. `patienceMs`: how long it must have been so before nothing can come of it. */
export interface Trouble {
  code: Code;
  /** Which pod or Deployment. */
  who: string;
  why: string;
  patienceMs: number;
  cure: string;
}

/** A node that is being emptied, or one that an autoscaler brings, may take it yet. */
const ROOM_MS = 20_000;
/** Pods that are going free their quota within seconds. */
const QUOTA_MS = 15_000;
/** A registry may have a bad moment. */
const PULL_MS = 15_000;
/** What must be done before the app begins may wait for something by failing: it is begun anew after 0, 10, 20 and 40 s. */
const INIT_MS = 45_000;
const INIT_TIMES = 3;

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 400);

/** What there is too little of, by the scheduler's or the quota's words: `cpu`, `memory`, `pods`. */
export function shortOf(message: string): string[] {
  const insufficient = [...message.matchAll(/Insufficient ([\w./-]+)/g)].map(([, what]) => what!);
  return [...new Set([...insufficient, ...quotaShort(message)])];
}

function unschedulable(pod: Pod): Trouble | undefined {
  const condition = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (condition?.reason !== 'Unschedulable') return undefined;
  const message = condition.message ?? '';
  const short = shortOf(message);
  return {
    code: 'NO_CAPACITY',
    who: pod.metadata.name,
    why: `no node can take it${short.length ? `, there is too little ${short.join(' and ')}` : ''} (${oneLine(message)})`,
    patienceMs: ROOM_MS,
    cure: /persistentvolumeclaim|volume node affinity|persistent volume/i.test(message)
      ? 'look at its claim (kubectl describe pvc): it has no volume, or one that another node holds'
      : short.length
        ? 'ask for less, or give the cluster more'
        : 'let a node take it: by its taints, its labels or its cordon none may',
  };
}

/** Reasons of a container that waits, after which it waits for ever. */
const PULL =
  /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|RegistryUnavailable|ImageInspectError)$/;
const START =
  /^(CreateContainerConfigError|CreateContainerError|RunContainerError|PreCreateHookError|PostStartHookError)$/;
/** Words of registries and runtimes by which trying again is of no use. */
const NEVER =
  /not found|manifest unknown|does not exist|denied|unauthorized|authentication required|invalid reference|never pull|no match for platform|forbidden/i;

/** An init container, or a sidecar that comes before the app, that can't do its work. */
function unfinished(pod: Pod): Trouble | undefined {
  const [ill] = failing(pod);
  if (!ill) return undefined;
  const { exitCode = 0, reason } = ill.state?.terminated ?? ill.lastState?.terminated ?? {};
  const sidecar = pod.spec.initContainers?.some(
    ({ name, restartPolicy }) => name === ill.name && restartPolicy === 'Always',
  );
  return {
    code: 'DEPLOY_UNHEALTHY',
    who: pod.metadata.name,
    why: `its ${sidecar ? 'sidecar' : 'init container'} ${ill.name} exited with code ${exitCode}${reason === 'OOMKilled' ? ' (out of memory)' : ''}, and the app is not begun before it is ${sidecar ? 'up' : 'done'}`,
    patienceMs: ill.restartCount < INIT_TIMES ? INIT_MS : 0,
    cure: `mend it (kubectl logs ${pod.metadata.name} --container ${ill.name})`,
  };
}

function waitingFor(pod: Pod): Trouble | undefined {
  const node = pod.spec.nodeName ?? 'the node';
  for (const { name, state, image } of statuses(pod)) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    const who = `${pod.metadata.name} (${name})`;
    if (PULL.test(reason)) {
      const login = /denied|unauthorized|authentication required|forbidden/i.test(message);
      return {
        code: login ? 'REGISTRY_LOGIN' : 'IMAGE_MISSING',
        who,
        why: `${node} can't pull ${image} (${oneLine(message) || reason})`,
        // "Back-off" says only that it failed before: the words were in the state before that.
        patienceMs: NEVER.test(message) || reason === 'InvalidImageName' ? 0 : PULL_MS,
        cure: login ? 'check registry, username and password' : 'check the name, and that the nodes reach the registry',
      };
    }
    if (START.test(reason)) {
      const never = { code: 'DEPLOY_UNHEALTHY' as const, who, patienceMs: 3000 };
      return {
        ...never,
        why: `its container can't be started on ${node} (${reason}: ${oneLine(message)})`,
        cure: 'mend what it says',
      };
    }
  }
  return unfinished(pod);
}

/** What pods that the API does not let come into being lack: a quota, a limit of the namespace, a policy, an account. Pure. */
export function refusal(who: string, message: string): Trouble {
  const said = `(${oneLine(message)})`;
  const short = shortOf(message);
  if (/must specify/i.test(message)) {
    return {
      code: 'NO_CAPACITY',
      who,
      why: `a quota of the namespace lets no pod in that names no limit ${said}`,
      patienceMs: 3000,
      cure: 'give what it asks for (memory, cpus), or let a LimitRange of the namespace have defaults',
    };
  }
  if (/is being terminated/i.test(message)) {
    const cure = 'name another, or make it anew when it is gone';
    return { code: 'NAMESPACE_MISSING', who, why: 'its namespace is being removed', patienceMs: 3000, cure };
  }
  if (/violates PodSecurity/i.test(message)) {
    const cure = 'give user (a number) and cap-drop: ALL, or put what it names into the manifests';
    return {
      code: 'ENGINE_REFUSED',
      who,
      why: `the namespace's PodSecurity refuses its pods ${said}`,
      patienceMs: 3000,
      cure,
    };
  }
  if (/forbidden: .*(maximum|minimum)|LimitRequestRatio/i.test(message)) {
    return {
      code: 'NO_CAPACITY',
      who,
      why: `a LimitRange of the namespace does not let its pods in ${said}`,
      patienceMs: 3000,
      cure: 'give what it allows, or let it allow this',
    };
  }
  if (/exceeded quota/i.test(message)) {
    return {
      code: 'NO_CAPACITY',
      who,
      why: `a quota of the namespace does not let its pods in${short.length ? `, it leaves too little ${short.join(' and ')}` : ''} ${said}`,
      patienceMs: QUOTA_MS,
      cure: 'raise the quota, ask for less, or keep less warm',
    };
  }
  return { code: 'ENGINE_REFUSED', who, why: `its pods are refused ${said}`, patienceMs: 3000, cure: 'do as it says' };
}

function refused({ metadata, status }: Deployment): Trouble | undefined {
  const failure = status?.conditions?.find(({ type, status: word }) => type === 'ReplicaFailure' && word === 'True');
  return failure && refusal(metadata.name, failure.message ?? '');
}

/** The first thing that keeps a release from starting; undefined when nothing does. Pure. */
export function troubleOf(deployment: Deployment | undefined, pods: readonly Pod[]): Trouble | undefined {
  const coming = pods.filter((pod) => !isGoing(pod) && !hasBegun(pod));
  const failed = deployment && pods.filter((pod) => !isGoing(pod)).length < (deployment.spec.replicas ?? 1);
  return (
    (failed ? refused(deployment) : undefined) ??
    coming.map((pod) => waitingFor(pod) ?? unschedulable(pod)).find(Boolean)
  );
}

/** What was asked for is not wanted any more, by somebody else's will. Pure. */
export function undone(name: string, deployment: Deployment | undefined): Trouble | undefined {
  if (deployment?.spec.replicas) return undefined;
  return {
    code: 'DEPLOY_UNHEALTHY',
    who: name,
    why: deployment ? 'somebody has scaled its Deployment to 0' : 'somebody has removed its Deployment',
    patienceMs: 3000,
    cure: 'find out who (kubectl get events), and deploy again',
  };
}

/** A pod whose containers are not begun though it has its node: their image is pulled, or their volumes come. */
export const isBeingMade = (pod: Pod): boolean => !isGoing(pod) && !hasBegun(pod) && pod.spec.nodeName !== undefined;

/** Whether the scheduler has found no node for it. */
export const isHomeless = (pod: Pod): boolean => !isGoing(pod) && unschedulable(pod) !== undefined;

/** What says that a node is on its way: the cluster autoscaler, and Karpenter. */
const COMING = ['TriggeredScaleUp', 'Nominated'];

/** Whether somebody brings a node for it, by its events. */
export async function nodeComes(event: (reason: string) => Promise<string | undefined>): Promise<boolean> {
  for (const reason of COMING) if (await event(reason)) return true;
  return false;
}

/** A volume of what is not there is asked for again for ever; the node says so in an event alone. Pure. */
export function unmounted(pod: Pod, message = ''): Trouble | undefined {
  const missing = /((?:configmap|secret|persistentvolumeclaim) "[^"]+") not found|references non-existent/i.exec(
    message,
  );
  if (!missing) return undefined;
  return {
    code: 'DEPLOY_UNHEALTHY',
    who: pod.metadata.name,
    why: `its volumes can't be mounted${missing[1] ? `, ${missing[1]} is not there` : ''} (${oneLine(message)})`,
    patienceMs: ROOM_MS,
    cure: 'make what is missing, or leave the volume out',
  };
}

/** What is waited for, in words. */
export function waitsFor(pods: readonly Pod[], wanted: number): string {
  const there = pods.filter((pod) => !isGoing(pod));
  if (there.length < wanted) return `${there.length} of ${wanted} pods are made`;
  const placed = there.filter(({ spec }) => spec.nodeName);
  if (placed.length < there.length) return `${there.length - placed.length} of ${wanted} pods have no node yet`;
  const left = there.filter((pod) => !hasBegun(pod)).length;
  return `${left} of ${wanted} pods have not begun: their image is pulled, or their volumes come`;
}
