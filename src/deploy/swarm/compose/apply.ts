import type { Service, ServiceSpec } from '../../../lib/docker/swarm.ts';
import { asSeatrialError } from '../../../lib/errors.ts';
import { mustFinish } from '../../docker/compose/finish.ts';
import type { Cluster } from '../cluster.ts';
import type { Stack, SwarmSpec } from '../spec.ts';
import { MADE_LABEL, placeBody } from './bodies.ts';
import { filler } from './fill.ts';
import { gatePlaces, type Touched } from './gate.ts';
import { died, type Fate, judgeTasks } from './judge.ts';
import { refsOf, type Values } from './objects.ts';
import { inOrder } from './order.ts';
import { ensureStackNetworks, standing, valuesFor } from './stack.ts';

const places = ({ project, service }: Stack) => Object.keys(project.services).filter((name) => name !== service);

const conditionOf = ({ TaskTemplate }: ServiceSpec) =>
  (TaskTemplate as { RestartPolicy?: { Condition?: string } }).RestartPolicy?.Condition;

/** As many tasks as a service is to have; undefined where the Swarm's nodes say it. */
const slotsOf = ({ Mode }: ServiceSpec): number | undefined => {
  const { Replicated, ReplicatedJob } = Mode as { Replicated?: { Replicas: number }; ReplicatedJob?: Jobs };
  return Replicated?.Replicas ?? ReplicatedJob?.TotalCompletions;
};
interface Jobs {
  TotalCompletions: number;
}

/** How the tasks of a body are to fare. */
function fateOf(project: Stack['project'], name: string, body: ServiceSpec): Fate {
  const job = !body.Mode.Replicated && !body.Mode.Global;
  const ends = job || ['none', 'on-failure'].includes(conditionOf(body) ?? 'any');
  const finishes = job || mustFinish(project).has(name);
  return { slots: slotsOf(body), ends: ends || finishes, finishes };
}

/** What has a task and ends: on the way back it is not run again. */
const isTask = ({ ends, finishes }: Fate, ended: boolean) => finishes || (ends && ended);

interface Plan {
  name: string;
  body: ServiceSpec;
  fate: Fate;
  there: Service | undefined;
  /** Its tasks are to be made anew. */
  anew: boolean;
  tasks: Awaited<ReturnType<Cluster['api']['tasks']>>;
  asked: string;
}

/** The body of a service, and what it differs in from what is there; nothing where nothing is to be done. */
async function planFor(
  cluster: Cluster,
  spec: SwarmSpec,
  name: string,
  values: Values,
  there: Service | undefined,
): Promise<{ plan?: Plan; fate: Fate; ended: boolean }> {
  const { project, asked } = spec.compose!;
  const body = placeBody(cluster, spec, name, filler(values.all), await refsOf(cluster, spec.compose!, name, values));
  const fate = fateOf(project, name, body);
  const tasks = there ? await cluster.api.tasks([there.ID], cluster.signal) : [];
  // It may have stood well with fewer than it is to have.
  const had = there ? slotsOf(there.Spec) : 0;
  const now = judgeTasks(newest(tasks), { ...fate, slots: had });
  const ended = Boolean(had && now.kind === 'good' && now.why.startsWith('done'));
  const [template] = body.Labels[MADE_LABEL]!.split('-');
  const same = there?.Spec.Labels[MADE_LABEL] === body.Labels[MADE_LABEL];
  const well = had === 0 || now.kind === 'good';
  if (same && well) return { fate, ended };
  const anew = !there || now.kind === 'bad' || !there.Spec.Labels[MADE_LABEL]?.startsWith(`${template}-`);
  return { plan: { name, body, fate, there, anew, tasks, asked: asked[name] ?? '' }, fate, ended };
}

/** The last task of each slot: what failed before it is over. */
function newest(tasks: Plan['tasks']): Plan['tasks'] {
  const seen = new Set<string>();
  return [...tasks]
    .sort((x, y) => y.CreatedAt.localeCompare(x.CreatedAt))
    .filter(({ Slot, NodeID }) => {
      const slot = String(Slot || NodeID);
      return seen.has(slot) ? false : seen.add(slot);
    });
}

/** Those that count no more where the others go on. */
function overOf(tasks: Plan['tasks']): Set<string> {
  const last = newest(tasks).filter((task) => !died(task));
  return new Set(tasks.filter((task) => !last.includes(task)).map(({ ID }) => ID));
}

const kindOf = ({ Mode }: ServiceSpec) => Object.keys(Mode)[0];

async function put(cluster: Cluster, { name, body, there, anew, fate, tasks, asked }: Plan): Promise<Touched> {
  const { api } = cluster;
  const auth = cluster.auth(asked);
  const id = there?.ID;
  if (!id || kindOf(there.Spec) !== kindOf(body)) {
    // The Swarm changes no service from one mode to another.
    if (id) await api.removeService(id);
    return { id: await api.create(body, auth), name: body.Name, fate, before: new Set() };
  }
  await api.update(
    id,
    (draft) => {
      const turn = Number(draft.TaskTemplate.ForceUpdate ?? 0) + (anew ? 1 : 0);
      for (const key of Object.keys(draft)) if (!(key in body)) delete draft[key];
      Object.assign(draft, structuredClone(body));
      if (turn) draft.TaskTemplate.ForceUpdate = turn;
    },
    auth,
  );
  cluster.say(`updated ${name} in place`);
  return { id, name: body.Name, fate, before: anew ? new Set(tasks.map(({ ID }) => ID)) : overOf(tasks) };
}

/** Brings plans up, each when what it depends on stands, and gates them. */
async function bring(cluster: Cluster, spec: SwarmSpec, plans: readonly Plan[]): Promise<void> {
  if (!plans.length) return;
  const { project } = spec.compose!;
  cluster.say(`bringing up ${plans.map(({ name }) => name).join(', ')} of ${project.name} in place`);
  for (const step of inOrder(
    project,
    plans.map(({ name }) => name),
  )) {
    await cluster.guard();
    const touched: Touched[] = [];
    for (const plan of plans) if (step.includes(plan.name)) touched.push(await put(cluster, plan));
    await gatePlaces(cluster, spec, touched);
  }
}

/**
 * Brings the services beside the one with the traffic to what a release says, in place, and gates what was touched; one
 * that differs in nothing and stands is left alone. `ended` gets those that had ended well before they were touched.
 * COMPOSE_SERVICE_FAILED, SECRETS_NEEDED, NO_CAPACITY, IMAGE_MISSING.
 */
export async function applyPlaces(
  cluster: Cluster,
  spec: SwarmSpec,
  release: string,
  ended: Set<string>,
): Promise<void> {
  if (!spec.compose) return;
  const names = places(spec.compose);
  await cluster.guard();
  await ensureStackNetworks(cluster, spec.compose.project);
  const values = await valuesFor(cluster, spec, names, release);
  const there = await standing(cluster, spec.compose.project);
  const plans: Plan[] = [];
  for (const name of names) {
    const { plan, ended: over } = await planFor(cluster, spec, name, values, there.get(name));
    if (plan && over) ended.add(name);
    if (plan) plans.push(plan);
  }
  await bring(cluster, spec, plans);
}

const settingsOf = (stack: Stack | undefined, name: string) => {
  const service = stack?.project.services[name];
  if (!stack || !service) return undefined;
  const files = [...(service.secrets ?? []), ...(service.configs ?? [])].map(({ source }) => [
    stack.objects[`secrets/${source}`],
    stack.objects[`configs/${source}`],
  ]);
  return JSON.stringify([service, files]);
};

/**
 * Brings back the services in place that `from` had changed. What has a task and ends is never run again on the way back:
 * an old migration would meet a newer schema. One that can't be brought back keeps no other from it: it is told.
 */
export async function restorePlaces(
  cluster: Cluster,
  from: SwarmSpec | undefined,
  to: SwarmSpec,
  release: string,
  ended: ReadonlySet<string>,
): Promise<void> {
  if (!to.compose) return;
  const stack = to.compose;
  const differ = places(stack).filter((name) => settingsOf(from?.compose, name) !== settingsOf(stack, name));
  if (!differ.length) return;
  const { actions } = cluster.context;
  await cluster.guard();
  await ensureStackNetworks(cluster, stack.project);
  const values = await valuesFor(cluster, to, differ, release);
  const there = await standing(cluster, stack.project);
  const finishing = from?.compose ? mustFinish(from.compose.project) : new Set<string>();
  for (const step of inOrder(stack.project, differ)) {
    for (const name of step) {
      try {
        const { plan, fate, ended: over } = await planFor(cluster, to, name, values, there.get(name));
        const task = isTask(fate, over || ended.has(name) || !there.has(name)) || finishing.has(name);
        if (plan && !task) await bring(cluster, to, [plan]);
      } catch (error) {
        const { code, message } = asSeatrialError(error);
        actions.warning(`${cluster.label}: ${name} could not be brought back to ${release} (${code}: ${message})`);
      }
    }
  }
}
