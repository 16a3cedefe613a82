import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeFiles, renderConfig, renderMap, renewed, structureOf } from '../../../src/deploy/docker/edge/config.ts';
import { weightsAt } from '../../../src/deploy/docker/edge/entrances.ts';
import { edgeOptions } from '../../../src/deploy/docker/edge/options.ts';
import { parseStat } from '../../../src/deploy/docker/edge/runtime.ts';
import { weightPair } from '../../../src/deploy/docker/edge/weights.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';
import { clashes, parseMetrics, parsePublish } from '../../../src/deploy/publish.ts';
import { parseMatches } from '../../../src/deploy/release/canary-match.ts';
import { parseSteps } from '../../../src/deploy/release/canary-steps.ts';
import { releaseId } from '../../../src/deploy/release/id.ts';
import { parseRate } from '../../../src/deploy/release/rate.ts';

const slot = (release: string, share: number, replicas = 1) => ({
  release,
  port: 3000,
  servers: Array.from({ length: replicas }, (_, i) => `shop-${release}-${i + 1}`),
  share,
});
const model = (a: EdgeModel['slots']['a'], b: EdgeModel['slots']['b'], more: Partial<EdgeModel> = {}): EdgeModel => ({
  image: 'haproxy',
  publish: '8080',
  sticky: false,
  room: 2,
  slots: { a, b },
  ...more,
});
const first = { door: undefined };

describe('weights', () => {
  it('are exact for whole percentages, whatever the replicas', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 4 }), (percent, replicas) => {
        const [a, b] = weightPair(percent / 100, replicas, 1 - percent / 100, replicas);
        expect(Math.abs((a * replicas) / (a * replicas + b * replicas) - percent / 100)).toBeLessThan(1e-9);
      }),
    );
  });
  it('come close when the slots differ in size, and stay within what HAProxy takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        (percent, n, m) => {
          const [a, b] = weightPair(percent / 100, n, 1 - percent / 100, m);
          expect(Math.min(a, b)).toBeGreaterThanOrEqual(1);
          expect(Math.max(a, b)).toBeLessThanOrEqual(256);
          // The worst is 99 % for one against eight: 256 to 1 is all that HAProxy takes.
          expect(Math.abs((a * n) / (a * n + b * m) - percent / 100)).toBeLessThanOrEqual(0.99 - 256 / 264 + 1e-9);
        },
      ),
    );
  });
  it('are zero for who has no share, and somebody always has some', () => {
    expect(weightsAt(model(slot('r1', 0), slot('r2', 1)).slots, first)).toEqual({ a: 0, b: 1 });
    expect(weightsAt(model(slot('r1', 1), null).slots, first)).toEqual({ a: 1, b: 0 });
    expect(weightsAt(model(null, null).slots, first)).toEqual({ a: 0, b: 0 });
  });
});

describe('the configuration', () => {
  it('names servers by container, leaves free places out of use, and has no health check', () => {
    const text = renderConfig(model(slot('r1', 0.9, 2), slot('r2', 0.1)));
    expect(text).toContain(
      '  server a1 shop-r1-1:3000 weight 9\n  server a2 shop-r1-2:3000 weight 9\n  server b1 shop-r2-1:3000 weight 2\n  server b2 127.0.0.1:9 weight 0 disabled',
    );
    expect(text).not.toMatch(/\bcheck\b(?! |s)/);
    for (const line of [
      'option idle-close-on-response',
      'hard-stop-after',
      'timeout connect 500ms',
      'nameserver dns 127.0.0.11:53',
      'ring users\n  format raw',
      'log ring@users ',
    ])
      expect(text).toContain(line);
  });
  it('takes a sticky server of weight 0 out, so that its cookies lead elsewhere', () => {
    const text = renderConfig(model(slot('r1', 0), slot('r2', 1), { sticky: true }));
    expect(text).toContain('server a1 shop-r1-1:3000 weight 0 disabled cookie a1');
    expect(text).toContain('server b1 shop-r2-1:3000 weight 1 cookie b1');
    expect(text).toContain('cookie SEATRIAL insert');
  });
  it('says how clients are met, and keeps a plain door for our own questions', () => {
    const plain = renderConfig(model(slot('r1', 1), null));
    expect(plain).toContain('  bind :8080\n');
    expect(plain).not.toMatch(/8081|413|ssl|stick-table|server .*maxconn|local1|use-server/);
    const options = { tls: true, acceptProxy: true, maxBody: 1000 };
    const text = renderConfig(model(slot('r1', 1), null, { options }));
    expect(text).toContain(
      'bind :8080 accept-proxy ssl crt /etc/seatrial/edge.pem alpn h2,http/1.1\n  bind 127.0.0.1:8081',
    );
    expect(text).toContain('deny_status 413 if { req.hdr_val(content-length) gt 1000 }');
    // A body that names no length is measured before it is let through.
    expect(text).toMatch(/wait-for-body .*\n.*413 if .* \{ req\.body_size gt 1000 \}\n.*status 411 /);
    expect(text).toContain('set-header X-Forwarded-Proto https\n');
    expect(structureOf(model(null, null, { options }))).not.toBe(structureOf(model(null, null)));
  });
  it('takes a stranger for the client, and keeps what a named proxy says', () => {
    const plain = renderConfig(model(slot('r1', 1), null));
    for (const name of ['X-Forwarded -m beg', 'X_Forwarded -m beg', 'Forwarded', 'X-Real-IP', 'X_Real_IP']) {
      expect(plain).toContain(`http-request del-header ${name}\n`);
    }
    expect(plain).toContain('http-request set-header X-Forwarded-Proto http\n');
    const options = { tls: false, acceptProxy: false, trustedProxies: ['10.0.0.0/8', '192.0.2.7'] };
    const text = renderConfig(model(slot('r1', 1), null, { options }));
    expect(text).toContain('acl trusted src 10.0.0.0/8 192.0.2.7\n');
    expect(text).toContain('http-request del-header X-Forwarded -m beg unless trusted\n');
    expect(text).toContain('set-header X-Forwarded-Proto http unless { req.hdr(X-Forwarded-Proto) -m found }\n');
  });
  it('limits clients and containers where it is asked to, and gives headers their room', () => {
    const options = {
      ...{ tls: false, acceptProxy: false, rateLimit: { requests: 30, perMs: 1000 }, maxConnections: 25 },
      ...{ headerMax: 30_000, requestTimeoutMs: 5000, accessLog: true },
    };
    const text = renderConfig(model(slot('r1', 1), null, { options }));
    expect(text).toContain('http-request track-sc0 src unless { src 127.0.0.1 }\n');
    expect(text).toMatch(/status 429 .* hdr Retry-After 1 if \{ sc_http_req_rate\(0\) gt 30 \}\n/);
    expect(text).toContain('server a1 shop-r1-1:3000 weight 1 maxconn 25\n');
    expect(text).toContain('timeout queue 500ms\n');
    expect(text).toContain('timeout http-request 5000ms\n');
    expect(text).toContain('tune.bufsize 65536\n');
    expect(text).toMatch(/status 431 .*gt 30000 \}\n/);
    expect(text).toContain('"client":"%[src,ipmask(24,48)]"');
    expect(text.match(/log-format/g)).toHaveLength(1);
    const behind = renderConfig(model(null, null, { options: { ...options, trustedProxies: ['10.0.0.1'] } }));
    // A stranger that names another client with each request is counted as himself, and so is one that names none.
    expect(behind).toContain(
      'http-request track-sc0 hdr_ip(X-Forwarded-For,-1) if { src 10.0.0.1 } !{ src 127.0.0.1 }\n  http-request track-sc0 src unless { src 127.0.0.1 }\n',
    );
  });
  it('reads for each request whether users are to come again later', () => {
    expect(renderConfig(model(null, null))).toMatch(/status 503 .*map_str\(\/seatrial\/edge\.map,off\) -m str on \}/);
    expect(renderMap({})).toBe('maintenance off\ncanary off\n');
    expect(renderMap({ maintenance: true, lead: 'b' })).toBe('maintenance on\ncanary b\n');
  });
  it('leads testers to the slot that the map names, each of its servers in turn, and nobody else', () => {
    const canaryMatch = parseMatches(['header X-Canary: 1', 'cookie canary=on']);
    const options = { tls: false, acceptProxy: false, canaryMatch };
    const text = renderConfig(model(slot('r1', 1), slot('r2', 0), { options }));
    expect(text).toContain('http-request set-var(txn.kind) str(canary) if { req.fhdr(X-Canary) -m str -- 1 }\n');
    expect(text).toContain('http-request set-var(txn.kind) str(canary) if { req.cook(canary) -m str -- on }\n');
    expect(text).toContain(
      '  use-server b2 if { var(txn.lead) -m str b } { rand(2) eq 0 }\n  use-server b1 if { var(txn.lead) -m str b }\n',
    );
    expect(renderConfig(model(slot('r1', 1), null))).not.toMatch(/use-server|txn\.lead/);
    expect(structureOf(model(null, null, { options }))).not.toBe(structureOf(model(null, null)));
  });
  it('publishes figures, and whose each server is, where that is asked for', () => {
    const metrics = { at: '127.0.0.1:9101', app: 'shop', environment: 'production' };
    const of = model(slot('r1', 1), slot('r2', 0, 2), { metrics });
    const files = new Map(edgeFiles(of).map(({ name, content }) => [name, content]));
    expect(files.get('haproxy.cfg')).toMatch(
      /frontend metrics\n {2}bind :9101\n {2}http-request use-service prometheus-exporter/,
    );
    expect(files.get('edge.map')).toContain('place-app-a1 r1\nplace-app-a2 none\nplace-app-b1 r2\nplace-app-b2 r2\n');
    expect(files.get('edge.places')).toContain(
      'seatrial_edge_server_info{app="shop",environment="production",proxy="app",server="b2",slot="b",release="%[str(place-app-b2),map_str(/seatrial/edge.map,none)]"} 1\n',
    );
    expect(
      edgeFiles(model(slot('r1', 1), null))
        .map(({ content }) => content)
        .join(),
    ).not.toMatch(/9101|place-/);
    expect(structureOf(of)).not.toBe(structureOf({ ...of, metrics: undefined }));
  });
  it('is taken on anew by an edge of an older form', () => {
    const before = model(slot('r1', 1), null);
    expect(structureOf(before)).not.toBe(structureOf(renewed(before)));
  });
  it.each(['30', '30/d', '0/s', '30 / s', '-1/s'])('takes %s for no rate', (text) => {
    expect(() => parseRate(text)).toThrow(/is no rate/);
  });
  it('keeps TLS where the edge has it, until it is turned off', () => {
    const none = {
      domains: [],
      'app-protocol': 'http' as const,
      'max-body': undefined,
      'trusted-proxies': [],
      'header-max': undefined,
      'request-timeout': undefined,
      'rate-limit': undefined,
      'max-connections': undefined,
      'queue-timeout': undefined,
      'access-log': false,
      'canary-match': [],
    };
    const asked = { tls: 'auto' as const, 'tls-certificate': undefined, 'accept-proxy': false, ...none };
    const on = { tls: true, acceptProxy: false };
    expect(edgeOptions(asked)).toBeUndefined();
    expect(edgeOptions({ ...asked, 'tls-certificate': 'x' })).toEqual(on);
    expect(edgeOptions(asked, on)).toEqual(on);
    expect(edgeOptions({ ...asked, tls: 'off' }, on)).toBeUndefined();
  });
  it('needs a reload only when its structure changes', () => {
    const before = model(slot('r1', 1), null);
    expect(structureOf(before)).toBe(structureOf(model(slot('r3', 0.2), slot('r4', 0.8))));
    expect(structureOf(before)).not.toBe(structureOf({ ...before, room: 3 }));
  });
});

it("reads HAProxy's counters by the names of their columns", () => {
  const csv =
    '# pxname,svname,extra,scur,weight,stot,status,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,econ,eresp,\napp,a1,x,2,9,30,no check,20,1,2,7,3,4,\napp,BACKEND,x,0,0,0,UP,0,0,0,9,0,0,\n';
  expect(parseStat(csv).errors5xx).toBe(9);
  expect(parseStat(csv).servers).toEqual([
    {
      backend: 'app',
      name: 'a1',
      weight: 9,
      status: 'no check',
      busy: 2,
      requests: 30,
      ok: 23,
      errors5xx: 7,
      connectErrors: 3,
      responseErrors: 4,
    },
  ]);
});

describe('metrics', () => {
  it('have a private address, or one that is said to be public', () => {
    expect(
      [
        '127.0.0.1:9101',
        '10.1.2.3:9101',
        '[::1]:9101',
        '[fd00::7]:9101',
        'public 203.0.113.7:9101',
        'public 9101',
        'off',
      ].map(parseMetrics),
    ).toEqual(['127.0.0.1:9101', '10.1.2.3:9101', '[::1]:9101', '[fd00::7]:9101', '203.0.113.7:9101', '9101', '']);
  });
  it.each(['9101', '0.0.0.0:9101', '203.0.113.7:9101', '[2001:db8::1]:9101', '127.0.0.1', 'localhost:9101', 'public'])(
    'refuse "%s"',
    (text) => expect(() => parseMetrics(text)).toThrow(/^metrics-address: /),
  );
});

describe('canary-match', () => {
  it('names a header in any case or a cookie, each with its one value', () => {
    expect(parseMatches(['header X-Canary: 1', 'cookie canary=1', 'header Host:beta.example.com:8080'])).toEqual([
      { kind: 'header', name: 'X-Canary', value: '1' },
      { kind: 'cookie', name: 'canary', value: '1' },
      { kind: 'header', name: 'Host', value: 'beta.example.com:8080' },
    ]);
  });
  it.each([
    'X-Canary: 1',
    'query canary=1',
    'header X-Canary',
    'header X-Canary:',
    'header X Canary: 1',
    'header X-Canary): 1',
    'header X-Canary: a b',
    'header X-Canary: "1"',
    "header X-Canary: '1'",
    'header X-Canary: 1 # all',
    'header X-Canary: $HOME',
    'header X-Canary: 1\\',
    'header X-Canary: 1\rX-Other: 2',
    'cookie canary',
    'cookie =1',
    'cookie can ary=1',
    'cookie canary=1; other=2',
    'cookie canary={1}',
    `header X-Canary: ${'1'.repeat(201)}`,
  ])('refuses "%s"', (line) => {
    expect(() => parseMatches([line])).toThrow(/^canary-match: /);
  });
  it('refuses what stands there twice', () => {
    expect(() => parseMatches(['header X-Canary: 1', 'header x-canary: 1'])).toThrow(/twice/);
    expect(parseMatches(['cookie Canary=1', 'cookie canary=1'])).toHaveLength(2);
  });
});

describe('canary steps', () => {
  it('may begin with testers alone', () => {
    expect(parseSteps('0%:10m,50%,100%', 1000, true)[0]).toEqual({ share: 0, holdMs: 600_000 });
    expect(() => parseSteps('0%,0%,100%', 1000, true)).toThrow();
  });
  it('rise to 100 %, each with its own hold where it names one', () => {
    expect(parseSteps('5%, 25%:2m, 100%', 1000)).toEqual([
      { share: 0.05, holdMs: 1000 },
      { share: 0.25, holdMs: 120_000 },
      { share: 1, holdMs: 1000 },
    ]);
  });
  it.each(['', '5%', '50%,25%,100%', '5%,5%,100%', '5%,100', '0%,100%', '5%:x,100%'])('refuse "%s"', (text) => {
    expect(() => parseSteps(text, 0)).toThrow();
  });
});

describe('publish', () => {
  it('is a port, with an address or without', () => {
    expect(parsePublish('8080')).toEqual({ ip: '', port: 8080 });
    expect(parsePublish('127.0.0.1:8080')).toEqual({ ip: '127.0.0.1', port: 8080 });
    expect(parsePublish('[::1]:80')).toEqual({ ip: '::1', port: 80 });
    for (const text of ['0', '70000', 'x', '1.2.3:80', '80/tcp', 'host:80'])
      expect(() => parsePublish(text)).toThrow(/not a port/);
  });
  it('clashes where addresses overlap', () => {
    const at = parsePublish;
    expect(clashes(at('80'), at('127.0.0.1:80'))).toBe(true);
    expect(clashes(at('127.0.0.1:80'), at('127.0.0.2:80'))).toBe(false);
    expect(clashes(at('80'), at('81'))).toBe(false);
  });
});

it('a release id tells when and what, fits a host name, and is never given twice', () => {
  const at = Date.parse('2026-11-23T01:21:36Z');
  expect(releaseId(at, '0E498BFaaaa', new Set())).toBe('20261123-012136-0e498bf');
  expect(releaseId(at, 'sha256:79799e8b', new Set())).toBe('20261123-012136-79799e8');
  expect(releaseId(at, '', new Set())).toBe('20261123-012136');
  expect(releaseId(at, 'abc', new Set(['20261123-012136-abc', '20261123-012136-abc-2']))).toBe('20261123-012136-abc-3');
});
