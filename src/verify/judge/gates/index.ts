import type { GateKind } from '../gate.ts';
import { errors } from './errors.ts';
import { facts } from './facts.ts';
import { latency } from './latency.ts';
import { lines } from './lines.ts';
import { logRate } from './log-rate.ts';
import { memory } from './memory.ts';
import { queries } from './queries.ts';
import { signatures } from './signatures.ts';
import { silence } from './silence.ts';
import { thresholds } from './thresholds.ts';

/** Every gate. Hard facts speak first, then limits, then what is compared; the table has this order too. */
export const GATES: readonly GateKind[] = [
  facts,
  errors,
  latency,
  silence,
  signatures,
  logRate,
  lines,
  memory,
  queries,
  thresholds,
];
