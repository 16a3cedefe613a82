import { describe, expect, it } from 'vitest';
import { type StepEnd, ship } from '../../../src/cli/ship.ts';
import { compose } from '../../../src/notify/document.ts';
import { gather } from '../../../src/notify/gather.ts';
import { schema } from '../../../src/notify/inputs.ts';

type Answers = Record<string, Partial<StepEnd>>;

/** Runs `ship` with actions that answer as told; what they were asked is in `asked`. */
async function sail(
  answers: Answers,
  more: { image?: string; cancelAt?: string; onInconclusive?: 'promote' | 'rollback' } = {},
) {
  const asked: string[] = [];
  const given: Record<string, Record<string, string>> = {};
  let cancel = false;
  const end = await ship({
    inputs: new Map(more.image ? [['image', more.image]] : []),
    onInconclusive: more.onInconclusive ?? 'promote',
    say: () => undefined,
    cancelled: () => cancel,
    step: async (wing, inputs) => {
      const name = inputs.command ?? inputs.mode ?? wing;
      asked.push(name);
      given[name] = inputs;
      if (more.cancelAt === name) cancel = true;
      return { status: 0, outputs: {}, ...answers[name] };
    },
  });
  return { ...end, asked, given };
}

const built = { outputs: { image: 'r/shop@sha256:a', version: 'sha-a' } };
const pending = { outputs: { release: 'new', state: 'pending', deployment: '{"d":1}' } };
const good: Answers = {
  build: built,
  status: { outputs: { serving: 'old', deployment: '{"d":0}' } },
  baseline: { outputs: { 'baseline-file': 'b.json' } },
  deploy: pending,
  verify: { outputs: { verdict: 'pass' } },
  promote: { outputs: { release: 'new', state: 'good', serving: 'new', deployment: '{"d":2}' } },
  rollback: { outputs: { release: 'old', state: 'good', serving: 'old', deployment: '{"d":3}' } },
};

describe('ship, as a command', () => {
  it('builds, measures, deploys, judges, promotes and tells', async () => {
    const { asked, given, status, outputs } = await sail(good);
    expect(asked).toEqual(['build', 'status', 'baseline', 'deploy', 'verify', 'promote', 'notify']);
    expect(given.deploy).toMatchObject({ image: 'r/shop@sha256:a', promote: 'manual' });
    expect(given.verify).toEqual({ deployment: '{"d":1}', 'baseline-file': 'b.json' });
    expect(given.notify).toMatchObject({ deployment: '{"d":2}', severity: '', customers: '' });
    expect([status, outputs.state, outputs.serving, outputs['error-code']]).toEqual([0, 'good', 'new', '']);
  });
  it('takes back what was judged bad, is red, and says why', async () => {
    const { asked, given, status, outputs } = await sail({
      ...good,
      verify: { status: 1, outputs: { verdict: 'fail', reason: 'errors rose', 'error-code': 'VERDICT_FAIL' } },
    });
    expect(asked).toEqual(['build', 'status', 'baseline', 'deploy', 'verify', 'rollback', 'notify']);
    expect(given.rollback!.reason).toBe('errors rose');
    expect(given.notify!.severity).toBe('critical');
    expect([status, outputs.state, outputs.serving, outputs['error-code']]).toEqual([
      1,
      'rolled-back',
      'old',
      'VERDICT_FAIL',
    ]);
  });
  it('does as it was told with an inconclusive verdict', async () => {
    const unsure = { ...good, verify: { outputs: { verdict: 'inconclusive' } } };
    expect((await sail(unsure)).asked).toContain('promote');
    expect((await sail(unsure, { onInconclusive: 'rollback' })).asked).toContain('rollback');
  });
  it('tells of a blocked build, and touches no host', async () => {
    const { asked, given, status, outputs } = await sail({
      build: { status: 1, outputs: { 'error-code': 'SCAN_BLOCKED' } },
    });
    expect(asked).toEqual(['build', 'notify']);
    expect(JSON.parse(given.notify!.needs!)).toMatchObject({
      build: { result: 'failure' },
      deploy: { result: 'skipped' },
    });
    // Production runs as before: nobody is paged for it, as with ship.yml.
    expect(given.notify!.severity).toBe('');
    expect([status, outputs['error-code']]).toEqual([1, 'SCAN_BLOCKED']);
  });
  it('deploys an image built elsewhere without building', async () => {
    expect((await sail(good, { image: 'r/shop@sha256:b' })).asked[0]).toBe('status');
  });
  it('judges nothing where nothing was changed', async () => {
    const same = { ...good, deploy: { outputs: { state: 'unchanged', release: 'old' } } };
    expect((await sail(same)).asked).toEqual(['build', 'status', 'baseline', 'deploy', 'notify']);
  });
  it.each(['deploy', 'verify'])('takes back what waits when it is cancelled in %s', async (at) => {
    const { asked, given, status, outputs } = await sail(good, { cancelAt: at });
    expect(asked.slice(-2)).toEqual(['rollback', 'notify']);
    expect([JSON.parse(given.notify!.needs!).deploy.result, given.notify!.severity]).toEqual(['cancelled', '']);
    expect(asked).not.toContain('promote');
    expect([status, outputs.state]).toEqual([1, 'rolled-back']);
  });
  const [OLD, NEW] = ['20261129-101500-9abcdef', '20261130-063812-4f1c2d3'];
  const deployment = (release: string, state: string, weight: number) =>
    JSON.stringify({
      ...{ app: 'shop', environment: 'production', release, previous: release === NEW ? OLD : NEW, state },
      hosts: [
        {
          host: 'ssh://d@h',
          slots: [
            { release: NEW, role: 'candidate', weight },
            { release: OLD, role: 'current', weight: 100 - weight },
          ],
        },
      ],
    });
  const real: Answers = {
    build: built,
    status: { outputs: { release: OLD, serving: OLD, state: 'good', deployment: deployment(OLD, 'good', 0) } },
    deploy: { outputs: { release: NEW, state: 'pending', deployment: deployment(NEW, 'pending', 10) } },
    verify: { outputs: { verdict: 'pass' } },
    promote: { outputs: { release: NEW, state: 'good', serving: NEW, deployment: deployment(NEW, 'good', 100) } },
    rollback: { outputs: { release: OLD, state: 'good', serving: OLD, deployment: deployment(OLD, 'good', 0) } },
  };
  const bad = { status: 1, outputs: { release: NEW, state: 'bad', 'error-code': 'DEPLOY_UNHEALTHY' } };
  const early = { status: 1, outputs: { state: 'unchanged', 'error-code': 'LOCK_HELD' } };
  const lost = { status: 1, outputs: { 'error-code': 'SSH_UNREACHABLE' } };
  const unsure = { outputs: { verdict: 'inconclusive' } };
  it.each<[string, Answers, Parameters<typeof sail>[1], string, string]>([
    ['all is well', {}, {}, '✅ 部署成功', '✅ deployed'],
    [
      'it is judged bad',
      { verify: { outputs: { verdict: 'fail' } } },
      {},
      '❌ 部署失败，已回滚',
      '❌ deploy failed, rolled back',
    ],
    [
      'nothing is concluded',
      { verify: unsure },
      { onInconclusive: 'rollback' },
      '❌ 验证无结论，已回滚',
      '❌ inconclusive, rolled back',
    ],
    ['it never gets healthy', { deploy: bad }, {}, '❌ 部署失败，未切流量', '❌ deploy failed, never live'],
    ['another run deploys', { deploy: early }, {}, '❌ 部署失败，线上未动', '❌ deploy failed, no change'],
    ['promotion breaks', { promote: { status: 1 } }, {}, '❌ 部署失败，已回滚', '❌ deploy failed, rolled back'],
    [
      'the way back breaks',
      { verify: { outputs: { verdict: 'fail' } }, rollback: lost },
      {},
      '❌ 部署失败，仍有 10% 流量',
      '❌ deploy failed, still at 10 %',
    ],
    ['it is cancelled before', {}, { cancelAt: 'status' }, '⏹️ 部署已取消，线上未动', '⏹️ cancelled, no change'],
    [
      'it is cancelled while measured',
      {},
      { cancelAt: 'baseline' },
      '⏹️ 部署已取消，线上未动',
      '⏹️ cancelled, no change',
    ],
    ['it is cancelled while judged', {}, { cancelAt: 'verify' }, '⏹️ 部署已取消，已回滚', '⏹️ cancelled, rolled back'],
    [
      'the scan refuses',
      { build: { status: 1, outputs: { 'error-code': 'SCAN_BLOCKED' } } },
      {},
      '❌ 镜像扫描未通过，未部署',
      '❌ scan blocked, not deployed',
    ],
  ])('is told as it was where %s', async (_, answers, more, zh, en) => {
    const { given } = await sail({ ...real, ...answers }, more);
    const inputs = Object.fromEntries(Object.entries(given.notify!).filter(([, text]) => text !== ''));
    const titles = (['zh-CN', 'en'] as const).map(
      async (locale) => compose(await gather(schema.parse({ ...inputs, locale }), {}, 0, (text) => text), locale).title,
    );
    expect(await Promise.all(titles)).toEqual([zh, en]);
  });
  it.each(['build', 'status', 'baseline'])('pages nobody when it is cancelled in %s', async (at) => {
    const broken = { ...good, build: at === 'build' ? { status: 1 } : built };
    const { asked, given, status } = await sail(broken, { cancelAt: at });
    expect([asked.includes('deploy'), given.notify!.severity, status]).toEqual([false, '', 1]);
  });
  it('pages for a deploy that failed, and for what serves while nobody vouches for it', async () => {
    const failed = { status: 1, outputs: { state: 'bad', 'error-code': 'DEPLOY_UNHEALTHY' } };
    expect((await sail({ ...good, deploy: failed })).given.notify!.severity).toBe('critical');
    const stuck = { ...good, verify: { outputs: { verdict: 'fail' } }, rollback: { status: 1 } };
    expect((await sail(stuck)).given.notify!.severity).toBe('critical');
  });
  it.each([
    ['both', '{"requests":1200,"lost":3,"seconds":14}', '{"requests":300,"lost":1,"seconds":6}', [1500, 4, 20]],
    ['the deploy alone', '{"requests":1200,"lost":3,"seconds":14}', '', [1200, 3, 14]],
    // What nobody measured is not told as none.
    ['verify alone', undefined, '{"requests":7,"seconds":2}', [7, undefined, 2]],
  ])('tells what customers met, counted by %s', async (_, deploy, verify, [requests, lost, seconds]) => {
    const { given } = await sail({
      ...good,
      deploy: { outputs: { ...pending.outputs, ...(deploy ? { customers: deploy } : {}) } },
      verify: { outputs: { verdict: 'fail', customers: verify } },
    });
    const told = JSON.parse(given.notify!.customers!);
    expect(told).toEqual({ requests, ...(lost === undefined ? {} : { lost }), seconds });
  });
  it('tells the gaps of the deploy and of the way back', async () => {
    const { given } = await sail({
      ...good,
      deploy: { outputs: { ...pending.outputs, customers: '{"gap":3}' } },
      verify: { outputs: { verdict: 'fail', customers: '{"requests":7,"lost":7,"seconds":2}' } },
      rollback: { outputs: { ...good.rollback!.outputs, customers: '{"gap":2}' } },
    });
    expect(JSON.parse(given.notify!.customers!)).toEqual({ requests: 7, lost: 7, seconds: 2, gap: 5 });
  });
  it('tells what customers met while it was promoted', async () => {
    const promote = { outputs: { ...good.promote!.outputs, customers: '{"requests":90,"lost":1,"seconds":9}' } };
    const { given } = await sail({
      ...good,
      promote,
      verify: { outputs: { verdict: 'pass', customers: '{"requests":10,"lost":0,"seconds":20}' } },
    });
    expect(JSON.parse(given.notify!.customers!)).toEqual({ requests: 100, lost: 1, seconds: 29 });
  });
  it('tells where traffic is when the way back reaches no host any more', async () => {
    const { given, outputs } = await sail({
      ...good,
      verify: { outputs: { verdict: 'fail' } },
      rollback: { status: 1, outputs: { 'error-code': 'SSH_UNREACHABLE' } },
    });
    expect([given.notify!.deployment, outputs.deployment]).toEqual(['{"d":1}', '{"d":1}']);
  });
  it('tells what customers met before the watch of the deploy took it back', async () => {
    const customers = '{"requests":5,"lost":5,"seconds":1}';
    const deploy = { status: 1, outputs: { state: 'rolled-back', 'error-code': 'WATCH_FAILED', customers } };
    expect((await sail({ ...good, deploy })).given.notify!.customers).toBe(customers);
  });
  it('never says rolled-back where the way back failed', async () => {
    const { status, outputs } = await sail({
      ...good,
      verify: { outputs: { verdict: 'fail' } },
      rollback: { status: 1, outputs: { 'error-code': 'NO_ROLLBACK_TARGET' } },
    });
    expect([status, outputs.state, outputs['error-code']]).toEqual([1, 'pending', 'NO_ROLLBACK_TARGET']);
  });
  it('is red when nobody could be told', async () => {
    expect((await sail({ ...good, notify: { status: 1 } })).status).toBe(1);
  });
});
