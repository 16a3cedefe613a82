import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { SeatrialError } from '../../lib/errors.ts';
import { parseLines, parseSize } from '../../lib/units.ts';
import { composeSchema } from '../docker/compose/project.ts';
import { edgeOptions, edgeOptionsSchema } from '../docker/edge/options.ts';
import type { Inputs } from '../inputs.ts';

const healthSchema = z.object({
  path: z.string().optional(),
  command: z.string().optional(),
  intervalMs: z.number(),
  timeoutMs: z.number(),
  after: z.number(),
  startPeriodMs: z.number(),
  deadlineMs: z.number(),
});

/** Everything a container of the release is made from, without the values of secrets; kept in history and labels. */
export const specSchema = z.object({
  /** As asked for; `repo@sha256:…` once it was resolved. */
  image: z.string(),
  /** The engine's own id of the image, `sha256:…`: what the containers are made from. */
  imageId: z.string().default(''),
  /** The name it was asked for by, with its tag: `to` finds it by that. */
  asked: z.string().optional(),
  strategy: z.enum(['recreate', 'blue-green', 'canary']),
  edge: z.enum(['haproxy', 'none']),
  /** What the edge, or a prober where there is none, was made from: a rollback needs it again. */
  edgeImage: z.string().optional(),
  port: z.number().optional(),
  publish: z.string().optional(),
  sticky: z.boolean().default(false),
  edgeOptions: edgeOptionsSchema.optional(),
  replicas: z.number(),
  env: z.record(z.string(), z.string()),
  /** Names only. */
  secrets: z.array(z.string()),
  volumes: z.array(z.string()),
  networks: z.array(z.string()),
  memory: z.number().optional(),
  cpus: z.number().optional(),
  pids: z.number().optional(),
  restart: z.enum(['no', 'on-failure', 'always', 'unless-stopped']),
  logMaxSize: z.string(),
  logMaxFile: z.number(),
  stopSignal: z.string().optional(),
  stopTimeoutMs: z.number(),
  readOnly: z.boolean(),
  user: z.string().optional(),
  capAdd: z.array(z.string()),
  capDrop: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  entrypoint: z.array(z.string()),
  args: z.array(z.string()),
  health: healthSchema,
  /** A release of a compose file: what is above then tells of its service with the traffic. */
  compose: composeSchema.optional(),
});

export type Spec = z.output<typeof specSchema>;

function pairs(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Secret values by name: for files in the containers, never for a record. */
export function secretValues(inputs: Inputs): Map<string, string> {
  return new Map(Object.entries(pairs(inputs.secrets)));
}

/** The lines of `env-file`; comments and blank lines fall away. */
function envFile(path: string | undefined, root: string): Record<string, string> {
  if (!path) return {};
  let text: string;
  try {
    text = readFileSync(resolve(root, path), 'utf8');
  } catch (cause) {
    throw new SeatrialError('INPUT_INVALID', `env-file: "${path}" can't be read; is the repository checked out?`, {
      cause,
    });
  }
  const lines = parseLines(text).filter((line) => !line.startsWith('#'));
  const wrong = lines.findIndex((line) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(line));
  if (wrong >= 0)
    throw new SeatrialError('INPUT_INVALID', `env-file: line ${wrong + 1} that counts is not NAME=value.`);
  return pairs(lines);
}

/** The release as the inputs describe it; `root` is the workspace that env-file is read from. */
export function specFrom(inputs: Inputs, root: string): Spec {
  parseSize(inputs['log-max-size']);
  return {
    image: inputs.image ?? '',
    imageId: '',
    strategy: inputs.strategy,
    edge: inputs.publish ? inputs.edge : 'none',
    edgeImage: inputs['edge-image'],
    port: inputs.port,
    publish: inputs.publish,
    sticky: inputs.sticky,
    edgeOptions: edgeOptions(inputs),
    replicas: inputs.replicas,
    env: { ...envFile(inputs['env-file'], root), ...pairs(inputs.env) },
    secrets: [...secretValues(inputs).keys()],
    volumes: inputs.volumes,
    networks: inputs.networks,
    memory: inputs.memory,
    cpus: inputs.cpus === undefined ? undefined : Number(inputs.cpus),
    pids: inputs.pids,
    restart: inputs.restart,
    logMaxSize: inputs['log-max-size'],
    logMaxFile: inputs['log-max-file'],
    stopSignal: inputs['stop-signal'],
    stopTimeoutMs: inputs['stop-timeout'],
    readOnly: inputs['read-only'],
    user: inputs.user,
    capAdd: inputs['cap-add'],
    capDrop: inputs['cap-drop'],
    labels: pairs(inputs.labels),
    entrypoint: inputs.entrypoint,
    args: inputs.args,
    health: {
      path: inputs['health-path'],
      command: inputs['health-command'],
      intervalMs: inputs['health-interval'],
      timeoutMs: inputs['health-timeout'],
      after: inputs['healthy-after'],
      startPeriodMs: inputs['start-period'],
      deadlineMs: inputs['deploy-timeout'],
    },
  };
}

/** What a careful reader of the spec would say. */
export function specWarnings(spec: Spec, secrets: ReadonlyMap<string, string> = new Map()): string[] {
  const found: string[] = [];
  if (spec.memory === undefined) {
    found.push('No memory limit: one leak takes the whole host down. Give memory, e.g. 512m.');
  }
  // A short value is in many a text by chance.
  const known = [...secrets.values()].filter((value) => value.length >= 6);
  const suspicious = Object.entries(spec.env).flatMap(([name, value]) =>
    /PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|API_?KEY/i.test(name) || known.some((secret) => value.includes(secret))
      ? [name]
      : [],
  );
  if (suspicious.length) {
    found.push(`env holds what looks like a secret (${suspicious.join(', ')}): docker inspect shows it. Use secrets.`);
  }
  if (!spec.health.path && spec.port) {
    found.push('No health-path: the gate only sees that the port takes connections. Give one, e.g. /healthz.');
  }
  return found;
}
