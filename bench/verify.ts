// Events a second the judge takes, against JSON.parse of the same events as lines, in one run. Usage: node bench/verify.ts
import { judged, traffic } from '../test/support/verify/streams.ts';

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
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

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
