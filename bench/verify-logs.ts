// What reading logs costs: the prefilter against grep with the same expression, lines to evidence, the engine's followed
// stream to evidence, and memory over 500 MB of it. Megabytes a processor second; what is measured stands beside its peer in
// the same run. Usage: node bench/verify-logs.ts [megabytes, 200]
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Judge } from '../src/verify/judge/judge.ts';
import { Logs } from '../src/verify/judge/logs.ts';
import { seeded } from '../src/verify/judge/math.ts';
import { Feed } from '../src/verify/logs/feed.ts';
import { evidence } from '../src/verify/logs/prefilter.ts';

const T0 = Date.parse('2026-11-30T06:00:00Z');
const [mode, file] = process.argv.slice(2);

/** A shop's log: one and a half in a hundred lines are errors or warnings, the rest INFO, access log and pino. */
function shopLog(megabytes: number): Buffer {
  const random = seeded(3);
  const n = (most: number) => Math.floor(random() * most);
  const paths = ['/pay', '/cart', '/api/orders', '/health', '/static/app.js', '/users', '/search'];
  const lines: string[] = [];
  for (let size = 0, i = 0; size < megabytes * 1e6; i++) {
    const at = new Date(T0 + i).toISOString();
    const turn = random();
    let line = `{"level":30,"time":${T0 + i},"pid":1,"hostname":"web-1","msg":"request completed","path":"${paths[n(7)]}","ms":${n(250)}}`;
    if (turn < 0.012)
      line = `${at} ERROR 1 --- [shop] [exec-${n(9)}] c.s.PayController : card declined for order ${i} after ${n(900)} ms`;
    else if (turn < 0.015) line = `${at}  WARN 1 --- [shop] [exec-${n(9)}] c.s.Pool : pool is ${n(99)} % full`;
    else if (turn < 0.5)
      line = `${at}  INFO 1 --- [shop] [exec-${n(9)}] c.s.OrderController : order ${i} paid by customer ${n(99_999)} in ${n(250)} ms`;
    else if (turn < 0.8)
      line = `10.0.${n(255)}.${n(255)} - - [30/Nov/2026:06:42:35 +0000] "GET ${paths[n(7)]}?id=${i} HTTP/1.1" 200 ${n(9999)} "-" "Mozilla/5.0 (X11; Linux x86_64)" ${n(250) / 1000}`;
    lines.push(line);
    size += line.length + 1;
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The same as the engine sends it: a frame and a time for each line, `perSecond` of them. */
function framed(log: Buffer, perSecond: number): Buffer {
  const parts: Buffer[] = [];
  for (let from = 0, i = 0; from < log.length; i++) {
    const to = log.indexOf(10, from) + 1;
    const ms = (1000 * i) / perSecond;
    const stamp = `${new Date(T0 + ms).toISOString().slice(0, -1)}000000Z `;
    const head = Buffer.alloc(8);
    head[0] = 1;
    head.writeUInt32BE(stamp.length + to - from, 4);
    parts.push(head, Buffer.from(stamp), log.subarray(from, to));
    from = to;
  }
  return Buffer.concat(parts);
}

const newJudge = () =>
  new Judge({
    alpha: 1e-300,
    beta: 1e-300,
    warmUpMs: 0,
    durationMs: Number.POSITIVE_INFINITY,
    thresholds: [],
    sources: { requests: false, logs: true, counters: [] },
    random: seeded(1),
  });

/** A feed into a judge, as a run has it. */
function intoJudge(judge: Judge): Feed {
  return new Feed(
    { tty: false, shift: 0, now: () => T0 / 1000 },
    {
      entry: (entry, channel) =>
        judge.advance({
          kind: 'entry',
          t: Math.max(entry.t, judge.now || 0),
          version: 'new',
          entry,
          source: `a ${channel}`,
        }),
      lines: (count, t, each) =>
        judge.advance({ kind: 'lines', t: Math.max(t, judge.now || 0), version: 'new', count, each }),
    },
  );
}

async function memory(): Promise<void> {
  const judge = newJudge();
  const feed = intoJudge(judge);
  let most = 0;
  let bytes = 0;
  while (bytes < 500e6) {
    for await (const chunk of createReadStream(file!, { highWaterMark: 64 * 1024 })) {
      feed.push(chunk as Buffer);
      bytes += chunk.length;
      most = Math.max(most, process.memoryUsage.rss());
    }
  }
  feed.end();
  console.log(`memory: ${Math.round(most / 1e6)} MB at most over ${Math.round(bytes / 1e6)} MB of a followed log`);
}

const cpu = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
/** Megabytes a processor second: the median of five runs behind one that warms up. */
const speed = (megabytes: number, work: () => void) =>
  median(Array.from({ length: 6 }, () => megabytes / cpu(work)).slice(1));

function main(megabytes: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
  try {
    const log = shopLog(megabytes);
    const path = join(folder, 'shop.log');
    writeFileSync(path, log);
    const pattern = join(folder, 'pattern');
    writeFileSync(pattern, evidence().source);
    let hits = 0;
    const scan = speed(log.length / 1e6, () => {
      hits = 0;
      for (let at = evidence().find(log, 0, log.length); at >= 0; ) {
        hits++;
        const next = log.indexOf(10, at);
        at = next < 0 ? -1 : evidence().find(log, next, log.length);
      }
    });
    const timed = 'TIMEFORMAT="%U %S"; { time grep -Ecf "$0" "$1"; } 2>&1';
    const greps = Array.from({ length: 4 }, () =>
      execFileSync('bash', ['-c', timed, pattern, path], { env: { ...process.env, LC_ALL: 'C' }, encoding: 'utf8' })
        .trim()
        .split(/\s+/)
        .map(Number),
    );
    const grep = median(greps.slice(1).map(([, user, system]) => log.length / 1e6 / (user! + system!)));
    console.log(
      `prefilter: ${Math.round(scan)} MB/s, grep -E ${Math.round(grep)} MB/s with its expression, ratio ${(scan / grep).toFixed(2)}; lines ${hits} and ${greps[0]![0]}`,
    );
    const lines = log.subarray(0, 60e6).toString('utf8').split('\n');
    const pipeline = speed(Math.min(60, megabytes), () => {
      const logs = new Logs({ ignored: () => false });
      for (let i = 0; i < lines.length; i++)
        logs.add('new', 'a stdout', Math.floor(i / 40_000), lines[i]!, true, false);
      logs.flush(1e9, false, true);
    });
    console.log(`lines to evidence: ${Math.round(pipeline)} MB/s`);
    const stream = framed(log.subarray(0, log.indexOf(10, Math.min(60e6, log.length - 1)) + 1), 40_000);
    const followed = speed(stream.length / 1e6, () => {
      const feed = intoJudge(newJudge());
      for (let i = 0; i < stream.length; i += 65_536) feed.push(stream.subarray(i, i + 65_536));
      feed.end();
    });
    console.log(`the engine's stream to evidence: ${Math.round(followed)} MB/s`);
    writeFileSync(path, stream);
    process.stdout.write(execFileSync(process.execPath, [import.meta.filename, 'memory', path], { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (mode === 'memory') await memory();
else main(Number(mode ?? 200));
