import type { TargetKind } from '../lib/deployment.ts';

/** One thing a deploy needs, and how it is. */
export interface Finding {
  what: string;
  well: boolean;
  said: string;
  /** What to do, where it is not well or not known. */
  cure?: string;
  /** It could not be seen: neither good nor in a deploy's way, and `cure` says how to look oneself. */
  unknown?: true;
}

/** Words of the engine's own, for messages: `container` or `pod`, `Docker` or `Kubernetes`. */
export interface Terms {
  kind: TargetKind;
  engine: string;
  instance: string;
}

/** One way in by name, and how it is. */
export interface Way {
  domain: string;
  tls: 'auto' | 'own' | 'off';
  /** Whether who comes by it is led to the app. */
  open: boolean;
  /** Nobody says whether it is: a controller that reports no address looks like one that is not there. */
  unsaid?: true;
  /** When its certificate ends; left out where none serves. */
  ends?: string;
  daysLeft?: number;
  fault?: string;
}

export interface Abilities {
  /** Two releases can run at once. */
  beside: boolean;
  /** Traffic can be shared out between two releases and moved without a gap. */
  share: boolean;
  /** A release can be kept in memory without running. */
  pause: boolean;
  /** Nobody counts what users meet: what carries the traffic is not ours. */
  uncounted?: boolean;
  /** Clients stay on the release that their connection was made to, until it stops. */
  holds?: boolean;
  /** It can publish figures of the traffic by release (`metrics-address`); one that can't refuses that. */
  metrics?: boolean;
  /** A release may have further published ports, and parts beside its main instances. */
  parts?: boolean;
  /** What answers in the app's stead can have pages of one's own. */
  pages?: boolean;
}

/** One running copy of a release: a container, a task, a pod. */
export interface Instance {
  id: string;
  name: string;
  release: string;
  image: string;
  /** `created` (never started), `running`, `paused`, `restarting`, `exited`; any other is shown as it is. */
  state: string;
  /** What it is of a release that has more than its main instances. */
  part?: string;
  /** A worker beside: it takes work by itself and no traffic, and rests while its release is only kept warm. */
  aside?: boolean;
}

/** One look at an instance. */
export interface Look {
  /** Milliseconds since it was started. */
  atMs: number;
  running: boolean;
  /** The engine has no such instance any more. */
  gone?: boolean;
  /** The engine took it away for reasons of its own (its node is emptied), and the one in its place is not there yet. */
  moved?: true;
  exitCode: number;
  oomKilled: boolean;
  /** Times the engine has restarted it. */
  restarts: number;
  /** The engine's own health check. */
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** What that check said last, on one line; not redacted. */
  healthSaid?: string;
  /** Our own probe; undefined when the app has no port. */
  probe: { ok: boolean; said: string } | undefined;
}

/** A release's place in the traffic, as it is written down. */
export interface Place {
  release: string;
  port: number;
  /** 0 to 1. */
  share: number;
}

/** CPU time all instances of a release have used so far, and the CPUs they may use together. */
export interface CpuUse {
  cpuMs: number;
  cpus: number;
  /** Names the very instances and starts it was read of: readings of others can't be held against each other. */
  of: string;
}

export interface Counters {
  ok: number;
  errors5xx: number;
  /** Connections to it that were refused, cut or timed out. */
  failed: number;
  /** 5xx that were given in its stead, for whichever release. */
  made: number;
}

/** Who answers users now, asked at their own door. */
export interface Proof {
  /** Share the release has, 0 to 1. */
  share: number;
  /** Who answered, as the edge calls it. */
  server: string;
  status: number;
  /** It was the release. */
  mine: boolean;
  /** What was seen, in words, where it is not an edge of ours that answers. */
  words?: string;
}

/** Requests of one release in some time, and those of them that failed. */
export interface Counted {
  requests: number;
  errors: number;
}
