import { createHours, type Hours, hoursIn } from '../../lib/hours.ts';
import { LineReader } from '../../lib/line-reader.ts';
import { parseDuration, parseLines } from '../../lib/units.ts';

/** So many during these hours. */
export interface ByHours {
  kind: 'during';
  text: string;
  replicas: number;
  hours: Hours;
}

/** So many, or so many more, once the CPU was busier than a share of what it may use for so long without a break. */
export interface ByLoad {
  kind: 'when';
  text: string;
  /** `to` a number, or `by` so many. */
  to?: number;
  by?: number;
  limit: number;
  forMs: number;
}

export type ScaleRule = ByHours | ByLoad;

const MOST = 32;
const EXAMPLES = '"6 during 20:00-02:00 Asia/Shanghai" or "when cpu > 70% for 5m"';

function rule(text: string, line: number): ScaleRule {
  const reader = new LineReader(text, line);
  const at = reader.start;
  const plus = reader.take(/\+/) !== undefined;
  const number = plus ? reader.need(/\d+\b/, 'how many more, such as +2') : reader.take(/\d+\b/);
  const replicas = number === undefined ? undefined : Number(number);
  if (replicas !== undefined && (replicas < 1 || replicas > MOST)) reader.fail(`a number from 1 to ${MOST}`, at);
  const wordAt = reader.start;
  const word = reader.need(/during\b|when\b/, EXAMPLES);
  if (word === 'during') {
    if (replicas === undefined || plus) return reader.fail('how many before "during", such as 6', plus ? at : wordAt);
    const found: ByHours = { kind: 'during', text, replicas, hours: hoursIn(reader) };
    if (!reader.done) reader.fail('the end', reader.start);
    return found;
  }
  reader.need(/cpu\b/, 'cpu');
  reader.need(/>=?|≥/, '> (those that are too many go by themselves)');
  const limitAt = reader.start;
  const limit = Number(reader.need(/\d+(?:\.\d+)?\s*%/, 'a share such as 70%').replace('%', '')) / 100;
  if (limit <= 0 || limit > 1) reader.fail('a share above 0% and up to 100%', limitAt);
  reader.need(/for\b/, '"for" and how long, such as for 5m');
  const spanAt = reader.start;
  const forMs = parseDuration(reader.need(/(?:\d+(?:\.\d+)?(?:ms|s|m|h))+(?![\w.])/, 'a duration such as 5m'));
  if (forMs < 10_000 || forMs > 900_000) reader.fail('a duration from 10s to 15m', spanAt);
  if (!reader.done) reader.fail('the end', reader.start);
  return {
    kind: 'when',
    text,
    ...(replicas === undefined || plus ? { by: replicas ?? 1 } : { to: replicas }),
    limit,
    forMs,
  };
}

/** The lines of `scale`. @throws INPUT_INVALID, with line and column */
export const parseScale = (text: string): ScaleRule[] => parseLines(text).map((line, i) => rule(line, i + 1));

export interface ScaleInputs {
  scale: readonly ScaleRule[];
  'scale-min': number;
  'scale-max'?: number | undefined;
  replicas?: number | undefined;
}

/** What contradicts itself among them, by the input's name. */
export function scaleConflicts(raw: ScaleInputs): ['scale' | 'scale-max' | 'replicas', string][] {
  const { scale, 'scale-min': min, 'scale-max': max = MOST, replicas } = raw;
  const found: ['scale' | 'scale-max' | 'replicas', string][] = [];
  if (!scale.length) return found;
  if (max < min) found.push(['scale-max', `${max} is less than scale-min, ${min}.`]);
  if (scale.some(({ kind }) => kind === 'when') && raw['scale-max'] === undefined)
    found.push(['scale-max', 'is needed beside a line of scale with "when": how many there may be at most.']);
  scale.forEach((one, i) => {
    const number = one.kind === 'during' ? one.replicas : one.to;
    if (number !== undefined && (number < min || number > max))
      found.push(['scale', `line ${i + 1}: ${number} is not from scale-min, ${min}, to scale-max, ${max}.`]);
  });
  if (replicas !== undefined && (replicas < min || replicas > max))
    found.push([
      'replicas',
      `${replicas} is not from scale-min, ${min}, to scale-max, ${max}, which lines of scale keep to.`,
    ]);
  return found;
}

/** How many the hours ask for, and which line says so; of several lines the one that asks for most. */
export function byHours(
  { scale, 'scale-min': min, replicas }: ScaleInputs,
  nowMs: number,
): { replicas: number; why: string } {
  const held = scale
    .filter((one) => one.kind === 'during')
    .filter(({ hours }) => createHours(hours)(nowMs))
    .sort((x, y) => y.replicas - x.replicas)[0];
  if (held) return { replicas: held.replicas, why: held.text };
  return replicas === undefined
    ? { replicas: min, why: `scale-min is ${min}` }
    : { replicas, why: `replicas is ${replicas}` };
}

/**
 * As many as a deploy keeps, where it does not take `replicas`: where lines of scale say how many there are, replicas holds
 * outside of them, and a deploy at the peak stays at the peak's.
 */
export const keptReplicas = (
  { scale, replicas }: Pick<ScaleInputs, 'scale' | 'replicas'>,
  { replicas: kept }: { replicas?: number | undefined },
): number | undefined => (replicas === undefined || scale.length > 0 ? kept : undefined);

/** One container fewer is enough when the rest then stays this far below the limit: else it would come and go. */
const ROOM = 0.8;

/** What the load has to be, all the time, for a change; told by `judge` as long as both are open. */
export interface LoadQuestion {
  rule: ByLoad;
  /** More would be taken. */
  up: boolean;
  /** One fewer would be taken. */
  down: boolean;
}

/** What to ask of the load: nothing where neither more nor fewer could come of it. */
export function questions(inputs: ScaleInputs, current: number, base: number): LoadQuestion[] {
  const max = inputs['scale-max'] ?? MOST;
  return inputs.scale
    .filter((one) => one.kind === 'when')
    .map((one) => ({ rule: one, up: current < Math.min(max, one.to ?? max), down: current > base }))
    .filter(({ up, down }) => up || down);
}

/** Takes one more reading of the CPU's share: what it refutes is not asked any more. Pure. */
export const narrowed = ({ rule: asked, up, down }: LoadQuestion, share: number, current: number): LoadQuestion => ({
  rule: asked,
  up: up && share > asked.limit,
  down: down && (share * current) / (current - 1) < ROOM * asked.limit,
});

/**
 * How many there should be, from what the readings left of the questions: any rule that asks for more is followed, the
 * farthest first; one fewer only where all of them have room for that.
 */
export function byLoad(
  inputs: ScaleInputs,
  held: readonly LoadQuestion[],
  current: number,
): { replicas: number; why: string } | undefined {
  const max = inputs['scale-max'] ?? MOST;
  const wanted = held
    .filter(({ up }) => up)
    .map(({ rule: { to, by = 0, text } }) => ({ replicas: Math.min(max, to ?? current + by), why: text }))
    .sort((x, y) => y.replicas - x.replicas)[0];
  if (wanted) return wanted;
  const rules = inputs.scale.filter(({ kind }) => kind === 'when').length;
  const spare = held.filter(({ down }) => down);
  if (!rules || spare.length < rules) return undefined;
  return { replicas: current - 1, why: `one fewer stays below ${spare.map(({ rule: { text } }) => text).join(', ')}` };
}
