import type { Engine } from '../../lib/docker/engine.ts';
import { exchange } from '../../lib/docker/exec.ts';
import { askDoor, askHttp, askTcp, type Exchange, type Probe, type Question } from '../asking.ts';
import { SERVER_HEADER } from './edge/config.ts';

export type { Probe };

/** Commands in a container on the edge's network. */
const within =
  (engine: Engine, container: string): Exchange =>
  (words, input, options) =>
    exchange(engine, container, words, input, options);

/** Asks one container over HTTP from within the edge's network. */
export const probeHttp = (engine: Engine, from: string, question: Question, signal?: AbortSignal): Promise<Probe> =>
  askHttp(within(engine, from), question, signal);

/** Whether the port takes connections. */
export const probeTcp = (
  engine: Engine,
  from: string,
  at: { ip: string; port: number },
  signal?: AbortSignal,
): Promise<Probe> => askTcp(within(engine, from), at, signal);

/** The server that answers users now: one request through the front door of an edge, ours or at `host`, with what it said of the server. */
export const askFront = (
  engine: Engine,
  edge: string,
  at: { port: number; path: string; host?: string },
  signal?: AbortSignal,
): Promise<{ server: string; status: number }> =>
  askDoor(within(engine, edge), { ...at, ip: at.host ?? '127.0.0.1', serverHeader: SERVER_HEADER }, signal);
