import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runAction } from '../../support/action.ts';
import { T0, type Traffic, traffic } from '../../support/verify/streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const replay = (lines: (object | string)[], inputs: Record<string, string> = {}) => {
  const file = join(folder, `${files++}.jsonl`);
  writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return runAction('verify', { mode: 'replay', 'replay-file': file, ...inputs });
};
const calm: Traffic = { seed: 3, rate: 40, oldSeconds: 120, newSeconds: 90, errors: [0.001, 0.001] };

describe('replay through the bundle', () => {
  it('passes a version that is alike, with all outputs', async () => {
    const run = await replay(traffic(calm));
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ verdict: 'pass', needed: '0', 'error-code': '' });
    expect(Number(run.outputs.samples)).toBeGreaterThan(500);
    expect(Number(run.outputs['time-to-verdict-ms'])).toBeGreaterThanOrEqual(30_000);
    const checks = JSON.parse(run.outputs.checks!);
    expect(checks.map((check: { gate: string }) => check.gate)).toEqual(
      expect.arrayContaining(['errors', 'latency', 'tail', 'endpoints']),
    );
    expect(run.outputs.checks).not.toContain('\n');
    expect(run.summary).toContain('| errors |');
  });

  it('judges a first release by its thresholds, whatever its log says that no old one can be asked about', async () => {
    const at = (i: number) => 1795258800 + i / 20;
    const first = Array.from({ length: 500 }, (_, i) => [
      { t: at(i), version: 'new', kind: 'request', endpoint: '/pay', ok: true, ms: 20 + (i % 7) },
      ...(i % 20 ? [] : [{ t: at(i), version: 'new', kind: 'log', line: '{"level":"error","msg":"no recommender"}' }]),
    ]).flat();
    const run = await replay(first, { thresholds: 'error-rate <= 5%' });
    expect(run.outputs).toMatchObject({ verdict: 'pass', samples: '500' });
    const states = JSON.parse(run.outputs.checks!).map((c: { gate: string; state: string }) => [c.gate, c.state]);
    expect(states).toEqual([
      ['signatures', 'skipped'],
      ['log-rate', 'skipped'],
      ['threshold error-rate <= 5%', 'pass'],
    ]);
    expect((await replay(first)).outputs).toMatchObject({ verdict: 'inconclusive', samples: '500' });
  });

  it('fails a version that is worse with exit 1 and one error line', async () => {
    const run = await replay(traffic({ ...calm, errors: [0.001, 0.1] }));
    expect(run.exitCode).toBe(1);
    expect(run.errors).toEqual([expect.stringMatching(/^VERDICT_FAIL: /)]);
    expect(run.outputs).toMatchObject({ verdict: 'fail', 'error-code': 'VERDICT_FAIL' });
  });

  /** A shop's orders with a line each, and what its new version does instead from its start on. */
  const shop = (
    fault: { change?: Traffic['change']; line?: (since: number) => string[] } = {},
    newSeconds = 240,
    rate = 10,
  ) =>
    traffic({ ...calm, rate, newSeconds, change: fault.change }).flatMap((request, i) => {
      const since = request.t - T0 - calm.oldSeconds;
      const lines = since >= 0 && fault.line ? fault.line(since) : [`INFO order ${i} saved`];
      return [request, ...lines.map((line) => ({ kind: 'log', t: request.t, version: request.version, line }))];
    });
  it.each<[string, Parameters<typeof shop>[0], RegExp]>([
    ['requests that fail', { change: (r, random) => ({ ...r, ok: random() > 0.2 }) }, /^Failed requests rose/],
    ['slow answers', { change: (r) => ({ ...r, ms: r.ms * 3 }) }, /^Answers.* became slower/],
    ['answers that become ever slower', { change: (r) => ({ ...r, ms: r.ms * (1 + r.since / 40) }) }, /became slower/],
    ['error lines', { line: (s) => ['INFO order 1 saved', ...(s % 3 < 1 ? ['ERROR no stock left'] : [])] }, /no stock/],
    ['lines that are missing', { line: () => [] }, /does not write "INFO order/],
    ['a worker that stopped', { line: (s) => (s < 100 ? ['INFO order 1 saved'] : []) }, /any more: none came/],
  ])('fails a shop of %s for that reason', async (_, fault, reason) => {
    const run = await replay([...shop(fault), { ...shop().at(-1)!, kind: 'log', line: 'INFO tick' }]);
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(reason) });
  });

  it('passes the same shop without a fault, and says of little traffic how much is missing', async () => {
    expect((await replay(shop({}, 90, 40))).outputs.verdict).toBe('pass');
    const few = (await replay(shop({}, 5))).outputs;
    expect(few).toMatchObject({ verdict: 'inconclusive', reason: expect.stringMatching(/about \d+ more samples/) });
    expect(Number(few.needed)).toBeGreaterThan(0);
  });

  it('fail-on and on-* decide what a verdict does to the step', async () => {
    const bad = traffic({ ...calm, errors: [0.001, 0.1] });
    expect((await replay(bad, { 'fail-on': 'none' })).exitCode).toBe(0);
    const few = traffic({ ...calm, newSeconds: 3 });
    expect(await replay(few)).toMatchObject({ exitCode: 0, outputs: { verdict: 'inconclusive' } });
    expect(await replay(few, { 'on-inconclusive': 'fail' })).toMatchObject({
      exitCode: 1,
      outputs: { 'error-code': 'VERDICT_INCONCLUSIVE' },
    });
    expect(await replay(few, { 'fail-on': 'fail, inconclusive' })).toMatchObject({ exitCode: 1 });
    expect(await replay(few, { 'fail-on': 'inconclusive', 'on-inconclusive': 'pass' })).toMatchObject({
      outputs: { 'error-code': 'INPUT_INVALID' },
    });
  });

  const good = { t: 1795258800, version: 'new', kind: 'request', endpoint: '/pay', ok: true, ms: 4 };
  const bad: [string, object | string][] = [
    ['broken JSON', '{"t":1,'],
    ['an empty line', ''],
    ['a list', '[1]'],
    ['no time', { ...good, t: undefined }],
    ['a time as text', { ...good, t: '1795258800' }],
    ['a negative time', { ...good, t: -1 }],
    ['a negative latency', { ...good, ms: -4 }],
    ['no latency', { ...good, ms: undefined }],
    ['a latency that is null', { ...good, ms: null }],
    ['an unknown version', { ...good, version: 'newer' }],
    ['an unknown kind', { ...good, kind: 'trace' }],
    ['ok as a number', { ...good, ok: 1 }],
    ['no endpoint', { ...good, endpoint: undefined }],
    ['a log without a line', { t: good.t, version: 'new', kind: 'log' }],
    ['a jump of an hour', { ...good, t: good.t + 3600 }],
    ['a jump of an hour back', { ...good, t: good.t - 3600 }],
  ];
  it.each(bad)('%s is an error that names the line', async (_, line) => {
    const run = await replay([good, good, line, good]);
    expect(run.outputs.verdict).toBe('error');
    expect(run.outputs.reason).toMatch(/[Ll]ine [34]\b/);
    expect(run).toMatchObject({ exitCode: 1, outputs: { 'error-code': 'VERDICT_ERROR' } });
  });

  it('an error has its code, though the policy keeps the step green', async () => {
    const run = await replay([good, 'oops'], { 'on-error': 'warn' });
    expect(run).toMatchObject({ exitCode: 0, outputs: { verdict: 'error', 'error-code': 'VERDICT_ERROR' } });
  });

  it('a bad line far behind the verdict is told as well, and fails the step', async () => {
    const run = await replay([...traffic({ ...calm, errors: [0.001, 0.5] }), 'oops']);
    expect(run.outputs).toMatchObject({ verdict: 'error', 'error-code': 'VERDICT_ERROR' });
    expect(run.exitCode).toBe(1);
  });

  it('versions that stand one after the other in the file but overlap in time are compared at once', async () => {
    const events = traffic({ ...calm, share: 0.5, drift: (t) => 1 + t / 50 });
    const apart = [
      ...events.filter((event) => event.version === 'old'),
      ...events.filter((event) => event.version === 'new'),
    ];
    expect((await replay(apart)).summary).toContain('at the same time');
  });

  it('a file that is not there is an error of its own', async () => {
    const run = await runAction('verify', { mode: 'replay', 'replay-file': join(folder, 'nowhere') });
    expect(run).toMatchObject({ exitCode: 1, outputs: { verdict: 'error', 'error-code': 'REPLAY_UNREADABLE' } });
  });

  it.each([
    ['error-rate <= 1', 'line 1, column 15'],
    ['p99 =< 300ms', 'line 1, column 5'],
    ['p99 <= 300ms during 20:00-02:00 Mars/Base', 'column 33'],
    ['p99 <= 300ms\nlatency <= 3ms', 'line 2, column 1'],
    ['cpu <= 80% for 5', 'column 16'],
    ['p99 <= 300ms during 20:00-02:00', 'time zone'],
  ])('the threshold %s is an input error that points at the place', async (thresholds, place) => {
    const run = await replay([good], { thresholds });
    expect(run.outputs).toMatchObject({ 'error-code': 'INPUT_INVALID', verdict: 'error' });
    expect(run.errors[0]).toContain('thresholds: ');
    expect(run.errors[0]).toContain(place);
  });

  it('hides personal data of log lines in the evidence, the report and everywhere else', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => ({
      t: 1795258800 + i / 10,
      version: 'new',
      kind: 'log',
      line: `{"level":"error","msg":"refused 姓名：张三","receiver":{"phone":"13800138000"},"card":"4111 1111 1111 1111","order":"A-77","password":"hunter2"}`,
    }));
    const run = await replay(
      [
        ...traffic({ ...calm, newSeconds: 50 }).map((event) => ({ ...event, t: event.t - 14_400 - 120 })),
        ...lines,
      ].sort((a, b) => a.t - b.t),
      { 'report-dir': join(folder, 'hidden') },
    );
    const evidence = readFileSync(run.outputs.evidence!, 'utf8') + readFileSync(run.outputs.report!, 'utf8');
    expect(evidence).toContain('A-77');
    const everything = [run.stdout, run.summary, JSON.stringify(run.outputs), evidence].join('\n');
    for (const datum of ['张三', '13800138000', '4111', 'hunter2']) expect(everything).not.toContain(datum);
  });

  it.each([['/proc/nowhere'], [join(folder, 'few.txt', 'under')]])(
    'a report-dir that cannot be made (%s) is an error, and the verdict stands',
    async (dir) => {
      writeFileSync(join(folder, 'few.txt'), '');
      const run = await replay([good], { 'report-dir': dir });
      expect(run.outputs).toMatchObject({ verdict: 'inconclusive', 'error-code': 'REPORT_UNWRITABLE' });
    },
  );

  it('without report-dir each run has a folder of its own, so that no step overwrites another', async () => {
    const env = { RUNNER_TEMP: folder };
    const file = join(folder, 'few.jsonl');
    writeFileSync(file, JSON.stringify(good));
    const runs = [0, 1].map(() => runAction('verify', { mode: 'replay', 'replay-file': file }, { env }));
    const reports = (await Promise.all(runs)).map(({ outputs }) => outputs.report!);
    expect(new Set(reports).size).toBe(2);
    for (const report of reports) expect(readFileSync(report, 'utf8')).toContain('inconclusive');
  });

  it('keeps the last 400 lines as evidence, in report-dir', async () => {
    const lines = Array.from({ length: 900 }, (_, i) => ({
      t: 1795258800 + i,
      version: 'new',
      kind: 'log',
      line: `INFO order A-${i} paid by 13800138000`,
    }));
    const run = await replay(lines, { 'report-dir': join(folder, 'out') });
    const kept = readFileSync(run.outputs.evidence!, 'utf8').trim().split('\n');
    expect(kept).toHaveLength(400);
    expect(kept.at(-1)).toBe('INFO order A-899 paid by [phone]');
    expect(readFileSync(run.outputs.report!, 'utf8')).not.toContain('13800138000');
  });
});
