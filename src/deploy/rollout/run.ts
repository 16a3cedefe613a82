import type { SeatrialError } from '../../lib/errors.ts';
import type { Who } from '../release/who.ts';
import type { Context, Counted, Counters, Target } from '../target.ts';
import type { Outcome } from './outcome.ts';

/** Records of deployments kept somewhere else. Nothing it does ever fails a command. */
export interface DeploymentRecords {
  /** Beside what else goes on; `end` waits for it. */
  begin(release: string, commit: string, task: 'deploy' | 'rollback'): void;
  /** `commit` is the one of the release the command was about. */
  end(out: Outcome, commit: string, failed: SeatrialError | undefined): Promise<void>;
  /** From the post step: a run that was killed can't have said how its deployment ended. */
  cutOff(): Promise<void>;
}

/** Counters as they stood before a release got traffic and when they were last read; times in milliseconds, monotonic. */
export interface Met {
  first: Counters;
  last: Counters;
  since: number;
  until: number;
}

/** What users met of the release that serves in the minute before `at`; monotonic milliseconds. */
export interface Minute {
  at: number;
  met: Counted | undefined;
}

/** What a run knows of a target beyond what the target itself can tell. */
export interface Memo {
  /** Releases that had the traffic and did not run, until this run started them again. */
  woken: Set<string>;
  /** Releases this run has given a place and no traffic yet; the journal, which a kill leaves, has to say otherwise. */
  atZero: Set<string>;
  minute?: Minute;
  /** What was counted of the release of this command since it first got traffic. */
  met?: Met;
  /** Milliseconds in which no release could answer users, and since when none can. */
  gap?: { ms: number; since?: number };
}

/** Everything a command works with. */
export interface Run extends Context {
  who: Who;
  targets: Target[];
  memo(target: Target): Memo;
  started: number;
  abort(reason: unknown): void;
  /** Closes the ways to the targets. */
  disconnect(): Promise<void>;
  /** Where records are asked for. */
  records: DeploymentRecords | undefined;
}

/** Reads what is there on every target, and the history. Nothing is changed. Answers what was odd about each history. */
export async function readAll(run: Run): Promise<(string | undefined)[]> {
  const { signal } = run;
  return Promise.all(run.targets.map((target) => target.steadily(() => target.ledger.load(signal), signal)));
}

/** Takes the lock of every target, in sorted order so that two runs never wait for each other. */
export async function lockAll(run: Run): Promise<void> {
  const { inputs, who } = run;
  const sorted = [...run.targets].sort((x, y) => (x.label < y.label ? -1 : 1));
  for (const target of sorted) {
    await target.ledger.take({
      holder: `${who.by} (${inputs.command})`,
      run: who.run,
      waitMs: inputs['lock-wait'],
      onWait: (held) => run.say(`waiting for the lock of ${inputs.app}: ${held.holder} has it`),
      onStuck: (why) =>
        run.actions.warning(
          `${target.label}: a lock that is dead was set aside, as the engine fails to remove it: ${why}`,
        ),
      onRegained: () => {
        run.say(`${target.label}: somebody had removed the lock; it was made again, and nobody had come between`);
        saveLocks(run);
      },
      onLost: (error) => run.abort(error),
    });
    saveLocks(run);
  }
}

/** What the post step needs to finish what a cancel cuts off. */
function saveLocks(run: Run): void {
  const held = run.targets.flatMap(({ label, ledger }) => (ledger.lease ? [{ host: label, id: ledger.lease }] : []));
  run.actions.saveState('locks', JSON.stringify(held));
}

/** Gives the locks back. */
export async function unlockAll(run: Run): Promise<void> {
  const locked = run.targets.some(({ ledger }) => ledger.lease);
  await Promise.all(run.targets.map((target) => target.close()));
  if (locked) run.actions.saveState('locks', '[]');
}
