import type { Fault } from './server.ts';

/** One way to a channel: how a target at `base` is set up, and what its vendor's yes looks like. */
export interface Way {
  channel: string;
  settings(base: string): Record<string, string>;
  secrets: string[];
  good: { status: number; body: string };
  outcome: 'delivered' | 'accepted';
  code: string;
  /** A success that needs no readable body: any 2xx, or a bare status. */
  bodiless?: true;
  /** Repeated when its answer was lost. */
  idempotent?: true;
  /** Requests before the one that counts, e.g. for a token. */
  before?: { part: string; fault: Fault };
}

const SECRET = 'secrettoken0123456789';

export const ways: Record<string, Way> = {
  'slack-api': {
    channel: 'slack',
    settings: (base) => ({ 'api-url': `${base}/api/`, token: `xoxb-${SECRET}`, channel: 'C1' }),
    secrets: ['token'],
    good: { status: 200, body: '{"ok":true,"channel":"C1","ts":"1.2"}' },
    outcome: 'delivered',
    code: '200',
  },
  'feishu-app': {
    channel: 'feishu',
    settings: (base) => ({ 'api-url': base, 'app-id': 'cli_a', 'app-secret': SECRET, 'chat-id': 'oc_1' }),
    secrets: ['app-secret'],
    good: { status: 200, body: '{"code":0,"msg":"success","data":{"message_id":"om_1"}}' },
    outcome: 'delivered',
    code: '0',
    idempotent: true,
    before: {
      part: '/auth/',
      fault: { do: 'answer', status: 200, body: '{"code":0,"tenant_access_token":"t-1","expire":7200}' },
    },
  },
  teams: {
    channel: 'teams',
    settings: (base) => ({ webhook: `${base}/triggers/manual/paths/invoke?sig=${SECRET}` }),
    secrets: ['webhook'],
    good: { status: 202, body: '' },
    outcome: 'accepted',
    code: '202',
    bodiless: true,
  },
  discord: {
    channel: 'discord',
    settings: (base) => ({ webhook: `${base}/api/webhooks/1/${SECRET}` }),
    secrets: ['webhook'],
    good: { status: 200, body: '{"id":"900","channel_id":"42"}' },
    outcome: 'delivered',
    code: '200',
  },
  telegram: {
    channel: 'telegram',
    settings: (base) => ({ 'api-url': base, token: `123:AA${SECRET}`, 'chat-id': '-100' }),
    secrets: ['token'],
    good: { status: 200, body: '{"ok":true,"result":{"message_id":7}}' },
    outcome: 'delivered',
    code: '200',
  },
  webhook: {
    channel: 'webhook',
    settings: (base) => ({ url: `${base}/hooks/${SECRET}`, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }),
    secrets: ['url', 'secret'],
    good: { status: 204, body: '' },
    outcome: 'delivered',
    code: '204',
    bodiless: true,
    idempotent: true,
  },
  pagerduty: {
    channel: 'pagerduty',
    settings: (base) => ({ 'api-url': base, key: SECRET }),
    secrets: ['key'],
    good: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"k"}' },
    outcome: 'accepted',
    code: '202',
    idempotent: true,
  },
  alertmanager: {
    channel: 'alertmanager',
    settings: (base) => ({ url: base }),
    secrets: [],
    good: { status: 200, body: '' },
    outcome: 'delivered',
    code: '200',
    bodiless: true,
    idempotent: true,
  },
  grafana: {
    channel: 'grafana',
    settings: (base) => ({ url: base, token: SECRET }),
    secrets: ['token'],
    good: { status: 200, body: '{"message":"Annotation added","id":1}' },
    outcome: 'delivered',
    code: '200',
  },
  aliyun: {
    channel: 'aliyun',
    settings: (base) => ({
      'api-url': `${base}/`,
      'access-key-id': 'LTAI0123456789',
      'access-key-secret': SECRET,
      'sms-sign-name': '签名',
      'sms-template-code': 'SMS_1',
      phones: '13800001111',
    }),
    secrets: ['access-key-id', 'access-key-secret'],
    good: { status: 200, body: '{"Code":"OK","Message":"OK","BizId":"1"}' },
    outcome: 'delivered',
    code: 'OK',
  },
  twilio: {
    channel: 'twilio',
    settings: (base) => ({
      'api-url': base,
      'account-sid': 'AC1',
      'auth-token': SECRET,
      from: '+14155550100',
      to: '+8613800001111',
    }),
    secrets: ['auth-token'],
    good: { status: 201, body: '{"sid":"SM1","status":"queued","error_code":null}' },
    outcome: 'accepted',
    code: '201',
  },
  serverchan: {
    channel: 'serverchan',
    settings: (base) => ({ 'api-url': base, key: 'SCTsecrettoken0123456789' }),
    secrets: ['key'],
    good: { status: 200, body: '{"code":0,"message":"","data":{"pushid":"1"}}' },
    outcome: 'accepted',
    code: '0',
  },
  bark: {
    channel: 'bark',
    settings: (base) => ({ 'api-url': base, key: SECRET }),
    secrets: ['key'],
    good: { status: 200, body: '{"code":200,"message":"success","timestamp":1}' },
    outcome: 'delivered',
    code: '200',
  },
  ntfy: {
    channel: 'ntfy',
    settings: (base) => ({ 'api-url': base, topic: SECRET }),
    secrets: ['topic'],
    good: { status: 200, body: '{"id":"x1","event":"message","topic":"t"}' },
    outcome: 'delivered',
    code: '200',
  },
  googlechat: {
    channel: 'googlechat',
    settings: (base) => ({ webhook: `${base}/v1/spaces/A/messages?key=${SECRET}&token=${SECRET}` }),
    secrets: ['webhook'],
    good: { status: 200, body: '{"name":"spaces/A/messages/m1","thread":{"name":"spaces/A/threads/t1"}}' },
    outcome: 'delivered',
    code: '200',
  },
};
