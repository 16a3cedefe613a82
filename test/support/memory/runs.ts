import { runCommand } from '../../../src/deploy/commands/index.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import type { Context, Target } from '../../../src/deploy/target.ts';
import type { Actions } from '../../../src/lib/actions.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { asSeatrialError } from '../../../src/lib/errors.ts';
import { MemoryTarget } from './target.ts';
import { type Fate, Life, type World } from './world.ts';

export interface Told {
  /** `ok`, a code, or `killed`. */
  end: string;
  outputs: Record<string, unknown>;
  lines: string[];
  warnings: string[];
  /** Calls made, in order. */
  calls: string[];
}

const basis = {
  app: 'shop',
  port: '80',
  publish: '8080',
  'health-path': '/',
  'health-interval': '100ms',
  'healthy-after': '2',
  'deploy-timeout': '2s',
  watch: '300ms',
  'keep-warm': '10m',
};

/** One command of the action over worlds in memory, to its end or its death. */
export async function command(
  worlds: readonly World[],
  inputs: Record<string, string>,
  fate: Fate = {},
  cancel = new AbortController(),
): Promise<Told> {
  const life = new Life(fate);
  const targets = (context: Context) => worlds.map((world) => new MemoryTarget(world, context, life));
  const running = commandOn(targets, inputs, worlds[0]!.clock, cancel.signal);
  const killed: Told = { end: 'killed', outputs: {}, lines: [], warnings: [], calls: [] };
  const told = { ...(await Promise.race([running, life.death.then(() => killed)])), calls: life.names };
  if (told.end === 'ok') for (const world of worlds) world.promised ||= Boolean(world.read()?.current);
  return told;
}

/** One command of the action over any targets, to its end. */
export async function commandOn(
  targets: (context: Context) => Target[],
  inputs: Record<string, string>,
  clock: Clock,
  signal: AbortSignal = new AbortController().signal,
): Promise<Told> {
  const told: Told = { end: 'ok', outputs: {}, lines: [], warnings: [], calls: [] };
  const state = new Map<string, string>();
  const actions: Actions = {
    signal,
    env: { GITHUB_ACTOR: 'lin' },
    info: (line) => told.lines.push(line),
    debug: () => undefined,
    notice: () => undefined,
    warning: (line) => told.warnings.push(line),
    error: () => undefined,
    group: (_, body) => body(),
    mask: () => undefined,
    scrub: (text) => text,
    output: (name, value) => {
      told.outputs[name] = value;
    },
    summary: () => undefined,
    saveState: (name, value) => state.set(name, value),
    state: (name) => state.get(name) ?? '',
  };
  const given = inputs.command && inputs.command !== 'deploy' ? { app: basis.app, watch: basis.watch } : basis;
  const filled = Object.entries({ ...given, ...inputs }).filter(([, value]) => value !== '');
  const parsed = schema.parse(Object.fromEntries(filled));
  const reached = { targets, close: async () => undefined };
  told.end = await runCommand(actions, parsed, Promise.resolve(reached), clock).then(
    () => 'ok',
    (error: unknown) => asSeatrialError(error).code,
  );
  return told;
}
