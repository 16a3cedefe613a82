import { describe, expect, it } from 'vitest';
import { Customers } from '../../../src/verify/customers.ts';
import { USERS } from '../../../src/verify/judge/types.ts';
import type { OpenHost } from '../../../src/verify/live/containers.ts';
import { Edge } from '../../../src/verify/live/edge.ts';
import { parseEdge } from '../../../src/verify/live/edge-admin.ts';
import { MASK_VERSION } from '../../../src/verify/logs/signature.ts';
import { judged, traffic } from '../../support/verify/streams.ts';

const STAT = `# pxname,svname,stot,hrsp_5xx,econ,eresp,weight
app,s1,120,3,1,0,0
app,s2,40,12,0,0,100
app,BACKEND,160,15,1,0,100`;
const STATE = `1
# be_id be_name srv_id srv_name srv_addr srv_fqdn srv_port
3 app 1 s1 10.0.0.5 shop-r1-1 8080
3 app 2 s2 10.0.0.6 shop-r2-1 8080`;

it('what users met of the new version is counted without our probes and without the old one', () => {
  const customers = new Customers();
  const request = (version: 'old' | 'new', endpoint: string, t: number, ok = true) =>
    customers.take({ kind: 'request', t, version, endpoint, ok, ms: Number.NaN });
  request('new', '/pay', 1, false);
  expect(customers.met).toBeUndefined();
  for (let i = 0; i <= 40; i++) request('new', USERS, 10 + i / 10, i <= 30);
  request('new', `${USERS} POST /pay`, 14, true); // by the edge's records instead of its counters
  request('old', USERS, 99, false);
  expect(customers.met).toEqual({ requests: 42, lost: 10, seconds: 4 });
});

describe("the edge's counters", () => {
  it('are those of every published port of the app, and of nothing else', () => {
    const stat = `# pxname,svname,stot,hrsp_5xx,econ,eresp,weight
public,FRONTEND,9,0,0,0,0
app,s1,120,3,1,0,1
app_9000,s1,7,2,0,0,1
app_9000,BACKEND,7,2,0,0,1
apples,s1,1,1,0,0,1`;
    const state = `1
# be_id be_name srv_id srv_name srv_addr srv_fqdn srv_port
3 app 1 s1 10.0.0.5 shop-r1-1 8080
4 app_9000 1 s1 10.0.0.6 shop-r1-api-1 9001`;
    expect(parseEdge(stat, state)).toMatchObject([
      { backend: 'app', host: 'shop-r1-1', requests: 120 },
      { backend: 'app_9000', host: 'shop-r1-api-1', port: 9001, requests: 7, errors: 2 },
    ]);
  });
  it('tell whose a server is that is free behind the first port and not behind a further one', async () => {
    const server = (backend: string, name: string, host: string) => ({
      ...{ backend, name, host, port: 80, weight: 1, requests: 0, errors: 0 },
    });
    const servers = [
      ...[server('app', 'a1', 'shop-r1-1'), server('app', 'a2', '127.0.0.1')],
      ...[server('app_9000', 'a1', 'shop-r1-api-1'), server('app_9000', 'a2', 'shop-r1-api-2')],
    ];
    const edge = new Edge({} as OpenHost, 'shop-edge', (host) => (host.startsWith('shop-r1-') ? 'new' : undefined), {
      ask: async () => [{ edge: 'shop-edge', name: 'shop-edge', servers }],
    });
    await edge.look(new AbortController().signal);
    expect(['a1', 'a2', 'b1'].map((name) => edge.versionAt(name, 'shop-edge'))).toEqual(['new', 'new', undefined]);
  });
  it('are read per server, failures of every kind added up', () => {
    expect(parseEdge(STAT, STATE)).toMatchObject([
      { name: 's1', host: 'shop-r1-1', port: 8080, requests: 120, errors: 4, weight: 0 },
      { name: 's2', host: 'shop-r2-1', port: 8080, requests: 40, errors: 12, weight: 100 },
    ]);
  });

  it('never make a fault of users who stay away, while an endpoint of the probes that falls silent is one', () => {
    const stay = (gone: string) =>
      judged(
        traffic({
          seed: 5,
          rate: 40,
          oldSeconds: 60,
          newSeconds: 40,
          endpoints: ['/orders', gone],
          change: (request) => (request.endpoint === gone ? undefined : request),
        }),
      );
    expect(stay('/pay')).toMatchObject({ verdict: 'fail', gate: 'endpoints' });
    expect(stay(USERS).verdict).not.toBe('fail');
  });

  it('count against the release after a switch, when the old one is asked by probes only', () => {
    const waves = { errors: 1, latency: 1, tail: 1 };
    const baseline = {
      seatrial: 1 as const,
      mask: MASK_VERSION,
      at: '2026-11-23T00:00:00Z',
      release: 'r1',
      seconds: 5,
      waves,
      endpoints: {
        [USERS]: { requests: 1000, failed: 0, latency: [], waves },
        '/orders': { requests: 100, failed: 0, latency: [], waves },
      },
      logs: { seconds: 5, errors: 0, signatures: [] },
    };
    const probes = traffic({
      seed: 3,
      rate: 20,
      oldSeconds: 0,
      newSeconds: 12,
      share: 0.5,
      endpoints: ['/orders'],
      errors: [0, 0],
    });
    const users = (share: number) =>
      traffic({ seed: 4, rate: 200, oldSeconds: 0, newSeconds: 12, endpoints: [USERS], errors: [0, share] });
    const verdict = (share: number) =>
      judged(
        [...probes, ...users(share)].sort((a, b) => a.t - b.t),
        { baseline },
      );
    expect(verdict(0.06)).toMatchObject({ verdict: 'fail', gate: 'errors', mode: 'concurrent' });
    expect(verdict(0).verdict).not.toBe('fail');
  });
});
