import type { ContainerInspectInfo } from 'dockerode';
import type { CallOptions, Engine } from './engine.ts';
import { statusOf } from './status.ts';

/** The name of a listed container, which the engine writes with a slash before it. */
export const nameOf = (info: { Names: string[] }): string => (info.Names[0] ?? '').replace(/^\//, '');

/** What the engine says of a container, by id or name; undefined when it has none such. `what` says in errors what is asked. */
export async function inspectContainer(
  engine: Engine,
  id: string,
  what = 'look at a container',
  options: CallOptions = {},
): Promise<ContainerInspectInfo | undefined> {
  try {
    return await engine.call(what, (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }), options);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** How a container fares. */
export interface Condition {
  running: boolean;
  exitCode: number;
  oomKilled: boolean;
  restarts: number;
  /** The engine's own health check; `none` where there is none. */
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** The last words of that check, on one line; empty where it said nothing. */
  healthSaid: string;
}

/** The end of a text on one line, short enough for a sentence. */
export const lastWords = (text: string): string => text.trim().replace(/\s+/g, ' ').slice(-200);

export function conditionOf({ State, RestartCount }: ContainerInspectInfo): Condition {
  const health = State.Health?.Status;
  return {
    // The engine calls one in its pause between two crashes running as well.
    running: State.Running && !State.Paused && !State.Restarting,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    restarts: RestartCount,
    healthSaid: lastWords(State.Health?.Log?.at(-1)?.Output ?? ''),
    health: health === 'healthy' || health === 'unhealthy' || health === 'starting' ? health : 'none',
  };
}
