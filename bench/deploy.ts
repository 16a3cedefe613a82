// Requests lost while a release is replaced, through the whole action: stop-and-run, docker-rollout's method and ours, in
// one run and under the same traffic; and a deploy over ssh against a local one. Needs a Docker engine, dist/action-deploy
// and, for the last part, sshd. With --against a folder of other bundles, or those of a commit, is measured beside ours.
// Usage: npx node bench/deploy.ts [--rate 1000] [--seconds 30] [--only TEXT] [--against DIST|COMMIT] [--json FILE]
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildApp } from '../test/support/app.ts';
import { TestApp } from '../test/support/deploy.ts';
import { startSshd } from '../test/support/sshd.ts';
import { startTraffic } from '../test/support/traffic.ts';
import { bundlesToCompare } from './against.ts';
import { type Method, ours, recreate, rollout } from './deploy/methods.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    only: { type: 'string', default: '' },
    against: { type: 'string' },
    json: { type: 'string' },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const against = bundlesToCompare(values.against);

/** Kinds of traffic. Slow requests take 1.5 s each, so their rate is a tenth: each connection holds one at a time. */
const KINDS = [
  { kind: 'GET', options: { rate, connections: 128 }, env: [] },
  { kind: 'POST', options: { rate, connections: 128, method: 'POST' as const }, env: [] },
  { kind: 'new connections', options: { rate, connections: 128, reuse: false }, env: [] },
  { kind: 'slow (1.5 s)', options: { rate: rate / 10, connections: 1024 }, env: ['DELAY_MS=1500'] },
];

interface Row {
  method: string;
  traffic: string;
  requests: number;
  lost: number;
  errors5xx: number;
  /** Lost and 5xx of a hundred thousand. */
  per100k: number;
  actionMs: number;
}

async function measure(method: Method, { kind, options, env }: (typeof KINDS)[number]): Promise<Row> {
  try {
    const url = await method.setUp(['VERSION=v1', ...env]);
    const traffic = startTraffic(url, options);
    const until = performance.now() + seconds * 1000;
    await sleep(Math.min(2000, seconds * 200));
    const begun = performance.now();
    await method.act(['VERSION=v2', ...env]);
    const actionMs = Math.round(performance.now() - begun);
    await sleep(Math.max(1000, until - performance.now()));
    const { sent, lost, errors5xx, versions } = await traffic.stop();
    if (versions.size < 2)
      throw new Error(`${method.name}: only ${[...versions.keys()]} answered, nothing was replaced`);
    return {
      method: method.name,
      traffic: kind,
      requests: sent,
      lost,
      errors5xx,
      per100k: Math.round(((lost + errors5xx) / sent) * 1e5),
      actionMs,
    };
  } finally {
    await method.tearDown();
  }
}

/** The shortest deploy there is, and one with the defaults of the action: its gate's looks and its watch. */
const SETTINGS = {
  shortest: {},
  defaults: { 'health-interval': '1s', 'healthy-after': '3', watch: '10s' },
};

/** Median milliseconds of a blue-green deploy, by each way to the engine in turn, so that a busy moment meets both. */
async function overSsh(
  settings: Record<string, string>,
  rounds: number,
): Promise<{ localMs: number; sshMs: number; ratio: number }> {
  const sshd = await startSshd();
  const app = await TestApp.create();
  const ways = { local: {}, ssh: { hosts: sshd.host, 'ssh-key': sshd.key, 'ssh-known-hosts': sshd.knownHosts } };
  const took: Record<keyof typeof ways, number[]> = { local: [], ssh: [] };
  try {
    await app.deploy('v0');
    for (let n = 1; n <= rounds; n++) {
      for (const way of ['local', 'ssh'] as const) {
        const inputs = { ...ways[way], ...settings, 'keep-warm': '0s' };
        const { exitCode, errors, ms } = await app.deploy(`${way}${n}`, inputs);
        if (exitCode !== 0) throw new Error(errors.join());
        took[way].push(ms);
      }
    }
  } finally {
    app.remove();
    await sshd.stop();
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
  const [localMs, sshMs] = [Math.round(median(took.local)), Math.round(median(took.ssh))];
  return { localMs, sshMs, ratio: Number((sshMs / localMs).toFixed(2)) };
}

buildApp();
const WAYS = ['blue-green', 'canary', 'rollback'] as const;
const methods = [
  recreate,
  rollout,
  ...WAYS.flatMap((way) => [() => ours(way), ...(against ? [() => ours(way, against)] : [])]),
];
const rows: Row[] = [];
const loadBefore = loadavg()[0];
for (const kind of KINDS) {
  for (const make of methods) {
    const method = make();
    if (!`${method.name} ${kind.kind}`.includes(values.only)) continue;
    const row = await measure(method, kind);
    rows.push(row);
    console.error(
      `${row.method}, ${row.traffic}: ${row.lost + row.errors5xx} of ${row.requests} failed, ${row.actionMs} ms`,
    );
  }
}
const ssh = 'ssh'.includes(values.only)
  ? { shortest: await overSsh(SETTINGS.shortest, 5), defaults: await overSsh(SETTINGS.defaults, 3) }
  : undefined;
console.table(rows);
const failed = (part: string) =>
  rows.filter((r) => r.method.includes(part)).reduce((sum, r) => sum + r.lost + r.errors5xx, 0);
const summary = {
  rate,
  seconds,
  loadBefore,
  failed: { recreate: failed('recreate'), rollout: failed('rollout'), ours: failed('action-deploy') },
  ssh,
};
console.log(JSON.stringify({ ...summary, rows }));
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...summary, rows })}\n`);
process.exitCode = summary.failed.ours === 0 && (ssh?.defaults.ratio ?? 0) <= 1.2 ? 0 : 1;
