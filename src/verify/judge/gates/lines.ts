import type { Baseline } from '../baseline.ts';
import type { Crossing, Gate, GateKind, Look } from '../gate.ts';
import { LineWatch, type MissingLine } from '../lines.ts';
import type { Moment, Stream } from '../stream.ts';
import { type Check, type JudgeEvent, USERS } from '../types.ts';

/** Judged seconds after which a log by itself can speak for a version. */
export const LOG_ALONE_SECONDS = 120;

/** So much of a log is as good as all. */
const COVERED = 0.95;

/** Frequent lines of the old version that the new one never writes again. */
class LinesGate implements Gate {
  readonly #stream: Stream;
  readonly #watch = new LineWatch();
  /** Of the look that is made. */
  #found: { look: Look; missing: MissingLine[] } | undefined;

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.work = (now, newSince) => this.#watch.work(now, newSince);
  }

  seed({ logs }: Baseline): void {
    this.#watch.seed(logs.lines ?? [], logs.seconds);
  }

  take(event: JudgeEvent, { endpoint }: Moment): void {
    const { version, t } = event;
    if (event.kind === 'log') this.#watch.add(version, t, event.line);
    else if (event.kind === 'lines' && event.each) this.#watch.addAll(version, t, event.count, event.each, event.gone);
    if (event.kind !== 'request' || endpoint === USERS) return;
    if (event.version === 'old') this.#watch.requests.oldRequest(endpoint, event.t);
    else this.#watch.requests.newRequest(endpoint);
  }

  #look(look: Look, failAt: number): MissingLine[] {
    if (this.#found?.look !== look) this.#found = { look, missing: this.#missing(look, failAt) };
    return this.#found.missing;
  }

  #missing({ at, concurrent }: Look, failAt: number): MissingLine[] {
    const { logs, requests } = this.#stream;
    // Of a version that answers, a log of which no line came may be one that can't be read, unless it is known to be open.
    if (logs.lines.new === 0 && requests.n > 0 && (logs.unread || !logs.readable)) return [];
    const span = this.#stream.logSpan(at);
    const known = requests.n > 0 && requests.m > 0;
    return this.#watch.look(at, this.#stream.judgedFrom, -failAt, known ? 1 / span.scale : undefined, concurrent);
  }

  crossed(look: Look, failAt: number): Crossing | undefined {
    const missing = this.#look(look, failAt)[0];
    if (!missing?.failed) return undefined;
    const { example, perMinute, quiet, requests, seen } = missing;
    const since = requests
      ? `in ${requests.run} requests of ${requests.endpoint}, each of which it came with`
      : `for ${Math.round(quiet)} s; the old version wrote it ${perMinute >= 10 ? Math.round(perMinute) : perMinute.toFixed(1)} times a minute`;
    const again = seen > 0 ? ' any more' : '';
    return {
      gate: 'lines',
      reason: `The new version does not write "${quoted(example)}"${again}: none came ${since}.`,
    };
  }

  checks(look: Look, failAt: number): Check[] {
    const { logs } = this.#stream;
    // Of no old version there is no line to miss.
    if (logs.lines.old === 0 && !this.#stream.options.baseline) return [];
    const missing = this.#look(look, failAt);
    const check: Check = { gate: 'lines', state: missing.some(({ failed }) => failed) ? 'fail' : 'pass' };
    const waits = missing.filter(({ failed, instead, untold }) => !failed && !instead && !untold);
    const [other] = missing.filter(({ instead }) => instead);
    if (waits.length > 0) {
      const [first] = waits;
      check.state = 'open';
      check.note = `not written yet: "${quoted(first!.example)}"${waits.length > 1 ? ` and ${waits.length - 1} more` : ''}`;
      const { requests } = this.#stream;
      const left = Math.max(1, Math.max(...waits.map(({ wait, quiet }) => wait - quiet)));
      const seconds = Math.max(1, look.at - this.#stream.judgedFrom);
      // In requests where there are some, as the other gates say it; else in seconds.
      check.needed = Math.ceil(requests.n > 0 ? (left * requests.n) / seconds : left);
    } else if (other) {
      check.note = `"${quoted(other.example)}" comes no more; "${quoted(other.instead!)}" came in its place`;
    }
    return [check];
  }

  /** What of the lines that stopped is not known to be a fault or none, and what wasn't looked at. */
  unjudged(look: Look): string | undefined {
    const missing = this.#found?.look === look ? this.#found.missing : [];
    const told: string[] = [];
    const reworded = missing.filter(({ failed, instead }) => !failed && instead);
    if (reworded.length > 0) {
      const { example, instead } = reworded[0]!;
      told.push(
        `"${quoted(example)}" comes no more and "${quoted(instead!)}" came in its place${others(reworded)}: see whether that says the same`,
      );
    }
    const seldom = missing.filter(({ failed, instead, untold }) => !failed && !instead && untold);
    if (seldom.length > 0)
      told.push(`"${quoted(seldom[0]!.example)}"${others(seldom)}, which comes at times and then often, went unjudged`);
    if (this.#watch.covered < COVERED)
      told.push(
        `of the old version's log ${Math.max(1, Math.round(100 * this.#watch.covered))} % was looked at for lines that stopped; rarer ones went unjudged`,
      );
    return told.length > 0 ? told.join('; ') : undefined;
  }

  /** Without requests a log that ran long enough can speak for a version, if it is written as it was. */
  proves({ at }: Look): string | undefined {
    const { logs, options } = this.#stream;
    if (options.sources.requests || logs.lines.old + logs.known().length === 0 || logs.lines.new === 0)
      return undefined;
    if (at - this.#stream.judgedFrom < LOG_ALONE_SECONDS || this.#stream.logSpan(at).old <= 0) return undefined;
    return 'no worse than the old version by its log';
  }

  snapshot(baseline: Baseline, name: (text: string) => string): void {
    baseline.logs.lines = this.#watch
      .written(baseline.logs.seconds)
      .map((line) => ({ ...line, key: name(line.key), example: name(line.example) }));
  }
}

const others = (of: readonly unknown[]) => (of.length > 1 ? ` and ${of.length - 1} more` : '');
const quoted = (line: string) => (line.length > 120 ? `${line.slice(0, 120)} …` : line).split('\n')[0]!;

export const lines: GateKind = {
  name: 'lines',
  budget: 0.05,
  speaks: ({ sources }) => sources.logs,
  create: (stream) => new LinesGate(stream),
};
