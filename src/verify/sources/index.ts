import { containerLogs } from './container-logs.ts';
import { edge } from './edge.ts';
import { json } from './json.ts';
import { loki } from './loki.ts';
import { probes } from './probes.ts';
import { prometheus } from './prometheus.ts';
import type { SourceKind } from './source.ts';
import { stores } from './stores.ts';
import { users } from './users.ts';
import { vitals } from './vitals.ts';

/** Every source, in the order in which they are first read: probes go where the edge says. */
export const SOURCES: readonly SourceKind[] = [
  vitals,
  edge,
  users,
  containerLogs,
  prometheus,
  loki,
  json,
  stores,
  probes,
];
