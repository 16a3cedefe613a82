/** How long a lease runs without being renewed. */
export const LEASE_MS = 60_000;

export interface Holder {
  /** Who: actor and command. */
  holder: string;
  /** Address of the run, empty outside GitHub. */
  run: string;
}

export interface Lease extends Holder {
  id: string;
  since: string;
  /** Its end on the target's clock, milliseconds since the epoch; undefined when it can't be read now. */
  expiresAt: number | undefined;
  /** The engine's words where it can't be read. */
  unreadable: string;
}

/** `somebody (deploy) (address) since 2026-…`, for messages. */
export const nameHolder = ({ holder, run, since }: Lease) =>
  `${holder}${run ? ` (${run})` : ''} since ${since.slice(0, 19)}Z`;

/** How a lease stands at a moment of the target's clock, in words. */
export function leaseWords({ expiresAt, unreadable }: Lease, nowMs: number): string {
  if (expiresAt === undefined) return `its lease can't be read (${unreadable})`;
  const left = Math.ceil((expiresAt - nowMs) / 1000);
  return left > 0 ? `its lease runs ${left} s more` : `its lease ran out ${-left} s ago`;
}
