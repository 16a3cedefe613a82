import type { Role } from './ending.ts';

export interface JobFact {
  name: string;
  result: string;
  outputs?: Readonly<Record<string, unknown>>;
}

/** Words of a job's name that tell what it does; the first line that fits counts. `deploy-check` verifies. */
const WORDS: [Role, readonly string[]][] = [
  ['rollback', ['rollback', 'revert', 'undo']],
  ['promote', ['promote', 'promotion']],
  ['verify', ['verify', 'verification', 'smoke', 'check', 'checks', 'judge', 'watch', 'acceptance']],
  ['deploy', ['deploy', 'deployment', 'release', 'ship', 'rollout', 'canary']],
  ['build', ['build', 'scan', 'image', 'docker', 'package', 'compile', 'lint', 'test', 'tests', 'trivy']],
];

const wordsIn = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/roll[^a-z]back/g, 'rollback')
    .split(/[^a-z0-9]+/);

/** Beside `release` these make it what is published of one, not where it runs: `release-notes`, `github-release`. */
const PUBLISHED = new Set(
  'notes note changelog drafter draft please tag github gitlab gitee npm docs assets publish announce'.split(' '),
);

/** Jobs that look after what serves and put nothing in its place: they hand on its deployment all the same. */
const UPKEEP = ['scale', 'autoscale', 'scaling', 'maintenance', 'prune', 'unlock', 'status', 'plan', 'doctor'];
export const isUpkeep = ({ name }: Pick<JobFact, 'name'>): boolean => {
  const words = wordsIn(name);
  return (
    words.some((word) => UPKEEP.includes(word)) && !WORDS.some(([, known]) => words.some((w) => known.includes(w)))
  );
};

/** The role a job plays. Where its name is silent, the outputs that it hands on tell. */
export function roleOf({ name, outputs }: JobFact): Role {
  const all = wordsIn(name);
  const words = all.some((word) => PUBLISHED.has(word)) ? all.filter((word) => word !== 'release') : all;
  const found = WORDS.find(([, known]) => words.some((word) => known.includes(word)));
  if (found) return found[0];
  if (UPKEEP.some((word) => words.includes(word))) return 'other';
  if (textOf(outputs?.state) || textOf(outputs?.deployment)) return 'deploy';
  if (textOf(outputs?.blocked)) return 'build';
  return 'other';
}

/** Among the jobs before a deploy, those that make the image; the others are told by their names. */
export const makesImage = (name: string | undefined): boolean => /build|image|docker|compile|package/i.test(name ?? '');

/** An output as text; undefined when it is empty or not there. */
export const textOf = (value: unknown): string | undefined =>
  value === undefined || value === null || value === '' ? undefined : String(value);

/** All jobs of one role, by how they ended. */
export interface Tally {
  all: JobFact[];
  /** Those that were not skipped. */
  ran: JobFact[];
  failed?: JobFact;
  cancelled?: JobFact;
  /** At least one ran, and every one that ran succeeded. */
  succeeded: boolean;
}

export function tally(jobs: readonly JobFact[], role: Role): Tally {
  const all = jobs.filter((job) => roleOf(job) === role);
  const ran = all.filter(({ result }) => result !== 'skipped');
  return {
    all,
    ran,
    failed: ran.find(({ result }) => result === 'failure'),
    cancelled: ran.find(({ result }) => result === 'cancelled'),
    succeeded: ran.length > 0 && ran.every(({ result }) => result === 'success'),
  };
}

/** The first value of an output among the jobs of a tally. */
export function outputOf({ all }: Tally, name: string): string | undefined {
  for (const { outputs } of all) {
    const value = textOf(outputs?.[name]);
    if (value !== undefined) return value;
  }
  return undefined;
}
