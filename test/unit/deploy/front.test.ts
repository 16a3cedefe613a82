import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { edgeFiles, renderConfig } from '../../../src/deploy/docker/edge/config.ts';
import { migrates } from '../../../src/deploy/docker/edge/hand-over.ts';
import type { EdgeModel } from '../../../src/deploy/docker/model.ts';
import {
  daysLeft,
  explained,
  orderFault,
  parseCertificate,
  parseOrders,
  serves,
} from '../../../src/deploy/front/certificates.ts';
import { type Claim, namesAsked, union, urlOf } from '../../../src/deploy/front/claim.ts';
import {
  frontFiles,
  mapCommands,
  mapFile,
  renderFront,
  routesOf,
  structureOf,
} from '../../../src/deploy/front/config.ts';
import { contradiction, parseDomain, parseRedirect } from '../../../src/deploy/front/domains.ts';
import { dumpScript } from '../../../src/deploy/front/dump.ts';
import { placeholder } from '../../../src/deploy/front/placeholder.ts';
import { unresolved } from '../../../src/deploy/front/resolve.ts';
import { emptyTable, ordered, parseTable, type Table, takenBy, withClaim } from '../../../src/deploy/front/table.ts';
import { describeFront } from '../../../src/deploy/front/words.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import { wayRows } from '../../../src/deploy/report/status-table.ts';

const auto = (domains: string[], more: Partial<Claim> = {}): Claim => ({
  domains,
  redirects: [],
  tls: 'auto',
  acme: { server: 'https://ca.example/dir' },
  ...more,
});
const tableOf = (apps: Record<string, Claim>): Table =>
  Object.entries(apps).reduce((table, [app, claim]) => withClaim(table, app, claim), emptyTable('front', '80', '443'));
const fileOf = (table: Table, name: RegExp) => frontFiles(table).find((file) => name.test(file.name))?.content;

it('paths are led elsewhere in a running map by commands that hold one path each', () => {
  const table = tableOf({ shop: auto(['shop.example', 'shop.example/a;b']), blog: auto(['shop.example/blog']) });
  const now = new Map([
    ['shop.example/', 'app-shop'],
    ['shop.example/blog/', 'app-shop'],
    ['shop.example/old;1/', 'app-shop'],
  ]);
  expect(mapCommands(table, now)).toEqual([
    `set map ${mapFile(table)} shop.example/blog/ app-blog`,
    `add map ${mapFile(table)} shop.example/a\\;b/ app-shop`,
    `del map ${mapFile(table)} shop.example/old\\;1/`,
  ]);
});

describe('a domain', () => {
  it.each([
    ['shop.example.com', 'shop.example.com', ''],
    ['Shop.Example.COM.', 'shop.example.com', ''],
    ['shop.example.com/', 'shop.example.com', ''],
    ['shop.example.com./api/v1//', 'shop.example.com', '/api/v1'],
    ['商店.例子.中国', 'xn--czrs0t.xn--fsqu00a.xn--fiqs8s', ''],
    ['bücher.example', 'xn--bcher-kva.example', ''],
    ['intranet', 'intranet', ''],
  ])('%s is read in one form', (line, host, path) => expect(parseDomain(line)).toEqual({ host, path }));
  it.each([
    ['https://shop.example.com', /begins with a scheme/],
    ['*.example.com', /wildcard/],
    ['shop.example.com:8443', /names a port/],
    ['192.0.2.7', /an address/],
    ['[2001:db8::1]', /an address/],
    ['0x7f.1', /an address/],
    ['-shop.example.com', /not a domain/],
    ['shop..example.com', /not a domain/],
    ['shop example.com', /not a domain/],
    [`${'a'.repeat(64)}.example.com`, /not a domain/],
    ['shop.example.com/a b', /path that is none/],
    ['shop.example.com/../etc', /path that is none/],
    ['shop.example.com/?x=1', /path that is none/],
    ['/api', /not a domain/],
  ])('%s is refused, in words', (line, why) => expect(() => parseDomain(line)).toThrow(why));
  it('may be redirected to another, and no further', () => {
    expect(parseRedirect('WWW.shop.example.com->shop.example.com')).toEqual({
      from: 'www.shop.example.com',
      to: 'shop.example.com',
    });
    for (const line of ['a.example', 'a.example -> b.example -> c.example', 'a.example/x -> b.example'])
      expect(() => parseRedirect(line)).toThrow(/redirects: /);
    expect(contradiction(['a.example', 'A.example.'], [])).toMatch(/a\.example is named twice/);
    expect(contradiction(['a.example'], ['a.example -> b.example'])).toMatch(/named twice/);
    expect(contradiction(['a.example'], ['b.example -> c.example', 'c.example -> a.example'])).toMatch(/itself/);
    expect(contradiction(['a.example', 'a.example/b'], ['b.example -> a.example'])).toBe('');
  });
  it('that the runner does not know is told, one that never answers too', async () => {
    const lookup = (host: string) =>
      host === 'here.example' ? Promise.resolve() : Promise.reject(new Error('ENOTFOUND'));
    expect(await unresolved(['here.example', 'here.example/a', 'gone.example'], lookup)).toEqual(['gone.example']);
    const { domains, ...front } = auto(['here.example'], { redirects: [{ from: 'www.example', to: 'here.example' }] });
    expect(await unresolved(namesAsked({ domains, front }), lookup)).toEqual(['www.example']);
    expect(namesAsked({})).toEqual([]);
  });
});

describe('the table of a front door', () => {
  const shop = auto(['shop.example', 'shop.example/admin'], {
    redirects: [{ from: 'www.shop.example', to: 'shop.example' }],
  });
  const table = tableOf({ shop, api: auto(['shop.example/api'], { tls: 'off', acme: undefined }) });
  it('lets two apps share a host by path, and gives each name to one app', () => {
    expect(takenBy(table.apps, 'other', auto(['shop.example/api/v2', 'new.example']))).toBeUndefined();
    expect(takenBy(table.apps, 'other', auto(['new.example', 'shop.example/api']))).toEqual({
      name: 'shop.example/api',
      app: 'api',
    });
    expect(takenBy(table.apps, 'other', auto(['www.shop.example']))).toEqual({ name: 'www.shop.example', app: 'shop' });
    expect(takenBy(table.apps, 'shop', shop)).toBeUndefined();
  });
  it('is read again as it was written, and a newer one is not taken for a broken one', () => {
    expect(parseTable(JSON.stringify(table))).toEqual(table);
    expect(parseTable(JSON.stringify({ ...table, apps: { shop: { ...shop, later: 1 } }, later: true }))).toEqual(
      tableOfOnly(table, { shop }),
    );
    expect(parseTable('{"format":2}')).toMatch(/newer than ours/);
    expect(parseTable('{')).toMatch(/not JSON/);
    expect(parseTable('{"format":1}')).toMatch(/revision/);
  });
  it('has routes whose keys end in a slash', () => {
    expect([...routesOf(table)]).toEqual([
      ['shop.example/api/', 'app-api'],
      ['shop.example/', 'app-shop'],
      ['shop.example/admin/', 'app-shop'],
      ['www.shop.example/', '>https://shop.example'],
    ]);
  });
  it('orders a certificate for each host once, and none where one was given', () => {
    expect(ordered(table).map(({ host }) => host)).toEqual(['shop.example', 'www.shop.example']);
    const given = withClaim(table, 'brand', auto(['www.shop.example/brand'], { tls: 'own', acme: undefined }));
    expect(ordered(given).map(({ host }) => host)).toEqual(['shop.example']);
    expect(fileOf(given, /certs/)).toBe(
      '/seatrial-front/own-brand.pem www.shop.example\n/seatrial-front/cert-shop.example.pem shop.example\n',
    );
  });
  it('differs in paths alone: the map is enough; anything else needs a reload', () => {
    const change = (claim: Claim) => structureOf(withClaim(table, 'shop', claim)) !== structureOf(table);
    expect(change({ ...shop, domains: ['shop.example/a', 'shop.example'] })).toBe(false);
    expect(change({ ...shop, domains: ['shop.example', 'new.example'] })).toBe(true);
    expect(change({ ...shop, tls: 'off' })).toBe(true);
    expect(change({ ...shop, headerMax: 65_536 })).toBe(true);
    expect(structureOf(withClaim(table, 'third', shop)) === structureOf(table)).toBe(false);
  });
  it('makes of two claims one, for the time between', () => {
    const after = auto(['new.example'], { tls: 'off', redirects: [{ from: 'shop.example', to: 'new.example' }] });
    expect(union(undefined, after)).toBe(after);
    expect(union(shop, after)).toEqual({
      ...after,
      domains: ['new.example', 'shop.example/admin'],
      redirects: [
        { from: 'shop.example', to: 'new.example' },
        { from: 'www.shop.example', to: 'shop.example' },
      ],
    });
  });
});

const tableOfOnly = (table: Table, apps: Record<string, Claim>): Table => ({ ...table, apps });

describe('the configuration of a front door', () => {
  const apps = { shop: auto(['shop.example']), plain: auto(['plain.example'], { tls: 'off', acme: undefined }) };
  const text = renderFront(tableOf(apps), new Map([['shop', '172.30.0.7']]));
  const backend = (app: string) => text.split(`backend app-${app}\n`)[1]!.split('\n\n')[0]!.trimEnd();
  it('waits for no DNS at its start, and asks each edge for a connection alone', () => {
    expect(backend('shop')).toMatch(/server edge shop-edge:8082 init-addr 172\.30\.0\.7$/);
    expect(backend('plain')).toMatch(/server edge plain-edge:8082 init-addr 255\.255\.255\.255$/);
    expect(text).toMatch(/default-server resolvers docker check inter 2s/);
    expect(text).not.toMatch(/httpchk/);
  });
  it('sends to https with 308 whom it has a certificate for, and never the questions of the authority', () => {
    expect(backend('shop')).toMatch(
      /redirect code 308 location https:\/\/%\[var\(txn\.host\)\]%\[pathq\] if !\{ ssl_fc \} !\{ path_beg \/\.well-known\/acme-challenge\/ \}/,
    );
    expect(backend('plain')).not.toMatch(/redirect/);
    expect(renderFront({ ...tableOf(apps), https: '127.0.0.1:8443' }, new Map())).toMatch(
      /location https:\/\/%\[var\(txn\.host\)\]:8443%/,
    );
  });
  it('knows nothing of ACME where nobody asks for it, so that an older HAProxy does', () => {
    const without = renderFront(tableOf({ plain: apps.plain }), new Map());
    expect(without).not.toMatch(/acme |virt@|experimental|crt-store/);
    expect(text).toMatch(
      /load crt "\/seatrial-front\/cert-shop\.example\.pem" acme account-[0-9a-f]{8} domains "shop\.example"/,
    );
  });
  it('keeps the public authorities beside a private one', () => {
    const own = '-----BEGIN CERTIFICATE-----\nmine\n-----END CERTIFICATE-----';
    const table = tableOf({ shop: auto(['shop.example'], { acme: { server: 'https://ca.example/dir', ca: own } }) });
    expect(renderFront(table, new Map())).toMatch(/httpclient\.ssl\.ca-file \/seatrial-front\/acme-ca\.pem/);
    expect(fileOf(table, /acme-ca/)!.split('BEGIN CERTIFICATE').length).toBeGreaterThan(100);
    expect(fileOf(tableOf(apps), /acme-ca/)).toBeUndefined();
  });
  it('holds the headers and the patience of its most generous app', () => {
    const bufsize = (headerMax?: number) =>
      Number(
        /tune\.bufsize (\d+)/.exec(
          renderFront(tableOf({ ...apps, big: auto(['b.example'], { headerMax }) }), new Map()),
        )![1],
      );
    expect([bufsize(), bufsize(65_536)]).toEqual([32_768, 262_144]);
  });
  it('dumps the certificates of every order', () => {
    expect(fileOf(tableOf(apps), /dump/)).toBe(dumpScript(['/seatrial-front/cert-shop.example.pem']));
  });
});

describe('certificates at a front door', () => {
  const shown = (serial: string) =>
    [
      'Filename: /seatrial-front/cert-shop.example.pem',
      'Status: Used',
      `Serial: ${serial}`,
      'notBefore: Nov 30 14:49:41 2026 GMT',
      'notAfter: Feb 28 14:49:40 2027 GMT',
      'Subject Alternative Name: DNS:shop.example, DNS:*.shop.example',
      'Issuer: /CN=An Authority',
    ].join('\n');
  const now = Date.parse('2026-12-01T00:00:00Z');
  it('serve the names they are for until they end; a placeholder serves none', () => {
    const certificate = parseCertificate(shown('3F54F0'))!;
    expect(certificate).toMatchObject({ serial: '3F54F0', names: ['shop.example', '*.shop.example'] });
    expect([daysLeft(certificate.endsMs, now), serves(certificate, 'shop.example', now)]).toEqual([89, true]);
    expect(serves(certificate, 'a.shop.example', now)).toBe(true);
    expect(serves(certificate, 'a.b.shop.example', now)).toBe(false);
    expect(serves(certificate, 'other.example', now)).toBe(false);
    expect(serves(certificate, 'shop.example', certificate.endsMs)).toBe(false);
    expect(serves(parseCertificate(shown('')), 'shop.example', now)).toBe(false);
    expect(parseCertificate("Can't display the certificate: Not found")).toBeUndefined();
  });
  it('have orders, and the authority its own words where one fails', () => {
    expect(
      parseOrders(
        '# certificate\tsection\tstate\n/a.pem\tacme\tRunning\t2026-11-29T14:48:46Z\n/b.pem\tacme\tScheduled\t-\n',
      ),
    ).toEqual(
      new Map([
        ['/a.pem', 'Running'],
        ['/b.pem', 'Scheduled'],
      ]),
    );
    const log = [
      'acme: /a.pem: Starting update of the certificate.',
      'acme: /a.pem: challenge error: "no route to host" (HTTP status code 200) Aborting.',
      'acme: /b.pem: Starting update of the certificate.',
      'acme: /b.pem: invalid HTTP status code 503 when getting directory URL, retrying in 3s (1/5 retries)...',
      'acme: /c.pem: Starting update of the certificate.',
      'acme: /c.pem: Successful update of the certificate.',
    ];
    expect(orderFault(log, '/a.pem')).toEqual({
      why: 'challenge error: "no route to host" (HTTP status code 200)',
      over: true,
    });
    expect(orderFault(log, '/b.pem')).toEqual({
      why: 'invalid HTTP status code 503 when getting directory URL',
      over: false,
    });
    expect(orderFault(log, '/c.pem')).toBeUndefined();
    expect(orderFault([...log, 'acme: /a.pem: Starting update of the certificate.'], '/a.pem')).toBeUndefined();
  });
  it('are missing for a reason, which HAProxy calls 503', () => {
    const why = 'invalid HTTP status code 503 when getting directory URL';
    expect(explained(why, 'https://192.0.2.7:14000/dir')).toMatch(
      /^https:\/\/192\.0\.2\.7:14000\/dir can't be asked: .*common name$/,
    );
    expect(explained(why, 'https://ca.example/dir')).toMatch(/not trusted: see acme-ca$/);
    expect(explained('challenge error: "no route"', 'https://ca.example/dir')).toBe('challenge error: "no route"');
  });
  it('include one for strangers, which a TLS library takes', () => {
    const pem = placeholder(now);
    const certificate = new X509Certificate(pem);
    expect([certificate.subject, certificate.verify(certificate.publicKey)]).toEqual(['CN=seatrial-front', true]);
    expect(() => createSecureContext({ cert: pem, key: pem })).not.toThrow();
  });
  it('stand in the table of status with their days', () => {
    expect(
      wayRows([
        { domain: 'shop.example', tls: 'auto', open: true, ends: '2027-02-28T14:49:40.000Z', daysLeft: 89 },
        { domain: 'new.example', tls: 'auto', open: true, fault: 'no certificate serves' },
        { domain: 'plain.example', tls: 'off', open: true },
      ]),
    ).toEqual([
      ['shop.example', '89', 'auto, ends 2027-02-28', 'open'],
      ['new.example', '-', 'auto, none', 'no certificate serves'],
      ['plain.example', '-', 'plain HTTP', 'open'],
    ]);
  });
});

describe('where users find an app', () => {
  it('is its first domain, by a port only where that is not the usual one', () => {
    const claim = auto(['shop.example/api', 'other.example']);
    expect(urlOf(claim, { http: '80', https: '443' })).toBe('https://shop.example/api');
    expect(urlOf(claim, { http: '80', https: '127.0.0.1:443' })).toBe('https://shop.example/api');
    expect(urlOf(claim, { http: '8080', https: '8443' })).toBe('https://shop.example:8443/api');
    expect(urlOf({ ...claim, tls: 'off' }, { http: '80', https: '443' })).toBe('http://shop.example/api');
  });
  it('is told by a plan', () => {
    expect(
      describeFront({
        domains: ['a.example'],
        front: { redirects: [{ from: 'b.example', to: 'a.example' }], tls: 'own' },
      }),
    ).toEqual({
      domains: 'a.example',
      redirects: 'b.example -> a.example',
      tls: 'a certificate of its own',
    });
    expect(describeFront({})).toEqual({});
  });
});

describe('inputs of the front door', () => {
  const given = { app: 'shop', image: 'shop:1', port: '3000', domains: 'shop.example' };
  const refused = (more: Record<string, string>) =>
    schema
      .safeParse(Object.fromEntries(Object.entries({ ...given, ...more }).filter(([, value]) => value)))
      .error?.issues.map(({ path, message }) => `${path.join()}: ${message}`) ?? [];
  it('take domains in place of publish', () => expect(refused({})).toEqual([]));
  it.each([
    [{ domains: 'shop.example\nshop.example.' }, /domains: shop\.example is named twice/],
    [{ domains: '*.example' }, /domains: .*wildcard/],
    [{ redirects: 'a.example' }, /redirects: .*not a redirect/],
    [{ domains: '', publish: '80', redirects: 'a.example -> b.example' }, /redirects: belongs to domains/],
    [{ domains: '', publish: '80', 'acme-server': 'https://ca.example' }, /acme-server: belongs to domains/],
    [{ port: '' }, /port: domains need port/],
    [{ edge: 'none', strategy: 'recreate' }, /edge: domains need edge: haproxy/],
    [{ 'accept-proxy': 'true' }, /accept-proxy: /],
    [{ 'acme-server': 'http://ca.example/dir' }, /acme-server: /],
    [{ 'acme-email': 'nobody' }, /acme-email: "nobody" is no mail address/],
    [{ 'acme-ca': 'no PEM' }, /acme-ca: holds no certificate/],
    [{ 'front-http': '8080', 'front-https': '127.0.0.1:8080' }, /front-https: is the port of front-http/],
    [{ 'front-http': 'eighty' }, /front-http: .*not a port/],
    [{ app: 'seatrial-front' }, /app: "seatrial-front" is the name of the front door/],
    [{ 'tls-certificate': placeholder(Date.now(), 'x') }, /tls: with domains a tls-certificate is served by tls: own/],
    [{ tls: 'own', 'tls-certificate': placeholder(Date.now(), 'x') }, /tls-certificate: is not for shop\.example/],
  ])('%o is refused', (more, why) => expect(refused(more).join('\n')).toMatch(why));
});

describe('an edge behind a front door', () => {
  const front = { ...auto(['shop.example']), app: 'shop', image: 'front', http: '80', https: '443' };
  const model: EdgeModel = { image: 'edge', publish: '', front, sticky: false, room: 1, slots: { a: null, b: null } };
  it('believes the front alone, on a port of its own, and only what is meant for it', () => {
    const lines = renderConfig({
      ...model,
      options: { tls: false, acceptProxy: false, trustedProxies: ['10.0.0.0/8'] },
    })
      .split('\n')
      .map((line) => line.trim());
    const order = [
      'bind :8082',
      'http-request return status 421 if front !{ req.hdr(X-Seatrial-App) -m str shop }',
      'http-request set-src req.hdr(X-Seatrial-Peer) if front',
      'http-request del-header X-Seatrial-Peer',
      'acl trusted src 10.0.0.0/8',
      'http-request set-header X-Forwarded-Proto %[var(txn.scheme)] if front !{ req.hdr(X-Forwarded-Proto) -m found }',
    ].map((line) => lines.indexOf(line));
    expect(order).toEqual([...order].sort((x, y) => x - y));
    expect(order).not.toContain(-1);
    expect(renderConfig({ ...model, front: undefined })).not.toMatch(/8082|Seatrial-Peer|txn\.scheme/);
  });
  it('keeps the claim beside its configuration, for a front that is lost', () => {
    const kept = edgeFiles(model).find(({ name }) => name === 'front.json');
    expect(JSON.parse(kept!.content)).toEqual({ format: 1, ...JSON.parse(JSON.stringify(front)) });
    expect(edgeFiles({ ...model, front: undefined }).map(({ name }) => name)).not.toContain('front.json');
  });
});

describe('connections that wait while HAProxy reloads', () => {
  it.each([
    ['6.18.44-generic', 'runc', true],
    ['5.14.0-427.el9.x86_64', 'crun', true],
    ['5.13.19', 'runc', false],
    ['4.18.0-553.el8', 'runc', false],
    ['6.1.0', 'runsc', false],
  ])('are handed over by the kernel: %s, %s: %s', (KernelVersion, DefaultRuntime, expected) =>
    expect(migrates({ KernelVersion, DefaultRuntime })).toBe(expected),
  );
});
