/** By how much failures and latencies came in waves (judge/waves.ts); 1 when not at all. */
export interface WaveFactors {
  errors: number;
  latency: number;
  tail: number;
}

/** Counts and latencies of one endpoint, latencies as [milliseconds, how many]. */
export interface BaselineEndpoint {
  requests: number;
  failed: number;
  latency: [ms: number, count: number][];
  waves: WaveFactors;
}

/** A frequent line: its shape, one of them, how many a second, and for how long none may come, seconds. */
export interface BaselineLine {
  key: string;
  example: string;
  rate: number;
  gap: number;
}

/** A signature of evidence and in how many ten-second bins it was seen. */
export interface KnownSignature {
  key: string;
  /** Level and logger: signatures of different scopes are never one. */
  scope: string;
  level: string;
  words: string[];
  bins: number;
}

/** What is kept of the old version's run for a later comparison; the JSON of `baseline-file`. */
export interface Baseline {
  seatrial: 1;
  /** Captured before a deploy by mode baseline, or stored by a PASS; files of before this was written don't say. */
  from?: 'captured' | 'stored';
  /** Of the masks that made the signatures; another version's can't be compared. */
  mask: number;
  at: string;
  release: string;
  /** Seconds watched. */
  seconds: number;
  /** All endpoints together. */
  waves: WaveFactors;
  endpoints: Record<string, BaselineEndpoint>;
  logs: {
    seconds: number;
    errors: number;
    signatures: KnownSignature[];
    /** Frequent lines that are no errors. */
    lines?: BaselineLine[];
  };
}
