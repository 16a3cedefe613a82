/** What real runs handed to action-notify, written by record.ts and drawn by script/gallery. */
export interface Run {
  /** When it was told, milliseconds since the epoch. */
  at: number;
  /** Commit the run was of. */
  sha: string;
  /** Inputs of action-notify; each is what a bundle set, or what a workflow of ours says beside it. */
  inputs: Record<string, string>;
}

export interface Runs {
  /** Subject of each commit. */
  commits: Record<string, string>;
  /** In the order of a release's life. */
  situations: Record<string, Run>;
}

export const RUNS = 'docs/gallery/runs.json';
