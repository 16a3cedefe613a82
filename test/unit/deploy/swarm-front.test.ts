import { afterAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../support/certificate.ts';
import { Lab } from '../../support/swarm-memory/lab.ts';

const SHOP = { app: 'shop', publish: '', port: '8080', domains: 'shop.test', tls: 'off' };
const CART = { app: 'cart', publish: '', port: '8080', domains: 'cart.test\nshop.test/cart', tls: 'off' };

/** A Swarm with the label on so many of its two nodes. */
function labelled(count = 2): Lab {
  const lab = new Lab();
  for (const { Spec } of lab.swarm.nodes.slice(0, count)) Spec.Labels = { 'io.seatrial.front': 'true' };
  return lab;
}
const deploy = (lab: Lab, image: string, inputs: Record<string, string>) => lab.deploy(image, inputs);
const services = ({ swarm }: Lab) => [...swarm.services.values()].map(({ Spec }) => Spec.Name);
const doors = (lab: Lab) => services(lab).filter((name) => /^seatrial-front-\d/.test(name));
const stored = ({ swarm }: Lab) =>
  [...swarm.stored.configs.values(), ...swarm.stored.secrets.values()].map(({ Spec }) => Spec.Name);
const ofFront = (lab: Lab) => [...services(lab), ...stored(lab)].filter((name) => name.startsWith('seatrial-front'));

describe('domains on a Swarm', () => {
  it('need a node with the label, and it is said how one gets it; nothing is touched', async () => {
    const lab = labelled(0);
    const { end, why } = await deploy(lab, 'v1', SHOP);
    expect(end).toBe('NO_CAPACITY');
    expect(why).toContain('docker node update --label-add io.seatrial.front=true NODE');
    expect(services(lab)).toEqual([]);
    lab.swarm.nodes[0]!.Spec = {
      ...lab.swarm.nodes[0]!.Spec,
      Labels: { 'io.seatrial.front': 'true' },
      Availability: 'drain',
    };
    expect((await lab.run({ command: 'plan', image: 'v1', ...SHOP })).end).toBe('NO_CAPACITY');
  });

  it('lead each name to the edge of its app at every labelled node, two apps on one host by path', async () => {
    const lab = labelled(1);
    const one = await deploy(lab, 'v1', { ...SHOP, redirects: 'www.shop.test -> shop.test' });
    expect(one).toMatchObject({ end: 'ok', outputs: { state: 'good', deployment: { url: 'http://shop.test' } } });
    expect(await deploy(lab, 'v1', CART)).toMatchObject({ end: 'ok' });
    const led = (name: string) => lab.swarm.ledTo(name);
    expect([led('shop.test'), led('shop.test/cart'), led('cart.test')]).toEqual([
      ['app-shop'],
      ['app-cart'],
      ['app-cart'],
    ]);
    expect(led('www.shop.test')).toEqual(['>http://shop.test']);
    // An edge behind the front owns no port, and one that is replaced is relieved first.
    const { EndpointSpec, UpdateConfig } = lab.swarm.named('shop-edge')!.Spec;
    expect([EndpointSpec!.Ports, UpdateConfig]).toEqual([[], expect.objectContaining({ Order: 'start-first' })]);
    expect(doors(lab)).toHaveLength(1);
    expect(stored(lab).filter((name) => name.includes('front-table'))).toHaveLength(1);
    // What changes no name leaves the front alone.
    const before = ofFront(lab);
    expect(await deploy(lab, 'v2', { ...SHOP, redirects: 'www.shop.test -> shop.test' })).toMatchObject({ end: 'ok' });
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', outputs: { 'rolled-back': true } });
    expect(ofFront(lab)).toEqual(before);
  });

  it('refuse a name that another app has, and nothing of the refused app is there', async () => {
    const lab = labelled();
    await deploy(lab, 'v1', SHOP);
    const { end, why } = await deploy(lab, 'v1', { ...CART, domains: 'cart.test\nshop.test' });
    expect([end, why]).toEqual(['DOMAIN_TAKEN', expect.stringContaining('shop.test belongs to the app shop')]);
    expect(
      [...services(lab), ...stored(lab), ...lab.swarm.networks.keys()].filter((name) => /^cart-(?!lock)/.test(name)),
    ).toEqual([]);
  });

  it('belong to the app: a deploy that fails puts the names back, a rollback leaves them', async () => {
    const lab = labelled();
    await deploy(lab, 'v1', SHOP);
    const failed = await deploy(lab, 'sick', { ...SHOP, domains: 'new.test' });
    expect(failed.outputs).toMatchObject({ state: 'bad' });
    expect([lab.swarm.ledTo('shop.test'), lab.swarm.ledTo('new.test')]).toEqual([
      ['app-shop', 'app-shop'],
      [undefined, undefined],
    ]);
    expect(await deploy(lab, 'v2', { ...SHOP, domains: 'new.test' })).toMatchObject({ end: 'ok' });
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok' });
    expect([lab.swarm.ledTo('shop.test')[0], lab.swarm.ledTo('new.test')[0]]).toEqual([undefined, 'app-shop']);
    expect(lab.users()).toEqual([['v1', 1]]);
  });

  it('move from publish and back, and the last app takes the front with it', async () => {
    const lab = labelled();
    await deploy(lab, 'v1', { publish: '8080', port: '8080' });
    const moved = await deploy(lab, 'v2', SHOP);
    expect(moved).toMatchObject({ end: 'ok' });
    expect(moved.lines.join('\n')).toContain('8080 stays open beside the domains; the next deploy closes it');
    const port = () => lab.swarm.named('shop-edge')!.Spec.EndpointSpec!.Ports![0]?.PublishedPort;
    expect([port(), lab.swarm.ledTo('shop.test')[0]]).toEqual([8080, 'app-shop']);
    await deploy(lab, 'v3', SHOP);
    expect(port()).toBeUndefined();
    expect(await deploy(lab, 'v4', { publish: '8080', port: '8080', domains: '' })).toMatchObject({ end: 'ok' });
    expect(port()).toBe(8080);
    expect(ofFront(lab)).toEqual(['seatrial-front-lock']);
    expect(lab.users()).toEqual([['v4', 1]]);
  });

  it('an app that has port 80 gives it to the front', async () => {
    const lab = labelled();
    await deploy(lab, 'v1', { publish: '80', port: '8080' });
    expect(await deploy(lab, 'v2', SHOP)).toMatchObject({ end: 'ok' });
    expect(lab.swarm.named('shop-edge')!.Spec.EndpointSpec!.Ports).toEqual([]);
    lab.swarm.add('other', 'x', {});
    expect(await lab.run({ command: 'remove', force: 'true' })).toMatchObject({ end: 'ok' });
    expect(ofFront(lab)).toEqual(['seatrial-front-lock']);
    expect([...lab.swarm.networks.keys()]).toEqual([]);
  });

  it('a service that has the port is named', async () => {
    const lab = labelled();
    lab.swarm.add('nginx', 'nginx', {}, { Ports: [{ PublishedPort: 443 }] });
    const { end, why } = await deploy(lab, 'v1', SHOP);
    expect([end, why]).toEqual(['PORT_TAKEN', expect.stringContaining('the service nginx has port 443')]);
  });

  it('a lost table is made again of what the edges claim', async () => {
    const lab = labelled();
    await deploy(lab, 'v1', SHOP);
    await deploy(lab, 'v1', CART);
    for (const [id, { Spec }] of lab.swarm.stored.configs) {
      if (Spec.Name.includes('front-table')) lab.swarm.stored.configs.delete(id);
    }
    const told = await lab.run({ command: 'status', app: 'cart' });
    expect(told.warnings.join('\n')).toContain('the front door does not know the app');
    expect(await deploy(lab, 'v2', SHOP)).toMatchObject({ end: 'ok' });
    expect([lab.swarm.ledTo('shop.test')[0], lab.swarm.ledTo('cart.test')[0]]).toEqual(['app-shop', 'app-cart']);
    expect((await lab.run({ command: 'status', app: 'cart' })).warnings).toEqual([]);
  });

  it('upgrade-front makes it anew on other ports, and is refused where there is none', async () => {
    const lab = labelled();
    expect(await lab.run({ command: 'upgrade-front' })).toMatchObject({ end: 'NOT_SUPPORTED' });
    await deploy(lab, 'v1', SHOP);
    expect(await lab.run({ command: 'upgrade-front', 'front-http': '8000' })).toMatchObject({ end: 'ok' });
    const ports = lab.swarm
      .named('seatrial-front')!
      .Spec.EndpointSpec!.Ports!.map(({ PublishedPort }) => PublishedPort);
    expect([ports, lab.swarm.ledTo('shop.test')]).toEqual([
      [8000, 443],
      ['app-shop', 'app-shop'],
    ]);
  });
});

describe('a certificate of their own', () => {
  const [first, second] = [selfSigned('shop.test'), selfSigned('shop.test')];
  afterAll(() => [first, second].map((one) => one.remove()));
  const own = { ...SHOP, tls: 'own' };
  const pem = ({ cert, key }: typeof first) => `${cert}${key}`;

  it('is a secret of the Swarm, is served on without being given again, and a renewed one is taken on', async () => {
    const lab = labelled();
    const one = await deploy(lab, 'v1', { ...own, 'tls-certificate': pem(first) });
    expect(one).toMatchObject({ end: 'ok', outputs: { deployment: { url: 'https://shop.test' } } });
    const served = () => lab.swarm.fileOf('/seatrial-front/own-shop.pem');
    expect(served()).toContain(first.cert.trim());
    expect(JSON.stringify([...lab.swarm.services.values()])).not.toContain('PRIVATE KEY');
    expect(await deploy(lab, 'v2', own)).toMatchObject({ end: 'ok' });
    expect(served()).toContain(first.cert.trim());
    const { outputs, warnings } = await lab.run({ command: 'status' });
    expect(warnings).toEqual([]);
    expect(outputs.deployment).toMatchObject({
      hosts: [{ domains: [{ domain: 'shop.test', open: true, daysLeft: expect.any(Number) }] }],
    });
    expect(await deploy(lab, 'v2', { ...own, 'tls-certificate': pem(second) })).toMatchObject({ end: 'ok' });
    expect(served()).toContain(second.cert.trim());
    expect(lab.swarm.stored.secrets.size).toBe(2);
  });

  it('is asked for where there is none', async () => {
    expect(await deploy(labelled(), 'v1', own)).toMatchObject({ end: 'SECRETS_NEEDED' });
  });
});

describe('certificates by ACME', () => {
  const auto = { ...SHOP, tls: 'auto', 'acme-email': 'ops@shop.test' };
  const cart = { ...CART, tls: 'auto', domains: 'cart.test' };
  const orders = (lab: Lab) => lab.swarm.named('seatrial-front-acme');
  const secret = (lab: Lab) =>
    JSON.stringify([...lab.swarm.services.values(), ...lab.swarm.stored.configs.values()].map(({ Spec }) => Spec));

  it('are ordered by one task, asked for at every node, served by every one, and renewed without a run', async () => {
    const lab = labelled();
    const first = await deploy(lab, 'v1', { ...auto, redirects: 'www.shop.test -> shop.test' });
    expect(first).toMatchObject({ end: 'ok', outputs: { state: 'good', deployment: { url: 'https://shop.test' } } });
    expect(lab.swarm.authority.asked).toEqual(['shop.test', 'www.shop.test']);
    const { Mode, TaskTemplate } = orders(lab)!.Spec;
    expect([Mode, TaskTemplate.Placement]).toEqual([
      { Replicated: { Replicas: 1 } },
      { Constraints: ['node.labels.io.seatrial.front==true'] },
    ]);
    expect(secret(lab)).not.toContain('PRIVATE KEY-----\\n');
    // Another app's names: what orders is made anew once they lead there, and asks for no other again.
    const made = () => orders(lab)!.Version.Index;
    const one = made();
    expect(await deploy(lab, 'v1', cart)).toMatchObject({ end: 'ok' });
    expect([made(), lab.swarm.authority.asked]).toEqual([one + 1, ['shop.test', 'www.shop.test', 'cart.test']]);
    // What changes no name that is ordered leaves it alone.
    expect(await deploy(lab, 'v2', { ...CART, app: 'plain', domains: 'plain.test' })).toMatchObject({ end: 'ok' });
    expect(made()).toBe(one + 1);
    const { outputs, warnings } = await lab.run({ command: 'status' });
    expect(warnings).toEqual([]);
    expect(outputs.deployment).toMatchObject({ hosts: [{ domains: [{ tls: 'auto', open: true, daysLeft: 89 }] }] });
    for (const app of ['shop', 'cart'])
      expect(await lab.run({ command: 'remove', app, force: 'true' })).toMatchObject({ end: 'ok' });
    expect([orders(lab), doors(lab)]).toEqual([undefined, [expect.any(String)]]);
  });

  it('a first deploy without one is taken back with the words of the authority; later it is a warning', async () => {
    const lab = labelled();
    lab.swarm.authority.refuses.add('shop.test');
    const { end, why } = await deploy(lab, 'v1', auto);
    expect([end, why]).toEqual([
      'CERTIFICATE_MISSING',
      expect.stringContaining('no certificate serves for shop.test: the challenge failed: 404'),
    ]);
    expect(lab.swarm.authority.asked).toEqual(['shop.test', 'shop.test']);
    expect(orders(lab)).toBeUndefined();
    expect(await deploy(lab, 'v1', cart)).toMatchObject({ end: 'ok' });
    lab.swarm.authority.refuses.add('new.test');
    const later = await deploy(lab, 'v2', { ...cart, domains: 'cart.test\nnew.test' });
    expect(later).toMatchObject({ end: 'ok', outputs: { state: 'good' } });
    expect(later.warnings.join()).toContain('no certificate serves yet for new.test: the challenge failed: 404');
    const told = await lab.run({ command: 'status', app: 'cart' });
    expect(told.warnings.join()).toContain('new.test');
  });

  it('what orders is made again where somebody removed it, and status tells', async () => {
    const lab = labelled();
    await deploy(lab, 'v1', auto);
    lab.swarm.services.delete(orders(lab)!.ID);
    const told = await lab.run({ command: 'status' });
    expect(told.warnings.join()).toContain(
      'what renews its certificate runs on no node; look at docker service ps seatrial-front-acme',
    );
    const before = doors(lab);
    expect(await deploy(lab, 'v2', auto)).toMatchObject({ end: 'ok' });
    expect([doors(lab), orders(lab)?.Spec.Name]).toEqual([before, 'seatrial-front-acme']);
    expect((await lab.run({ command: 'status' })).warnings).toEqual([]);
  });
});

describe('a run that dies at the front', () => {
  const ALWAYS = ['app-shop', 'app-shop'];

  it('leaves the other app its names, whatever it died at, and the next run ends what it began', async () => {
    const deaths: string[] = [];
    for (let n = 0; ; n += 2) {
      const lab = labelled();
      await deploy(lab, 'v1', SHOP);
      const at = await lab.cutRun({ image: 'v1', ...CART }, n);
      expect([at, lab.swarm.ledTo('shop.test')]).toEqual([at, ALWAYS]);
      expect([at, (await deploy(lab, 'v2', CART)).end]).toEqual([at, 'ok']);
      expect([at, lab.swarm.ledTo('shop.test'), lab.swarm.ledTo('cart.test')]).toEqual([
        at,
        ALWAYS,
        ['app-cart', 'app-cart'],
      ]);
      expect([at, doors(lab)]).toEqual([at, [expect.any(String)]]);
      // What comes then is the app's own edge, and is told of elsewhere.
      if (!at || /server app/.test(at)) break;
      deaths.push(at);
    }
    expect(deaths.filter((at) => /weight|services/.test(at)).length).toBeGreaterThan(3);
  });
});
