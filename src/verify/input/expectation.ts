import { SeatrialError } from '../../lib/errors.ts';
import { pointer } from '../pointer.ts';

/** What an answer must be to count as one. */
export interface Expectation {
  status: (code: number) => boolean;
  /** A text its body holds. */
  body?: string;
  /** Values in its JSON body, by RFC 6901 pointer. */
  json: { pointer: string; value: unknown }[];
}

/** `200`, `200-399`, `200,401 500-599`: a test of a status. Errors: INPUT_INVALID. */
export function parseStatus(text: string): (code: number) => boolean {
  const ranges = text
    .split(/[,\s]+/)
    .filter(Boolean)
    .map((part) => {
      const found = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part);
      const [from, to] = [Number(found?.[1]), Number(found?.[2] ?? found?.[1])];
      if (!found || from > to)
        throw new SeatrialError(
          'INPUT_INVALID',
          `"${part}" is no status; write codes and ranges such as 200 or 200-399.`,
        );
      return [from, to] as const;
    });
  if (ranges.length === 0) throw new SeatrialError('INPUT_INVALID', 'names no status; write e.g. 200-399.');
  return (code) => ranges.some(([from, to]) => code >= from && code <= to);
}

/** `/code = 0`: a pointer and the JSON value there; what is no JSON is taken as a text. Errors: INPUT_INVALID. */
export function parseJsonField(line: string, at: number): { pointer: string; value: unknown } {
  const found = /^(\/\S*)\s*=\s*(.+)$/.exec(line);
  if (!found)
    throw new SeatrialError('INPUT_INVALID', `line ${at}: "${line}" is no pointer and value such as /code = 0.`);
  try {
    return { pointer: found[1]!, value: JSON.parse(found[2]!) };
  } catch {
    return { pointer: found[1]!, value: found[2]!.trim() };
  }
}

/** The inputs that say what an answer must be. */
export interface ExpectInputs {
  'expect-status': string;
  'expect-body'?: string;
  'expect-json': string[];
}

export function expectationOf(inputs: ExpectInputs): Expectation {
  return {
    status: parseStatus(inputs['expect-status']),
    body: inputs['expect-body'],
    json: inputs['expect-json'].map((line, i) => parseJsonField(line, i + 1)),
  };
}

/** Why an answer is not as expected, in a few words that hold nothing of its body; undefined when it is. */
export function amiss(expected: Expectation, status: number, body: string | undefined): string | undefined {
  if (!expected.status(status)) return `HTTP ${status}`;
  if (expected.body !== undefined && !body?.includes(expected.body))
    return `the body lacks "${expected.body.slice(0, 60)}"`;
  if (expected.json.length === 0) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(body ?? '');
  } catch {
    return 'the body is no JSON';
  }
  const wrong = expected.json.find(
    ({ pointer: path, value }) => JSON.stringify(pointer(document, path)) !== JSON.stringify(value),
  );
  if (!wrong) return undefined;
  const found = pointer(document, wrong.pointer);
  // A number or a flag is a code; a text may be anybody's.
  const told =
    typeof found === 'string' ? 'another text' : found === undefined ? 'not there' : JSON.stringify(found).slice(0, 40);
  return `${wrong.pointer} is ${told}`;
}
