import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Http, HttpRequest } from '../../../src/lib/http.ts';
import type { VerifyInputs } from '../../../src/verify/inputs.ts';
import { cloudwatch, signAws } from '../../../src/verify/sources/stores/cloudwatch.ts';
import { datadog } from '../../../src/verify/sources/stores/datadog.ts';
import { elasticsearch } from '../../../src/verify/sources/stores/elasticsearch.ts';
import { otlp } from '../../../src/verify/sources/stores/otlp.ts';
import { sentry } from '../../../src/verify/sources/stores/sentry.ts';
import { skywalking } from '../../../src/verify/sources/stores/skywalking.ts';
import { signSls, sls } from '../../../src/verify/sources/stores/sls.ts';
import type { OpenStore, StoreKind } from '../../../src/verify/sources/stores/store-kind.ts';
import { stores as source } from '../../../src/verify/sources/stores.ts';

const AT = 1795258800_000;

describe('the input stores', () => {
  const speaks = (stores: string) =>
    source.speaks({ mode: 'verify', stores, deployment: { previous: 'r1' } } as unknown as VerifyInputs);
  it.each([
    ['a block', '- kind: sentry\n  org: shop'],
    ['a flow', '- {kind: sentry, org: shop}'],
    ['a flow with another key first', '- {org: shop, kind: sentry}'],
    ['JSON', '[{"org": "shop", "kind": "sentry"}]'],
    ['quoted keys', '- "kind": "sentry"'],
  ])('in the form of %s says the same', async (_, text) =>
    expect(await speaks(text)).toEqual({ logs: false, counters: ['sentry'] }),
  );
  it('numbers several, and has logs of the others', async () =>
    expect(await speaks('[{kind: loki2}, {kind: sentry}, {kind: otlp}]')).toEqual({
      logs: true,
      counters: ['sentry 2', 'otlp 3'],
    }));
  it('that is no list is refused', () =>
    expect(speaks('kind: sentry')).rejects.toMatchObject({ code: 'INPUT_INVALID' }));
});
const secrets: Record<string, string> = {
  ES_KEY: 'es-key',
  ID: 'AKIDEXAMPLE',
  SECRET: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  DD: 'dd-key',
  APP: 'dd-app',
  TOKEN: 'sn-token',
};
type Answer = { status?: number; body: unknown; headers?: Record<string, string> };

/** A store with a stand-in for its server, which answers as the vendor documents it or refuses. */
function open(kind: StoreKind, spec: Record<string, unknown>, server: (request: HttpRequest) => Answer): OpenStore {
  const http: Http = async (request) => {
    const { status = 200, body, headers = {} } = server(request);
    return { kind: 'answer', status, headers, body: JSON.stringify(body), complete: true, ms: 1 };
  };
  return kind.open(kind.schema.parse(spec), {
    http,
    headers: {},
    secret: (name) => secrets[name]!,
    signal: new AbortController().signal,
    now: () => new Date('2015-08-30T12:36:00Z'),
  });
}

describe('Elasticsearch and OpenSearch', () => {
  const docs = Array.from({ length: 2300 }, (_, i) => ({ t: AT + i * 10, message: `line ${i}`, n: i }));
  const server = ({ url, method, headers, body }: HttpRequest): Answer => {
    if (headers?.authorization !== 'ApiKey es-key')
      return { status: 401, body: { error: 'missing authentication credentials' } };
    if (
      method !== 'POST' ||
      new URL(url).pathname !== '/shop-*/_search' ||
      headers['content-type'] !== 'application/json'
    )
      return { status: 405, body: { error: 'no such call' } };
    const asked = JSON.parse(body as string);
    // index.max_result_window: deeper than this only search_after goes.
    if (asked.size > 10_000 || asked.from) return { status: 400, body: { error: 'Result window is too large' } };
    const [query, range] = asked.query.bool.filter;
    if (query.query_string.query !== 'release:r2') return { body: { hits: { hits: [] } } };
    const { gte, lt } = range.range['@timestamp'];
    const after = asked.search_after?.[1] ?? -1;
    const hits = docs.filter(({ t, n }) => t >= gte && t < lt && n > after).slice(0, asked.size);
    return {
      body: {
        hits: {
          hits: hits.map(({ t, message, n }) => ({
            _index: 'shop-1',
            _id: `d${n}`,
            _source: { message },
            sort: [t, n],
          })),
        },
      },
    };
  };
  const spec = { kind: 'elasticsearch', url: 'https://es:9200', index: 'shop-*', 'api-key-env': 'ES_KEY' };
  it('gives all pages of the lines of a time', async () => {
    const lines = await open(elasticsearch, spec, server).lines!('release:r2', AT + 1000, AT + 20_000, 'new');
    expect(lines).toHaveLength(1900);
    expect(lines[0]).toEqual({ id: 'shop-1/d100', t: AT / 1000 + 1, line: 'line 100' });
    expect(new Set(lines.map(({ id }) => id)).size).toBe(1900);
  });
  it('says what it was refused with', async () => {
    secrets.ES_KEY = 'wrong';
    await expect(open(elasticsearch, spec, server).lines!('x', AT, AT + 1, 'new')).rejects.toMatchObject({
      code: 'SOURCE_DOWN',
      message: expect.stringContaining('answered 401: {"error":"missing authentication credentials"}'),
    });
    secrets.ES_KEY = 'es-key';
  });
});

describe('Aliyun SLS', () => {
  it('signs as its manual has it', () => {
    // help.aliyun.com, "Request signature", the example of GET /logstores.
    const headers = {
      date: 'Mon, 09 Nov 2015 06:11:16 GMT',
      'x-log-apiversion': '0.6.0',
      'x-log-signaturemethod': 'hmac-sha1',
    };
    const query = { logstoreName: '', offset: '0', size: '1000' };
    expect(
      signSls(
        { method: 'GET', path: '/logstores', query, headers },
        'bq2sjzesjmo86kq35behupbq',
        '4fdO2fTDDnZPU/L7CHNdemB2Nsk=',
      ),
    ).toBe('LOG bq2sjzesjmo86kq35behupbq:jEYOTCJs2e88o+y5F4/S5IsnBJQ=');
  });

  it('gives all pages, asks again while an answer is not complete, and names the project in the host', async () => {
    let asked = 0;
    const records = Array.from({ length: 130 }, (_, i) => ({
      __time__: String(AT / 1000 + i),
      __source__: '10.0.0.1',
      content: `line ${i}`,
    }));
    const server = ({ url, headers = {} }: HttpRequest): Answer => {
      const { host, pathname, searchParams } = new URL(url);
      const sorted = [...searchParams].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`);
      const text = `GET\n\n\n${headers.date}\nx-log-apiversion:0.6.0\nx-log-bodyrawsize:0\nx-log-signaturemethod:hmac-sha1\n${pathname}?${sorted.join('&')}`;
      const expected = `LOG AKIDEXAMPLE:${createHmac('sha1', secrets.SECRET!).update(text).digest('base64')}`;
      if (host !== 'shop.cn-hangzhou.log.aliyuncs.com' || headers.authorization !== expected)
        return { status: 401, body: { errorCode: 'SignatureNotMatch' } };
      // A page holds a hundred lines at the most.
      if (Number(searchParams.get('line')) > 100) return { status: 400, body: { errorCode: 'ParameterInvalid' } };
      if (++asked === 1) return { body: [], headers: { 'x-log-progress': 'Incomplete' } };
      const offset = Number(searchParams.get('offset'));
      return { body: records.slice(offset, offset + 100), headers: { 'x-log-progress': 'Complete' } };
    };
    const spec = {
      kind: 'sls',
      url: 'https://cn-hangzhou.log.aliyuncs.com',
      project: 'shop',
      logstore: 'app',
      'access-key-id-env': 'ID',
      'access-key-secret-env': 'SECRET',
    };
    const lines = await open(sls, spec, server).lines!('release: r2', AT, AT + 200_000, 'new');
    expect(lines).toHaveLength(130);
    expect(lines[129]).toMatchObject({ t: AT / 1000 + 129, line: 'line 129' });
    expect(asked).toBe(3);
  });
});

describe('CloudWatch', () => {
  it('signs as AWS’ own test suite has it (post-vanilla)', () => {
    const headers = signAws(
      { host: 'example.amazonaws.com', body: '', headers: {}, now: new Date('2015-08-30T12:36:00Z') },
      {
        region: 'us-east-1',
        service: 'service',
        id: 'AKIDEXAMPLE',
        secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      },
    );
    expect(headers['x-amz-date']).toBe('20150830T123600Z');
    expect(headers.authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    );
  });

  it('goes on behind an empty page', async () => {
    const server = ({ url, headers = {}, body }: HttpRequest): Answer => {
      const asked = JSON.parse(body as string);
      if (
        url !== 'https://logs.eu-west-1.amazonaws.com/' ||
        headers['x-amz-target'] !== 'Logs_20140328.FilterLogEvents' ||
        !headers.authorization?.includes('SignedHeaders=content-type;host;x-amz-date;x-amz-target')
      )
        return { status: 400, body: { __type: 'UnrecognizedClientException' } };
      if (asked.filterPattern !== '"r2"' || asked.limit > 10_000)
        return { status: 400, body: { __type: 'InvalidParameterException' } };
      if (!asked.nextToken) return { body: { events: [], nextToken: 'more' } };
      return { body: { events: [{ eventId: 'e1', timestamp: AT + 5, message: 'ERROR boom' }] } };
    };
    const spec = {
      kind: 'cloudwatch',
      region: 'eu-west-1',
      'log-group': '/shop',
      'access-key-id-env': 'ID',
      'secret-access-key-env': 'SECRET',
    };
    expect(await open(cloudwatch, spec, server).lines!('"r2"', AT, AT + 10, 'new')).toEqual([
      { id: 'e1', t: (AT + 5) / 1000, line: 'ERROR boom' },
    ]);
  });
});

describe('Datadog', () => {
  it('follows the cursor, and a status is the level', async () => {
    const server = ({ url, headers = {}, body }: HttpRequest): Answer => {
      if (headers['dd-api-key'] !== 'dd-key' || headers['dd-application-key'] !== 'dd-app')
        return { status: 403, body: { errors: ['Forbidden'] } };
      const { filter, page, sort } = JSON.parse(body as string);
      if (
        !url.endsWith('/api/v2/logs/events/search') ||
        page.limit > 1000 ||
        sort !== 'timestamp' ||
        !filter.from.endsWith('Z')
      )
        return { status: 400, body: { errors: ['Bad Request'] } };
      const attributes = { timestamp: new Date(AT).toISOString(), message: 'boom', status: 'error' };
      if (!page.cursor) return { body: { data: [{ id: 'a', attributes }], meta: { page: { after: 'next' } } } };
      return { body: { data: [{ id: 'b', attributes: { ...attributes, status: undefined } }], meta: {} } };
    };
    const spec = { kind: 'datadog', 'api-key-env': 'DD', 'application-key-env': 'APP' };
    expect(await open(datadog, spec, server).lines!('version:r2', AT, AT + 10, 'new')).toEqual([
      { id: 'a', t: AT / 1000, line: '{"level":"error","message":"boom"}' },
      { id: 'b', t: AT / 1000, line: 'boom' },
    ]);
  });
});

describe('Sentry', () => {
  it('counts the errors of a release; an answer without a count is none', async () => {
    const server = ({ url, headers = {} }: HttpRequest): Answer => {
      const { pathname, searchParams } = new URL(url);
      if (headers.authorization !== 'Bearer sn-token') return { status: 401, body: { detail: 'Invalid token' } };
      if (
        pathname !== '/api/0/organizations/shop/events/' ||
        searchParams.get('field') !== 'count()' ||
        searchParams.get('dataset') !== 'errors'
      )
        return { status: 400, body: {} };
      return { body: searchParams.get('query') === 'release:"r2"' ? { data: [{ 'count()': 12 }] } : { data: [] } };
    };
    const store = open(sentry, { kind: 'sentry', organization: 'shop', 'token-env': 'TOKEN' }, server);
    expect(await store.count!('release:"r2"', AT, AT + 1000)).toBe(12);
    await expect(store.count!('x', AT, AT + 1000)).rejects.toMatchObject({ code: 'SOURCE_DOWN' });
  });
});

describe('SkyWalking', () => {
  const server = ({ url, body }: HttpRequest): Answer => {
    const { query, variables } = JSON.parse(body as string);
    if (!url.endsWith('/graphql') || !/execExpression\(expression: \$expression/.test(query))
      return { status: 404, body: {} };
    const { expression, entity, duration } = variables;
    if (duration.step !== 'MINUTE' || !/^\d{4}-\d\d-\d\d \d{4}$/.test(duration.start))
      return { body: { errors: [{ message: 'bad duration' }] } };
    if (entity.serviceName !== 'shop-r2')
      return { body: { data: { execExpression: { error: 'no such service', results: [] } } } };
    const values = expression === 'service_cpm' ? ['600', null, '300'] : ['9900', null, '10000'];
    return {
      body: {
        data: {
          execExpression: { error: null, results: [{ values: values.map((value, i) => ({ id: String(i), value })) }] },
        },
      },
    };
  };
  const store = open(
    skywalking,
    { kind: 'skywalking', url: 'http://oap:12800', new: 'shop-$version', old: 'shop-$version' },
    server,
  );
  it('counts failed calls by whole minutes', async () => {
    expect(store.stepMs).toBe(60_000);
    expect(await store.count!('shop-r2', AT, AT + 180_000)).toEqual({ failures: 6, of: 900 });
  });
  it('says what it was refused with', () =>
    expect(store.count!('shop-r9', AT, AT + 60_000)).rejects.toMatchObject({
      code: 'SOURCE_DOWN',
      message: expect.stringContaining('no such service'),
    }));
});

describe('traces in OTLP', () => {
  /** 4,000 requests in four seconds, every tenth of r2 failed; each calls a database and another service. */
  const requests = Array.from({ length: 4000 }, (_, i) => ({ id: String(i), t: AT + i, release: i % 2 ? 'r2' : 'r1' }));
  const asked: number[] = [];
  const server = ({ url, method }: HttpRequest): Answer => {
    const { pathname, searchParams: query } = new URL(url);
    const refused = (message: string, httpCode = 400): Answer => ({
      status: httpCode,
      body: { error: { httpCode, message } },
    });
    if (method !== 'GET' || pathname !== '/api/v3/traces') return refused('no such call', 404);
    const [from, until] = [query.get('query.start_time_min'), query.get('query.start_time_max')];
    if (!from || !until) return refused('query.start_time_min and query.start_time_max are required');
    const depth = Number(query.get('query.num_traces') || 100);
    const found = requests
      // A trace is found by any of its spans, and given whole: it may have begun before.
      .filter(
        ({ t }) => query.get('query.service_name') === 'shop' && t + 5 >= Date.parse(from) && t < Date.parse(until),
      )
      .slice(0, depth);
    asked.push(found.length);
    if (!found.length) return refused('No traces found', 404);
    const at = (t: number) => `${t}000000`;
    const of = (service: string, release: string, span: object) => ({
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: service } },
          { key: 'service.version', value: { stringValue: release } },
        ],
      },
      scopeSpans: [{ scope: {}, spans: [span] }],
    });
    const resourceSpans = found.flatMap(({ id, t, release }) => [
      of('shop', release, {
        traceId: id,
        spanId: '1',
        kind: 2,
        startTimeUnixNano: at(t),
        status: { code: Number(id) % 20 === 1 ? 2 : 0 },
      }),
      of('shop', release, { traceId: id, spanId: '2', kind: 3, startTimeUnixNano: at(t + 1), status: { code: 2 } }),
      of('stock', release, { traceId: id, spanId: '3', kind: 2, startTimeUnixNano: at(t + 2), status: { code: 2 } }),
    ]);
    return { body: { result: { resourceSpans } } };
  };
  const spec = { kind: 'otlp', url: 'http://jaeger:16686', service: 'shop' };
  it('are counted as the share of a release’s own requests, once each, however many there are', async () => {
    const store = open(otlp, spec, server);
    expect(await store.count!('r2', AT, AT + 4000)).toEqual({ failures: 200, of: 2000 });
    expect(await store.count!('r1', AT, AT + 4000)).toEqual({ failures: 0, of: 2000 });
    expect(Math.max(...asked)).toBe(1000);
    expect(await store.count!('r2', AT + 60_000, AT + 61_000)).toEqual({ failures: 0, of: 0 });
  });
  it('say what they were refused with, and what is no answer', async () => {
    const broken = (answer: Answer) => open(otlp, spec, () => answer).count!('r2', AT, AT + 1000);
    await expect(broken({ status: 500, body: { error: { message: 'storage' } } })).rejects.toMatchObject({
      code: 'SOURCE_DOWN',
      message: expect.stringContaining('answered 500'),
    });
    await expect(broken({ status: 404, body: 'page not found' })).rejects.toMatchObject({ code: 'SOURCE_DOWN' });
    await expect(broken({ body: {} })).rejects.toMatchObject({ code: 'SOURCE_DOWN' });
  });
  it('that are more than can be asked for are no count', () => {
    const crowd = open(otlp, spec, () => ({
      body: {
        result: {
          resourceSpans: [
            { scopeSpans: [{ spans: Array.from({ length: 1000 }, (_, i) => ({ traceId: String(i) })) }] },
          ],
        },
      },
    }));
    return expect(crowd.count!('r2', AT, AT + 1000)).rejects.toThrow(/has 1000 and more of shop/);
  });
});
