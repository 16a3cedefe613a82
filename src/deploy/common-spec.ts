import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SeatrialError } from '../lib/errors.ts';
import { parseLines } from '../lib/units.ts';
import { parseDomain, wordOf } from './front/domains.ts';
import type { Inputs } from './inputs.ts';
import { parseDoors } from './publish.ts';
import type { Spec } from './release/spec.ts';
import { parseWorkers } from './workers.ts';

export function pairs(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Lines, or nothing where there are none: a key that is left out is as in records from before it was known. */
export const some = (lines: string[]): string[] | undefined => (lines.length ? lines : undefined);

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

/** What the inputs say of a release on any kind of target; `root` is the workspace that env-file is read from. */
export function commonSpec(inputs: Inputs, root: string): Spec {
  const { first, path, further } = parseDoors(inputs.publish, inputs['health-path']);
  const workers = parseWorkers(inputs.workers);
  return {
    image: inputs.image ?? '',
    imageId: '',
    strategy: inputs.strategy,
    port: first?.port ?? inputs.port,
    publish: first?.publish,
    domains: inputs.domains.length ? inputs.domains.map((line) => wordOf(parseDomain(line))) : undefined,
    // Left out where there are none, as in the records of releases from before there could be.
    doors: further.length ? further : undefined,
    parts: workers.length ? workers : undefined,
    replicas: inputs.replicas ?? 1,
    env: { ...envFile(inputs['env-file'], root), ...pairs(inputs.env) },
    secrets: Object.keys(pairs(inputs.secrets)),
    memory: inputs.memory,
    cpus: inputs.cpus === undefined ? undefined : Number(inputs.cpus),
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
      path,
      command: inputs['health-command'],
      host: inputs['health-host'],
      headers: inputs['health-headers'].length ? inputs['health-headers'] : undefined,
      status: inputs['health-status'],
      intervalMs: inputs['health-interval'],
      timeoutMs: inputs['health-timeout'],
      after: inputs['healthy-after'],
      startPeriodMs: inputs['start-period'],
      deadlineMs: inputs['deploy-timeout'],
    },
  };
}
