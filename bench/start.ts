// CPU an action's start costs when its inputs are refused, against an empty Node in the same run, and against other
// bundles where a folder of them or a commit is given. Usage: npx node bench/start.ts [--against DIST|COMMIT] [FILE for the figures as JSON]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundlesToCompare } from './against.ts';

const { values, positionals } = parseArgs({ options: { against: { type: 'string' } }, allowPositionals: true });

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
const names = ['build', 'deploy', 'verify', 'notify'].map((name) => `action-${name}`);
const against = bundlesToCompare(values.against);
const folders = ['dist', ...(against ? [against] : [])];
const subjects = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
const empty: number[] = [];
const measured = new Map(subjects.map((name) => [name, [] as number[]]));
for (let run = 0; run <= runs; run++) {
  const base = cpuMs(['-e', '0']);
  if (run > 0) empty.push(base); // the first round warms the disk cache
  for (const name of subjects) {
    const cost = cpuMs([`${name}/index.js`]);
    if (run > 0) measured.get(name)!.push(cost);
  }
}
const base = median(empty);
const ratio = (value: number, by: number) => Number((value / by).toFixed(2));
const rows = names.map((bundle) => {
  const [ours, theirs] = folders.map((folder) => median(measured.get(`${folder}/${bundle}`)!));
  return {
    bundle,
    cpuMs: Math.round(ours!),
    ratio: ratio(ours!, base),
    ...(theirs ? { againstMs: Math.round(theirs), toThat: ratio(ours!, theirs) } : {}),
  };
});
console.log(`an empty node: ${base.toFixed(0)} ms of CPU (median of ${runs})`);
console.table(rows);
if (positionals[0]) writeFileSync(positionals[0], `${JSON.stringify({ emptyMs: base, rows })}\n`);
process.exitCode = rows.every((row) => row.ratio <= 6) ? 0 : 1;
