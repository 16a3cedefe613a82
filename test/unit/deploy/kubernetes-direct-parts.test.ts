import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/deploy/inputs.ts';
import { untaken } from '../../../src/deploy/kubernetes/direct/learn.ts';
import { routeShares } from '../../../src/deploy/kubernetes/direct/read.ts';
import { leadsOf } from '../../../src/deploy/kubernetes/ways/leads.ts';
import type { HttpRoute } from '../../../src/lib/kubernetes/types.ts';

describe('edge: none on Kubernetes, as inputs', () => {
  const base = {
    app: 'shop',
    hosts: 'kubernetes://lab/shop',
    kubeconfig: 'x',
    image: 'shop:1',
    port: '3000',
    edge: 'none',
  };
  const issues = (more: Record<string, string>) =>
    (schema.safeParse({ ...base, ...more }).error?.issues ?? []).map(
      ({ path, message }) => `${String(path[0])}: ${message}`,
    );
  const named = { domains: 'shop.example.com', 'ingress-class': 'nginx' };
  const routed = { domains: 'shop.example.com', gateway: 'public' };
  it.each([
    [{ publish: '30080' }],
    [{ ...named, strategy: 'canary', 'canary-match': 'header X-Try: 1\ncookie try=always' }],
    [{ ...routed, strategy: 'canary', 'canary-match': 'header X-Try: 1\nheader X-Try: 2' }],
    [{ strategy: 'recreate', replicas: '3' }],
  ])('takes %o', (more) => expect(issues(more)).toEqual([]));
  it.each([
    [{ strategy: 'canary' }, 'strategy', 'blue-green'],
    [{ 'rate-limit': '30/s' }, 'rate-limit', 'done by the edge'],
    [{ 'trusted-proxies': '10.0.0.0/8' }, 'trusted-proxies', 'done by the edge'],
    [{ sticky: 'true' }, 'sticky', 'done by the edge'],
    [{ ...named, publish: '30080' }, 'publish', 'leave it out'],
    [{ ...routed, 'canary-match': 'cookie try=always' }, 'canary-match', 'header'],
    [{ ...named, 'canary-match': 'cookie try=1' }, 'canary-match', 'always'],
    [{ ...named, 'canary-match': 'header X-Try: 1\nheader X-Try: 2' }, 'canary-match', 'one header'],
    [{ ...named, 'domain-annotations': 'nginx.ingress.kubernetes.io/canary=true' }, 'domain-annotations', 'by us'],
    [{ hosts: 'unix:///var/run/docker.sock', kubeconfig: '', domains: 'a.example.com' }, 'edge', 'haproxy'],
  ])('refuses %o', (more, key, words) => {
    expect(issues(more as never)).toContainEqual(expect.stringMatching(new RegExp(`^${key}: .*${words}`)));
  });
});

describe('where names lead', () => {
  const use = (share: number) => ({ release: 'r', port: 80, servers: [], share });
  const model = { image: '', publish: '', sticky: false, room: 1, by: 'ingresses' as const };
  it.each([
    [{ a: use(1), b: null }, 'a', 'shop-a', undefined],
    [{ a: use(0), b: use(1) }, 'a', 'shop-b', undefined],
    [{ a: use(0.5), b: use(0.5) }, 'b', 'shop-b', 0.5],
    [{ a: use(0.75), b: use(0.25) }, 'b', 'shop-b', 0.75],
    // Nobody is led to a release that has no traffic yet.
    [{ a: use(0), b: null }, 'a', 'shop-b', undefined],
    [{ a: null, b: null }, 'a', 'shop-b', undefined],
  ] as const)('%o, made for %s', (slots, main, wanted, share) => {
    const { main: to, beside } = leadsOf('shop', { ...model, slots, main } as never);
    expect([to, beside?.share]).toEqual([wanted, share]);
  });
  it('is the edge, where one is', () => {
    expect(leadsOf('shop', { ...model, by: undefined, slots: { a: use(1), b: null } } as never)).toEqual({
      main: 'shop',
    });
  });
});

describe('what the cluster says', () => {
  const route = (generation: number, conditions: object[]): HttpRoute => ({
    metadata: { name: 'shop', generation },
    spec: {},
    status: { parents: [{ parentRef: { name: 'public' }, conditions: conditions as never }] },
  });
  const said = (type: string, status: string, observedGeneration: number) => ({ type, status, observedGeneration });
  it.each([
    ['taken as it is', [said('Accepted', 'True', 3), said('ResolvedRefs', 'True', 3)], /^$/],
    ['taken as it was', [said('Accepted', 'True', 2)], /no controller .* as it is now/],
    ['refused', [{ ...said('Accepted', 'False', 3), message: 'no listener lets it' }], /no listener lets it/],
    [
      'with a Service that is not there',
      [said('Accepted', 'True', 3), said('ResolvedRefs', 'False', 3)],
      /ResolvedRefs/,
    ],
    ['refused as it was', [said('Accepted', 'False', 2)], /no controller/],
    ['not looked at', [], /no controller/],
  ])('of a route: %s', (_, conditions, words) => expect(untaken(route(3, conditions))).toMatch(words));

  it('of shares, over all routes and without the testers', () => {
    const refs = (...all: [string, number?][]) => all.map(([name, weight]) => ({ name, port: 80, weight }));
    const one = (backendRefs: object[]) =>
      ({
        metadata: { name: 'x' },
        spec: { rules: [{ matches: [{ headers: [{}] }], backendRefs: refs(['b']) }, { backendRefs }] },
      }) as never;
    const routes = [one(refs(['a', 875], ['b', 125])), one(refs(['a']))];
    expect([...routeShares(routes)]).toEqual([
      ['a', 0.9375],
      ['b', 0.0625],
    ]);
  });
});
