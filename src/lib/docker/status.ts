import { SeatrialError } from '../errors.ts';

/** The status code of an engine's refusal, 0 when it wasn't one. Apart from the engine, whose client is 200 kB to load. */
export function statusOf(error: unknown): number {
  const cause = error instanceof SeatrialError ? error.cause : error;
  return Number((cause as { statusCode?: number } | undefined)?.statusCode ?? 0);
}
