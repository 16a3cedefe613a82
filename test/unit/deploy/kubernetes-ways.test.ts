import { beforeEach, describe, expect, it } from 'vitest';
import { schema } from '../../../src/deploy/inputs.ts';
import { certificateFor, ingressFault, routeFault } from '../../../src/deploy/kubernetes/ways/look.ts';
import { ingressOf, routesOf, wayFrom } from '../../../src/deploy/kubernetes/ways/objects.ts';
import { takenBy } from '../../../src/deploy/kubernetes/ways/taken.ts';
import type { HttpRoute, Ingress } from '../../../src/lib/kubernetes/types.ts';
import { selfSigned } from '../../support/certificate.ts';
import { Lab } from '../../support/kubernetes/lab.ts';

const base = { app: 'shop', hosts: 'kubernetes://lab/shop', kubeconfig: 'x', image: 'shop:1', port: '3000' };
const issues = (more: Record<string, string>) =>
  (schema.safeParse({ ...base, ...more }).error?.issues ?? []).map(
    ({ path, message }) => `${String(path[0])}: ${message}`,
  );

describe('domains on Kubernetes, as inputs', () => {
  const named = { domains: 'shop.example.com' };
  it('are led in by an Ingress or by a Gateway', () => {
    expect(issues({ ...named, 'ingress-class': 'nginx' })).toEqual([]);
    expect(issues({ ...named, gateway: 'infra/public', tls: 'off', publish: '30080' })).toEqual([]);
    expect(issues({ ...named, gateway: 'public', 'domain-annotations': 'a.example.com/b=c d' })).toEqual([]);
  });
  it.each([
    [named, 'domains: ', 'ingress-class, or a gateway'],
    [{ ...named, gateway: 'public', 'ingress-class': 'nginx' }, 'gateway: ', 'leave out'],
    [{ 'ingress-class': 'nginx' }, 'ingress-class: ', 'there are none'],
    [{ gateway: 'public' }, 'gateway: ', 'there are none'],
    [{ ...named, gateway: 'a/b/c' }, 'gateway: ', 'namespace/name'],
    [{ ...named, 'ingress-class': 'Nginx!' }, 'ingress-class: ', 'no name of a class'],
    [{ ...named, gateway: 'public', 'domain-annotations': 'a b=c' }, 'domain-annotations: ', 'no annotation'],
    [{ ...named, gateway: 'public', 'domain-annotations': 'io.seatrial.x=c' }, 'domain-annotations: ', 'our own'],
    [{ ...named, gateway: 'public', tls: 'own' }, 'tls: ', 'shop-tls'],
    [{ ...named, gateway: 'public', redirects: 'www.example.com -> shop.example.com' }, 'redirects: ', 'in front'],
    [{ ...named, gateway: 'public', 'acme-email': 'a@example.com' }, 'acme-email: ', 'cert-manager'],
    [{ ...named, gateway: 'public', 'acme-server': 'https://ca.example.com/x' }, 'acme-server: ', 'cert-manager'],
    [{ ...named, gateway: 'public', 'front-https': '8443' }, 'front-https: ', 'in front'],
    [{ ...named, gateway: 'public', 'front-image': 'haproxy:3.4' }, 'front-image: ', 'in front'],
  ])('%o is refused', (more, key, words) => {
    expect(issues(more as never)).toContainEqual(expect.stringMatching(new RegExp(`^${key}.*${words}`)));
  });
  it.each(['unix:///var/run/docker.sock', 'swarm+unix:///var/run/docker.sock'])('have no class on %s', (hosts) => {
    for (const key of ['ingress-class', 'gateway', 'domain-annotations']) {
      const more = { hosts, kubeconfig: '', publish: '8080', [key]: 'a=b' };
      expect(issues(more)).toContainEqual(expect.stringMatching(new RegExp(`^${key}: .*Kubernetes`)));
    }
  });
});

describe('what leads domains in', () => {
  const claim = {
    kind: 'ingresses' as const,
    through: 'nginx',
    tls: 'auto' as const,
    domains: ['shop.example.com/api', 'shop.example.com/pay', 'www.example.com'],
  };
  const route = { ...claim, kind: 'httproutes' as const, through: 'infra/public' };

  it('is one Ingress, by prefixes of whole parts of a path', () => {
    const { metadata, spec } = ingressOf('shop', 'production', claim);
    expect(metadata).toMatchObject({ name: 'shop', labels: { 'io.seatrial.app': 'shop', 'io.seatrial.role': 'way' } });
    expect(spec.ingressClassName).toBe('nginx');
    expect(spec.tls).toEqual([{ hosts: ['shop.example.com', 'www.example.com'], secretName: 'shop-tls' }]);
    const backend = { service: { name: 'shop', port: { number: 80 } } };
    expect(spec.rules).toEqual([
      {
        host: 'shop.example.com',
        http: {
          paths: [
            { path: '/api', pathType: 'Prefix', backend },
            { path: '/pay', pathType: 'Prefix', backend },
          ],
        },
      },
      { host: 'www.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } },
    ]);
    expect(ingressOf('shop', 'production', { ...claim, tls: 'off' }).spec.tls).toBeUndefined();
  });

  it('is a route for each set of paths, since a route leads all its paths of all its hosts', () => {
    const domains = [...claim.domains, 'eu.example.com', 'us.example.com'];
    const routes = routesOf('shop', 'production', { ...route, domains });
    expect(routes.map(({ metadata, spec }) => [metadata.name, spec.hostnames])).toEqual([
      ['shop', ['shop.example.com']],
      ['shop-way-2', ['www.example.com', 'eu.example.com', 'us.example.com']],
    ]);
    expect(routes[0]!.spec).toMatchObject({
      parentRefs: [{ namespace: 'infra', name: 'public' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/api' } }, { path: { type: 'PathPrefix', value: '/pay' } }],
          backendRefs: [{ name: 'shop', port: 80 }],
        },
      ],
    });
  });

  it('says what it was made of, where the history is lost', () => {
    expect(wayFrom({ ingresses: [ingressOf('shop', 'production', claim)], httproutes: [] })).toEqual(claim);
    expect(wayFrom({ ingresses: [], httproutes: routesOf('shop', 'production', route) })).toEqual(route);
    expect(wayFrom({ ingresses: [], httproutes: [] })).toBeUndefined();
  });

  describe('that a name is taken', () => {
    const mine = { app: 'shop', front: 'shop', domains: ['shop.example.com/api', 'www.example.com'] };
    const other = (domains: string[]) => ingressOf('cart', 'production', { ...claim, domains });
    const byHand = (name: string, service: string): Ingress => ({
      metadata: { name },
      spec: {
        rules: [
          {
            host: 'WWW.example.com',
            http: { paths: [{ path: '/', backend: { service: { name: service, port: {} } } }] },
          },
        ],
      },
    });
    it.each([
      ['the same host and path', [other(['shop.example.com/api'])], 'the app cart'],
      ['one made by hand', [byHand('old', 'legacy')], 'the Ingress old'],
    ])('%s', (_, ingresses, whose) => {
      expect(takenBy(ingresses, [], mine)).toMatchObject({ whose });
    });
    it('by a route as well', () => {
      const routes = routesOf('cart', 'production', { ...route, domains: ['www.example.com'] });
      expect(takenBy([], routes, mine)).toEqual({ domain: 'www.example.com', whose: 'the app cart' });
      const testers = structuredClone(routes);
      testers[0]!.spec.rules![0]!.matches![0]!.headers = [{ name: 'x', value: 'y' }];
      expect(takenBy([], testers, mine)).toBeUndefined();
    });
    it('is not so of another path, of our own, nor of one that leads to the app already', () => {
      expect(takenBy([other(['shop.example.com', 'shop.example.com/apix'])], [], mine)).toBeUndefined();
      expect(takenBy([ingressOf('shop', 'production', claim)], [], mine)).toBeUndefined();
      expect(takenBy([byHand('yours', 'shop')], [], mine)).toBeUndefined();
    });
  });

  describe('how it is', () => {
    const ingress = {
      ...ingressOf('shop', 'production', claim),
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    };
    it('open once a controller has given it an address', () => {
      expect(ingressFault(ingress, 'shop.example.com/api', 'nginx')).toBe('');
      expect(ingressFault({ ...ingress, status: {} }, 'shop.example.com/api', 'nginx')).toMatch(
        /no controller .*nginx/,
      );
      expect(ingressFault(ingress, 'other.example.com', 'nginx')).toMatch(/was changed/);
      expect(ingressFault(undefined, 'www.example.com', 'nginx')).toMatch(/is gone/);
    });
    it('open once its Gateway has accepted it', () => {
      const [first] = routesOf('shop', 'production', route);
      const said = (conditions: object[]): HttpRoute[] => [
        {
          ...first!,
          status: { parents: [{ parentRef: { namespace: 'infra', name: 'public' }, conditions: conditions as never }] },
        },
      ];
      const of = (routes: HttpRoute[]) => routeFault(routes, 'shop.example.com/pay', 'infra/public');
      expect(of(said([{ type: 'Accepted', status: 'True' }]))).toBe('');
      expect(of(said([{ type: 'Accepted', status: 'False', message: 'not allowed by listeners' }]))).toMatch(
        /not allowed/,
      );
      expect(of([first!])).toMatch(/no controller/);
      expect(of([])).toMatch(/is gone/);
    });
    it('with the end of its certificate, where the Secret holds one for it', () => {
      const { cert, remove } = selfSigned('shop.example.com');
      remove();
      const secret = { metadata: { name: 'shop-tls' }, data: { 'tls.crt': Buffer.from(cert).toString('base64') } };
      const now = Date.now();
      const seen = certificateFor(secret, 'shop-tls', 'shop.example.com', now);
      expect(seen.fault).toBeUndefined();
      expect(seen.daysLeft).toBeGreaterThanOrEqual(0);
      expect(certificateFor(secret, 'shop-tls', 'other.example.com', now).fault).toMatch(/not for it/);
      expect(certificateFor(secret, 'shop-tls', 'shop.example.com', now + 1e13).fault).toMatch(/has ended/);
      expect(certificateFor(undefined, 'shop-tls', 'shop.example.com', now).fault).toMatch(/no certificate yet/);
      const broken = { ...secret, data: { 'tls.crt': 'AAAA' } };
      expect(certificateFor(broken, 'shop-tls', 'shop.example.com', now).fault).toMatch(/is no certificate/);
    });
  });
});

describe('domains through the flows', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  const named = { 'ingress-class': 'nginx', domains: 'shop.example.com\nshop.example.com/api' };
  const led = () => {
    const { rules } = lab.cluster.find<Ingress>('ingresses', 'shop')!.spec;
    return rules!.flatMap(({ host, http }) => http!.paths.map(({ path }) => `${host}${path}`));
  };

  it('come with a release, change with the next one, and go with the app', async () => {
    const first = await lab.run({ image: 'v1', ...named });
    expect(first).toMatchObject({ end: 'ok', users: [['v1', 1]] });
    expect(led()).toEqual(['shop.example.com/', 'shop.example.com/api']);
    expect(first.warnings.join()).toMatch(/shop.example.com: no controller of the class nginx/);
    expect(first.outputs.deployment).toMatchObject({
      url: 'https://shop.example.com',
      hosts: [
        {
          edge: { published: 'shop:80' },
          domains: [
            { domain: 'shop.example.com', tls: 'auto', open: false },
            { domain: 'shop.example.com/api', tls: 'auto', open: false },
          ],
        },
      ],
    });
    expect((await lab.run({ image: 'v1', ...named })).outputs.state).toBe('unchanged');
    const moved = { 'ingress-class': 'nginx', domains: 'www.example.com', tls: 'off' };
    expect(await lab.run({ image: 'v2', ...moved })).toMatchObject({ end: 'ok' });
    expect(led()).toEqual(['www.example.com/']);
    // A release that comes back takes no name away.
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
    expect(led()).toEqual(['www.example.com/']);
    lab.cluster.unknown.clear();
    const routed = { gateway: 'infra/public', domains: 'www.example.com' };
    expect(await lab.run({ image: 'v3', ...routed })).toMatchObject({ end: 'ok' });
    expect(lab.cluster.all('ingresses')).toEqual([]);
    expect(lab.cluster.all('httproutes')).toHaveLength(1);
    lab.cluster.objects.delete('httproutes/shop');
    expect((await lab.run({ command: 'status' })).warnings.join()).toMatch(/HTTPRoute is gone/);
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok' });
    expect(lab.cluster.all('httproutes')).toHaveLength(1);
    expect(await lab.run({ image: 'v4' })).toMatchObject({ end: 'ok' });
    expect(lab.cluster.all('httproutes')).toEqual([]);
    expect(await lab.run({ image: 'v5', ...routed })).toMatchObject({ end: 'ok' });
    expect((await lab.run({ command: 'remove', force: 'true' })).end).toBe('ok');
    expect([...lab.cluster.objects.keys()]).toEqual([]);
  });

  it('are told open by the address of their Ingress', async () => {
    await lab.run({ image: 'v1', ...named, tls: 'off' });
    const ingress = lab.cluster.find<Ingress>('ingresses', 'shop')!;
    ingress.status = { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } };
    const { outputs, warnings } = await lab.run({ command: 'status' });
    expect(warnings).toEqual([]);
    expect(outputs.deployment).toMatchObject({
      url: 'http://shop.example.com',
      hosts: [{ domains: [{ domain: 'shop.example.com', tls: 'off', open: true }, { open: true }] }],
    });
  });

  it('go back to what they were with a release that failed, and are not there after a first one that did', async () => {
    expect((await lab.run({ image: 'sick', ...named })).end).toBe('DEPLOY_UNHEALTHY');
    expect(lab.cluster.all('ingresses')).toEqual([]);
    await lab.run({ image: 'v1', ...named });
    const more = { ...named, domains: 'new.example.com' };
    expect(await lab.run({ image: 'v2-sick', ...more })).toMatchObject({ end: 'DEPLOY_UNHEALTHY', users: [['v1', 1]] });
    expect(led()).toEqual(['shop.example.com/', 'shop.example.com/api']);
  });

  it('are refused before anything is touched where another app has them', async () => {
    const cart = { app: 'cart', domains: 'shop.example.com/api', 'ingress-class': 'nginx' };
    expect((await lab.run({ image: 'c1', ...cart })).end).toBe('ok');
    const before = [...lab.cluster.objects.keys()];
    const refused = await lab.run({ image: 'v1', ...named });
    expect(refused.end).toBe('DOMAIN_TAKEN');
    expect([...lab.cluster.objects.keys()]).toEqual(before);
    expect((await lab.run({ command: 'doctor', port: '80', ...named })).end).toBe('NOT_READY');
    const apart = { ...named, domains: 'shop.example.com/apix' };
    expect((await lab.run({ image: 'v1', ...apart })).end).toBe('ok');
  });

  it('are refused with a word where the cluster has no Gateway API, or the account no right', async () => {
    const before = [...lab.cluster.objects.keys()];
    expect((await lab.run({ image: 'v1', domains: 'a.example.com', gateway: 'public' })).end).toBe('NOT_SUPPORTED');
    lab.cluster.denied = new Set(['patch ingresses']);
    expect((await lab.run({ image: 'v1', ...named })).end).toBe('ACCESS_MISSING');
    expect([...lab.cluster.objects.keys()]).toEqual(before);
    // Who has no domains needs no such right.
    expect((await lab.run({ image: 'v1' })).end).toBe('ok');
  });

  it('are found again when the history is lost', async () => {
    await lab.run({ image: 'v1', ...named });
    lab.cluster.objects.delete('configmaps/shop-seatrial');
    expect((await lab.run({ image: 'v2' })).end).toBe('ok');
    expect(lab.cluster.all('ingresses')).toEqual([]);
  });

  it('are put in order by the next run, wherever this one is killed', async () => {
    await lab.run({ image: 'v1', ...named });
    const cut = { image: 'v2', 'ingress-class': 'nginx', domains: 'www.example.com' };
    // Around each change of what leads users in, and of what is written of it.
    const counts = (what: string) => /^(PATCH apply|DELETE remove) ingresses|^PUT write configmaps/.test(what);
    for (let n = 0; ; n++) {
      const one = lab.copy();
      const at = await one.cut(cut, n, counts);
      if (!at) break;
      expect({ at, end: (await one.run({ image: 'v3', ...named })).end }).toEqual({ at, end: 'ok' });
      const { rules } = one.cluster.find<Ingress>('ingresses', 'shop')!.spec;
      expect({ at, hosts: rules!.map(({ host }) => host) }).toEqual({ at, hosts: ['shop.example.com'] });
      if (n > 1) continue;
      expect((await one.run({ image: 'v4' })).end).toBe('ok');
      expect({ at, left: one.cluster.all('ingresses') }).toEqual({ at, left: [] });
    }
  });
});
