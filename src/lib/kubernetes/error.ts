import { SeatrialError } from '../errors.ts';

/** What the API says of a request it refuses, https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status {
  message?: string;
  reason?: string;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** What a quota leaves too little of, in the API's words: `pods`, `requests.cpu`; empty where none was exceeded. Pure. */
export function quotaShort(message: string): string[] {
  const asked = /exceeded quota: [^,]+, requested: (.+?), used:/.exec(message)?.[1];
  return asked ? asked.split(',').map((pair) => pair.split('=')[0]!.trim()) : [];
}

/** What a refusal is called and what to do; NO_CAPACITY for one of a quota, be it of objects or of pods. */
function wordsOf(status: number, message: string): { code: 'ENGINE_REFUSED' | 'NO_CAPACITY'; words: string } {
  const said = message.slice(0, 600);
  const short = status === 403 ? quotaShort(message) : [];
  if (!short.length) return { code: 'ENGINE_REFUSED', words: said };
  const cure = 'raise it, ask for less, or keep fewer releases';
  return { code: 'NO_CAPACITY', words: `a quota leaves too little ${short.join(' and ')}; ${cure} (${said})` };
}

/** The API's own no; its status tells what kind of one. */
export class ApiRefusal extends SeatrialError {
  readonly status: number;
  readonly reason: string;
  readonly said: Status;

  constructor(label: string, what: string, status: number, said: Status) {
    const { code, words } = wordsOf(status, said.message ?? `status ${status}`);
    super(code, `${label}: ${what}: ${words}`);
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
