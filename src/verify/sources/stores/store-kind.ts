import * as z from 'zod';
import type { Http } from '../../../lib/http.ts';
import type { Version } from '../../judge/types.ts';
import type { Speaks } from '../source.ts';

/** What every store of the input `stores` may say; `…-env` names an environment variable that holds a secret. */
export const common = {
  kind: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  /** What selects the lines of each version; $version is its release. */
  new: z.string().optional(),
  old: z.string().optional(),
};

/** One line of a store: when it was written (seconds), and what tells it from others. */
export interface StoredLine {
  id: string;
  t: number;
  line: string;
}

export interface StoreContext {
  http: Http;
  /** Headers of `store-headers` for this kind. */
  headers: Record<string, string>;
  /** The value of an environment variable, masked. Errors: INPUT_INVALID where it is not set. */
  secret(name: string): string;
  signal: AbortSignal;
  now(): Date;
}

/** An open store: lines by time, or counts of failures. */
export interface OpenStore {
  /** Lines of a version from `fromMs` to `untilMs`, in any order; all pages of them. */
  lines?(query: string, fromMs: number, untilMs: number, version: Version): Promise<StoredLine[]>;
  /** Failures of a release from `fromMs` to `untilMs`; where the store knows it, of how many requests. */
  count?(query: string, fromMs: number, untilMs: number): Promise<number | { failures: number; of: number }>;
  /** The store counts by whole steps of so many milliseconds only. */
  stepMs?: number;
}

/** A store as the list names it. */
export interface StoreKind<S extends z.ZodObject = z.ZodObject> {
  name: string;
  schema: S;
  speaks: Pick<Speaks, 'logs'> & { counts?: boolean };
  open(spec: z.output<S>, context: StoreContext): OpenStore;
}

/** Types a store's module, whose parts know its own schema. */
export const defineStore = <S extends z.ZodObject>(kind: StoreKind<S>): StoreKind => kind as unknown as StoreKind;
