import type { Code } from './codes.ts';

/**
 * Every failure Seatrial reports is a SeatrialError: a stable `code` (src/lib/codes.ts lists them all), one short
 * sentence that says what happened and what to do next, and the cause for the log.
 */
export class SeatrialError extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SeatrialError';
    this.code = code;
  }
}

/** Any thrown value as a SeatrialError; what we did not foresee is `INTERNAL`, never a silent success. */
export function asSeatrialError(error: unknown): SeatrialError {
  if (error instanceof SeatrialError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SeatrialError(
    'INTERNAL',
    `Unexpected: ${message}. Run again with debug logging and report this with the log.`,
    { cause: error },
  );
}

/** The chain of causes, innermost last, one line each: for the debug log, never for an annotation. */
export function causes(error: unknown): string[] {
  const lines: string[] = [];
  let at: unknown = error instanceof Error ? error.cause : undefined;
  while (at !== undefined && lines.length < 8) {
    lines.push(at instanceof Error ? `${at.name}: ${at.message}` : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return lines;
}
