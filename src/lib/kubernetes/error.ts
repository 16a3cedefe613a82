import { SeatrialError } from '../errors.ts';

/** What the API says of a request it refuses, https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status {
  message?: string;
  reason?: string;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** The API's own no; its status tells what kind of one. */
export class ApiRefusal extends SeatrialError {
  readonly status: number;
  readonly reason: string;
  readonly said: Status;

  constructor(label: string, what: string, status: number, said: Status) {
    super('ENGINE_REFUSED', `${label}: ${what}: ${(said.message ?? `status ${status}`).slice(0, 600)}`);
    this.status = status;
    this.reason = said.reason ?? '';
    this.said = said;
  }
}

/** The status of a refusal; undefined for every other error. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof ApiRefusal ? error.status : undefined;

export const isMissing = (error: unknown): boolean => statusOf(error) === 404;
/** Somebody else wrote first, or what was meant is not there any more. */
export const isConflict = (error: unknown): boolean => statusOf(error) === 409;
