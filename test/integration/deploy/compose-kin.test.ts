import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, docker } from '../../support/app.ts';
import { freePort } from '../../support/ports.ts';
import { Shop } from '../../support/shop.ts';

const shops: Shop[] = [];
async function newShop(text: (port: number) => string): Promise<Shop> {
  const shop = await Shop.create();
  shops.push(shop);
  write(shop, 'compose.yaml', text(shop.port));
  return shop;
}
const write = (shop: Shop, name: string, text: string) => writeFileSync(join(shop.folder, name), text);
beforeAll(buildApp);
afterEach(() => {
  for (const shop of shops.splice(0)) shop.remove();
});

const warnings = ({ stdout }: { stdout: string }) =>
  [...stdout.matchAll(/^::warning::(.*)$/gm)].map(([, line]) => line!);
const run = (container: string, script: string) => docker(['exec', container, 'node', '-e', script]);
const lookUp = (name: string) => `require('dns').lookup('${name}', (e, ip) => { console.log(e ? e.code : ip) })`;

const PATIENT = { timeout: 120_000, interval: 200 };
/** As nginx does, it asks for its upstream's address once, when it starts. */
const PROXY = `
const http = require('http');
require('dns').lookup('web', (error, host) => {
  if (error) process.exit(1);
  http.createServer((q, r) => {
    const on = http.get({ host, port: 3000, path: q.url, timeout: 2000 }, (x) => { r.statusCode = x.statusCode; x.pipe(r); });
    on.on('timeout', () => on.destroy(new Error('late')));
    on.on('error', (e) => { r.statusCode = 502; r.end(e.message); });
  }).listen(80);
});`;

describe('a project whose services lean on one another', () => {
  it('keeps what compose up gives it, over a deploy and a rollback without its secrets', async () => {
    const front = await freePort();
    const shop = await newShop(
      (port) => `
x-env: &env { VERSION: "\${VERSION}", DATABASE_URL: "postgres://app:s3cretpw-of-a-test@db/app" }
services:
  web:
    image: ${APP_IMAGE}
    container_name: the-web
    environment: *env
    ports: ["127.0.0.1:${port}:3000"]
    links: ["db:database"]
    volumes: [/data]
    stop_grace_period: 1s
  db: { image: seatrial.local/node:24, command: [node, -e, "setInterval(()=>{},1e6)"], stop_grace_period: 0s, restart: always }
  worker: { image: seatrial.local/node:24, command: [node, -e, "setInterval(()=>{},1e6)"], environment: *env, stop_grace_period: 0s }
  sidecar: { image: seatrial.local/node:24, command: [node, -e, "setInterval(()=>{},1e6)"], network_mode: "service:web", volumes_from: [web], stop_grace_period: 0s }
  proxy:
    image: seatrial.local/node:24
    depends_on: [web]
    stop_grace_period: 0s
    ports: ["127.0.0.1:${front}:80"]
    command: [node, -e, ${JSON.stringify(PROXY).replaceAll('$', '$$$$')}]
`,
    );
    // It has no health check, so when it listens is its own affair.
    const throughProxy = async () => {
      const answer = await fetch(`http://127.0.0.1:${front}/`, { headers: { connection: 'close' } }).catch(
        () => undefined,
      );
      return answer?.text();
    };
    const containerOf = (release: string) => `${shop.name}-${release}-1`;
    const sharedWith = () =>
      shop.inspect(shop.idOf('sidecar'), '{{.HostConfig.NetworkMode}}').replace('container:', '');

    const one = await shop.deploy('v1', { service: 'web' });
    expect(one.errors).toEqual([]);
    const web = containerOf(one.outputs.release!);
    await expect.poll(throughProxy, PATIENT).toBe('v1');
    expect(shop.inspect(web, '{{.Id}}')).toBe(shop.inspect(sharedWith(), '{{.Id}}'));
    expect(run(web, lookUp('database'))).toMatch(/^[\d.]+$/);
    expect(run(shop.idOf('worker'), lookUp('the-web'))).toMatch(/^[\d.]+$/);
    run(web, "require('fs').writeFileSync('/data/order', 'of v1')");

    const two = await shop.deploy('v2', { service: 'web' });
    expect(two.errors).toEqual([]);
    await expect.poll(throughProxy, PATIENT).toBe('v2');
    expect(
      run(containerOf(two.outputs.release!), "console.log(require('fs').readFileSync('/data/order', 'utf8'))"),
    ).toBe('of v1');
    expect(run(shop.idOf('sidecar'), "console.log(require('fs').readFileSync('/data/order', 'utf8'))")).toBe('of v1');

    const back = await shop.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.stdout).not.toContain('s3cretpw-of-a-test\n');
    expect(warnings(back).filter((line) => /SECRETS_NEEDED|stays as it is|could not/.test(line))).toEqual([]);
    expect(await shop.answer()).toBe('v1');
    await expect.poll(throughProxy, PATIENT).toBe('v1');
    const env = shop.inspect(shop.idOf('worker'), '{{json .Config.Env}}');
    expect(env).toContain('"VERSION=v1"');
    expect(env).toContain('"DATABASE_URL=postgres://app:s3cretpw-of-a-test@db/app"');
    expect(shop.inspect(web, '{{.Id}}')).toBe(shop.inspect(sharedWith(), '{{.Id}}'));
  });

  it('a crash loop in place is refused, by the second deploy as by the first', async () => {
    const shop = await newShop(
      (port) => `
services:
  web: { image: ${APP_IMAGE}, environment: { VERSION: v1 }, ports: ["127.0.0.1:${port}:3000"] }
  worker: { image: seatrial.local/node:24, restart: always, command: [node, -e, "process.exit(1)"] }
`,
    );
    for (const turn of ['first', 'second']) {
      const result = await shop.deploy('v1');
      expect([turn, result.outputs['error-code']]).toEqual([turn, 'COMPOSE_SERVICE_FAILED']);
    }
  });
});

describe('the first plan', () => {
  const plain = (port: number) => `
services:
  web: { image: ${APP_IMAGE}, environment: { VERSION: v1 }, ports: ["127.0.0.1:${port}:3000"], volumes: ["up:/up"] }
  db: { image: ${APP_IMAGE}, volumes: ["data:/data"] }
volumes: { up: {}, data: {} }
`;
  const plan = (shop: Shop) => shop.deploy('v1', { command: 'plan' });

  it('refuses what a deploy would, and touches nothing', async () => {
    const shop = await newShop(plain);
    // What else a host may lack: test/unit/deploy/compose-host.test.ts, and compose-shapes.test.ts of a plan and a deploy.
    const far = 'services: { db: { networks: [far] } }\nnetworks: { far: { external: true, name: nobody-has-this } }';
    write(shop, 'more.yaml', far);
    const result = await shop.deploy('v1', { command: 'plan', 'compose-file': 'compose.yaml\nmore.yaml' });
    expect(result.outputs['error-code']).toBe('NETWORK_MISSING');
    expect(docker(['ps', '-aq', '--filter', `name=${shop.name}`])).toBe('');
  });

  it('says what becomes of a project that runs, and what it leaves behind', async () => {
    const shop = await newShop(plain);
    const labels = (service: string) => [
      ...['--label', `com.docker.compose.project=${shop.name}`, '--label', `com.docker.compose.service=${service}`],
      ...['--label', 'com.docker.compose.oneoff=False'],
    ];
    docker(['volume', 'create', '--label', `com.docker.compose.project=${shop.name}`, `${shop.name}_data`]);
    for (const service of ['db', 'gone', 'web']) {
      docker(['create', '--name', `${shop.name}-${service}-1`, ...labels(service), APP_IMAGE]);
    }
    const result = await plan(shop);
    expect(result.errors).toEqual([]);
    const said = warnings(result).join('\n');
    expect(said).toMatch(new RegExp(`takes over the project ${shop.name}.*${shop.name}_data are used as they are`));
    expect(said).toContain(`${shop.name}-gone-1 is of a service the compose file no longer has`);
    // Under another name its volumes would be new and empty, and that is said before they are.
    const other = await shop.deploy('v1', { command: 'plan', app: `${shop.name}-two` });
    expect(other.errors).toEqual([]);
    expect(warnings(other).join('\n')).toMatch(
      new RegExp(`a project ${shop.name} .*beside it, with volumes that are new and empty: .*${shop.name}-two_data`),
    );
  });
});
