import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAction } from '../../support/action.ts';
import { ENGINE_HOST, ENGINE_SOCKET } from '../../support/engine.ts';
import { ensureImages } from '../../support/images.ts';
import { Harbour, type Shop } from '../../support/verify/shop.ts';

const harbour = new Harbour();
const folder = mkdtempSync(join(tmpdir(), 'seatrial-verify-'));
let old: Shop;

beforeAll(async () => {
  ensureImages('node');
  old = await harbour.shop();
});
afterAll(async () => {
  await harbour.close();
  rmSync(folder, { recursive: true, force: true });
});

const verify = (fresh: Shop, inputs: Record<string, string> = {}, options = {}) =>
  runAction(
    'verify',
    {
      containers: `old=${old.name}\nnew=${fresh.name}`,
      urls: `old:pay=${old.url}/pay\nnew:pay=${fresh.url}/pay`,
      rate: '60',
      'warm-up': '1s',
      duration: '20s',
      'report-dir': join(folder, fresh.name),
      ...inputs,
    },
    options,
  );

// They mostly wait, each for containers of its own.
describe('live verify', { concurrent: true }, () => {
  it('fails a version whose requests fail, from probes, and names the errors', async () => {
    const run = await verify(await harbour.shop({ FAIL: '30' }));
    expect(run.outputs).toMatchObject({ verdict: 'fail', 'error-code': 'VERDICT_FAIL' });
    expect(run.exitCode).toBe(1);
    expect(run.errors).toHaveLength(1);
    expect(run.errors[0]).toMatch(/^VERDICT_FAIL: Failed requests/);
    expect(Number(run.outputs['time-to-verdict-ms'])).toBeGreaterThan(0);
    expect(run.summary).toContain('Failed requests');
    expect(existsSync(run.outputs.report ?? '') && existsSync(run.outputs.evidence ?? '')).toBe(true);
  });

  it('fails when every first probe fails', async () => {
    const run = await verify(await harbour.shop({ FAIL: '100' }));
    expect(run.outputs.verdict).toBe('fail');
    // Which of the two is sure first depends on how many requests the old version had in that time.
    expect(run.outputs.reason).toMatch(
      /^(The first 10 requests of the new version all failed \(HTTP 500\)|Failed requests rose from 0\.00 % .* to 100\.00 % )/,
    );
    expect(run.summary).toContain('× HTTP 500');
  });

  it('says what is missing when the time is too short for a good version', async () => {
    const run = await verify(await harbour.shop(), { duration: '6s', 'warm-up': '4s' });
    expect(run.outputs.verdict).toBe('inconclusive');
    expect(run.exitCode).toBe(0);
    expect(Number(run.outputs.needed)).toBeGreaterThan(0);
    expect(run.summary).toContain('would need');
  });

  it('fails a version that only its log gives away', async () => {
    const run = await verify(await harbour.shop({ LOG_ERROR: '1' }), { duration: '40s', urls: '' });
    expect(run.outputs.verdict).toBe('fail');
    expect(run.outputs.reason).toMatch(/log|never wrote/);
    expect(readFileSync(run.outputs.evidence!, 'utf8')).toContain('payment gateway refused');
  });

  it('reads the log of a terminal, as evidence too', async () => {
    const run = await verify(await harbour.shop({ LOG_ERROR: '1' }, {}, true), { duration: '40s', urls: '' });
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(/log|never wrote/) });
    expect(readFileSync(run.outputs.evidence!, 'utf8')).toContain('payment gateway refused');
  });

  it('does not check a log that can’t be read, and judges the rest', async () => {
    const run = await verify(
      await harbour.shop({ FAIL: '30', LOG_ERROR: '1' }, { LogConfig: { Type: 'none', Config: {} } }),
    );
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(/^Failed requests/) });
    expect(run.summary).toMatch(/log can['’]t be read from the engine \(log driver none\)/);
    const checks = JSON.parse(run.outputs.checks!) as { gate: string; state: string }[];
    for (const gate of ['signatures', 'log-rate'])
      expect(checks.find((check) => check.gate === gate)).toMatchObject({ state: 'skipped' });
  });

  it('takes a restart as a hard fact', async () => {
    const run = await verify(await harbour.shop({ EXIT_AT: '6000' }, { RestartPolicy: { Name: 'always' } }), {
      urls: '',
    });
    expect(run.outputs.verdict).toBe('fail');
    expect(run.outputs.reason).toMatch(/restart/);
  });

  it('fails a worker that says it started and never works, by the lines that come no more', async () => {
    const dead = await harbour.shop({ QUIET: '1' });
    const containers = `old=${old.name}\nnew=${dead.name}`;
    const run = await runAction('verify', {
      containers,
      'warm-up': '0s',
      duration: '90s',
      'report-dir': join(folder, 'dead'),
    });
    expect(run.outputs).toMatchObject({ verdict: 'fail', samples: '0' });
    expect(run.outputs.reason).toMatch(/^The new version does not write ".*tick/);
  });

  it('takes a paused container as a hard fact: a worker has no requests that could be missed', async () => {
    const paused = await harbour.shop();
    await paused.pause();
    const run = await runAction('verify', {
      containers: paused.name,
      duration: '20s',
      'warm-up': '1s',
      'report-dir': join(folder, 'paused'),
    });
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: `${paused.name} is paused: it does not run.` });
  });

  it('takes an OOM kill as a hard fact', async () => {
    const run = await verify(await harbour.shop({ EAT: '4000' }, { RestartPolicy: { Name: 'always' } }), { urls: '' });
    expect(run.outputs.verdict).toBe('fail');
    expect(run.outputs.reason).toMatch(/memory|restart/);
  });

  it('fails a version whose memory leaks, before it is killed for it', async () => {
    // 3 MiB a second of 512: full in three minutes.
    const limits = { Memory: 512 << 20, MemorySwap: 512 << 20 };
    const [well, leaking] = [await harbour.shop({}, limits), await harbour.shop({ LEAK: '3' }, limits)];
    const run = await runAction('verify', {
      containers: `old=${well.name}\nnew=${leaking.name}`,
      'warm-up': '0s',
      duration: '150s',
      'report-dir': join(folder, 'leak'),
    });
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(leaking.name) });
    expect(run.outputs.reason).toMatch(/^Memory of .* rises without end: .* the old version took/);
  });

  it('answers error, never pass, when the engine goes away', async () => {
    const { socketPath, close, drop } = await relay(join(folder, 'engine.sock'));
    const fresh = await harbour.shop();
    try {
      const run = await verify(
        fresh,
        { hosts: `unix://${socketPath}`, duration: '60s', urls: '' },
        {
          onStart: (child: import('node:child_process').ChildProcess) =>
            child.stdout!.on('data', (text) => String(text).includes('new ') && drop()),
        },
      );
      expect(run.outputs).toMatchObject({ verdict: 'error', reason: expect.stringContaining('source') });
      expect(run.stdout).not.toMatch(/Verdict: pass/);
    } finally {
      close();
    }
  });

  it('ends with an error when it is cancelled, and leaves outputs', async () => {
    const run = await verify(
      await harbour.shop(),
      { duration: '60s', 'warm-up': '50s' },
      {
        onStart: (child: import('node:child_process').ChildProcess) =>
          child.stdout!.on('data', (text) => String(text).includes('requests') && child.kill('SIGINT')),
      },
    );
    expect(run.outputs.verdict).toBe('error');
    expect(run.outputs.reason).toContain('cancelled');
  });

  it('shows no personal datum of a log anywhere', async () => {
    const line =
      '{"level":"error","msg":"refused","buyerName":"Zhang Wei","phone":"13800138000","mail":"zhang.wei@example.com"}';
    const run = await verify(await harbour.shop({ LOG_LINE: line }), { duration: '12s' });
    const everything = [
      run.stdout,
      run.stderr,
      run.summary,
      JSON.stringify(run.outputs),
      readFileSync(run.outputs.report!, 'utf8'),
      readFileSync(run.outputs.evidence!, 'utf8'),
    ].join('\n');
    for (const datum of ['Zhang', '13800138000', 'zhang.wei']) expect(everything).not.toContain(datum);
    expect(readFileSync(run.outputs.evidence!, 'utf8')).toContain('refused');
  });

  it('captures a baseline and compares with it after the old version is gone', async () => {
    const gone = await harbour.shop();
    const base = await runAction('verify', {
      mode: 'baseline',
      containers: gone.name,
      urls: `pay=${gone.url}/pay`,
      rate: '100',
      duration: '5s',
      'report-dir': join(folder, 'base'),
    });
    expect(base.exitCode).toBe(0);
    expect(base.outputs.reason).toContain('Captured');
    await gone.kill();
    const bad = await harbour.shop({ FAIL: '20' });
    const run = await runAction('verify', {
      containers: bad.name,
      urls: `pay=${bad.url}/pay`,
      rate: '60',
      'warm-up': '1s',
      duration: '20s',
      baseline: 'captured',
      'baseline-file': base.outputs['baseline-file']!,
      'report-dir': join(folder, 'after'),
    });
    expect(run.outputs.verdict).toBe('fail');
  });

  it('tells the slots of a deployment apart by asking each container', async () => {
    const bad = await harbour.shop({ FAIL: '25' });
    const slot = (release: string, role: string, weight: number, shop: Shop) => ({
      release,
      image: 'shop',
      role,
      weight,
      containers: [{ id: shop.id, name: shop.name }],
    });
    const deployment = {
      app: 'shop',
      environment: 'production',
      release: 'r2',
      previous: 'r1',
      image: 'shop',
      state: 'pending',
      hosts: [
        {
          host: ENGINE_HOST,
          slots: [slot('r1', 'current', 90, old), slot('r2', 'candidate', 10, bad)],
        },
      ],
    };
    const run = await runAction('verify', {
      deployment: JSON.stringify(deployment),
      urls: 'pay=http://shop.example/pay',
      rate: '60',
      'warm-up': '1s',
      duration: '20s',
      'report-dir': join(folder, 'slots'),
    });
    expect(run.outputs.verdict).toBe('fail');
    expect(run.summary).toContain('asked directly (2)');
    expect(JSON.parse(run.outputs.checks!)[0]).toMatchObject({
      gate: 'errors',
      old: expect.stringContaining('0.00 %'),
    });
  });

  it('takes a new container that is gone as a hard fact, and an old one as not checked', async () => {
    const slot = (release: string, role: string, id: string) => ({
      release,
      role,
      weight: 50,
      containers: [{ id: id.repeat(64), name: `gone-${release}` }],
    });
    const deployment = {
      app: 'shop',
      environment: 'production',
      release: 'r2',
      previous: 'r1',
      state: 'pending',
      hosts: [
        { host: 'unix:///var/run/docker.sock', slots: [slot('r1', 'current', 'd'), slot('r2', 'candidate', 'e')] },
      ],
    };
    const run = await runAction('verify', {
      deployment: JSON.stringify(deployment),
      urls: 'pay=http://shop.example/pay',
      'report-dir': join(folder, 'gone'),
    });
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: 'The container gone-r2 is gone.' });
    expect(run.summary).toContain('gone-r1: it is gone');
  });

  /** Users who come through an edge that shares out by halves, and nothing else: no URL is probed. */
  async function byUsers(name: string, bad: Shop, recorded: boolean) {
    ensureImages('edge');
    const edge = await harbour.edge([old, bad], recorded);
    const slot = (release: string, role: string, shop: Shop) => ({
      release,
      role,
      weight: 50,
      containers: [{ id: shop.id, name: shop.name }],
    });
    const deployment = {
      app: 'shop',
      environment: 'production',
      release: 'r2',
      previous: 'r1',
      state: 'pending',
      hosts: [
        {
          host: ENGINE_HOST,
          edge: { container: edge.name },
          slots: [slot('r1', 'current', old), slot('r2', 'candidate', bad)],
        },
      ],
    };
    const stop = new AbortController();
    const users = (async () => {
      for (let i = 0; !stop.signal.aborted; i++)
        await fetch(`${edge.url}/${i % 4 < 2 ? 'pay' : 'orders'}/${i}?card=4111`).catch(() => undefined);
    })();
    const run = await runAction('verify', {
      deployment: JSON.stringify(deployment),
      'warm-up': '1s',
      duration: '25s',
      'report-dir': join(folder, name),
    });
    stop.abort();
    await users;
    return run;
  }

  it('counts users’ requests of each version at an edge that keeps no records', async () => {
    const run = await byUsers('edge', await harbour.shop({ FAIL: '30' }), false);
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('Failed requests') });
    expect(run.summary).toContain('keeps no records; its counters were judged instead');
  });

  it('judges what users met, by endpoint, from the records of the edge', async () => {
    const run = await byUsers('ring', await harbour.shop({ SLOW: '60' }), true);
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(/^Answers.* became slower/) });
    expect(run.outputs.reason).toMatch(/of \(users\) GET \/(pay|orders)\/\{id\}/);
    expect(run.summary).toMatch(/requests by the edge.{1,6}s records: \d+ of \d+ judged, on \d endpoints/);
    expect(run.stdout + run.summary).not.toContain('4111');
  });
});

/** A unix socket before the engine's that can be cut, so that nobody else's engine is touched. */
async function relay(socketPath: string) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const engine = connect(ENGINE_SOCKET);
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.pipe(engine).pipe(client);
  });
  await new Promise<void>((ready) => server.listen(socketPath, ready));
  const drop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { socketPath, close: drop, drop };
}
