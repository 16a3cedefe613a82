import type { BudgetGate, Judge } from './judge.ts';
import { NEVER, neededFor, UNREAD } from './limits.ts';
import type { Check, Decision, Verdict } from './types.ts';

/** A PASS before the stream's end waits for so many judged seconds: some faults need time, not requests. */
const LEAST_PASS_SECONDS = 30;
/** Old answers a comparison needs; below it only a FAIL is possible. */
const LEAST_OLD = 100;

/** While a gate's evidence against the new version stands at ten, a PASS waits: it may be one endpoint of many. */
const LEANS = Math.log(10);
const LEANS_NOTE = 'the evidence against it is not settled';

export interface Look {
  gates: { gate: BudgetGate; logE: number; weight: number }[];
  combined: number;
  at: number;
  /** The last look: an open question becomes INCONCLUSIVE. */
  last: boolean;
}

const percent = (k: number, n: number) => (n === 0 ? 'no data' : `${((100 * k) / n).toFixed(2)} % (${k}/${n})`);
const ms = (value: number) =>
  Number.isNaN(value) ? 'no data' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const times = (logE: number) => (logE > 20 ? `e^${Math.round(logE)}` : Math.exp(logE).toFixed(logE > 3 ? 0 : 2));

/** Keeps a gate open that leans towards FAIL; about as many samples again will tell. */
function hold(check: Check, samples: number): void {
  if (check.state !== 'pass' || check.logE === undefined || check.logE < LEANS) return;
  check.state = 'open';
  check.note = LEANS_NOTE;
  check.needed = Math.max(check.needed ?? 0, samples);
}

/** What a gate's note says once it failed: no longer that it might. */
const heldNote = ({ note }: Check) => (note === LEANS_NOTE ? undefined : note);

interface Drafts {
  checks: Check[];
  /** Gates that are not passed, for PASS; their checks carry what is needed. */
  open: Check[];
}

/** The table of gates as they stand; with `full` also what is needed, which costs a search each. */
function draft(judge: Judge, look: Look, full: boolean): Drafts {
  const { concurrent, errors, latency, logs, options } = judge;
  const logAlpha = Math.log(1 / options.alpha);
  const logBeta = Math.log(1 / options.beta);
  const of = (gate: BudgetGate) => look.gates.find((one) => one.gate === gate);
  const base = (gate: BudgetGate): Check => ({
    gate,
    state: 'open',
    logE: of(gate)!.logE,
    failAt: logAlpha - Math.log(of(gate)!.weight),
  });
  const checks: Check[] = [];
  const { total } = errors;
  const compared = total.m > 0;
  if (options.sources.requests && compared) {
    const counts = errors.counts(concurrent);
    const error: Check = { ...base('errors'), passAt: logBeta, samples: counts.n };
    error.passLogE = errors.passLogE(concurrent);
    error.state = error.passLogE >= logBeta && total.m >= LEAST_OLD ? 'pass' : 'open';
    error.old = percent(counts.k0, counts.m);
    error.new = percent(counts.k, counts.n);
    if (counts.k0 > 0 && counts.n > 0) error.ratio = counts.k / counts.n / (counts.k0 / counts.m);
    const bulk: Check = {
      ...base('latency'),
      passAt: logBeta,
      samples: latency.newSize,
      passLogE: latency.passLogE(concurrent),
    };
    bulk.state = bulk.passLogE! >= logBeta ? 'pass' : 'open';
    const tail: Check = {
      gate: 'tail',
      state: 'open',
      passAt: logBeta,
      passLogE: latency.tailPassLogE(),
      samples: latency.tail.n,
    };
    tail.state = tail.passLogE! >= logBeta ? 'pass' : 'open';
    if (full) {
      const alone = error.state === 'pass' ? 0 : neededFor((extra) => errors.passLogE(concurrent, extra), logBeta);
      const both = alone < NEVER ? alone : neededFor((extra) => errors.passLogE(concurrent, extra, true), logBeta);
      if (alone >= NEVER && both < NEVER)
        error.note = 'the baseline is too short: as many more old requests are needed';
      error.needed = both;
      const growth = bulk.passLogE! / Math.max(1, latency.newSize);
      bulk.needed =
        bulk.state === 'pass' ? 0 : Math.min(NEVER, Math.ceil((logBeta - bulk.passLogE!) / Math.max(growth, 0.02)));
      tail.needed = tail.state === 'pass' ? 0 : neededFor((extra) => latency.tailPassLogE(extra), logBeta);
      for (const [check, q] of [
        [bulk, 0.5],
        [tail, 0.99],
      ] as const) {
        const [old, now] = [latency.quantile('old', q), latency.quantile('new', q)];
        check.old = `p${q * 100} ${ms(old)}`;
        check.new = `p${q * 100} ${ms(now)}`;
        if (old > 0 && now > 0) check.ratio = now / old;
      }
    }
    if (total.m < LEAST_OLD) {
      error.note = `the baseline holds ${total.m} requests; ${LEAST_OLD} are the least for a PASS`;
      error.needed = Math.max(error.needed ?? 0, LEAST_OLD - total.m);
    }
    if (latency.tail.n === 0 && latency.newSize > 0) tail.note = 'no endpoint has the 100 old answers that a p99 needs';
    if (latency.oldSize + latency.newSize === 0) {
      // An edge counts requests and times none.
      for (const check of [bulk, tail])
        Object.assign(check, { state: 'skipped', needed: 0, note: 'no request was timed' });
    }
    hold(error, counts.n);
    hold(bulk, latency.newSize);
    if (!concurrent) {
      for (const [check, factor] of [
        [error, errors.oldWaves.together.most],
        [bulk, latency.oldWaves.together.most],
        [tail, latency.oldWaves.together.tail],
      ] as const) {
        if (factor > 1)
          check.note ??= `the old version's came in waves, so each says less: ${factor.toPrecision(2)} times as many are needed`;
      }
    }
    checks.push(error, bulk, tail);
    const missing = judge.silence.missing();
    const silent = judge.silence.look(look.at, -(logAlpha - Math.log(judge.weights.silence ?? 1)), concurrent);
    checks.push({
      gate: 'endpoints',
      state: silent?.failed ? 'fail' : missing.length > 0 ? 'open' : 'pass',
      note: silent?.failed
        ? silent.endpoint
        : missing.length > 0
          ? `not yet asked for: ${missing.slice(0, 5).join(', ')}`
          : undefined,
      samples: total.n,
      needed: missing.length > 0 ? Math.max(1, Math.ceil(3 / 0.02)) : 0,
    });
  }
  if (options.sources.logs) {
    const span = judge.logSpan(look.at);
    const rate: Check = { ...base('log-rate'), passAt: logBeta, passLogE: logs.passLogE(span) };
    rate.old =
      span.old > 0 ? `${logs.errors[span.concurrent ? 'oldOverlap' : 'old']} in ${Math.round(span.old)} s` : 'no data';
    rate.new = span.new > 0 ? `${logs.errors.new} in ${Math.round(look.at - span.newSince)} s` : 'no data';
    const missing = logs.lines.old + logs.known().length > 0 && logs.lines.new === 0;
    rate.state = rate.passLogE! >= logBeta && !missing ? 'pass' : 'open';
    hold(rate, total.n);
    if (missing) rate.note = 'the new version has written no line yet';
    const seconds = Math.max(1, look.at - span.newSince);
    if (rate.state === 'open' && !Number.isNaN(seconds))
      rate.needed = Math.ceil((total.n / seconds) * Math.max(1, (60 * (logBeta - rate.passLogE!)) / logBeta));
    const novel: Check = base('signatures');
    novel.state = novel.logE! < Math.log(3) ? 'pass' : 'open';
    novel.new = `${logs.signatures(span).filter((one) => one.state === 'new').length} new`;
    // What an old version never wrote, or wrote less of, is not known where there is none: nothing to judge by.
    if (span.old === 0)
      for (const check of [novel, rate]) Object.assign(check, { state: 'skipped', needed: 0, note: 'no old log' });
    checks.push(novel, rate);
  }
  if (options.sources.counters.length > 0) {
    const unread = options.sources.counters.filter((name) => !judge.counters.compares(name));
    const query: Check = { ...base('queries'), state: 'open' };
    // No data is no zero: a counter that never came is not one that did not rise.
    if (unread.length > 0) query.note = `${UNREAD} of ${unread.join(', ')}`;
    else if (query.logE! < Math.log(3)) query.state = 'pass';
    checks.push(query);
  }
  const shared = judge.limits.length;
  for (const limit of judge.limits) checks.push(limit.look(look.at, logAlpha + Math.log(shared), logBeta).check);
  return { checks, open: checks.filter((check) => check.state === 'open') };
}

function failReason(judge: Judge, gate: BudgetGate, logE: number): string {
  const evidence = `e-value ${times(logE)}`;
  const { concurrent, errors, latency, logs } = judge;
  switch (gate) {
    case 'errors': {
      const worst = errors.worst();
      const { k, n, k0, m } = worst && worst.counts.m > 0 ? worst.counts : errors.total;
      const where = worst && errors.byEndpoint.size > 1 ? ` of ${worst.endpoint}` : '';
      return `Failed requests${where} rose from ${percent(k0, m)} to ${percent(k, n)} (${evidence}).`;
    }
    case 'latency': {
      const worst = latency.endpoints.size > 1 ? latency.loudest(concurrent)[0]?.[0] : undefined;
      const where = worst === undefined ? '' : ` of ${worst}`;
      const [p50, p99] = ([0.5, 0.99] as const).map(
        (q) => `${ms(latency.quantile('old', q, worst))} to ${ms(latency.quantile('new', q, worst))}`,
      );
      return `Answers${where} became slower: p50 ${p50}, p99 ${p99} (${evidence}).`;
    }
    case 'signatures': {
      const first = logs.signatures(judge.logSpan(judge.now)).find((one) => one.state === 'new');
      return `The new version writes an error the old one never wrote: ${first?.signature ?? 'unknown'} (${first?.count ?? 0} times, ${evidence}).`;
    }
    case 'log-rate':
      return `Error lines in the log rose: ${logs.errors.old} before, ${logs.errors.new} now (${evidence}).`;
    default:
      return `A query rose against the old version (${evidence}).`;
  }
}

/** FAIL when any gate says so, PASS when all do, INCONCLUSIVE at the last look; else undefined: keep looking. */
export function decide(judge: Judge, look: Look): Decision | undefined {
  const { options, errors } = judge;
  const logAlpha = Math.log(1 / options.alpha);
  const answer = (verdict: Verdict, said: string | ((needed: number) => string), gate: string): Decision => {
    const { checks } = draft(judge, look, true);
    const missing = Math.max(0, ...checks.filter((check) => check.state === 'open').map((check) => check.needed ?? 0));
    const least = errors.total.m === 0 && judge.limits.length === 0 ? LEAST_OLD : 1;
    const needed = verdict === 'inconclusive' ? Math.max(missing, least) : 0;
    const reason = typeof said === 'string' ? said : said(needed);
    if (verdict === 'fail') {
      const failing = checks.find((check) => check.gate === gate);
      if (failing) Object.assign(failing, { state: 'fail', needed: 0, note: heldNote(failing) });
      else checks.unshift({ gate, state: 'fail', note: reason });
    }
    const span = judge.logSpan(look.at);
    return {
      verdict,
      reason,
      gate,
      checks,
      samples: errors.total.n,
      needed,
      timeToVerdictMs: Number.isNaN(judge.firstNew) ? 0 : Math.max(0, Math.round((look.at - judge.firstNew) * 1000)),
      mode: errors.total.m === 0 ? 'alone' : judge.concurrent ? 'concurrent' : 'separated',
      signatures: judge.logs.signatures(span),
    };
  };
  const fact = judge.facts[0];
  if (fact) return answer('fail', fact.text, fact.gate);
  const shared = judge.limits.length;
  for (const limit of judge.limits) {
    const { state, text, check } = limit.look(look.at, logAlpha + Math.log(shared), Math.log(1 / options.beta));
    if (state === 'fail') return answer('fail', `The threshold was crossed: ${text}.`, check.gate);
  }
  if (look.combined >= logAlpha) {
    const loudest = look.gates.reduce((a, b) => (b.logE + Math.log(b.weight) > a.logE + Math.log(a.weight) ? b : a));
    return answer('fail', failReason(judge, loudest.gate, loudest.logE), loudest.gate);
  }
  if (judge.weights.silence) {
    const silent = judge.silence.look(look.at, -(logAlpha - Math.log(judge.weights.silence)), judge.concurrent);
    if (silent?.failed) {
      const share = (100 * silent.share).toFixed(1);
      const since = silent.seen > 0 ? `fell silent after ${silent.seen} requests` : 'was never asked for';
      return answer(
        'fail',
        `${silent.endpoint} ${since}: it had ${share} % of the old traffic, and none of the last ${silent.run} new requests.`,
        'endpoints',
      );
    }
  }
  const judged = look.at - judge.firstNew - options.warmUpMs / 1000;
  if (!look.last && judged < LEAST_PASS_SECONDS) return undefined;
  const { open, checks } = draft(judge, look, false);
  const evidence =
    errors.total.m > 0 || checks.some((check) => check.gate.startsWith('threshold') && check.state === 'pass');
  const asked = !options.sources.requests || errors.total.n > 0;
  if (open.length === 0 && checks.length > 0 && evidence && asked) {
    const against = errors.total.m > 0 ? 'no worse than the old version within the margins' : 'within its thresholds';
    return answer('pass', `The new version is ${against}, after ${errors.total.n} requests.`, '');
  }
  if (!look.last) return undefined;
  return answer('inconclusive', (needed) => whyOpen(judge, open, needed), open[0]?.gate ?? '');
}

function whyOpen(judge: Judge, open: Check[], needed: number): string {
  const { n, m } = judge.errors.total;
  if (Number.isNaN(judge.firstNew)) return 'There was no data of the new version, so nothing can be said of it.';
  if (n === 0 && judge.options.sources.requests)
    return 'The new version answered no judged request; raise the duration or send probes.';
  if (m === 0 && judge.limits.length === 0) {
    if (judge.logs.lines.old > 0)
      return 'There are only log lines of the old version and no requests: its log alone can show a fault, not their absence.';
    return 'There is only new data: no old version, no baseline and no thresholds to judge it by.';
  }
  if (open.length === 0) return 'No gate had anything to judge; check the hours of the thresholds.';
  const unread = open.filter((check) => check.note?.startsWith(UNREAD));
  if (unread.length > 0)
    return `${unread.map(({ gate, note }) => `${gate}: ${note}`).join('; ')}; so that can't be answered for.`;
  const many = needed >= NEVER ? 'more samples than can be had at these figures' : `about ${needed} more samples`;
  const names = open.map(({ gate, note }) => (note ? `${gate} (${note})` : gate));
  return `No verdict within the time: ${names.join(', ')} would need ${many}.`;
}
