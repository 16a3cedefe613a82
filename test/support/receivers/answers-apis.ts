import { type Fault, HTML } from './server.ts';

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
};

export interface Row {
  way: string;
  what: string;
  faults: Fault[];
  outcome: string;
  code: string;
  attempts?: number;
  says?: RegExp;
}

const answer = (body: string | object, status = 200, headers?: Record<string, string>): Fault => ({
  do: 'answer',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...(headers ? { headers } : {}),
});

/** What every vendor's answers mean alike. */
function common(way: string): Row[] {
  const { good, outcome, code, bodiless, idempotent } = ways[way]!;
  const yes = answer(good.body, good.status);
  const lost = idempotent ? 2 : 1;
  // A 2xx is the whole rule of a generic webhook, whatever stands in it.
  const any2xx = way === 'webhook';
  const odd = (what: string, body: string): Row =>
    any2xx
      ? { way, what, faults: [answer(body)], outcome: 'delivered', code: '200' }
      : { way, what, faults: [answer(body)], outcome: 'unknown', code: '200' };
  return [
    { way, what: 'its yes', faults: [yes], outcome, code, attempts: 1 },
    ...(way === 'alertmanager' ? [] : [odd('an empty 200', '')]),
    odd('a page in 200', HTML),
    odd('another JSON in 200', '{"hello":"world"}'),
    odd('cut JSON', '{"ok":true,"code":0,"Code":"O'),
    { way, what: 'a 403 page', faults: [answer(HTML, 403)], outcome: 'refused', code: '403', attempts: 1 },
    { way, what: 'a 404 page', faults: [answer(HTML, 404)], outcome: 'refused', code: '404', attempts: 1 },
    { way, what: '500 thrice', faults: [answer(HTML, 500)], outcome: 'unknown', code: '500', attempts: 3 },
    { way, what: '503 once', faults: [answer('', 503), yes], outcome, code, attempts: 2 },
    ...(good.body
      ? [
          {
            way,
            what: 'its yes cut off',
            faults: [{ do: 'truncate', status: good.status, body: good.body } as Fault],
            outcome: 'unknown',
            code: String(good.status),
          },
        ]
      : []),
    ...(bodiless
      ? []
      : [
          {
            way,
            what: 'its yes in HTTP 500',
            faults: [answer(good.body, 500)],
            outcome: 'refused|unknown',
            code: '500',
          },
        ]),
    { way, what: 'a hang', faults: [{ do: 'hang' }], outcome: 'unknown', code: 'timeout', attempts: lost },
    {
      way,
      what: 'a reset',
      faults: [{ do: 'reset' }],
      outcome: 'unknown',
      code: 'UND_ERR_SOCKET|ECONNRESET',
      ...(idempotent ? {} : { attempts: 1 }),
    },
    {
      way,
      what: '302',
      faults: [answer('', 302, { location: '/' }), yes],
      outcome: 'refused',
      code: '302',
      attempts: 1,
    },
    {
      way,
      what: '308',
      faults: [answer(good.body, 308, { location: '/' })],
      outcome: 'refused',
      code: '308',
      attempts: 1,
    },
    {
      way,
      what: '429 with a wait within reach',
      faults: [answer('', 429, { 'retry-after': '1' }), yes],
      outcome,
      code,
      attempts: 2,
    },
    {
      way,
      what: '429 with a wait too far',
      faults: [answer('', 429, { 'retry-after': '60' })],
      outcome: 'throttled',
      code: '429',
      attempts: 1,
      says: /after 60 s/,
    },
  ];
}

const row = (
  way: string,
  what: string,
  fault: Fault | Fault[],
  outcome: string,
  code: string,
  says?: RegExp,
  attempts?: number,
): Row => ({
  way,
  what,
  faults: Array.isArray(fault) ? fault : [fault],
  outcome,
  code,
  ...(says ? { says } : {}),
  ...(attempts ? { attempts } : {}),
});

const slack = (error: string, status = 200) => answer({ ok: false, error }, status);
const lark = (code: unknown, msg = 'm', status = 400) => answer({ code, msg, data: {} }, status);
const tg = (error_code: number, description: string, parameters = {}) =>
  answer({ ok: false, error_code, description, parameters }, error_code);
const ali = (Code: unknown, Message = 'm', status = 200) => answer({ Code, Message }, status);
const tw = (code: number, message: string, status = 400) => answer({ code, message, status }, status);

const own: Row[] = [
  row('slack-api', 'ok false in 200', slack('invalid_auth'), 'refused', 'invalid_auth', /slack-token/, 1),
  row('slack-api', 'not in channel', slack('not_in_channel'), 'refused', 'not_in_channel', /invite/, 1),
  row('slack-api', 'unknown channel', slack('channel_not_found'), 'refused', 'channel_not_found', /slack-channel/, 1),
  row('slack-api', 'a missing scope', slack('missing_scope'), 'refused', 'missing_scope', /chat:write/, 1),
  row('slack-api', 'an unheard-of error', slack('brand_new_error'), 'refused', 'brand_new_error', undefined, 1),
  row(
    'slack-api',
    'internal_error, then well',
    [slack('internal_error'), answer(ways['slack-api']!.good.body)],
    'delivered',
    '200',
    undefined,
    2,
  ),
  row('slack-api', 'fatal_error always', slack('fatal_error'), 'refused', 'fatal_error', /again/, 3),
  row('slack-api', 'ratelimited in 200', slack('ratelimited'), 'throttled', 'ratelimited', undefined, 3),
  row(
    'slack-api',
    'ratelimited in 429',
    { ...slack('ratelimited', 429), headers: { 'retry-after': '30' } } as Fault,
    'throttled',
    'ratelimited',
    /after 30 s/,
    1,
  ),
  row('slack-api', 'ok as text', answer({ ok: 'true', ts: '1.2' }), 'unknown', '200'),
  row('slack-api', 'ok as a number', answer({ ok: 1, ts: '1.2' }), 'unknown', '200'),
  row('feishu-app', 'not in the chat', lark(230002), 'refused', '230002', /add the bot/, 1),
  row('feishu-app', 'no permission', lark(230027), 'refused', '230027', /permission/),
  row('feishu-app', 'a refusal in 200', lark(230001, 'm', 200), 'refused', '230001', /feishu-chat-id/),
  row('feishu-app', 'a bad card', lark(230099), 'refused', '230099'),
  row(
    'feishu-app',
    'too fast, then well',
    [lark(230020), answer(ways['feishu-app']!.good.body)],
    'delivered',
    '0',
    undefined,
    2,
  ),
  row(
    'feishu-app',
    'too fast in 429',
    { ...lark(99991400, 'm', 429), headers: { 'retry-after': '90' } } as Fault,
    'throttled',
    '99991400',
    undefined,
    2,
  ),
  row('feishu-app', '"0"', lark('0', 'm', 200), 'refused', '0'),
  row(
    'teams',
    'bad signature',
    answer({ error: { code: 'DirectApiAuthorizationRequired', message: 'm' } }, 401),
    'refused',
    'DirectApiAuthorizationRequired',
    /copy the URL/,
    1,
  ),
  row(
    'teams',
    'flow off',
    answer({ error: { code: 'WorkflowNotFound', message: 'm' } }, 404),
    'refused',
    'WorkflowNotFound',
    /switched off/,
    1,
  ),
  row(
    'teams',
    'throttled',
    answer({ error: { code: 'TooManyRequests', message: 'm' } }, 429, { 'retry-after': '77' }),
    'throttled',
    'TooManyRequests',
    /after 77 s/,
    1,
  ),
  row('teams', '200 with the old connector’s 1', answer('1'), 'unknown', '200'),
  row('teams', 'an accepted 200', answer('Accepted'), 'unknown', '200'),
  row('discord', '204: nobody waited', answer('', 204), 'unknown', '204', undefined, 1),
  row(
    'discord',
    'webhook deleted',
    answer({ message: 'Unknown Webhook', code: 10015 }, 404),
    'refused',
    '10015',
    /new one/,
    1,
  ),
  row(
    'discord',
    'bad token',
    answer({ message: 'Invalid Webhook Token', code: 50027 }, 401),
    'refused',
    '50027',
    undefined,
    1,
  ),
  row('discord', 'code 0', answer({ message: '401: Unauthorized', code: 0 }, 401), 'refused', '401', undefined, 1),
  row(
    'discord',
    'bad form',
    answer({ message: 'Invalid Form Body', code: 50035 }, 400),
    'refused',
    '50035',
    undefined,
    1,
  ),
  row(
    'discord',
    '429 with a wait in the body',
    [answer({ message: 'limited', code: 0, retry_after: 0.2, global: false }, 429), answer(ways.discord!.good.body)],
    'delivered',
    '200',
    undefined,
    2,
  ),
  row(
    'discord',
    '429 with a far wait in the body',
    answer({ message: 'limited', code: 0, retry_after: 64.5 }, 429),
    'throttled',
    '429',
    /after 65 s/,
    1,
  ),
  row('discord', 'id as a number', answer({ id: 900 }), 'unknown', '200'),
  row('telegram', 'bad token', tg(401, 'Unauthorized'), 'refused', '401', /telegram-token/, 1),
  row('telegram', 'unknown chat', tg(400, 'Bad Request: chat not found'), 'refused', '400', /telegram-chat-id/, 1),
  row(
    'telegram',
    'kicked',
    tg(403, 'Forbidden: bot was kicked from the supergroup chat'),
    'refused',
    '403',
    /add it/,
    1,
  ),
  row(
    'telegram',
    'migrated',
    tg(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: -1009 }),
    'refused',
    '400',
    /-1009/,
    1,
  ),
  row(
    'telegram',
    '429 with a near wait in the body',
    [tg(429, 'Too Many Requests: retry after 1', { retry_after: 1 }), answer(ways.telegram!.good.body)],
    'delivered',
    '200',
    undefined,
    2,
  ),
  row(
    'telegram',
    '429 with a far wait in the body',
    tg(429, 'Too Many Requests: retry after 31', { retry_after: 31 }),
    'throttled',
    '429',
    /after 31 s/,
    1,
  ),
  row(
    'telegram',
    'a refusal in HTTP 200',
    answer({ ok: false, error_code: 400, description: 'Bad Request' }),
    'refused',
    '400',
  ),
  row('telegram', 'ok as text', answer({ ok: 'true', result: { message_id: 7 } }), 'unknown', '200'),
  row('webhook', '200 with words', answer('thanks'), 'delivered', '200'),
  row('webhook', 'gone', answer('', 410), 'refused', '410', /take webhook-url out/, 1),
  row('webhook', '401', answer({ message: 'no matching signature' }, 401), 'refused', '401', /webhook-secret/, 1),
  row('webhook', '502', answer('', 502), 'throttled', '502', undefined, 3),
  row('webhook', '504, then well', [answer('', 504), answer('', 200)], 'delivered', '200', undefined, 2),
  row(
    'pagerduty',
    'bad key',
    answer({ status: 'invalid event', message: 'Event object is invalid', errors: ['Invalid routing key'] }, 400),
    'refused',
    '400',
    /pagerduty-key/,
    1,
  ),
  row('pagerduty', '202 without success', answer({ status: 'queued?' }, 202), 'unknown', '202'),
  row('pagerduty', 'success in 200', answer({ status: 'success' }), 'unknown', '200'),
  row(
    'pagerduty',
    '500 in its own form',
    answer({ status: 'error', message: 'oops' }, 500),
    'refused',
    '500',
    /again/,
    3,
  ),
  row(
    'pagerduty',
    'throttled',
    answer({ status: 'throttle exceeded', message: 'm' }, 429),
    'throttled',
    '429',
    undefined,
    2,
  ),
  row(
    'alertmanager',
    'a bad request',
    answer('"start time must be before end time"', 400),
    'refused',
    '400',
    /start time/,
    1,
  ),
  row('alertmanager', 'v1’s success', answer('{"status":"success"}'), 'unknown', '200'),
  row('alertmanager', '500 in its own form', answer('"store is full"', 500), 'refused', '500', /log/, 3),
  row('grafana', 'bad token', answer({ message: 'Invalid API key' }, 401), 'refused', '401', /grafana-token/, 1),
  row('grafana', 'no permission', answer({ message: 'Access denied' }, 403), 'refused', '403', /annotations:write/, 1),
  row('grafana', '500 in its own form', answer({ message: 'Failed' }, 500), 'refused', '500', /log/, 3),
  row('grafana', 'id as text', answer({ message: 'Annotation added', id: '1' }), 'unknown', '200'),
  row(
    'aliyun',
    'a number’s limit',
    ali('isv.BUSINESS_LIMIT_CONTROL'),
    'throttled',
    'isv.BUSINESS_LIMIT_CONTROL',
    undefined,
    1,
  ),
  row(
    'aliyun',
    'bad signature',
    ali('SignatureDoesNotMatch', 'm', 400),
    'refused',
    'SignatureDoesNotMatch',
    /access-key-secret/,
    1,
  ),
  row(
    'aliyun',
    'bad key',
    ali('InvalidAccessKeyId.NotFound', 'm', 404),
    'refused',
    'InvalidAccessKeyId.NotFound',
    /access-key-id/,
    1,
  ),
  row('aliyun', 'bad template', ali('isv.SMS_TEMPLATE_ILLEGAL'), 'refused', 'isv.SMS_TEMPLATE_ILLEGAL', /template/, 1),
  row(
    'aliyun',
    'bad sign name',
    ali('isv.SMS_SIGNATURE_ILLEGAL'),
    'refused',
    'isv.SMS_SIGNATURE_ILLEGAL',
    /sign-name/,
    1,
  ),
  row('aliyun', 'no money', ali('isv.AMOUNT_NOT_ENOUGH'), 'refused', 'isv.AMOUNT_NOT_ENOUGH', /top it up/, 1),
  row(
    'aliyun',
    'throttled once',
    [ali('Throttling.User', 'm', 400), answer(ways.aliyun!.good.body)],
    'delivered',
    'OK',
    undefined,
    2,
  ),
  row('aliyun', 'ok in small letters', ali('ok'), 'refused', 'ok'),
  row('aliyun', 'Code as true', ali(true), 'unknown', '200'),
  row('aliyun', 'OK in HTTP 400', ali('OK', 'OK', 400), 'refused', '400'),
  row('twilio', 'bad login', tw(20003, 'Authenticate', 401), 'refused', '20003', /auth token/, 1),
  row(
    'twilio',
    'bad number',
    tw(21211, "The 'To' number +8613800001111 is not a valid phone number."),
    'refused',
    '21211',
    /\+8613800000000/,
    1,
  ),
  row('twilio', 'unsubscribed', tw(21610, 'Attempt to send to unsubscribed recipient'), 'refused', '21610', /STOP/, 1),
  row('twilio', 'throttled', tw(20429, 'Too Many Requests', 429), 'throttled', '20429', undefined, 2),
  row(
    'twilio',
    'given up at once',
    answer({ sid: 'SM1', status: 'failed', error_code: 21614 }, 201),
    'refused',
    '21614',
    /mobile/,
    1,
  ),
  row('twilio', '201 without a sid', answer({ status: 'queued' }, 201), 'unknown', '201'),
  row('twilio', '200', answer({ sid: 'SM1', status: 'queued' }), 'unknown', '200'),
];

export const rows: Row[] = [...Object.keys(ways).flatMap(common), ...own];
