import * as z from 'zod';
import type { Spec } from './spec.ts';

export const STATUSES = ['pending', 'good', 'bad', 'rolled-back'] as const;
export type Status = (typeof STATUSES)[number];

/** What an unfinished command was about; found by the next run when this one was killed. */
const journalSchema = z.object({
  command: z.enum(['deploy', 'promote', 'rollback']),
  release: z.string(),
  /** Where traffic belongs when the command did not finish. */
  back: z.string(),
  at: z.string(),
  by: z.string().default(''),
  run: z.string().default(''),
  /** The command had begun to give `release` traffic. */
  traffic: z.boolean().default(false),
});

export type Journal = z.output<typeof journalSchema>;

export interface ReleaseRecord {
  release: string;
  image: string;
  status: Status;
  at: string;
  by: string;
  run: string;
  reason: string;
  commit: string;
  /** The first line of that commit's message, without secrets; empty where nothing at hand knew it. */
  subject?: string;
  spec: Spec;
  /** Milliseconds: until healthy, of the switch, of the whole deploy. */
  timings: Record<string, number>;
  /** When the warm copy may be stopped, by the engine's clock. */
  warmUntil?: string;
}

export interface History {
  format: 1;
  rev: number;
  app: string;
  environment: string;
  current: string;
  /** Newest first. */
  releases: ReleaseRecord[];
  /** What carries the traffic, as the target describes it; only the target reads it. */
  edge?: unknown;
  /** What an unfinished command was about. */
  open?: Journal;
  /** As many instances as `command: scale` has set; a deploy that names no number has as many. */
  replicas?: number;
}

/** The history as it is kept, with the target's own description of a release and of what carries its traffic. */
export const historySchemaOf = <S extends z.ZodType<Spec>, E extends z.ZodType>(spec: S, edge: E) =>
  z.object({
    format: z.literal(1),
    rev: z.number(),
    app: z.string(),
    environment: z.string(),
    current: z.string(),
    releases: z.array(
      z.object({
        release: z.string(),
        image: z.string(),
        status: z.enum(STATUSES),
        at: z.string(),
        by: z.string().default(''),
        run: z.string().default(''),
        reason: z.string().default(''),
        commit: z.string().default(''),
        subject: z.string().optional(),
        spec,
        timings: z.record(z.string(), z.number()).default({}),
        warmUntil: z.string().optional(),
      }),
    ),
    edge: edge.optional(),
    open: journalSchema.optional(),
    replicas: z.number().optional(),
  });

/** A history of a target whose releases and traffic are described by `S` and `E`. */
export type HistoryOf<S extends Spec, E> = Omit<History, 'releases' | 'edge'> & {
  releases: (ReleaseRecord & { spec: S })[];
  edge?: E;
};

export const emptyHistory = (app: string, environment: string): History => ({
  format: 1,
  rev: 0,
  app,
  environment,
  current: '',
  releases: [],
});

export const find = <R extends { release: string }>(history: { releases: R[] }, release: string): R | undefined =>
  history.releases.find((r) => r.release === release);

/** The newest release marked good that isn't `current`: what a rollback without an argument goes to. */
export function lastGood(history: History, current = history.current): ReleaseRecord | undefined {
  return history.releases.find((r) => r.status === 'good' && r.release !== current);
}

/** A release of `promote: manual` that waits at its weight. */
export function waiting(history: History): ReleaseRecord | undefined {
  if (history.open?.command === 'deploy') return undefined;
  return history.releases.find((r) => r.status === 'pending');
}

/** Releases that a command may need again at any moment: what serves, waits, is the last good, or is being worked on. */
export const neededReleases = (history: History): Set<string | undefined> =>
  new Set([
    history.current,
    waiting(history)?.release,
    lastGood(history)?.release,
    history.open?.release,
    history.open?.back,
  ]);

/** The release `to` means: id, commit, digest or tag; where several fit the newest that did not fail. */
export function match(history: History, to: string): ReleaseRecord | undefined {
  const hex = /^[0-9a-f]{7,64}$/.test(to);
  const named = (image: string) => image === to || image.endsWith(`@${to}`) || image.endsWith(`:${to}`);
  const fits = history.releases.filter(
    (r) =>
      named(r.image) ||
      named(r.spec.asked ?? '') ||
      r.spec.imageId === to ||
      (hex && (r.commit.startsWith(to) || r.image.includes(`@sha256:${to}`))),
  );
  return find(history, to) ?? fits.find((r) => r.status !== 'bad') ?? fits[0];
}

/** Changes a copy: a history that was not written down must not look as if it was. */
export function change<H extends History>(history: H, edit: (draft: H) => void): H {
  const draft = structuredClone(history);
  edit(draft);
  return draft;
}

export function mark(history: History, release: string, status: Status): void {
  const record = find(history, release);
  if (record) record.status = status;
}

/** A release that waited with no good one behind it, and has lost its traffic to `release`, waits no longer. */
export function giveWay(history: History, release: string): void {
  for (const other of history.releases) {
    if (other.status === 'pending' && other.release !== release) other.status = 'rolled-back';
  }
}

/** Old entries fall off, but never one that serves, waits, or is the last good. */
export function trim(history: History, keep = 50): void {
  const needed = new Set([history.current, lastGood(history)?.release, waiting(history)?.release]);
  history.releases = history.releases.filter((r, i) => i < keep || needed.has(r.release));
}

/** The public shape of the output `history`. */
export function publicHistory(history: History) {
  return {
    app: history.app,
    environment: history.environment,
    current: history.current,
    releases: history.releases.map(({ release, image, status, at, by, run, reason, commit, subject = '' }) => ({
      release,
      image,
      status,
      at,
      by,
      run,
      reason,
      commit,
      subject,
    })),
  };
}

/** The same with secrets taken out of reasons and subjects: the only words of a user's in it. */
export const scrubWords = (history: ReturnType<typeof publicHistory>, scrub: (text: string) => string) => ({
  ...history,
  releases: history.releases.map((record) => ({
    ...record,
    reason: record.reason && scrub(record.reason),
    subject: record.subject && scrub(record.subject),
  })),
});
