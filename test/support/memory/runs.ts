import { runCommand } from '../../../src/deploy/commands/index.ts';
import { finishCutOff, heldLocks } from '../../../src/deploy/commands/post.ts';
import { type Inputs, schema } from '../../../src/deploy/inputs.ts';
import type { Context, Target } from '../../../src/deploy/target.ts';
import type { Actions } from '../../../src/lib/actions.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { asSeatrialError } from '../../../src/lib/errors.ts';
import { MemoryTarget } from './target.ts';
import { type Fate, Life, type World } from './world.ts';

export interface Told {
  /** `ok`, a code, or `killed`. */
  end: string;
  /** What was said of a failure, where it is told. */
  why?: string;
  outputs: Record<string, unknown>;
  lines: string[];
  warnings: string[];
  /** Calls made, in order. */
  calls: string[];
  /** What it saved for its post step. */
  state: Map<string, string>;
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

const newTold = (): Told => ({ end: 'ok', outputs: {}, lines: [], warnings: [], calls: [], state: new Map() });

/** A runner that writes down what it is told. */
const actionsOf = (told: Told, signal: AbortSignal, env: Actions['env'] = {}): Actions => ({
  signal,
  env: { GITHUB_ACTOR: 'lin', ...env },
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
  saveState: (name, value) => told.state.set(name, value),
  state: (name) => told.state.get(name) ?? '',
});

const parsed = new Map<string, Inputs>();

/** Inputs as the action takes them; the same ones are parsed once. */
function parse(inputs: Record<string, string>): Inputs {
  const given = inputs.command && inputs.command !== 'deploy' ? { app: basis.app, watch: basis.watch } : basis;
  const key = JSON.stringify(Object.entries({ ...given, ...inputs }).filter(([, value]) => value !== ''));
  const known = parsed.get(key) ?? schema.parse(Object.fromEntries(JSON.parse(key)));
  parsed.set(key, known);
  return known;
}

const reached = (targets: (context: Context) => Target[]) => Promise.resolve({ targets, close: async () => undefined });
const ending = (running: Promise<void>) =>
  running.then(
    () => 'ok',
    (error: unknown) => asSeatrialError(error).code,
  );

/** One command of the action over worlds in memory, to its end or its death. */
export async function command(
  worlds: readonly World[],
  inputs: Record<string, string>,
  fate: Fate = {},
  cancel = new AbortController(),
  env: Actions['env'] = {},
): Promise<Told> {
  const life = new Life(fate);
  const told = { ...newTold(), calls: life.names };
  const targets = (context: Context) => worlds.map((world) => new MemoryTarget(world, context, life));
  const actions = actionsOf(told, cancel.signal, env);
  const running = runCommand(actions, parse(inputs), reached(targets), worlds[0]!.clock);
  told.end = await Promise.race([ending(running), life.death]);
  if (told.end === 'ok') for (const world of worlds) world.promised ||= Boolean(world.read()?.current);
  return told;
}

/** The post step of a command that was cut off, with the state its main step left. */
export async function postOf(cut: Told, worlds: readonly World[], inputs: Record<string, string>): Promise<Told> {
  const life = new Life();
  const told = { ...newTold(), calls: life.names, state: cut.state };
  const targets = (context: Context) => worlds.map((world) => new MemoryTarget(world, context, life));
  const actions = actionsOf(told, new AbortController().signal);
  const finishing = finishCutOff(actions, parse(inputs), heldLocks(actions), reached(targets), worlds[0]!.clock);
  told.end = await ending(finishing);
  return told;
}

/** One command of the action over any targets, to its end. */
export async function commandOn(
  targets: (context: Context) => Target[],
  inputs: Record<string, string>,
  clock: Clock,
): Promise<Told> {
  const told = newTold();
  const actions = actionsOf(told, new AbortController().signal);
  const running = runCommand(actions, parse(inputs), reached(targets), clock).catch((error: unknown) => {
    told.why = asSeatrialError(error).message;
    throw error;
  });
  told.end = await ending(running);
  return told;
}
