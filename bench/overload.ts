// What users get of an app that is asked three times what it can do: the share of good answers with and without
// max-connections, one after the other in one run. An answer is good when it is a 200 within the patience of a user. Needs
// a Docker engine and dist/action-deploy. The goal: with the limit 0.8 of what the app can do is answered well, and more than
// without; exit status 1 where it is missed. Usage: node bench/overload.ts [--seconds 10] [--times 3] [--json FILE]
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { TestApp } from '../test/support/deploy.ts';
import { ensureImages, NODE_IMAGE } from '../test/support/images.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const [seconds, times] = [Number(values.seconds), Number(values.times)];
const PATIENCE_MS = 2000;

/** One thread that works 5 ms on each request, as a page made on the server does: its capacity is what one core gives. */
const SERVER = `require('http').createServer((q,r)=>{const end=performance.now()+5;while(q.url!=='/healthz'&&performance.now()<end);r.end('ok')}).listen(3000)`;

interface Row {
  what: string;
  asked: number;
  good: number;
  /** Answered 503 at once, so that the user, or his browser, may come again. */
  refused: number;
  /** No answer within the patience. */
  late: number;
  share: number;
}

/** What it answers a second to a few who wait for each other. */
async function capacity(url: string): Promise<number> {
  const agent = new Agent({ connections: 4 });
  const end = performance.now() + 2000;
  let answered = 0;
  const one = async () => {
    while (performance.now() < end) {
      const { body } = await request(url, { dispatcher: agent });
      await body.text();
      answered++;
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  await agent.close();
  return answered / 2;
}

/** Open-loop: so many a second come, whatever becomes of those before. */
async function press(what: string, url: string, rate: number): Promise<Row> {
  const agent = new Agent({ connections: 4096, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  const row: Row = { what, asked: 0, good: 0, refused: 0, late: 0, share: 0 };
  const under: Promise<void>[] = [];
  const one = async () => {
    try {
      const { statusCode, body } = await request(url, { dispatcher: agent, signal: AbortSignal.timeout(PATIENCE_MS) });
      await body.text();
      if (statusCode === 200) row.good++;
      else row.refused++;
    } catch {
      row.late++; // Whoever has no answer by now is gone; why, he never learns.
    }
  };
  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000);
    for (; row.asked < due; row.asked++) under.push(one());
    await sleep(5);
  }
  await Promise.all(under);
  await agent.destroy();
  return { ...row, share: row.good / row.asked };
}

async function measure(what: string, more: Record<string, string>, rate?: number): Promise<Row & { capacity: number }> {
  const app = await TestApp.create();
  try {
    const made = await app.deploy('v1', { image: NODE_IMAGE, args: `node\n-e\n${SERVER}`, ...more });
    if (made.errors.length) throw new Error(made.errors.join());
    const can = rate ?? (await capacity(app.url));
    return { ...(await press(what, app.url, times * can)), capacity: can };
  } finally {
    app.remove();
  }
}

ensureImages('node', 'edge');
const without = await measure('without', {});
const limited = await measure('max-connections: 8', { 'max-connections': '8' }, without.capacity);
const rows = [without, limited];
const best = 1 / times;
const GOAL = 0.8;
console.log(
  `${Math.round(without.capacity)} requests a second is what it can do; asked ${times} times that for ${seconds} s`,
);
for (const { what, asked, good, refused, late, share } of rows) {
  const of = `${((100 * share) / best).toFixed(0)} % of what it could do`;
  console.log(
    `${what.padEnd(20)} ${good} of ${asked} good (${of}), ${refused} refused at once, ${late} never answered`,
  );
}
console.log(`load average ${loadavg()[0]!.toFixed(1)}`);
if (values.json) writeFileSync(values.json, JSON.stringify(rows));
process.exitCode = limited.share / best >= GOAL && limited.share > without.share ? 0 : 1;
