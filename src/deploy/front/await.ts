import type { Clock } from '../../lib/clock.ts';
import { explained, type Missing, orderFault } from './certificates.ts';

/** A host that needs a certificate, and the file that is its name at HAProxy. */
export interface Wanted {
  domain: string;
  file: string;
}

/** Where certificates are ordered and served: a host's front, or a Swarm's. */
export interface Orders {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds an authority that does not answer has. */
  readonly withinMs: number;
  /** Address of the authority's directory. */
  readonly server: string | undefined;
  say(line: string): void;
  /** Those that no certificate serves for now. */
  open(): Promise<Wanted[]>;
  /** All serve; false where that has to be looked at again. */
  lasts(): Promise<boolean>;
  /** Of the open ones, those that nothing is under way for. */
  idle(open: readonly Wanted[]): Promise<Wanted[]>;
  /** Orders one again. */
  again(file: string): Promise<void>;
  /** What the one that orders has said. */
  log(): Promise<readonly string[]>;
  /** Before the next look. */
  turn(): void;
}

const EVERY_MS = 500;

/**
 * Waits until every host has a certificate that serves. An order that failed is asked for again once; an authority that
 * does not answer has its time. Answers what is missing then, and why.
 */
export async function awaitOrders(orders: Orders): Promise<Missing[]> {
  const { clock } = orders;
  const end = clock.mono() + orders.withinMs;
  const again = new Set<string>();
  let told = false;
  for (;;) {
    const open = await orders.open();
    if (!open.length) {
      if (await orders.lasts()) return [];
      continue;
    }
    if (!told) orders.say(`waiting for the certificate of ${open.map(({ domain }) => domain).join(', ')}`);
    told = true;
    const idle = new Set((await orders.idle(open)).map(({ file }) => file));
    const log = await orders.log();
    const faults = open.map(({ file }) => orderFault(log, file));
    // An order that failed before this run may have done so before the name led here.
    const asked = new Set(again);
    for (const file of idle) {
      if (again.has(file)) continue;
      again.add(file);
      await orders.again(file);
    }
    const over = open.every(({ file }, i) => faults[i]?.over && asked.has(file) && idle.has(file));
    if (over || clock.mono() > end) {
      return open.map(({ domain }, i) => ({
        domain,
        why: explained(faults[i]?.why ?? 'the authority has not answered in time', orders.server),
      }));
    }
    await clock.sleep(EVERY_MS, orders.signal);
    orders.turn();
  }
}
