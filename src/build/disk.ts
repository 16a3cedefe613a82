import { SeatrialError } from '../lib/errors.ts';

const FULL = /no space left on device|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b|not enough (disk )?space|disk is full/i;
/** Failures that may have a full disk behind them; what a gate or a registry refused has not. */
const MAY_HIDE_IT = ['BUILD_FAILED', 'SCAN_FAILED', 'PUSH_FAILED', 'ENGINE_REFUSED', 'INTERNAL'];

/** A failure because a disk is full, as that; any other as it is. */
export function asDiskFull(error: SeatrialError): SeatrialError {
  const said = [error.message, ...(error.cause instanceof Error ? [error.cause.message] : [])].join('\n');
  if (!MAY_HIDE_IT.includes(error.code) || !FULL.test(said)) return error;
  const line = said.split('\n').find((one) => FULL.test(one)) ?? '';
  return new SeatrialError(
    'DISK_FULL',
    `A disk is full (${line.trim().slice(0, 200)}); free some with docker system prune and docker buildx prune, or give the machine a larger one, then run again.`,
    { cause: error },
  );
}
