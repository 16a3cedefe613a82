import { SeatrialError } from '../../lib/errors.ts';

/** What answers well where nobody says otherwise. */
export const USUAL_STATUS = '200-399';

/** `200, 204, 300-399`, or one a line, as ranges of status codes. INPUT_INVALID where it is not that. */
export function parseStatuses(text: string): [from: number, to: number][] {
  return text
    .split(/[,\s]+/)
    .filter(Boolean)
    .map((part) => {
      const found = /^(\d{3})(?:-(\d{3}))?$/.exec(part);
      const [from, to] = [Number(found?.[1]), Number(found?.[2] ?? found?.[1])];
      if (found && from >= 100 && to <= 599 && from <= to) return [from, to];
      throw new SeatrialError('INPUT_INVALID', `"${part}" is no status code or range; write 200-299 or 200,204.`);
    });
}

export const answersWell = (status: number, wanted = USUAL_STATUS): boolean =>
  parseStatuses(wanted).some(([from, to]) => status >= from && status <= to);
