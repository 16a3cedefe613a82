import { type Hours, hoursIn } from '../lib/hours.ts';
import { LineReader } from '../lib/line-reader.ts';
import { parseDuration } from '../lib/units.ts';

export interface Threshold {
  text: string;
  /** `error-rate`, `success-rate`, `p99`, `rps`, `cpu`, `memory`, or the name of a query or metric. */
  metric: string;
  /** One endpoint's requests only. */
  endpoint?: string;
  op: '<=' | '<' | '>=' | '>';
  /** Shares as fractions (of a success rate: that of failures), latencies in milliseconds, the rest as given. */
  limit: number;
  /** The share of slower answers a quantile allows, e.g. 0.01 for p99. */
  tail?: number;
  forMs: number;
  hours?: Hours;
}

const SHARES = ['error-rate', 'success-rate', 'cpu', 'memory'];
/** What is measured of requests, and can be of one endpoint. */
const OF_REQUESTS = ['error-rate', 'success-rate', 'rps'];
const METRICS = 'error-rate, success-rate, p50 to p99.9, rps, cpu, memory';

/** A figure's own unit, where its question tells it: 1 of it in milliseconds. */
function unitOf(asked: string): number | undefined {
  if (/_(?:milliseconds|ms|millis)\b|_ms_/.test(asked)) return 1;
  return /_seconds(?:_|\b)/.test(asked) ? 1000 : undefined;
}

function limitOf(reader: LineReader, metric: string, tail: number | undefined, asked = ''): number {
  const at = reader.start;
  const unit = metric === 'rps' ? /-?\d+(?:\.\d+)?(?:\/s)?(?![\w.])/ : /-?\d+(?:\.\d+)?\s*(?:%|ms|s|m|h)?(?![\w.])/;
  const value = reader
    .need(unit, metric === 'rps' ? 'requests a second such as 5' : 'a limit such as 1% or 300ms')
    .trim();
  if (metric === 'rps') return Number(value.replace('/s', ''));
  if (SHARES.includes(metric)) {
    const share = /^(\d+(?:\.\d+)?)\s*%$/.exec(value);
    if (!share) reader.fail('a share such as 80%', at);
    const limit = Number(share[1]) / 100;
    // Two busy cores are 200 % of one; the others can't exceed the whole.
    if (metric !== 'cpu' && limit > 1) reader.fail('a share from 0% to 100%', at);
    return limit;
  }
  if (tail !== undefined) {
    if (!/^\d.*(?:ms|s|m|h)$/.test(value)) reader.fail('a duration such as 300ms', at);
    return parseDuration(value.replace(/\s/g, ''));
  }
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  if (value.endsWith('%')) {
    // A share is from 0 to 1; what counts in hundredths has a plain number.
    if (/percent/i.test(asked)) reader.fail(`a plain number, as ${metric} is in percent already`, at);
    return Number(value.slice(0, -1)) / 100;
  }
  const perUnit = unitOf(asked);
  if (perUnit === undefined)
    return reader.fail(`a plain number in the unit of ${metric}, which does not tell that it is a time`, at);
  return parseDuration(value.replace(/\s/g, '')) / perUnit;
}

/**
 * `asks` answers what a query or metric declared beside asks for; any other unknown metric is an error. Errors:
 * INPUT_INVALID.
 */
export function parseThreshold(
  text: string,
  line: number,
  asks: (name: string) => string | undefined = () => '',
): Threshold {
  const reader = new LineReader(text, line);
  const metricAt = reader.start;
  const word = reader.need(/[A-Za-z_][\w.:/-]*/, `a metric: ${METRICS}`);
  const lower = word.toLowerCase();
  const quantile = /^p(\d{1,2}(?:\.\d+)?)$/.exec(lower);
  const metric = quantile || SHARES.includes(lower) || lower === 'rps' ? lower : word;
  if (quantile && !(Number(quantile[1]) > 0)) reader.fail('a quantile such as p99', metricAt);
  if (!quantile && !SHARES.includes(metric) && metric !== 'rps' && asks(metric) === undefined) {
    reader.fail(`${METRICS}, or a name from queries or metrics`, metricAt);
  }
  const endpointAt = reader.start;
  const endpoint = reader.take(/of\b/) ? reader.need(/[^\s<>=≤≥]+/, 'an endpoint such as /pay') : undefined;
  if (endpoint && !quantile && !OF_REQUESTS.includes(metric)) reader.fail('<=, <, >= or >', endpointAt);
  const tail = quantile ? Number((1 - Number(quantile[1]) / 100).toFixed(9)) : undefined;
  const opAt = reader.start;
  const op = reader
    .need(/<=|>=|<|>|≤|≥/, '<=, <, >= or >')
    .replace('≤', '<=')
    .replace('≥', '>=') as Threshold['op'];
  if ((quantile || metric === 'error-rate') && op.startsWith('>')) reader.fail('<= or <', opAt);
  if (metric === 'success-rate' && op.startsWith('<')) reader.fail('>= or >', opAt);
  const given = limitOf(reader, metric, tail, asks(metric));
  const limit = metric === 'success-rate' ? Number((1 - given).toFixed(9)) : given;
  const threshold: Threshold = { text, metric, endpoint, op, limit, tail, forMs: 0 };
  while (!reader.done) {
    const at = reader.start;
    const next = reader.take(/for\b|during\b/);
    if (next === 'for' && threshold.forMs === 0) {
      const durationAt = reader.start;
      const span = reader.need(/(?:\d+(?:\.\d+)?(?:ms|s|m|h))+(?![\w.])/, 'a duration such as 5m');
      threshold.forMs = parseDuration(span);
      if (threshold.forMs <= 0) reader.fail('a duration above zero', durationAt);
    } else if (next === 'during' && !threshold.hours) threshold.hours = hoursIn(reader);
    else reader.fail('"for 5m", "during 20:00-02:00 Asia/Shanghai" or the end', at);
  }
  return threshold;
}
