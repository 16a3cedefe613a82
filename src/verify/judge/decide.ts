import type { Gate, Look } from './gate.ts';
import { NEVER_WELL } from './gates/errors.ts';
import { LOG_ALONE_SECONDS } from './gates/lines.ts';
import { LEANS_NOTE, NEVER, UNREAD } from './needed.ts';
import type { Stream } from './stream.ts';
import type { Check, Decision, Verdict } from './types.ts';

/** A PASS before the stream's end waits for so many judged seconds: some faults need time, not requests. */
const LEAST_PASS_SECONDS = 30;
/** Requests an old version is asked for at the least, where there was none. */
const LEAST_OLD = 100;

/** A gate at one look. */
export interface Judged {
  name: string;
  gate: Gate;
  /** Its share of alpha; 0 for a gate without statistics. */
  weight: number;
  /** What its log e-value must reach by itself. */
  failAt: number;
  logE: number;
}

/** FAIL when any gate says so, PASS when all do, INCONCLUSIVE at the last look; else undefined: keep looking. */
export function decide(stream: Stream, gates: readonly Judged[], combined: number, look: Look): Decision | undefined {
  const { options, requests } = stream;
  const table = (full: boolean) => gates.flatMap(({ gate, failAt }) => gate.checks(look, failAt, full));
  const answer = (
    verdict: Verdict,
    said: string | ((needed: number) => string),
    gate: string,
    accused?: Partial<Check>,
  ): Decision => {
    const checks = table(true);
    const missing = Math.max(0, ...checks.filter((check) => check.state === 'open').map((check) => check.needed ?? 0));
    const least = requests.m === 0 && options.thresholds.length === 0 ? LEAST_OLD : 1;
    const needed = verdict === 'inconclusive' ? Math.max(missing, least) : 0;
    const reason = typeof said === 'string' ? said : said(needed);
    if (verdict === 'fail') {
      const failing = checks.find((check) => check.gate === gate);
      // Its note no longer says that it might fail.
      const note = failing?.note === LEANS_NOTE ? undefined : failing?.note;
      if (failing) Object.assign(failing, { state: 'fail', needed: 0, note, ...accused });
      else checks.unshift({ gate, state: 'fail', note: reason });
    }
    return {
      verdict,
      reason,
      gate,
      checks,
      samples: requests.n,
      needed,
      timeToVerdictMs: Number.isNaN(stream.firstNew) ? 0 : Math.max(0, Math.round((look.at - stream.firstNew) * 1000)),
      mode: stream.mode,
      signatures: stream.logs.signatures(stream.logSpan(look.at)),
    };
  };
  for (const { gate, failAt } of gates) {
    const crossing = gate.crossed?.(look, failAt);
    if (crossing) return answer('fail', crossing.reason, crossing.gate);
  }
  if (combined >= look.logAlpha) {
    const [loudest] = [...gates].sort((a, b) => b.logE + Math.log(b.weight) - a.logE - Math.log(a.weight));
    const { name, gate, logE } = loudest!;
    return answer('fail', gate.reason?.(look, logE) ?? `${name} became worse.`, name, gate.accused?.(look));
  }
  const judged = look.at - stream.judgedFrom;
  if (!look.last && judged < LEAST_PASS_SECONDS) return undefined;
  const checks = table(false);
  const open = checks.filter((check) => check.state === 'open');
  const proof = gates.map(({ gate }) => gate.proves?.(look)).find((text) => text !== undefined);
  const unjudged = gates
    .map(({ gate }) => gate.unjudged?.(look))
    .filter((text) => text !== undefined)
    .map((text) => ` ${text[0]!.toUpperCase()}${text.slice(1)}.`)
    .join('');
  const asked = !options.sources.requests || requests.n > 0;
  if (open.length === 0 && checks.length > 0 && proof !== undefined && asked)
    return answer('pass', `The new version is ${proof}, after ${told(stream, look)}.${unjudged}`, '');
  if (!look.last) return undefined;
  return answer('inconclusive', (needed) => `${whyOpen(stream, open, needed)}${unjudged}`, open[0]?.gate ?? '');
}

/** What it was judged by: requests, or, where there are none, time. */
const told = ({ requests, judgedFrom }: Stream, { at }: Look) =>
  requests.n > 0 ? `${requests.n} requests` : `${Math.round(at - judgedFrom)} s`;

function whyOpen(stream: Stream, open: Check[], needed: number): string {
  const { options } = stream;
  const { n, m } = stream.requests;
  if (Number.isNaN(stream.firstNew)) return 'There was no data of the new version, so nothing can be said of it.';
  if (n === 0 && options.sources.requests)
    return 'The new version answered no judged request; raise the duration or send probes.';
  if (m === 0 && options.thresholds.length === 0) {
    if (stream.logs.lines.old === 0)
      return 'There is only new data: no old version, no baseline and no thresholds to judge it by.';
    if (open.length === 0)
      return `There are only log lines, and too few yet: a log by itself can speak for a version after ${LOG_ALONE_SECONDS} s in which it was written as before.`;
  }
  const never = open.find((check) => check.note?.startsWith(NEVER_WELL));
  if (never) return `${never.note![0]!.toUpperCase()}${never.note!.slice(1)}.`;
  if (open.length === 0) return 'No gate had anything to judge; check the hours of the thresholds.';
  const unread = open.filter((check) => check.note?.startsWith(UNREAD));
  if (unread.length > 0)
    return `${unread.map(({ gate, note }) => `${gate}: ${note}`).join('; ')}; so that can't be answered for.`;
  const many = needed >= NEVER ? 'more samples than can be had at these figures' : `about ${needed} more samples`;
  // What went unjudged has its own sentence.
  const plain = (note: string) =>
    note
      .split('; ')
      .filter((part) => !part.includes('went unjudged'))
      .join('; ');
  const names = open.map(({ gate, note }) => (note && plain(note) ? `${gate} (${plain(note)})` : gate));
  return `No verdict within the time: ${names.join(', ')} would need ${many}.`;
}
