// Eight channels at once against the slowest of them alone: wall time of the whole step, medians of runs taken in turn.
// Usage: node bench/notify.ts [out.json]
import { writeFileSync } from 'node:fs';
import { runAction } from '../test/support/action.ts';
import { otherReceivers, strictReceivers } from '../test/support/receivers/index.ts';
import { startReceivers } from '../test/support/receivers/server.ts';

const RUNS = 11;
const MARGIN_MS = 50;
/** How long each vendor takes to answer, and what its address is told by. DingTalk is the slowest. */
const VENDORS: Record<string, { ms: number; path: string }> = {
  dingtalk: { ms: 400, path: '/robot/send' },
  wecom: { ms: 350, path: '/cgi-bin/' },
  feishu: { ms: 300, path: '/open-apis/bot/' },
  slack: { ms: 250, path: '/services/' },
  teams: { ms: 200, path: '/paths/invoke' },
  discord: { ms: 150, path: '/api/webhooks/' },
  telegram: { ms: 100, path: '/sendMessage' },
  webhook: { ms: 50, path: '' },
};

/** One step that tells these channels; milliseconds. Receivers are new each time, so that no rate window fills. */
async function step(names: string[]): Promise<number> {
  const all = { ...strictReceivers, ...otherReceivers };
  const server = await startReceivers(names.map((name) => all[name]!()));
  // The last script put in is looked at first, so the path that fits everything goes in first.
  for (const name of [...names].reverse()) {
    const { ms, path } = VENDORS[name]!;
    server.script(path, { do: 'slow', ms });
  }
  try {
    const result = await runAction('notify', { event: 'success', service: 'shop', require: 'all', ...server.inputs });
    const told = Number(result.outputs.delivered) + Number(result.outputs.accepted);
    if (told !== names.length) throw new Error(`${told} of ${names.length} told:\n${result.stdout}`);
    return result.ms;
  } finally {
    await server.close();
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const names = Object.keys(VENDORS);
const slowest = names.reduce((a, b) => (VENDORS[a]!.ms >= VENDORS[b]!.ms ? a : b));
const alone: number[] = [];
const together: number[] = [];
for (let run = 0; run <= RUNS; run++) {
  const figures = [await step([slowest]), await step(names)] as const;
  if (run === 0) continue; // the first round warms the disk cache
  alone.push(figures[0]);
  together.push(figures[1]);
}
const row = {
  channels: names.length,
  aloneMs: Math.round(median(alone)),
  togetherMs: Math.round(median(together)),
  extraMs: Math.round(median(together.map((ms, run) => ms - alone[run]!))),
};
console.log(`${slowest} alone against ${names.length} channels at once, medians of ${RUNS} whole steps`);
console.table([row]);
if (process.argv[2]) writeFileSync(process.argv[2], `${JSON.stringify(row)}\n`);
process.exitCode = row.extraMs <= MARGIN_MS ? 0 : 1;
