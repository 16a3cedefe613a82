import { describe, expect, test } from 'vitest';
import { redact } from '../../../src/lib/redact.ts';
import { compose } from '../../../src/notify/document.ts';
import { eventOf, gather, keyOf, servingOf } from '../../../src/notify/gather.ts';
import { schema } from '../../../src/notify/inputs.ts';
import { nextRefs } from '../../../src/notify/refs.ts';
import { message } from '../../support/notify.ts';

const github = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '42',
  GITHUB_SHA: '0123456789abcdef',
  GITHUB_ACTOR: 'mei',
};
const from = (inputs: Record<string, string>, env = {}) =>
  gather(schema.parse(inputs), env, 0, (text) => text.replaceAll('hunter2', '***'));
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
      links: { run: undefined, commit: undefined, report: undefined, rollback: undefined },
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
    await expect(from({ event: 'success', verdict: 'great' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('a deploy that failed and was rolled back reads like one', () => {
  test('in Chinese', () => {
    const { subject, story } = compose(message(), 'zh-CN');
    expect(subject).toBe('❌ production · shop · v13 · 部署失败，已回滚');
    expect(story).toEqual([
      '新版本 v13 上线后被判定有问题，已自动回滚。',
      '验证没有通过。',
      '原因：error rate 4.1% over 1%',
      '客户影响：新版本处理了 1200 个请求，承接流量约 14 秒，3 个请求失败。',
      '现在线上是 v12。',
      '请查看运行日志，修复后重新发布；客户不受新版本影响，无需再次回滚。',
    ]);
  });
  test('in English', () => {
    const { subject, story } = compose(message(), 'en');
    expect(subject).toBe('❌ production · shop · v13 · deploy failed, rolled back');
    expect(story).toEqual([
      'The new version v13 was found faulty with live traffic and rolled back.',
      'Verification failed.',
      'Why: error rate 4.1% over 1%',
      'Customers saw: 1200 requests answered by the new version, about 14 seconds of traffic on it, 3 requests lost.',
      'Live now: v12.',
      'Read the run, mend it, and release again; customers are off the new version, no need to roll back again.',
    ]);
  });
  test('rehearsed it says first and last that nothing happened', () => {
    const english = compose(message({ drill: true }), 'en');
    expect(english.subject).toBe('[DRILL] ❌ production · shop · v13 · deploy failed, rolled back');
    expect(english.story[0]).toMatch(/^This is a rehearsal/);
    expect(english.story.at(-1)).toBe('Nothing to do; seeing this is enough.');
    const chinese = compose(message({ drill: true, event: 'alert' }), 'zh-CN');
    expect(chinese.story[0]).toMatch(/^这是一次.*演练/);
    expect(chinese.story.at(-1)).toBe('收到即可，无需处理。');
  });
  test('one that never had traffic says so, and claims no more', () => {
    const { story } = compose(message({ state: 'bad', customers: undefined, serving: undefined }), 'en');
    expect(story.join(' ')).toContain('never had their traffic');
    expect(story.join(' ')).not.toMatch(/rolled back|Live now/);
  });
  test('told as a rollback it says the same, also when the deployment is about what serves again', () => {
    const failed = compose(message(), 'zh-CN');
    for (const state of ['rolled-back', 'good']) {
      const rollback = compose(message({ event: 'rollback', state }), 'zh-CN');
      expect(rollback.subject).toBe(failed.subject.replace('❌', '↩️'));
      expect(rollback.story).toEqual(failed.story);
    }
  });
  test('a rollback that failed is no failed release', async () => {
    const needs = JSON.stringify({ rollback: { result: 'failure', outputs: {} } });
    for (const state of ['good', 'bad', 'rolled-back', 'pending']) {
      const said = await from({ event: 'failure', needs, deployment: deployment({ state, release: '' }) }, github);
      expect(said.version).toBeUndefined();
      const { subject, story } = compose(said, 'zh-CN');
      expect(subject).toContain('回滚失败');
      expect(story[0]).toBe('回滚没有完成。');
      expect(story.join('')).not.toMatch(/新版本|不受|重新发布/);
      expect(compose(said, 'en').story[0]).toBe('The rollback did not come about.');
    }
  });

  test('a rollback that was not needed is no failed one', async () => {
    const needs = JSON.stringify({ deploy: { result: 'failure' }, rollback: { result: 'skipped' } });
    const { story } = compose(await from({ event: 'failure', needs }, github), 'zh-CN');
    expect(story[0]).toBe('新版本 0123456 发布失败。');
  });

  test('a rollback by command says where it went, and nothing of a new version', () => {
    const { subject, story } = compose(
      message({ event: 'rollback', state: 'good', version: 'v12', verdict: 'pass' }),
      'en',
    );
    expect(subject).toBe('↩️ production · shop · v12 · rolled back');
    expect(story.join(' ')).toMatch(/Rolled back to v12\. Verification passed\./);
    expect(story.join(' ')).not.toMatch(/new version|Customers/);
  });
  test('customers are called safe only when they are', () => {
    const said = (serving: string) => compose(message({ state: 'good', serving }), 'en').story.at(-1);
    expect(said('v12')).toContain('customers are off the new version');
    for (const serving of ['v13', 'v13 (10%), v12 (90%)'])
      expect(said(serving)).toMatch(/make sure which version is live/);
  });
  test('nothing measured, nothing claimed of customers', () => {
    expect(compose(message({ customers: undefined }), 'en').story.join(' ')).not.toContain('Customers');
    expect(compose(message({ customers: { lost: 0 } }), 'en').story.join(' ')).toContain('no request lost');
  });
});

describe('what serves', () => {
  const parse = (over: object) => schema.parse({ event: 'start', deployment: deployment(over) }).deployment;
  test.each([
    [{ hosts: [{ host: 'a', slots: [slot('v13', 0), slot('v12', 100)] }] }, 'v12'],
    [{ hosts: [{ host: 'a', slots: [slot('v13', 10), slot('v12', 90)] }] }, 'v13 (10%), v12 (90%)'],
    [{ state: 'good' }, 'v13'],
    [{ state: 'bad' }, 'v12'],
    [{ state: 'rolled-back', previous: null }, undefined],
    [{ state: 'pending' }, undefined],
  ])('%j: %s', (over, serving) => {
    expect(servingOf(parse(over))).toBe(serving);
  });
});

describe('the event, when not named', () => {
  const of = (inputs: Record<string, string>) => eventOf(schema.parse(inputs));
  const needs = (...results: string[]) =>
    JSON.stringify(Object.fromEntries(results.map((result, i) => [`j${i}`, { result, outputs: {} }])));
  test.each([
    [{ needs: needs('success', 'skipped') }, 'success'],
    [{ needs: needs('success', 'failure') }, 'failure'],
    [{ needs: needs('cancelled') }, 'failure'],
    [{ deployment: deployment({ state: 'rolled-back' }), needs: needs('failure') }, 'rollback'],
    [{ deployment: deployment({ state: 'bad' }) }, 'failure'],
    [{ deployment: deployment({ state: 'good' }), needs: needs('success', 'failure') }, 'failure'],
    [{ deployment: deployment() }, 'success'],
    [{ deployment: deployment(), verdict: 'fail' }, 'failure'],
    [{ deployment: deployment({ state: 'pending' }), verdict: 'error' }, 'failure'],
    [{ deployment: deployment({ state: 'rolled-back' }), verdict: 'fail' }, 'rollback'],
    [{ needs: needs('success'), verdict: 'fail' }, 'failure'],
    [{ deployment: deployment(), verdict: 'inconclusive' }, 'success'],
  ])('%j: %s', (inputs, event) => {
    expect(of(inputs)).toBe(event);
  });
  test('a rehearsal and a check need none', () => {
    expect([of({ mode: 'drill' }), of({ mode: 'check' }), of({ mode: 'drill', event: 'alert' })]).toEqual([
      'drill',
      'drill',
      'alert',
    ]);
  });
  test.each([
    ['success', 'bad', 'failure'],
    ['success', 'rolled-back', 'rollback'],
    ['success', 'unchanged', 'success'],
    ['rollback', 'bad', 'failure'],
    ['rollback', 'good', 'rollback'],
    ['failure', 'rolled-back', 'failure'],
    ['alert', 'bad', 'alert'],
  ])('%s over a deployment that is %s is told as %s', (event, state, told) => {
    expect(of({ event, deployment: deployment({ state }) })).toBe(told);
  });
  test('is asked for when nothing tells', () => {
    expect(() => of({})).toThrow(/event is needed/);
    expect(() => of({ event: 'party' })).toThrow(/"party" is not known/);
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
