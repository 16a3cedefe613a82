import type { Event, Severity } from '../events.ts';
import type { Share } from './traffic.ts';

/**
 * How a run ended, by what is known of it: states, weights, the verdict, and how each job ended.
 *
 * - `started`: it goes on, nothing has ended yet
 * - `deployed`: the release serves, and nothing speaks against it
 * - `live-but`: the release serves, and something beside or after it did not end well (`trouble`)
 * - `partly-live`: called good, and some hosts' traffic is still on another release
 * - `waiting`: on its share of the traffic, until it is promoted
 * - `unchanged`: it served already, so nothing was deployed
 * - `failed`, `cancelled`: a deploy; `traffic` tells what became of the release's traffic
 * - `not-deployed`: an earlier job stopped it (`trouble`), so no deploy was tried
 * - `skipped`: nobody tried to deploy
 * - `rolled-back`: by a rollback that was asked for; with a `trouble` where the look at it afterwards was not well
 * - `rollback-failed`, `rollback-cancelled`: such a rollback did not come about
 * - `jobs-done`, `jobs-failed`, `jobs-cancelled`: jobs that neither deploy nor roll back
 * - `alert`, `recovered`: what a watch says · `drill`, `drill-failed`: a rehearsal
 */
export type EndingKind =
  | 'started'
  | 'deployed'
  | 'live-but'
  | 'partly-live'
  | 'waiting'
  | 'unchanged'
  | 'failed'
  | 'cancelled'
  | 'not-deployed'
  | 'skipped'
  | 'rolled-back'
  | 'rollback-failed'
  | 'rollback-cancelled'
  | 'jobs-done'
  | 'jobs-failed'
  | 'jobs-cancelled'
  | 'alert'
  | 'recovered'
  | 'drill'
  | 'drill-failed';

/**
 * What became of the traffic of a release that did not make it: it has some now (`has`), or has some left on
 * part of the hosts after a rollback (`left`); it had some, and
 * another release has it again (`back`); it has none now, and no more is known (`gone`); it never had any (`never`);
 * nothing was touched at all (`untouched`).
 */
export type Traffic = 'has' | 'left' | 'back' | 'gone' | 'never' | 'untouched' | 'unknown';

/** What a job does, told by its name or its outputs. */
export type Role = 'build' | 'deploy' | 'verify' | 'promote' | 'rollback' | 'other';

/** What did not end well. `what` is how the job ended, or the verdict that was against it. */
export interface Trouble {
  role: Role;
  /** The job, where it was one; absent for a verdict. */
  job?: string;
  /** There are several jobs of its role, or it stands for several: only its name tells which. */
  named?: boolean;
  what: 'failure' | 'cancelled' | 'skipped' | 'blocked' | 'fail' | 'inconclusive' | 'error';
}

export interface Ending {
  kind: EndingKind;
  /** The public name that routes, colours and the signed webhook go by. */
  event: Event;
  /** The severity when the caller names none. */
  severity: Severity;
  traffic: Traffic;
  /** Share of the traffic on the release in question, where weights are known. */
  share?: Share;
  trouble?: Trouble;
  /** Customers had a gap, although the release they are on is the one from before. */
  gap?: true;
  /** The release this is about: the new one of a deploy, the one gone back to of a rollback. */
  about?: string;
  /** What served before it; of a rollback, the release that was taken away. */
  before?: string;
}
