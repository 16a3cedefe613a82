// What the judge costs, how often it is wrong, how fast it is right, and how other judges do on the same streams; seeds
// are fixed. Usage: node bench/verify.ts [speed|alarms|samples|rivals …] [runs a row, 200]
import { normalQuantile, seeded } from '../src/verify/judge/math.ts';
import type { JudgeEvent } from '../src/verify/judge/types.ts';
import { judged, T0, type Traffic, traffic } from '../test/support/verify/streams.ts';
import { type Answer, argo, flagger, kayenta } from './verify/rivals.ts';

const words = process.argv.slice(2);
const RUNS = Number(words.find((word) => /^\d+$/.test(word)) ?? 200);
const asked = (part: string) => words.every((word) => /^\d+$/.test(word)) || words.includes(part);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const seedOf = (run: number) => 7919 * run + 13;

/** Events a second the judge takes, against JSON.parse of the same events as lines, in one run. */
function speed(): void {
  const events = traffic({
    seed: 1,
    rate: 1000,
    share: 0.5,
    oldSeconds: 50,
    newSeconds: 100,
    endpoints: ['/a', '/b', '/c'],
    errors: [0.0149, 0.0149],
  });
  const lines = events.map((event) => JSON.stringify(event));
  const perSecond = (work: () => void) => {
    const started = performance.now();
    work();
    return events.length / ((performance.now() - started) / 1000);
  };
  const judge: number[] = [];
  const parse: number[] = [];
  for (let run = 0; run < 6; run++) {
    // No verdict falls before the end, so that every event is judged.
    const [mine, peer] = [
      perSecond(() => judged(events, { beta: 1e-300, alpha: 1e-300 })),
      perSecond(() => lines.map((line) => JSON.parse(line))),
    ];
    if (run > 0) {
      judge.push(mine);
      parse.push(peer);
    }
  }
  console.log(
    `judge: ${Math.round(median(judge))} events/s; JSON.parse: ${Math.round(median(parse))} lines/s; ratio ${(median(judge) / median(parse)).toFixed(2)}`,
  );
}

/** Log lines of a healthy shop: frequent ones, and a long tail of errors that come in bursts, in both versions alike. */
function withLog(events: JudgeEvent[], seed: number, turn: number, end: number): JudgeEvent[] {
  const random = seeded(seed + 1);
  const lines: JudgeEvent[] = [];
  for (const [rate, text] of [
    [0.5, 'order saved'],
    [1, 'cart viewed'],
    [0.1, 'mail sent'],
  ] as const) {
    for (let t = 0; ; ) {
      t -= Math.log(1 - random()) / rate;
      if (t >= end) break;
      const version = t < turn ? 'old' : 'new';
      lines.push({ kind: 'log', t: T0 + t, version, line: `INFO ${text} ${Math.floor(random() * 1e6)}` });
    }
  }
  for (let t = 0; t < end; t++) {
    if (random() > 0.03) continue;
    const kind = Math.floor(random() ** 3 * 100);
    const word = String.fromCharCode(97 + (kind % 26)).repeat(4 + Math.floor(kind / 26));
    for (let i = 0; i < 1 + random() * 10; i++)
      lines.push({
        kind: 'log',
        t: T0 + t + i * 0.01,
        version: t < turn ? 'old' : 'new',
        line: `ERROR ${word} failed in ${word}x`,
      });
  }
  return [...events, ...lines].sort((a, b) => a.t - b.t);
}

const five = ['/a', '/b', '/c', '/d', '/e'];
const alike: [string, Omit<Traffic, 'seed'>][] = [
  ['before and after', { rate: 20, oldSeconds: 200, newSeconds: 90 }],
  ['at once', { rate: 30, oldSeconds: 30, newSeconds: 90, share: 0.5, errors: [0.02, 0.02] }],
  ['at once, a tenth', { rate: 30, oldSeconds: 100, newSeconds: 90, share: 0.1, errors: [0.05, 0.05] }],
  ['one request in two seconds', { rate: 0.5, oldSeconds: 300, newSeconds: 300, errors: [0.02, 0.02] }],
  ['a third of all fails', { rate: 5, oldSeconds: 60, newSeconds: 90, errors: [0.33, 0.33] }],
  ['five endpoints', { rate: 20, oldSeconds: 100, newSeconds: 90, endpoints: five, errors: [0.02, 0.02] }],
  ['few old answers', { rate: 1, oldSeconds: 20, newSeconds: 200, endpoints: five, errors: [0.02, 0.02] }],
  ['wide spread', { rate: 10, oldSeconds: 60, newSeconds: 90, sigma: 1.5 }],
  ['a drift both share', { rate: 30, oldSeconds: 60, newSeconds: 90, share: 0.5, drift: (t) => 1 + t / 100 }],
];

function alarms(): void {
  console.log(`\nfalse alarms of ${RUNS} streams a row (alpha 1 %)`);
  const sum: Record<string, number> = {};
  let all = 0;
  for (const [name, spec] of alike) {
    const gates: Record<string, number> = {};
    for (let run = 0; run < RUNS; run++) {
      const end = spec.oldSeconds + spec.newSeconds;
      const events = traffic({ ...spec, seed: seedOf(run) });
      const found = judged(spec.share === undefined ? withLog(events, run, spec.oldSeconds, end) : events);
      if (found.verdict !== 'fail') continue;
      gates[found.gate] = (gates[found.gate] ?? 0) + 1;
      sum[found.gate] = (sum[found.gate] ?? 0) + 1;
      all++;
    }
    console.log(`  ${name.padEnd(28)} ${Object.values(gates).reduce((a, b) => a + b, 0)} ${JSON.stringify(gates)}`);
  }
  const streams = RUNS * alike.length;
  console.log(
    `  in all ${all} of ${streams} (${((100 * all) / streams).toFixed(2)} %); by gate ${JSON.stringify(sum)}`,
  );
}

/** Two halves of one log whose lines come in bursts with long tails: the hardest that a missing line is to be told from. */
function halves(): void {
  const end = 1200;
  const gates: Record<string, number> = {};
  for (let run = 0; run < RUNS; run++) {
    const random = seeded(run * 13 + 7);
    const events: JudgeEvent[] = [];
    for (let i = 0; i < 30; i++) {
      const word = `kind${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + Math.floor(i / 26))}`;
      // Gaps by Pareto's law, down to one without a variance.
      const [shape, scale] = [1.1 + random(), 0.3 + random() * 6];
      for (let t = 0; ; ) {
        t += scale * ((1 - random()) ** (-1 / shape) - 1) + 0.01;
        if (t >= end) break;
        const line = `INFO ${word} happened ${Math.floor(random() * 1e6)}`;
        const burst = 1 + Math.floor(random() * random() * 8);
        for (let k = 0; k < burst; k++)
          events.push({ kind: 'log', t: T0 + t + k * 0.01, version: t < end / 2 ? 'old' : 'new', line });
      }
    }
    const found = judged(events.sort((a, b) => a.t - b.t));
    if (found.verdict === 'fail') gates[found.gate] = (gates[found.gate] ?? 0) + 1;
  }
  console.log(`  two halves of a log of thirty bursty lines, by time: ${JSON.stringify(gates)} of ${RUNS}`);
}

const ln = Math.log;
const kl = (p: number, q: number) => p * ln(p / q) + (1 - p) * ln((1 - p) / (1 - q));
const shift = (ratio: number, margin: number) => ln(100) / (ln(ratio / margin) ** 2 / (2 * 0.36));
const middle = (p: number, q: number) => ln(100) / (kl(q, (p + q) / 2) + kl(p, (p + q) / 2));
const slower =
  (factor: number): Traffic['change'] =>
  (r) => ({ ...r, ms: r.ms * factor });

/** Wald's bound is that beyond the margin: what lies within it is no fault. */
const worse: [string, number, Omit<Traffic, 'seed'>][] = [
  [
    'errors 0.5 to 5 %, apart',
    ln(100) / kl(0.05, 0.0075),
    { rate: 50, oldSeconds: 300, newSeconds: 120, errors: [0.005, 0.05] },
  ],
  [
    'errors 0.5 to 5 %, at once',
    middle(0.005, 0.05),
    { rate: 50, oldSeconds: 10, newSeconds: 200, share: 0.5, errors: [0.005, 0.05] },
  ],
  [
    'errors 1 to 2 %, at once',
    middle(0.01, 0.02),
    { rate: 200, oldSeconds: 10, newSeconds: 200, share: 0.5, errors: [0.01, 0.02] },
  ],
  [
    'errors 30 to 90 %, apart',
    ln(100) / kl(0.9, 0.391),
    { rate: 5, oldSeconds: 60, newSeconds: 120, errors: [0.3, 0.9] },
  ],
  [
    '1.5 times slower, apart',
    shift(1.5, 1.25),
    { rate: 50, oldSeconds: 200, newSeconds: 60, median: 300, change: slower(1.5) },
  ],
  [
    '1.5 times slower, at once',
    2 * shift(1.5, 1.1),
    { rate: 50, oldSeconds: 60, newSeconds: 60, share: 0.5, change: slower(1.5) },
  ],
  [
    '1.3 times slower, at once',
    2 * shift(1.3, 1.1),
    { rate: 50, oldSeconds: 60, newSeconds: 120, share: 0.5, change: slower(1.3) },
  ],
];

function samples(): void {
  console.log('\nsamples until FAIL, divided by Wald’s bound beyond the margin (less half a second for the look)');
  for (const [name, bound, spec] of worse) {
    const found: number[] = [];
    for (let run = 0; run < Math.min(RUNS, 40); run++) {
      const decision = judged(traffic({ ...spec, seed: seedOf(run) }));
      if (decision.verdict === 'fail') found.push(decision.samples - (spec.rate * (spec.share ?? 1)) / 2);
    }
    const mean = found.reduce((a, b) => a + b, 0) / found.length;
    console.log(
      `  ${name.padEnd(28)} ${(mean / bound).toFixed(2)}  (${found.length} of ${Math.min(RUNS, 40)} found, bound ${Math.round(bound)})`,
    );
  }
}

function rivals(): void {
  const runs = Math.max(10, Math.min(30, Math.floor(RUNS / 4)));
  console.log(`\nthe same streams, old and new at once, ${runs} each: share of FAIL, median seconds to it`);
  const kinds: [string, Pick<Traffic, 'errors' | 'change'>][] = [
    ['alike, 0.5 % errors', { errors: [0.005, 0.005] }],
    ['errors 0.5 to 5 %', { errors: [0.005, 0.05] }],
    ['1.3 times slower', { errors: [0.005, 0.005], change: slower(1.3) }],
    ['ten times slower', { errors: [0.005, 0.005], change: slower(10) }],
  ];
  const judges: [string, (events: JudgeEvent[]) => Answer][] = [
    [
      'ours',
      (events) => {
        const { verdict, timeToVerdictMs } = judged(events);
        return { verdict: verdict === 'error' ? 'inconclusive' : verdict, seconds: timeToVerdictMs / 1000 };
      },
    ],
    ['Argo', (events) => argo(events, { errors: 0.01, p99: 500 })],
    ['Flagger', flagger],
    ['Kayenta', kayenta],
  ];
  for (const rate of [20, 5, 1]) {
    for (const [name, change] of kinds) {
      const streams = Array.from({ length: runs }, (_, run) =>
        traffic({ seed: seedOf(run), rate: 2 * rate, oldSeconds: 120, newSeconds: 900, share: 0.5, ...change }),
      );
      const cells = judges.map(([who, judge]) => {
        const failed = streams.map(judge).filter(({ verdict }) => verdict === 'fail');
        const share = Math.round((100 * failed.length) / runs);
        return `${who} ${share} % ${failed.length > 0 ? `${Math.round(median(failed.map(({ seconds }) => seconds)))} s` : '–'}`;
      });
      console.log(`  ${`${rate}/s ${name}`.padEnd(28)} ${cells.map((cell) => cell.padEnd(16)).join(' ')}`);
    }
  }
}

/** Of answers ten times slower: how many until FAIL. */
function gross(): void {
  console.log('\nanswers until FAIL, ten times slower');
  for (const beside of [false, true]) {
    for (const old of [60, 100, 400]) {
      const found: number[] = [];
      for (let run = 0; run < 40; run++) {
        const random = seeded(seedOf(run));
        const ms = (of: number) => of * Math.exp(0.6 * normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random()))));
        const events: JudgeEvent[] = [];
        const add = (t: number, version: 'old' | 'new', of: number) =>
          events.push({ kind: 'request', t: T0 + t, version, endpoint: '/a', ok: true, ms: ms(of) });
        for (let i = 0; i < old; i++) add(i, 'old', 80);
        for (let i = 0; i < 40; i++) {
          add(old + i + 0.3, 'new', 800);
          if (beside) add(old + i + 0.6, 'old', 80);
        }
        const decision = judged(events);
        if (decision.verdict === 'fail') found.push(decision.samples);
      }
      const mean = found.reduce((a, b) => a + b, 0) / found.length;
      console.log(
        `  ${beside ? 'at once' : 'apart'}, ${old} older answers: ${mean.toFixed(1)} (${found.length} of 40 found)`,
      );
    }
  }
}

if (asked('speed')) speed();
if (asked('samples')) samples();
if (asked('samples')) gross();
if (asked('rivals')) rivals();
if (asked('alarms')) alarms();
if (asked('alarms')) halves();
