import type { Threshold } from '../../thresholds.ts';
import { GaugeLimit, RateLimit } from './gauge.ts';
import type { Limit } from './limit.ts';
import { ShareLimit } from './share.ts';

export type { Limit } from './limit.ts';

/** The limit of a threshold, by what it measures. */
export function createLimit(threshold: Threshold): Limit {
  const { metric, tail } = threshold;
  if (metric === 'error-rate' || metric === 'success-rate' || tail !== undefined) return new ShareLimit(threshold);
  return metric === 'rps' ? new RateLimit(threshold) : new GaugeLimit(threshold);
}
