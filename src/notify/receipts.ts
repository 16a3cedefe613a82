import type { Outcome, Ref } from './channel.ts';

/** What is known of one target after the run; `ref` and `proved` are not part of the output. */
export interface Receipt {
  target: string;
  channel: string;
  outcome: Outcome;
  code: string;
  reason: string;
  attempts: number;
  ms: number;
  ref?: Ref;
  /** `mode: check` only: the silent probe was answered well. */
  proved?: true;
}

export const wasTold = ({ outcome }: Receipt): boolean => outcome === 'delivered' || outcome === 'accepted';
export const wasFailed = ({ outcome }: Receipt): boolean =>
  outcome === 'throttled' || outcome === 'refused' || outcome === 'unknown';

export const skipped = (target: string, channel: string, code: string, reason: string): Receipt => ({
  target,
  channel,
  outcome: 'skipped',
  code,
  reason,
  attempts: 0,
  ms: 0,
});

/** The output `receipts`: these keys in this order. */
export const publicReceipts = (receipts: readonly Receipt[]): object[] =>
  receipts.map(({ target, channel, outcome, code, reason, attempts, ms }) => ({
    target,
    channel,
    outcome,
    code,
    reason,
    attempts,
    ms,
  }));
