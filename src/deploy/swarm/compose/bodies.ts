import { createHash } from 'node:crypto';
import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { mustFinish } from '../../docker/compose/finish.ts';
import { label, ownLabels, type ReleaseLabels, taskLabels, writeLabels } from '../labels.ts';
import { networkName, serviceName } from '../names.ts';
import type { SwarmSpec } from '../spec.ts';
import { given, nanos, type Refs } from './container.ts';
import type { Fill } from './fill.ts';
import { isJob, templateOf } from './template.ts';
import { type Deploy, type Port, written } from './written.ts';

/** What a service in place was made from: its tasks, and all else. */
export const MADE_LABEL = label('made');
/** The stack a service belongs to, as `docker stack` has it. */
export const STACK_LABEL = 'com.docker.stack.namespace';

export const stackName = (project: { name: string }, service: string): string => `${project.name}_${service}`;

const print = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

const portOf = ({ target, published, protocol = 'tcp', mode = 'ingress' }: Port) =>
  given({
    Protocol: protocol,
    TargetPort: target,
    PublishedPort: published === undefined ? undefined : Number(published),
    PublishMode: mode,
  });

/** By the routing mesh a port needs a virtual address; else each task has its own, for which no kernel needs IPVS. */
function endpoint({ endpoint_mode: mode }: Deploy, ports: readonly Port[]) {
  const meshed = ports.some((port) => (port.mode ?? 'ingress') === 'ingress');
  return given({
    Mode: mode ?? (meshed ? 'vip' : 'dnsrr'),
    Ports: ports.length ? ports.map(portOf) : undefined,
  });
}

/** Whose turn it is as the file says; where one does not come up the Swarm stops there, and the gate says why. */
function updateConfig({ update_config: asked = {} }: Deploy) {
  return given({
    Parallelism: asked.parallelism ?? 1,
    Delay: asked.delay === undefined ? undefined : nanos(asked.delay),
    Monitor: asked.monitor === undefined ? undefined : nanos(asked.monitor),
    MaxFailureRatio: asked.max_failure_ratio,
    Order: asked.order ?? 'stop-first',
    FailureAction: 'pause',
  });
}

function modeOf(deploy: Deploy, replicas: number): ServiceSpec['Mode'] {
  const modes: Record<string, object> = {
    global: { Global: {} },
    'global-job': { GlobalJob: {} },
    'replicated-job': { ReplicatedJob: { MaxConcurrent: replicas, TotalCompletions: replicas } },
  };
  return (modes[deploy.mode ?? ''] ?? { Replicated: { Replicas: replicas } }) as ServiceSpec['Mode'];
}

/** Pure: a service of the file beside the one with the traffic, as `docker stack deploy` would call it. */
export function placeBody(
  { app, environment }: { app: string; environment: string },
  spec: SwarmSpec,
  name: string,
  fill: Fill,
  refs: Refs,
): ServiceSpec {
  const { project, asked } = spec.compose!;
  const service = written(project.services[name]!);
  const deploy = service.deploy ?? {};
  const job = isJob(deploy);
  const finishes = mustFinish(project).has(name);
  const template = templateOf(project, name, { rotation: spec, finishes }, fill, refs);
  const rest = {
    Mode: modeOf(deploy, deploy.replicas ?? service.scale ?? 1),
    ...(job ? {} : { UpdateConfig: updateConfig(deploy), EndpointSpec: endpoint(deploy, service.ports ?? []) }),
  };
  const labels = {
    ...Object.fromEntries(Object.entries(deploy.labels ?? {}).map(([key, value]) => [key, fill(value)])),
    [STACK_LABEL]: project.name,
    'com.docker.stack.image': asked[name] ?? service.image!,
    ...ownLabels(app, environment, 'place'),
  };
  return {
    Name: stackName(project, name),
    Labels: { ...labels, [MADE_LABEL]: `${print(template)}-${print([rest, labels])}` },
    TaskTemplate: template,
    ...rest,
  };
}

/** Pure: the service of a release, with no task yet: as the file has it, in the app's network too. */
export function releaseOfFile(labels: ReleaseLabels, fill: Fill, refs: Refs): ServiceSpec {
  const { app, release, spec } = labels;
  const { project, service: name } = spec.compose!;
  const deploy = written(project.services[name]!).deploy ?? {};
  const template = templateOf(project, name, { rotation: spec, restart: spec.restart }, fill, refs);
  const container = template.ContainerSpec as { Labels: Record<string, string>; StopGracePeriod?: number };
  const own = Object.entries(deploy.labels ?? {}).map(([key, value]) => [key, fill(value)]);
  return {
    Name: serviceName(app, release),
    Labels: { ...Object.fromEntries(own), ...writeLabels(labels) },
    TaskTemplate: {
      ...template,
      ContainerSpec: {
        ...container,
        Labels: { ...container.Labels, ...taskLabels(labels) },
        StopGracePeriod: Math.round(spec.stopTimeoutMs * 1e6),
      },
      Networks: [{ Target: networkName(app) }, ...(template.Networks as object[])],
    },
    Mode: { Replicated: { Replicas: 0 } },
    EndpointSpec: { Mode: deploy.endpoint_mode ?? 'dnsrr' },
  };
}

/** Pure: a job of one task that runs a single command in the place of a release's own. */
export function hookOfFile(
  name: string,
  labels: Record<string, string>,
  app: string,
  spec: SwarmSpec,
  how: { entrypoint?: string[]; command: string[] },
  fill: Fill,
  refs: Refs,
): ServiceSpec {
  const { project, service } = spec.compose!;
  const template = templateOf(project, service, { rotation: spec }, fill, refs);
  const { MaxReplicas: _most, ...placement } = template.Placement as { MaxReplicas?: number };
  return {
    Name: name,
    Labels: labels,
    TaskTemplate: {
      ...template,
      ContainerSpec: {
        ...(template.ContainerSpec as object),
        ...(how.entrypoint ? { Command: how.entrypoint } : {}),
        Args: how.command,
        Healthcheck: { Test: ['NONE'] },
      },
      Placement: placement,
      RestartPolicy: { Condition: 'none' },
      // It answers to none of the names of those that serve.
      Networks: [
        { Target: networkName(app) },
        ...(template.Networks as { Target: string }[]).map(({ Target }) => ({ Target })),
      ],
    },
    Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
  };
}
