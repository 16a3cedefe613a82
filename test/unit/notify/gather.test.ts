import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { subjectFinder } from '../../../src/lib/commit-subject.ts';
import { redact } from '../../../src/lib/redact.ts';
import { wecom } from '../../../src/notify/channels/wecom.ts';
import { compose } from '../../../src/notify/document.ts';
import { servingOf } from '../../../src/notify/ending/traffic.ts';
import { endingFrom, gather, keyOf } from '../../../src/notify/gather.ts';
import { schema } from '../../../src/notify/inputs.ts';
import { nextRefs } from '../../../src/notify/refs.ts';
import { command } from '../../support/command.ts';
import { message } from '../../support/notify.ts';

const github = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '42',
  GITHUB_SHA: '0123456789abcdef',
  GITHUB_ACTOR: 'mei',
};
const [OLD, NEW] = ['20261129-101500-9abcdef', '20261130-063812-4f1c2d3'];
const AT = Date.parse('2026-11-30T06:45:00Z');
const from = (inputs: Record<string, string>, env = {}, now = 0) =>
  gather(schema.parse(inputs), env, now, (text) => text.replaceAll('hunter2', '***'));
const slot = (release: string, weight: number) => ({ release, weight, role: 'current', containers: [] });
const deployment = (over: object = {}) =>
  JSON.stringify({
    app: 'shop',
    environment: 'production',
    release: 'v13',
    previous: 'v12',
    image: 'i',
    state: 'good',
    hosts: [],
    ...over,
  });

describe('the message', () => {
  test('outside GitHub nothing is invented', async () => {
    const said = await from({ event: 'alert' });
    expect(Object.fromEntries(Object.entries(said).filter(([, v]) => v !== undefined))).toEqual({
      event: 'alert',
      severity: 'critical',
      drill: false,
      fields: [],
      jobs: [],
      mentions: [],
      links: { run: undefined, commit: undefined, compare: undefined, report: undefined, rollback: undefined },
      zone: 'Asia/Shanghai',
      ending: { kind: 'alert', event: 'alert', severity: 'critical', traffic: 'has' },
      at: 0,
    });
    expect(JSON.stringify(compose(said, 'en'))).not.toMatch(/undefined|null|unknown/);
  });
  test('in GitHub it links run and commit and says who', async () => {
    const said = await from({ event: 'success' }, { ...github, GITHUB_RUN_ATTEMPT: '2' });
    expect(said.links.run).toBe('https://github.com/acme/shop/actions/runs/42/attempts/2');
    expect(said.links.commit).toBe('https://github.com/acme/shop/commit/0123456789abcdef');
    expect([said.service, said.version, said.who]).toEqual(['shop', '0123456', 'mei']);
  });
  test('the deployment tells more than the run', async () => {
    const said = await from({ deployment: deployment({ state: 'rolled-back' }) }, github);
    expect([said.event, said.environment, said.service, said.version, said.serving]).toEqual([
      'rollback',
      'production',
      'shop',
      'v13',
      'v12',
    ]);
  });
  test('secrets fall out of every word of the user', async () => {
    const said = await from({
      event: 'alert',
      title: 'a hunter2',
      text: 'b hunter2',
      fields: 'pw: hunter2',
      reason: 'c hunter2',
    });
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });
  test('templates are filled, and filled text is not run again', async () => {
    const said = await from({
      event: 'alert',
      service: '{{version}}',
      version: 'v1',
      text: '{{service}} <b>{{#links.run}}run{{/links.run}}',
      fields: 'V: {{version}}',
    });
    expect(said.text).toBe('{{version}} <b>');
    expect(said.fields).toEqual([{ name: 'V', value: 'v1' }]);
    await expect(from({ event: 'alert', text: '{{#a}}' })).rejects.toMatchObject({ code: 'TEMPLATE_INVALID' });
  });
  test('personal data goes by shape and inside values; a field’s own name is the caller’s word; the run’s own number stays', async () => {
    const inputs = schema.parse({
      event: 'alert',
      text: 'call 13800001234 {{links.run}}',
      fields: 'Name: shop\nOwner: call 13800001234\nOrder: {"buyer":"Zhang San"}',
    });
    const said = await gather(inputs, { ...github, GITHUB_RUN_ID: '19876543210' }, 0, redact);
    expect(said.text).toBe('call [phone] https://github.com/acme/shop/actions/runs/19876543210');
    expect(said.fields).toEqual([
      { name: 'Name', value: 'shop' },
      { name: 'Owner', value: 'call [phone]' },
      { name: 'Order', value: '{"buyer":"[redacted]"}' },
    ]);
  });
  test('fields as text and as seatrial.yml writes them', async () => {
    const said = await from({ event: 'alert', fields: 'Tag: a: b\n金额：12\nteam=shop' });
    expect(said.fields).toEqual([
      { name: 'Tag', value: 'a: b' },
      { name: '金额', value: '12' },
      { name: 'team', value: 'shop' },
    ]);
  });
  test('verdict as a word, as outputs, and nothing else', async () => {
    expect((await from({ event: 'success', verdict: 'pass' })).verdict).toBe('pass');
    const outputs = JSON.stringify({
      verdict: 'fail',
      reason: 'slow',
      samples: '1200',
      'time-to-verdict-ms': '14200',
      checks: '[]',
    });
    const said = await from({ event: 'rollback', verdict: outputs });
    expect([said.verdict, said.why, said.customers]).toEqual(['fail', 'slow', { requests: 1200, seconds: 14 }]);
    const counted = { verdict: 'fail', samples: '1200', customers: '{"requests":40,"lost":2,"seconds":3}' };
    const met = async (customers: string) =>
      (await from({ event: 'rollback', verdict: JSON.stringify({ ...counted, customers }) })).customers;
    expect(await met(counted.customers)).toEqual({ requests: 40, lost: 2, seconds: 3 });
    // An action-verify that counts customers, and saw none: its own probes are nobody's.
    expect(await met('')).toBeUndefined();
    await expect(from({ event: 'success', verdict: 'great' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('a deploy that failed and was rolled back reads like one', () => {
  const back = { state: 'rolled-back', hosts: [{ host: 'ssh://ops@eu-1', slots: [slot(NEW, 0), slot(OLD, 100)] }] };
  const given = {
    deployment: deployment({ release: NEW, previous: OLD, ...back }),
    verdict: JSON.stringify({
      verdict: 'fail',
      reason: 'error rate 4.1% over 1%',
      samples: '1200',
      'time-to-verdict-ms': '14200',
    }),
    customers: '{"requests":1200,"lost":3,"seconds":14}',
  };
  const said = (over: Record<string, string> = {}) => from({ ...given, ...over }, github, AT);
  test('in Chinese', async () => {
    const { subject, story, facts } = compose(await said(), 'zh-CN');
    expect(subject).toBe('❌ 部署失败，已回滚 · production/shop · 4f1c2d3');
    expect(story).toEqual([
      '现在线上是 9abcdef，刚刚切回，11-29 18:15（UTC+8）部署。',
      '版本 4f1c2d3 上线后没有通过验证，已回滚到 9abcdef。',
      '客户影响：新版本处理了 1200 个请求，3 个请求失败，承接流量约 14 秒。',
      '原因：error rate 4.1% over 1%',
      '请查看运行日志，修复后重新部署；客户已不在新版本上，无需再次回滚。',
    ]);
    // Whole ids for whoever copies them.
    expect(facts.map(({ name, value }) => `${name} ${value}`)).toEqual([
      '环境 production',
      '服务 shop',
      `版本 ${NEW}`,
      `原版本 ${OLD}`,
      '当前线上版本 9abcdef',
      '操作人 mei',
    ]);
  });
  test('in English', async () => {
    const { subject, story } = compose(await said({ locale: 'en' }), 'en');
    expect(subject).toBe('❌ deploy failed, rolled back · production/shop · 4f1c2d3');
    expect(story).toEqual([
      'Live now: 9abcdef again, deployed on 11-29 10:15 UTC.',
      '4f1c2d3 failed its verification with live traffic and was rolled back to 9abcdef.',
      'Customers saw: 1200 requests answered by the new version, 3 requests failed, about 14 seconds of traffic on it.',
      'Why: error rate 4.1% over 1%',
      'Read the run, mend it, and release again; customers are off the new version, no need to roll back again.',
    ]);
  });
  test('with the commit of the release, its words and what changed', async () => {
    const sha = '4f1c2d3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    const env = { ...github, GITHUB_SHA: sha };
    const subject = async (asked: string) => (asked === sha ? 'fix: retry the payment' : undefined);
    const { links, commit } = await gather(schema.parse(given), env, AT, (text) => text, subject);
    expect(links.commit).toBe(`https://github.com/acme/shop/commit/${sha}`);
    expect(links.compare).toBe(`https://github.com/acme/shop/compare/9abcdef...${sha}`);
    expect(commit).toEqual({ sha, subject: 'fix: retry the payment' });
  });
  test('rehearsed it says first and last that nothing happened', async () => {
    const english = compose(await said({ mode: 'drill' }), 'en');
    expect(english.subject).toBe('[DRILL] ❌ deploy failed, rolled back · production/shop · 4f1c2d3');
    expect(english.story[0]).toMatch(/^This is a rehearsal/);
    expect(english.story.at(-1)).toBe('Nothing to do; seeing this is enough.');
    const chinese = compose(await said({ mode: 'drill', event: 'alert' }), 'zh-CN');
    expect(chinese.story[0]).toMatch(/^这是一次.*演练/);
    expect(chinese.story.at(-1)).toBe('收到即可，无需处理。');
  });
  test('as ship.yml hands it over after its own rollback: the deployment is of what serves again', async () => {
    const needs = {
      build: { result: 'success' },
      deploy: { result: 'failure', outputs: { release: NEW, 'rolled-back': 'true', state: 'rolled-back' } },
    };
    const other = await from(
      {
        event: 'rollback',
        version: NEW,
        verdict: 'fail',
        deployment: deployment({ release: OLD, previous: NEW, state: 'good' }),
        needs: JSON.stringify(needs),
      },
      github,
      AT,
    );
    expect(compose(other, 'zh-CN').subject).toBe('❌ 部署失败，已回滚 · production/shop · 4f1c2d3');
    expect(compose(other, 'zh-CN').story[1]).toBe('版本 4f1c2d3 上线后没有通过验证，已回滚到 9abcdef。');
  });
  test('that a release never had traffic says nothing of what served before', async () => {
    const bad = { deployment: deployment({ release: NEW, previous: OLD, state: 'bad' }), reason: 'DEPLOY_UNHEALTHY' };
    const first = { ...bad, deployment: deployment({ release: NEW, previous: '', state: 'bad' }) };
    const read = async (inputs: Record<string, string>, locale: 'en' | 'zh-CN') =>
      compose(await from({ ...inputs, locale }), locale).story.join(' ');
    for (const inputs of [bad, first, { ...bad, customers: '{"gap":12}' }, { ...bad, customers: '{"gap":0}' }]) {
      expect(await read(inputs, 'en')).not.toMatch(/not affected|saw: nothing[,.]|untouched/);
      expect(await read(inputs, 'zh-CN')).not.toMatch(/不受影响|影响：无|没有改动/);
    }
    expect(await read(bad, 'en')).toContain(
      'Customers saw: nothing of the new version, which never had their traffic.',
    );
    expect(await read(bad, 'zh-CN')).toContain('客户影响：新版本没有接过客户流量。');
    // Of recreate, the deploy tells for how long nobody answered.
    const gone = { ...bad, customers: '{"gap":12}' };
    expect(await read(gone, 'en')).toContain('traffic; but no version answering for about 12 seconds.');
    expect(await read(gone, 'zh-CN')).toContain('客户影响：约 12 秒内没有任何版本可以应答；新版本没有接过客户流量。');
  });
  test('a gap is told of a release that went live, and of a rollback', async () => {
    const live = { deployment: deployment(), customers: '{"requests":9,"lost":0,"seconds":5,"gap":1}' };
    const back = { event: 'rollback', deployment: deployment(), customers: '{"gap":2}' };
    expect(compose(await from(live), 'en').story).toContain(
      'Customers saw: no version answering for about 1 second, 9 requests answered by the new version, no request failed, about 5 seconds of traffic on it.',
    );
    expect(compose(await from(live), 'zh-CN').story).toContain(
      '客户影响：约 1 秒内没有任何版本可以应答，新版本处理了 9 个请求，没有请求失败，承接流量约 5 秒。',
    );
    expect(compose(await from(back), 'en').story).toContain('Customers saw: no version answering for about 2 seconds.');
    expect(compose(await from(back), 'zh-CN').story).toContain('客户影响：约 2 秒内没有任何版本可以应答。');
  });
  test('nothing measured, nothing claimed of customers', async () => {
    const { customers: _, ...rest } = { ...given, verdict: 'fail' };
    expect(compose(await from(rest), 'en').story.join(' ')).not.toContain('Customers');
    const told = compose(await from({ ...rest, customers: '{"lost":0}' }), 'en').story.join(' ');
    expect(told).toContain('no request failed');
  });
});

describe('a rollback by hand', () => {
  const given = {
    event: 'rollback',
    deployment: deployment({ release: OLD, previous: NEW }),
    reason: 'checkout fails',
  };
  test('names what was taken away, links its commit and what is gone with it', async () => {
    const said = await from(
      { ...given, needs: '{"rollback":{"result":"success"}}' },
      { ...github, GITHUB_SHA: 'f'.repeat(40) },
      AT,
    );
    const { subject, story } = compose(said, 'zh-CN');
    expect(subject).toBe('↩️ 已回滚 · production/shop · 4f1c2d3 → 9abcdef');
    expect(story.slice(0, 2)).toEqual([
      '现在线上是 9abcdef，刚刚切回，11-29 18:15（UTC+8）部署。',
      '已从 4f1c2d3 回滚到 9abcdef。',
    ]);
    expect(said.links.commit).toBe('https://github.com/acme/shop/commit/9abcdef');
    expect(said.links.compare).toBe('https://github.com/acme/shop/compare/9abcdef...4f1c2d3');
  });
  test('knows the release gone back to by what history wrote down, which no checkout of today has', async () => {
    const releases = [
      { release: OLD, at: '2026-11-29T10:20:30.000Z', commit: '9abcdef'.padEnd(40, '0'), subject: 'fix: gift cards' },
      { release: NEW, at: '2026-11-30T06:40:00.000Z', commit: '4f1c2d3'.padEnd(40, '0') },
    ];
    const said = await from(
      { ...given, deployment: deployment({ release: OLD, previous: NEW, releases }) },
      { ...github, GITHUB_SHA: 'f'.repeat(40) },
      AT,
    );
    expect(said.commit).toEqual({ sha: releases[0]!.commit, subject: 'fix: gift cards' });
    expect(said.links.compare).toContain(`/compare/${releases[0]!.commit}...${releases[1]!.commit}`);
    expect(compose(said, 'zh-CN').story[0]).toBe('现在线上是 9abcdef，刚刚切回，11-29 18:20（UTC+8）部署。');
  });
  test('one that failed is no failed release', async () => {
    const needs = JSON.stringify({ rollback: { result: 'failure', outputs: {} } });
    for (const state of ['good', 'bad', 'rolled-back', 'pending']) {
      const said = await from({ event: 'failure', needs, deployment: deployment({ state, release: '' }) }, github);
      expect(said.version).toBeUndefined();
      const { subject, story } = compose(said, 'zh-CN');
      expect(subject).toContain('回滚失败');
      expect(story.join('')).toContain('回滚没有完成。');
      expect(story.join('')).not.toMatch(/新版本|不受|重新部署/);
      expect(compose(said, 'en').story.join(' ')).toContain('The rollback did not come about.');
    }
  });
  test('one that was not needed is no failed one', async () => {
    const needs = JSON.stringify({ deploy: { result: 'failure' }, rollback: { result: 'skipped' } });
    expect(compose(await from({ event: 'failure', needs }, github), 'zh-CN').story[0]).toBe('版本 0123456 部署失败。');
  });
});

describe('what serves', () => {
  const live = (over: object) => servingOf(schema.parse({ event: 'start', deployment: deployment(over) }).deployment);
  const only = (release: string) => ({ releases: [{ release, share: 1 }] });
  test.each([
    [{ hosts: [{ host: 'a', slots: [slot('v13', 0), slot('v12', 100)] }] }, only('v12')],
    [
      { hosts: [{ host: 'a', slots: [slot('v13', 10), slot('v12', 90)] }] },
      {
        releases: [
          { release: 'v12', share: 0.9 },
          { release: 'v13', share: 0.1 },
        ],
      },
    ],
    [{ state: 'good' }, only('v13')],
    [{ state: 'bad' }, only('v12')],
    [{ state: 'rolled-back', previous: null }, undefined],
    [{ state: 'pending' }, undefined],
  ])('%j', (over, serving) => expect(live(over)).toEqual(serving));
  test('by host, where they differ, under names that hold neither user nor port', () => {
    const hosts = [
      { host: 'ssh://ops@eu-1:22', slots: [slot('v13', 100)] },
      { host: 'unix:///var/run/docker.sock', slots: [slot('v12', 100)] },
    ];
    expect(live({ hosts })?.hosts).toEqual([
      { host: 'eu-1', releases: [{ release: 'v13', share: 1 }] },
      { host: 'local', releases: [{ release: 'v12', share: 1 }] },
    ]);
  });
  test('since when: by the history, else by the id', async () => {
    const given = { event: 'alert', locale: 'en', deployment: deployment({ release: OLD, previous: '' }) };
    const history = JSON.stringify({ releases: [{ release: OLD, at: '2026-11-29T11:00:00Z', status: 'good' }] });
    const story = async (more: object) => compose(await from({ ...given, ...more }, {}, AT), 'en').story[0];
    expect(await story({})).toBe('Live now: 9abcdef, since 11-29 10:15 UTC.');
    expect(await story({ history })).toBe('Live now: 9abcdef, since 11-29 11:00 UTC.');
    expect(await story({ 'time-zone': 'America/New_York' })).toBe('Live now: 9abcdef, since 11-29 05:15 UTC-5.');
    await expect(from({ ...given, 'time-zone': 'Mars' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

test('an alert says what customers met while it looked', async () => {
  const alert = { event: 'alert', verdict: 'fail', customers: '{"requests":1200,"lost":40,"seconds":58}' };
  const story = async (over: Record<string, string>, locale: 'en' | 'zh-CN') =>
    compose(await from({ ...alert, ...over, locale }), locale).story.join(' ');
  expect(await story({}, 'en')).toContain('Customers saw within 58 seconds: 40 requests failed of 1200.');
  expect(await story({}, 'zh-CN')).toContain('客户影响：约 58 秒内 1200 个请求，40 个失败。');
  expect(await story({ customers: '{"seconds":58}' }, 'en')).not.toContain('Customers');
});

test('the page to press rollback on is the one workflow of the checkout that calls it by hand', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-page-'));
  try {
    const page = async (inputs = {}) =>
      (await from({ event: 'alert', ...inputs }, { ...github, GITHUB_WORKSPACE: folder })).links.rollback;
    expect(await page()).toBeUndefined();
    const workflows = join(folder, '.github/workflows');
    mkdirSync(workflows, { recursive: true });
    const write = (name: string, on: string, calls: string) =>
      writeFileSync(join(workflows, name), `on: ${on}\njobs:\n  x:\n    uses: ${calls}\n`);
    write('ship.yml', 'workflow_dispatch', 'seatrial/seatrial/.github/workflows/ship.yml@v1');
    write('night.yml', 'schedule', 'seatrial/seatrial/.github/workflows/rollback.yml@v1');
    expect(await page()).toBeUndefined();
    write('way back.yml', 'workflow_dispatch', 'seatrial/seatrial/.github/workflows/rollback.yml@v1');
    expect(await page()).toBe('https://github.com/acme/shop/actions/workflows/way%20back.yml');
    expect(await page({ 'rollback-url': 'https://ops.example.com/back' })).toBe('https://ops.example.com/back');
    write('second.yml', 'workflow_dispatch', 'seatrial/seatrial/.github/workflows/rollback.yml@v1');
    expect(await page()).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('two releases of one commit are told apart', async () => {
  const twins = deployment({ release: '20261130-063812-9abcdef', previous: OLD });
  const { story } = compose(await from({ deployment: twins, locale: 'en' }), 'en');
  expect(story[1]).toBe('1130-0638-9abcdef is live in place of 1129-1015-9abcdef.');
});

test('a code is told in words, a code that nobody knows as it is', async () => {
  const why = async (reason: string, locale: 'en' | 'zh-CN') =>
    compose(await from({ event: 'failure', reason, locale }), locale).story.find((line) => /^(Why|原因)/.test(line));
  expect(await why('SCAN_BLOCKED', 'zh-CN')).toBe('原因：镜像里有必须修复的漏洞，扫描没有放行（SCAN_BLOCKED）');
  expect(await why('DEPLOY_UNHEALTHY', 'en')).toBe(
    'Why: the new version did not pass its health checks (DEPLOY_UNHEALTHY)',
  );
  expect(await why('SOME_CODE', 'en')).toBe('Why: SOME_CODE');
});

test('the words of a commit come from the push that started the run, else from the checkout', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-commit-'));
  try {
    const git = (...args: string[]) =>
      command('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'feat: gift cards\n\nmore');
    const head = git('rev-parse', 'HEAD').stdout.trim();
    const event = join(folder, 'event.json');
    writeFileSync(event, JSON.stringify({ head_commit: { id: 'a'.repeat(40), message: 'fix: pay\n\nbody' } }));
    const find = subjectFinder({ PATH: process.env.PATH, GITHUB_WORKSPACE: folder, GITHUB_EVENT_PATH: event });
    expect(await find('aaaaaaa')).toBe('fix: pay');
    expect(await find(head.slice(0, 7))).toBe('feat: gift cards');
    expect(await find('bbbbbbb')).toBeUndefined();
    expect(await subjectFinder({ GITHUB_WORKSPACE: join(folder, 'none') })('aaaaaaa')).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('as the workflows handed it over when it was told wrongly', () => {
  const told = async (inputs: Record<string, string>) => {
    const [zh, en] = await Promise.all(
      (['zh-CN', 'en'] as const).map(async (locale) => compose(await from({ ...inputs, locale }, github, AT), locale)),
    );
    return { zh: [zh!.subject, ...zh!.story].join(' '), en: [en!.subject, ...en!.story].join(' '), en1: en!, zh1: zh! };
  };
  test('a run that somebody cancelled: nobody found the release faulty', async () => {
    const { zh, en } = await told({
      event: 'rollback',
      severity: 'critical',
      version: NEW,
      reason: 'CANCELLED',
      deployment: deployment({ release: OLD, previous: OLD }),
      needs: '{"build":{"result":"success"},"deploy":{"result":"cancelled"}}',
    });
    expect(zh).toMatch(/^⏹️ 部署已取消，已回滚 · production\/shop/);
    expect(zh).not.toMatch(/未通过|有问题的/);
    expect(en).toMatch(/cancelled.*rolled back/);
    expect(en).not.toMatch(/failed its|faulty/);
  });
  test('a release that serves already: nothing went live', async () => {
    const { zh, en } = await told({
      event: 'success',
      deployment: deployment({ release: NEW, previous: OLD, state: 'unchanged' }),
    });
    expect([zh, en].join()).not.toMatch(/已上线|部署成功|is live/);
    expect(en).toContain('Nothing was deployed');
  });
  test('a failed rollback that changed nothing: what serves is what it was to take away', async () => {
    const nowhere = deployment({ release: OLD, previous: NEW, state: 'unchanged' });
    const { zh, en } = await told({ event: 'rollback', reason: 'LOCK_HELD', deployment: nowhere });
    expect(zh).toMatch(/^❌ 回滚失败，线上未动.*现在线上是 4f1c2d3.*另一次部署正在进行/);
    expect(en).toMatch(/^❌ rollback failed, no change.*Live now: 4f1c2d3.*nothing was changed.*another run/);
    expect([zh, en].join()).not.toMatch(/已经在线上|serves already|9abcdef again/);
  });
  test('a rehearsed rollback names no release that would serve', async () => {
    const looked = deployment({ release: OLD, previous: NEW, state: 'unchanged' });
    const { zh, en } = await told({ deployment: looked, needs: '{"rollback":{"result":"success"}}' });
    expect(en).toContain('Nothing was deployed; production is untouched.');
    expect(zh).toContain('没有部署新版本，线上没有改动。');
    expect([zh, en].join()).not.toMatch(/已经在线上|serves already|(Live now:|现在线上是) 9abcdef/);
  });
  test('an image that the scan blocked: production is untouched', async () => {
    const needs = '{"build":{"result":"failure"},"deploy":{"result":"skipped"}}';
    const { zh, en } = await told({ event: 'failure', version: '4f1c2d3', reason: 'SCAN_BLOCKED', needs });
    expect(zh).toMatch(/镜像扫描未通过，未部署.*线上没有改动，不受影响.*漏洞/);
    expect(en).toMatch(/scan blocked.*production is untouched.*vulnerabilities/);
    expect(en).not.toMatch(/which version is live/);
  });
  test('a drill whose way back does not hold: there is something to do', async () => {
    const { zh, en } = await told({ mode: 'drill', event: 'drill', severity: 'warning', fields: 'Rollback: failed' });
    expect(zh).toMatch(/^【演练】❌ 演练未通过，回滚失败/);
    expect([zh, en].join()).not.toMatch(/无需处理|Nothing to do/);
    expect(en).toMatch(/mend it before the next release/);
  });
  test('a card of WeCom holds the result in its title, and whole labels', async () => {
    const { en1 } = await told({
      event: 'failure',
      deployment: deployment({ release: NEW, previous: OLD, state: 'bad' }),
    });
    const settings = { webhook: 'https://w.example.com', format: 'template-card' };
    const context = { now: 0, key: '', id: '', silent: false };
    const [request] = wecom.render(en1, { name: 'w', channel: wecom, settings }, context);
    const { template_card: card } = JSON.parse(request!.body!);
    expect(card.main_title).toEqual({ title: 'deploy failed, never live', desc: 'production/shop · 4f1c2d3' });
    expect(card.horizontal_content_list.map((row: { keyname: string }) => row.keyname)).toEqual([
      'Env',
      'App',
      'Rel.',
      'From',
      'Live',
      'By',
    ]);
  });
});

describe('without an event', () => {
  test('a rehearsal and a check need none', () => {
    const of = (inputs: Record<string, string>) => endingFrom(schema.parse(inputs)).event;
    expect([of({ mode: 'drill' }), of({ mode: 'check' }), of({ mode: 'drill', event: 'alert' })]).toEqual([
      'drill',
      'drill',
      'alert',
    ]);
  });
  test('it is asked for when nothing tells', () => {
    expect(() => endingFrom(schema.parse({}))).toThrow(/event is needed/);
    expect(() => endingFrom(schema.parse({ verdict: 'pass' }))).toThrow(/event is needed/);
    expect(() => endingFrom(schema.parse({ event: 'party' }))).toThrow(/"party" is not known/);
  });
});

test('the key is of repository, environment and service, never of the run', () => {
  const key = (over: object, env = {}) => keyOf(undefined, message(over), { ...github, ...env });
  expect(key({})).toMatch(/^[0-9a-f]{16}$/);
  expect(key({ event: 'alert', version: 'v14' }, { GITHUB_RUN_ID: '43', GITHUB_SHA: 'f' })).toBe(key({}));
  expect(key({ service: 'pay' })).not.toBe(key({}));
  expect(key({ environment: 'staging' })).not.toBe(key({}));
  expect(keyOf('mine', message(), {})).toBe(keyOf('mine', message({ service: 'x' }), github));
});

describe('message-refs', () => {
  const receipt = {
    target: 'slack',
    channel: 'slack',
    outcome: 'delivered',
    code: '',
    reason: '',
    attempts: 1,
    ms: 1,
    ref: { channel: 'C1', ts: '1.2' },
  } as const;
  const hooks = (secret = '~~') => {
    const warnings: string[] = [];
    return {
      warnings,
      scrub: (text: string) => text.replaceAll(secret, '***'),
      warn: (line: string) => warnings.push(line),
    };
  };
  test('carry the event and the places on', () => {
    expect(nextRefs({ refs: { old: { id: '1' } } }, message(), [receipt], hooks())).toEqual({
      event: 'failure',
      refs: { old: { id: '1' }, slack: { channel: 'C1', ts: '1.2' } },
    });
  });
  test('drop what holds a masked string, and say so without it', () => {
    const h = hooks('C1');
    expect(nextRefs(undefined, message(), [receipt], h).refs).toEqual({});
    expect(h.warnings).toHaveLength(1);
    expect(h.warnings[0]).not.toContain('C1');
  });
  test('a rehearsal, and what was not said, change no event', () => {
    const before = { event: 'success', refs: {} } as const;
    expect(nextRefs(before, message({ drill: true }), [receipt], hooks()).event).toBe('success');
    expect(nextRefs(before, message(), [{ ...receipt, outcome: 'skipped' }], hooks()).event).toBe('success');
  });
});
