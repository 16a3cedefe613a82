import Handlebars from 'handlebars/dist/handlebars.min.js';
import { SeatrialError } from '../../../lib/errors.ts';
import { formatDate } from './moment.ts';

/** What an expression may ask of the run. */
export interface ExpressionSource {
  /** Values by name, empty where there is nothing to say. */
  values: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  now: number;
  commitDate: number;
}

/** Names every attribute knows. */
export const GLOBAL_NAMES = ['branch', 'tag', 'sha', 'base_ref', 'is_default_branch', 'is_not_default_branch'];
const DATES = ['date', 'commit_date'];
const BUILT_IN = ['if', 'unless', 'each', 'with', 'lookup'];

interface Node {
  type: string;
  original?: string;
  path?: Node & { parts: string[] };
  params?: Node[];
  hash?: { pairs: { key: string; value: Node }[] };
  body?: Node[];
  program?: Node;
  inverse?: Node;
}

const parse = (template: string): Node => {
  try {
    return Handlebars.parseWithoutProcessing(template) as unknown as Node;
  } catch {
    throw new SeatrialError('INPUT_INVALID', `"${template}" has an expression that is not whole; write {{name}}.`);
  }
};

/** The expression a template asks for that nobody knows, if there is one. */
function stranger(node: Node, known: readonly string[]): string | undefined {
  const { type, path, params = [], hash, body = [], program, inverse } = node;
  if (type === 'MustacheStatement' || type === 'BlockStatement' || type === 'SubExpression') {
    const name = path?.original ?? '';
    if (![...known, ...DATES, ...BUILT_IN].includes(name)) return String(name);
    const option = hash?.pairs.find(({ key }) => key !== 'tz');
    if (DATES.includes(name) && option) return `${name} ${option.key}=`;
    // The format of a date may stand without quotes; it is none then, and the date is written in full.
    const asked = DATES.includes(name) ? undefined : params.find((one) => one.type === 'PathExpression');
    if (asked && !known.includes(String(asked.original))) return String(asked.original);
  } else if (!['Program', 'ContentStatement', 'CommentStatement'].includes(type)) {
    return type === 'PartialStatement' ? '>' : type;
  }
  for (const inner of [...body, program, inverse]) {
    const found = inner && stranger(inner, known);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Refuses what no run could fill in. Error: INPUT_INVALID. */
export function checkTemplate(template: string, known: readonly string[] = GLOBAL_NAMES): void {
  if (!template.includes('{{')) return;
  const unknown = stranger(parse(template), known);
  if (unknown === undefined) return;
  throw new SeatrialError(
    'INPUT_INVALID',
    `{{${unknown}}} is not known there; choose from ${[...known, ...DATES].map((name) => `{{${name}}}`).join(' ')}.`,
  );
}

/** Whether the template is `{{raw}}` and nothing else. */
export function isRaw(template: string): boolean {
  const { body = [] } = parse(template);
  return body.length === 1 && body[0]!.type === 'MustacheStatement' && body[0]!.path?.parts.join('.') === 'raw';
}

/** Fills a template in, as Handlebars does (https://handlebarsjs.com/guide/). Error: INPUT_INVALID. */
export function fill(template: string, { values, now, commitDate }: ExpressionSource): string {
  if (!template.includes('{{')) return template;
  const engine = Handlebars.create();
  const dated =
    (instant: number) =>
    (...args: unknown[]) => {
      const options = args.at(-1) as { hash: { tz?: string } };
      const format = args.length > 1 && typeof args[0] === 'string' ? args[0] : undefined;
      try {
        return formatDate(instant, format, options.hash.tz);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new SeatrialError('INPUT_INVALID', `"${template}" is no date: ${error.message}.`, { cause: error });
      }
    };
  engine.registerHelper('date', dated(now));
  engine.registerHelper('commit_date', dated(commitDate));
  try {
    return engine.compile(template)({ ...values });
  } catch (error) {
    if (error instanceof SeatrialError) throw error;
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new SeatrialError('INPUT_INVALID', `"${template}" can't be filled in: ${why}.`, { cause: error });
  }
}
