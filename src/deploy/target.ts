import type { Actions } from '../lib/actions.ts';
import type { Clock } from '../lib/clock.ts';
import type { DeployedHost } from '../lib/deployment.ts';
import type { Inputs } from './inputs.ts';
import type { History, ReleaseRecord } from './release/history.ts';
import type { Holder, Lease } from './release/lease.ts';
import type { Description } from './release/plan.ts';
import type { Spec } from './release/spec.ts';
import type {
  Abilities,
  Counted,
  Counters,
  CpuUse,
  Finding,
  Instance,
  Look,
  Place,
  Proof,
  Terms,
  Way,
} from './seen.ts';

export type * from './seen.ts';

/**
 * The port: what the flows ask of a place that releases run on. One Docker host is a target, and so would be a whole
 * Swarm or a namespace of Kubernetes. Flows decide; a target does, and knows its engine. It never decides.
 *
 * Every call may throw a SeatrialError. One that changes something is safe to repeat: a run may be killed after any of
 * them, and the next run begins by reading what is there.
 */
export interface Target {
  /** What messages call it; no credential is in it. */
  readonly label: string;
  /** As named in the input; empty where none is. */
  readonly region: string;
  readonly terms: Terms;
  /** What it can do now. It may change within a run: an edge is made by the first release that needs one. */
  readonly can: Abilities;
  readonly ledger: Ledger;
  readonly images: Images;
  readonly workload: Workload;
  readonly companions: Companions;
  readonly traffic: Traffic;

  /** What is there of all releases, as of the last `refresh`; sorted by name. What is being replaced is left out. */
  readonly instances: readonly Instance[];
  /** Releases that anything is there of, be it stopped or scaled to nothing. */
  readonly releases: readonly string[];
  /** Nothing of this app is there, not even what carries its traffic. */
  readonly empty: boolean;

  refresh(signal?: AbortSignal): Promise<void>;
  /** Refreshes, then looks. Without the lock another run may be at work: then it looks again until things hold still. */
  steadily<T>(look: () => Promise<T>, signal?: AbortSignal): Promise<T>;

  /** The release as the inputs describe it; warns about what is careless. `all` are the targets of the run. */
  specify(root: string, all: readonly Target[]): Promise<Spec>;
  /** A spec in words: what a plan compares, and a reader reads. No value of a variable or secret is among the facts. */
  describe(spec: Spec): Description;
  /** Whether a deploy can work here, as far as it can be known without changing anything. */
  examine(): Promise<Finding[]>;
  /** What can be known to go wrong before anything is touched, e.g. PORT_TAKEN, DISK_FULL, ENVIRONMENT_CLASH. */
  preflight(spec: Spec): Promise<void>;
  /**
   * Brings a release to as many instances as its record says, and no request is lost on the way. `ready` is asked when
   * new ones run; they get traffic once it comes back. NOT_SUPPORTED.
   */
  scale(record: ReleaseRecord, ready: () => Promise<unknown>): Promise<void>;
  /** Makes the front door that several apps share anew as the inputs say; answers in words what users met. NOT_SUPPORTED. */
  upgrade?(): Promise<string>;
  /** Removes what killed runs left and no run has any use for. */
  clearAway(): Promise<void>;
  /** Gives the lock back and ends every session. */
  close(): Promise<void>;
  /** Removes all of the app but its own data, the history last; gives the lock back. */
  dissolve(): Promise<void>;
}

/** What a run keeps on the target: the history, and a lease that lets one run at a time change anything. */
export interface Ledger {
  /** As last loaded or saved. Never changed in place. */
  readonly history: History;
  /** Id of the lease this run holds; undefined without one. */
  readonly lease: string | undefined;
  /** Reads the history; one that is lost is rebuilt from what runs. Answers what was odd about it, in words. */
  load(signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Writes a changed copy of the history, with what the traffic is made from, in one write where the two can be one;
   * memory follows only then. A ledger with compare-and-swap fails with LOCK_LOST where somebody else has written.
   */
  save(edit: (draft: History) => void): Promise<void>;
  /** Takes the lease: LOCK_HELD when it can't be had within `waitMs`. Renewed in the background until `close`. */
  take(request: LeaseRequest): Promise<void>;
  /** Proves that the lease is still ours, and renews it where it is not fresh. LOCK_LOST. */
  guard(): Promise<void>;
  /** Who holds the lease; undefined when nobody does. */
  holder(): Promise<Lease | undefined>;
  /** Takes a lease away by its id. `stuck`: why the engine could not remove it and set it aside. */
  free(id: string): Promise<{ ours: boolean; stuck?: string }>;
  /** The target's clock, milliseconds since the epoch; ours until a lease has told it. */
  now(): number;
  /** The target's clock, asked anew. */
  time(): Promise<number>;
}

export interface LeaseRequest extends Holder {
  waitMs: number;
  onWait(held: Lease): void;
  /** A dead lock could not be removed and was set aside. */
  onStuck(why: string): void;
  /** The lease had been removed by a stranger, and was made again under another id. */
  onRegained(): void;
  /** Told once when the lease is lost. */
  onLost(error: unknown): void;
}

export interface Images {
  /** What `resolve` fetches, in words. */
  words(spec: Spec): string;
  /** The spec with every image by the digest its name means now, and those images there. IMAGE_MISSING, REGISTRY_LOGIN. */
  resolve(spec: Spec): Promise<Spec>;
  /** Brings the images of a resolved spec to this target as well. */
  fetch(spec: Spec): Promise<void>;
  /** Removes what only these releases, whose instances are gone, had needed. */
  discard(gone: readonly string[]): Promise<void>;
}

export interface Workload {
  /** Creates what is missing of a release, stopped where the engine can do that; needs its image. SECRETS_NEEDED. */
  create(record: ReleaseRecord): Promise<void>;
  /** Starts or wakes a release; comes back when all its instances are listed, healthy or not. PORT_TAKEN. */
  start(release: string): Promise<void>;
  /** Stops a release within its own stop-timeout; what is stopped already stays so. */
  stop(release: string): Promise<void>;
  /** Stops those of a release that take work by themselves; what takes traffic goes on. Only where `can.parts`. */
  rest?(release: string): Promise<void>;
  /** Keeps a release in memory without running; only where `can.pause`. */
  pause(release: string): Promise<void>;
  remove(release: string): Promise<void>;
  /** The engine's word and our own probe, at the same time. */
  inspect(instance: Instance, spec: Spec, atMs: number, signal?: AbortSignal): Promise<Look>;
  /** Sees to it that `body` can inspect with a probe wherever the release has a port. */
  withProbe<T>(spec: Spec, body: (inspect: Inspect) => Promise<T>): Promise<T>;
  /** How much CPU a release has used so far; left out by what can't tell. */
  cpu?(release: string, signal?: AbortSignal): Promise<CpuUse>;
  /** The last lines one has written; not redacted. */
  lastLines(instance: Instance): Promise<string[]>;
  /** Whether what is there holds the secrets this run was handed. */
  holdsSecrets(release: string, spec: Spec, signal?: AbortSignal): Promise<boolean>;
  /** Makes, and does not start, one more instance for a single command of the release. */
  oneOff(record: ReleaseRecord, kind: string, command: string): Promise<OneOff>;
}

export type Inspect = Workload['inspect'];

export interface OneOff {
  /** Starts it and tells each line it prints; comes back when it has ended, or when `over` aborts. */
  run(onLine: (line: string) => void, over: AbortSignal): Promise<void>;
  exitCode(signal: AbortSignal): Promise<number>;
  remove(): Promise<void>;
}

/** What a release brings along in place beside its own instances: the other services of a compose file. */
export interface Companions {
  /** The release has some; whether they differ only bringing them up can tell. */
  has(spec: Spec): boolean;
  /** Brings them to what a release says, and gates what was touched. */
  apply(spec: Spec): Promise<void>;
  /** Once the release itself is healthy, and has no traffic yet: that none of those touched has crashed since its gate. */
  stillWell?(spec: Spec): Promise<void>;
  /** Brings those that lean on a release, once it has all the traffic, to that release, and gates what was touched. */
  follow?(record: ReleaseRecord): Promise<void>;
  /** Brings back those that `from` had changed, and what leans on a release to `release`, whose spec `to` is. */
  restore(from: Spec | undefined, to: Spec, release: string): Promise<void>;
}

/** Where users come in. What does not share traffic out has no places, and what runs has it all. */
export interface Traffic {
  readonly places: readonly Place[];
  /** What carries the traffic is there and runs: what it says can be believed. */
  readonly up: boolean;
  /** The release that has to leave its place when this one gets one. SLOT_BUSY when none can. */
  displaced(release: string): string | undefined;
  /** Opens ahead of need what the next shift would wait for. A failure is told by whoever needs it. */
  open(): Promise<void>;
  /** The spec with what stays as it is unless the inputs ask for another: TLS stays on. */
  complete(spec: Spec): Spec;
  /** Makes what carries the traffic of a release; `reshape` brings the release's own options, else they stay. */
  prepare(spec: Spec, reshape?: boolean): Promise<void>;
  /** From its return every new request is answered 503, or again by the app; over later deploys, until it is off. NOT_SUPPORTED. */
  maintain(on: boolean): Promise<void>;
  /** Starts what carries the traffic where it is down. */
  revive(spec: Spec): Promise<void>;
  /** Removes what carries the traffic: nothing serves, so nothing shall listen. */
  tearDown(): Promise<void>;
  /** Share by release, as it is and not as it is written. */
  shares(): Promise<Map<string, number>>;
  /** Gives a release a place with no traffic, and writes it down with what `edit` says. */
  seat(release: string, port: number, edit: (draft: History) => void): Promise<void>;
  /** Takes a release out; with no other that has traffic, users get 503. Nothing happens where it has no place. */
  unseat(release: string): Promise<void>;
  /**
   * Moves traffic first, so that somebody has it at every moment, and then writes it down with what `edit` says, in one
   * write. Answers the milliseconds that moving took.
   */
  shift(release: string, share: number, edit: (draft: History) => void): Promise<number>;
  /**
   * Requests that `canary-match` names go to this release, whatever its share, until some release is given all traffic or
   * this one leaves its place; they are answered by what serves where it can't be reached. Nothing happens where none
   * are named. A target that can't do it leaves it out, and a deploy that asks for it is NOT_SUPPORTED.
   */
  lead?(release: string): Promise<void>;
  /** Requests now on a release. */
  busy(release: string): Promise<number>;
  /** Milliseconds since it lost its traffic, where nobody counts requests: then a release drains by time. Left out by who counts. */
  idleMs?(release: string): number;
  /** What was counted of a release so far; all zero without a place. */
  counters(release: string): Promise<Counters>;
  /**
   * What users met of a release in the last `ms` milliseconds, before anybody counted for us; undefined where it can't be
   * read. A target that writes nothing down leaves it out.
   */
  lately?(release: string, ms: number): Promise<Counted | undefined>;
  /** Asks who answers users now; undefined where nobody can be asked. */
  prove(record: ReleaseRecord, signal?: AbortSignal): Promise<Proof | undefined>;
  /** Places that do not lead to their release, which a kill in `seat` leaves. `whole`: enough of it is there to lead to. */
  misdirected(): Promise<{ place: Place; whole: boolean }[]>;
  /** Edits a draft: writes down the shares as they are. */
  writeShares(draft: History, shares: ReadonlyMap<string, number>): void;
  /** Edits a draft: the release has no place any more. */
  removePlace(draft: History, release: string): void;
  /**
   * What `prepare` has changed of the ways users come in by name is left as it is (`kept`) or put back as it was; `first`:
   * nothing serves yet, and a name without a certificate is CERTIFICATE_MISSING.
   */
  settle?(kept: boolean, first: boolean): Promise<void>;
  /** The ways in by name, as they are now. */
  ways?(): Promise<Way[]>;
  /** What carries it, in words, where that is not an edge of ours. */
  readonly by?: string;
  /** Where users find the app; undefined where it is not known. */
  readonly url?: string;
  /** As `deployment` tells it. */
  readonly edge: DeployedHost['edge'];
}

/** What a target may ask of the run it works for. */
export interface Context {
  actions: Actions;
  inputs: Inputs;
  clock: Clock;
  /** Values of secrets by name: those of the inputs, and what a target takes from the environment. */
  secrets: Map<string, string>;
  /** Aborts on a cancel and when a lock was lost. */
  signal: AbortSignal;
  /** A line of progress with the time since the start. */
  say(line: string): void;
}
