import type { Actions } from '../../lib/actions.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { contextOf } from '../../lib/context.ts';
import { Engine } from '../../lib/docker/engine.ts';
import { bareEnv } from '../../lib/process.ts';
import { formatDuration } from '../../lib/units.ts';
import { Host } from '../docker/host.ts';
import type { Link } from '../docker/links.ts';
import { steadily } from '../docker/steady.ts';
import { GitHubRecord } from '../github/record.ts';
import type { Inputs } from '../inputs.ts';
import { secretValues } from '../release/spec.ts';

/** Who runs this, and where it can be read. */
export interface Who {
  by: string;
  run: string;
  commit: string;
}

/** Everything a command works with. */
export interface Run {
  actions: Actions;
  inputs: Inputs;
  clock: Clock;
  who: Who;
  hosts: Host[];
  /** Values of secrets by name: those of the inputs, and what a compose file takes from the environment. */
  secrets: Map<string, string>;
  started: number;
  /** Aborts on a cancel and when a lock was lost. */
  signal: AbortSignal;
  abort(reason: unknown): void;
  /** A line of progress with the time since the start. */
  say(line: string): void;
  closers: (() => Promise<void>)[];
  /** Records at GitHub, where they are asked for. */
  github: GitHubRecord | undefined;
}

export function whoRuns(env: Readonly<Record<string, string | undefined>>): Who {
  const { actor, run, sha } = contextOf(env);
  return { by: actor || env.USER || 'unknown', run: run ?? '', commit: sha ?? '' };
}

/** A run over the hosts that `opening` leads to. */
export async function openRun(
  actions: Actions,
  inputs: Inputs,
  opening: Promise<Link[]>,
  clock: Clock = systemClock,
): Promise<Run> {
  const started = clock.mono();
  const lost = new AbortController();
  const links = await opening;
  const hosts = links.map(({ address, dockerHost, env, region }) => {
    const { DOCKER_CONTEXT: _context, ...bare } = bareEnv(actions.env);
    const cli = { ...bare, DOCKER_HOST: dockerHost, ...env };
    return new Host(new Engine(address), inputs.app, inputs.environment, clock, cli, region);
  });
  const who = whoRuns(actions.env);
  return {
    actions,
    inputs,
    clock,
    who,
    hosts,
    secrets: secretValues(inputs),
    started,
    signal: AbortSignal.any([actions.signal, lost.signal]),
    abort: (reason) => lost.abort(reason),
    say: (line) => actions.info(`${formatDuration(clock.mono() - started).padStart(7)}  ${line}`),
    closers: links.map((link) => link.close),
    github: inputs['github-deployment'] ? new GitHubRecord(actions, inputs, who) : undefined,
  };
}

/** Reads what is there on every host: containers, edge, history. Nothing is changed. */
export async function lookAround(run: Run): Promise<void> {
  await Promise.all(run.hosts.map((host) => steadily(host, () => host.load(run.signal), run.signal)));
}

/** Takes the lock of every host, in sorted order so that two runs never wait for each other; then looks again. */
export async function lockAll(run: Run): Promise<void> {
  const { inputs, who, clock, signal } = run;
  const sorted = [...run.hosts].sort((x, y) => (x.label < y.label ? -1 : 1));
  for (const host of sorted) {
    await host.takeLock({
      app: inputs.app,
      environment: inputs.environment,
      holder: `${who.by} (${inputs.command})`,
      run: who.run,
      waitMs: inputs['lock-wait'],
      clock,
      signal,
      onWait: (held) => run.say(`waiting for the lock of ${inputs.app}: ${held.holder} has it`),
      onStuck: (why) =>
        run.actions.warning(
          `${host.label}: a lock that is dead was set aside, as the engine fails to remove it: ${why}`,
        ),
    });
    host.lock?.heartbeat((error) => run.abort(error));
    saveLocks(run);
  }
}

/** What the post step needs to finish what a cancel cuts off. */
function saveLocks(run: Run): void {
  const held = run.hosts.filter((host) => host.lock).map((host) => ({ host: host.label, id: host.lock!.id }));
  run.actions.saveState('locks', JSON.stringify(held));
}

/** Gives the locks back and closes every link. */
export async function closeRun(run: Run): Promise<void> {
  const locked = run.hosts.some((host) => host.lock);
  await Promise.all(run.hosts.map((host) => host.close()));
  if (locked) run.actions.saveState('locks', '[]');
  await Promise.all(run.closers.map((close) => close()));
}
