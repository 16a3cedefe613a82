import type { Actions } from '../../../lib/actions.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { Deployment } from '../../../lib/deployment.ts';
import { Api } from '../../../lib/kubernetes/api.ts';
import { exchange, openSession } from '../../../lib/kubernetes/exec.ts';
import { accessTo } from '../../../lib/kubernetes/in-cluster.ts';
import { appContainer, isGoing, isReady } from '../../../lib/kubernetes/pods.ts';
import type { Pod } from '../../../lib/kubernetes/types.ts';
import { Wire } from '../../../lib/kubernetes/wire.ts';
import type { VerifyInputs } from '../../inputs.ts';
import type { JudgeEvent, Version } from '../../judge/types.ts';
import type { OpenHost, Watched } from '../containers.ts';
import { type AskEdges, askEach, Edge, REPLACED_MS } from '../edge.ts';
import { isWhole, LOOPBACK, lookOf, lookWords } from '../edge-admin.ts';
import type { RingPlace } from '../ring.ts';
import type { LiveVitals, Site } from '../site.ts';
import { podLog } from './log.ts';
import { PodVitals } from './vitals.ts';

const EDGE_CONTAINER = 'edge';

/** Which version a release is; releases that wait for nothing, or are not named, are none. Pure. */
export function versions({ release, hosts }: Deployment, serving: boolean): Map<string, Version> {
  const found = new Map<string, Version>();
  for (const { slots } of hosts) {
    for (const slot of slots) {
      if (serving && slot.role === 'current') found.set(slot.release, 'new');
      else if (!serving && slot.release === release) found.set(slot.release, 'new');
      else if (!serving && slot.role !== 'candidate') found.set(slot.release, 'old');
    }
  }
  return found;
}

/** The one container of an edge's pod that is HAProxy, as it runs now: begun anew, it has a ring of its own. */
const runOf = ({ status }: Pod) =>
  status?.containerStatuses?.find(({ name }) => name === EDGE_CONTAINER)?.restartCount ?? 0;

/** The edge's pods as one: each is asked, and one that went is not missed while another answers. */
export function edgeOf(
  api: Api,
  place: OpenHost,
  app: string,
  container: string,
  versionOf: (release: string) => Version | undefined,
): Edge {
  let behind = new Map<string, string>();
  const ask: AskEdges = async (signal) => {
    const mine = { 'io.seatrial.app': app };
    const [pods, slots] = await Promise.all([
      api.list('pods', { ...mine, 'io.seatrial.role': 'edge' }, { signal }),
      api.list('services', { ...mine, 'io.seatrial.role': 'slot' }, { signal }),
    ]);
    behind = new Map(slots.map(({ spec }) => [spec.clusterIP ?? '', spec.selector?.['io.seatrial.release'] ?? '']));
    const running = pods.filter((pod) => !isGoing(pod) && isReady(pod));
    const instances = running.map((pod) => {
      const { name, uid } = pod.metadata;
      const look = async () => {
        const options = { until: isWhole, signal };
        const { text } = await exchange(api, name, EDGE_CONTAINER, lookWords(LOOPBACK), '', options);
        const { servers, keeps } = lookOf(text, name);
        const open: RingPlace['open'] = (words, prompt) =>
          openSession(api, name, EDGE_CONTAINER, words, prompt, { signal });
        return { servers, ring: keeps ? { admin: LOOPBACK, open } : undefined };
      };
      return { edge: `${uid}/${runOf(pod)}`, name, ask: look };
    });
    return askEach(`${api.label}: ${container}`, instances);
  };
  const releaseOf = (address: string) => behind.get(address) ?? '';
  const options = { releaseOf, ask, patienceMs: REPLACED_MS };
  return new Edge(place, container, (address) => versionOf(releaseOf(address)), options);
}

/** Vital signs of several namespaces as one. */
function together(all: readonly PodVitals[]): LiveVitals {
  return {
    read: async (emit: (event: JudgeEvent) => void, signal: AbortSignal) => {
      await Promise.all(all.map((one) => one.read(emit, signal)));
    },
    rows: () => all.flatMap((one) => one.rows()),
    skipped: () => [...new Set(all.flatMap((one) => one.skipped()))],
  };
}

/** Namespaces of clusters: every pod of the releases that a deployment names, wherever it runs and whomever it replaced. */
export async function openKubernetes(inputs: VerifyInputs, actions: Actions, signal: AbortSignal): Promise<Site> {
  const deployment = inputs.deployment!;
  const { env } = actions;
  const of = versions(deployment, inputs.mode === 'watch' || inputs.mode === 'baseline');
  const versionOf = (release: string) => of.get(release);
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(deployment.image)?.[1];
  const apis: Api[] = [];
  const site: Site = {
    containers: [],
    edges: [],
    missing: [],
    node: '',
    close: async () => {
      await Promise.all(apis.map((api) => api.close()));
    },
  };
  const vitals: PodVitals[] = [];
  let follow: ((one: Watched) => void) | undefined;
  try {
    for (const { host, edge } of deployment.hosts) {
      const access = await accessTo(host, inputs.kubeconfig, env);
      const mask = (secret: string) => actions.mask(secret);
      const api = new Api(await Wire.open(access, { env, clock: systemClock, mask }));
      apis.push(api);
      await api.version({ signal });
      const skewMs = (api.wire.serverNow ?? Date.now()) - Date.now();
      const place = { host, skewMs, local: false } as OpenHost;
      const watched = (pod: Pod, version: Version): Watched => ({
        version,
        host: place,
        id: pod.metadata.uid ?? '',
        name: pod.metadata.name,
        log: podLog(api, pod.metadata.name, appContainer(pod)),
      });
      const mine = new PodVitals(api, deployment.app, versionOf, digest);
      mine.onPod((pod, version) => {
        const one = watched(pod, version);
        if (follow) follow(one);
        else site.containers.push(one);
      });
      vitals.push(mine);
      // The pods of now are what the logs begin with.
      await mine.read(() => undefined, signal);
      if (edge) site.edges.push(edgeOf(api, place, deployment.app, edge.container, versionOf));
      else site.missing.push(`users' requests: no edge of ours counts them at ${api.label}`);
    }
  } catch (error) {
    await site.close();
    throw error;
  }
  site.vitals = together(vitals);
  site.onNew = (take) => {
    follow = take;
  };
  if (!site.containers.some(({ version }) => version === 'old') && inputs.mode === 'verify') {
    site.missing.push('the old version: no pod of it is left');
  }
  return site;
}
