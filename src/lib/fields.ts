import * as z from 'zod';
import { SeatrialError } from './errors.ts';
import { parsePairs } from './pairs.ts';
import { parseDuration, parseLines, parseShare, parseSize } from './units.ts';

/** What action.yml, the manual's table and the JSON Schema say of one input. */
export interface FieldMeta {
  description: string;
  kind: 'text' | 'lines' | 'duration' | 'size' | 'share' | 'choice' | 'boolean' | 'integer' | 'json';
  default?: string;
  required?: boolean;
  secret?: boolean;
  /** A text that is long and holds a secret: what of it is to be hidden. Hidden whole where that is left out. */
  hides?: 'credentials';
  values?: readonly string[];
  /** YAML by itself: in seatrial.yml it may stand without being a text. */
  yaml?: boolean;
  /** A default only the runner can fill in, e.g. `${{ github.token }}`. */
  runnerDefault?: string;
}

type Options = Omit<FieldMeta, 'description' | 'kind'>;

/** A parser of units throws SeatrialError; zod wants an issue at the input's own name. */
function parsed<T>(parse: (text: string) => T) {
  return (text: string, context: z.RefinementCtx): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof SeatrialError ? error.message : String(error) });
      return z.NEVER;
    }
  };
}

function field<T>(kind: FieldMeta['kind'], description: string, options: Options, parse: (text: string) => T) {
  const meta = { description, kind, ...options };
  return z.string().transform(parsed(parse)).meta(meta);
}

/** The schema of an input that may be left out, so that its type is `T | undefined`. */
const optional = <T>(kind: FieldMeta['kind'], description: string, options: Options, parse: (text: string) => T) =>
  z
    .string()
    .transform(parsed(parse))
    .optional()
    .meta({ description, kind, ...options });

const withDefault = <T>(kind: FieldMeta['kind'], description: string, options: Options, parse: (text: string) => T) =>
  z
    .string()
    .default(options.default ?? '')
    .transform(parsed(parse))
    .meta({ description, kind, ...options });

const verbatim = (text: string) => text;
const integer = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (/^-?\d+$/.test(text.trim()) && value >= min && value <= max) return value;
  throw new SeatrialError('INPUT_INVALID', `"${text}" is not a whole number from ${min} to ${max}.`);
};
const boolean = (text: string) => {
  const value = text.trim().toLowerCase();
  if (value === 'true' || value === 'false') return value === 'true';
  throw new SeatrialError('INPUT_INVALID', `"${text}" is not a boolean; write true or false.`);
};
const oneOf =
  <const V extends readonly string[]>(values: V) =>
  (text: string): V[number] => {
    if (values.includes(text.trim())) return text.trim() as V[number];
    throw new SeatrialError('INPUT_INVALID', `"${text}" is not known; choose one of ${values.join(', ')}.`);
  };

export const text = (description: string, options: Options = {}) => optional('text', description, options, verbatim);
export const requiredText = (description: string, options: Options = {}) =>
  field('text', description, { ...options, required: true }, verbatim);
export const textOr = (fallback: string, description: string, options: Options = {}) =>
  withDefault('text', description, { ...options, default: fallback }, verbatim);
export const secret = (description: string) => optional('text', description, { secret: true }, verbatim);
/** A kubeconfig's text: the credentials in it are hidden, and not each of its lines. */
export const kubeconfig = () =>
  optional(
    'text',
    "Kubeconfig for kubernetes:// hosts, the file's text and never its path: with a token, a client certificate or an exec plugin on the runner's PATH. In a pod of the cluster it may be left out.",
    { secret: true, hides: 'credentials' },
    verbatim,
  );
/** Secret values, one `NAME=value` a line; each value is masked by itself. */
export const secretLines = (description: string) => withDefault('lines', description, { secret: true }, parsePairs);
/** `NAME=value`, one a line; a value may have several lines. */
export const pairs = (description: string) => withDefault('lines', description, {}, parsePairs);
export const lines = (description: string, options: Options = {}) =>
  withDefault('lines', description, options, parseLines);
/** Lines that the wing itself reads: their text as it came, undefined when not given. */
export const rawLines = (description: string, options: Options = {}) =>
  optional('lines', description, options, verbatim);
export const requiredLines = (description: string, options: Options = {}) =>
  field('lines', description, { ...options, required: true }, verbatim);
/** A list with a grammar of its own. */
export const list = <T>(description: string, parse: (text: string) => T, options: Options = {}) =>
  withDefault('lines', description, options, parse);
export const duration = (description: string) => optional('duration', description, {}, parseDuration);
export const durationOr = (fallback: string, description: string) =>
  withDefault('duration', description, { default: fallback }, parseDuration);
export const size = (description: string) => optional('size', description, {}, parseSize);
export const sizeOr = (fallback: string, description: string) =>
  withDefault('size', description, { default: fallback }, parseSize);
export const share = (description: string) => optional('share', description, {}, parseShare);
export const shareOr = (fallback: string, description: string) =>
  withDefault('share', description, { default: fallback }, parseShare);
export const choice = <const V extends readonly string[]>(values: V, fallback: V[number], description: string) =>
  withDefault('choice', description, { default: fallback, values }, oneOf(values));
export const bool = (fallback: boolean, description: string) =>
  withDefault('boolean', description, { default: String(fallback) }, boolean);
export const int = (description: string, { min = 0, max = 2 ** 31 - 1 } = {}) =>
  optional('integer', description, {}, integer(min, max));
export const intOr = (fallback: number, description: string, { min = 0, max = 2 ** 31 - 1 } = {}) =>
  withDefault('integer', description, { default: String(fallback) }, integer(min, max));
/** A JSON value checked by `schema`, e.g. the `deployment` of action-deploy. */
export const json = <S extends z.ZodType>(schema: S, description: string) =>
  optional('json', description, {}, (value): z.output<S> => {
    let raw: unknown;
    try {
      raw = JSON.parse(value);
    } catch {
      throw new SeatrialError('INPUT_INVALID', 'not valid JSON; hand over the output of the earlier step unchanged.');
    }
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
    throw new SeatrialError('INPUT_INVALID', `${where}${issue?.message}`);
  });
