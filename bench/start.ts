// CPU an action's start costs when its inputs are refused, against an empty Node in the same run. Usage: node bench/start.ts
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

// Each child tells its own CPU on its way out; user and system time, microseconds.
const hook = `data:text/javascript,${encodeURIComponent(
  "process.on('exit',()=>{const c=process.cpuUsage();process.stderr.write('cpu='+(c.user+c.system)+'\\n')})",
)}`;

function cpuMs(args: string[]): number {
  const { stderr } = spawnSync(process.execPath, ['--import', hook, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  const found = /cpu=(\d+)/.exec(stderr);
  if (!found) throw new Error(`no figure from ${args.join(' ')}: ${stderr}`);
  return Number(found[1]) / 1000;
}
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const runs = 11;
const subjects = ['build', 'deploy', 'verify', 'notify'];
const empty: number[] = [];
const measured = new Map(subjects.map((name) => [name, [] as number[]]));
for (let run = 0; run <= runs; run++) {
  const base = cpuMs(['-e', '0']);
  if (run > 0) empty.push(base); // the first round warms the disk cache
  for (const name of subjects) {
    const cost = cpuMs([`dist/action-${name}/index.js`]);
    if (run > 0) measured.get(name)!.push(cost);
  }
}
const base = median(empty);
const rows = subjects.map((name) => ({
  bundle: `action-${name}`,
  cpuMs: Math.round(median(measured.get(name)!)),
  ratio: Number((median(measured.get(name)!) / base).toFixed(2)),
}));
console.log(`an empty node: ${base.toFixed(0)} ms of CPU (median of ${runs})`);
console.table(rows);
if (process.argv[2]) writeFileSync(process.argv[2], `${JSON.stringify({ emptyMs: base, rows })}\n`);
process.exitCode = rows.every((row) => row.ratio <= 6) ? 0 : 1;
