import type { JudgeEvent } from '../judge/types.ts';
import type { Watched } from './containers.ts';
import type { Edge } from './edge.ts';

/** Vital signs of what is no container on an engine. */
export interface LiveVitals {
  /** Reads once: facts and gauges. */
  read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void>;
  /** Rows for the summary: name, old, new. */
  rows(): [name: string, old: string, now: string][];
  /** What can't be looked at, after the first reading. */
  skipped(): string[];
}

/** What runs where, by what the deployment says of its target: containers to watch, edges that bring the users. */
export interface Site {
  containers: Watched[];
  edges: Edge[];
  /** Sentences on what of it can't be looked at. */
  missing: string[];
  /** Of a Swarm: the node whose engine was reached. */
  node: string;
  vitals?: LiveVitals;
  /** Hands over each container that comes later, in the place of another. */
  onNew?(follow: (one: Watched) => void): void;
  close(): Promise<void>;
}
