/** What is kept of the old version's run for a later comparison; the JSON of `baseline-file`. */
export interface Baseline {
  seatrial: 1;
  /** Of the masks that made the signatures; another version's can't be compared. */
  mask: number;
  at: string;
  release: string;
  /** Seconds watched. */
  seconds: number;
  /** Per endpoint: requests, failed ones, and latencies as [milliseconds, how many]. */
  endpoints: Record<string, { requests: number; failed: number; latency: [ms: number, count: number][] }>;
  logs: {
    seconds: number;
    errors: number;
    signatures: { key: string; level: string; words: string[]; bins: number }[];
  };
}
