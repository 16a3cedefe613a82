import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { EDGE_IMAGE } from '../../support/images.ts';
import { freePort } from '../../support/ports.ts';
import { Shop } from '../../support/shop.ts';
import { startTraffic } from '../../support/traffic.ts';

let app: TestApp;
let second: number;
beforeAll(async () => {
  buildApp();
  app = await TestApp.create();
  second = await freePort();
});
afterAll(() => app.remove());

/** Answers on 3000 and on the port of ADMIN, with the version. */
const SERVER =
  "const h=require('http'),v=process.env.VERSION;for(const p of [3000,+process.env.ADMIN])h.createServer((q,r)=>{r.setHeader('x-version',v);r.end(v+' '+p)}).listen(p);process.on('SIGTERM',()=>process.exit(0))";
const deploy = (version: string, more: Record<string, string> = {}) =>
  app.run({
    image: 'seatrial.local/node:24',
    args: `node\n-e\n${SERVER}`,
    publish: `127.0.0.1:${app.port}:3000\n127.0.0.1:${second}:3001`,
    'health-path': `/healthz\n${second} /ready`,
    workers: 'queue=2: node -e "setInterval(() => {}, 1000)"',
    'edge-image': EDGE_IMAGE,
    'health-interval': '200ms',
    'healthy-after': '1',
    'deploy-timeout': '120s',
    'stop-timeout': '1s',
    memory: '64m',
    watch: '0s',
    ...more,
    env: `VERSION=${version}\n${more.env ?? 'ADMIN=3001'}`,
  });
const ask = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`)).text();
const both = async () => [await ask(app.port), await ask(second)];

describe('several published ports, and workers beside', () => {
  it('go live, are replaced and rolled back together, and no request is lost at either', async () => {
    const one = await deploy('v1');
    expect(one.errors).toEqual([]);
    expect(one.outputs.state).toBe('good');
    expect(await both()).toEqual(['v1 3000', 'v1 3001']);
    const { release: v1 } = one.outputs;
    const names = (release: string) =>
      [`${release}-1`, `${release}-queue-1`, `${release}-queue-2`].map((n) => `${app.name}-${n}`);
    expect(app.running().sort()).toEqual(names(v1!));
    expect(one.deployment.hosts[0]!.edge).toEqual({
      container: `${app.name}-edge`,
      published: `127.0.0.1:${app.port}`,
      ports: [
        { published: `127.0.0.1:${app.port}`, port: 3000 },
        { published: `127.0.0.1:${second}`, port: 3001 },
      ],
    });

    const traffic = [app.port, second].map((port) => startTraffic(`http://127.0.0.1:${port}/`, { rate: 100 }));
    const two = await deploy('v2');
    expect(two.errors).toEqual([]);
    expect(await both()).toEqual(['v2 3000', 'v2 3001']);
    const { release: v2 } = two.outputs;
    // The old release is warm, and its workers have handed over to the new ones.
    expect(app.running().sort()).toEqual([names(v1!)[0], ...names(v2!)].sort());

    const three = await deploy('v3', { env: 'ADMIN=3002', 'deploy-timeout': '8s', 'health-interval': '2s' });
    expect(three.outputs).toMatchObject({ state: 'bad', serving: v2, 'error-code': 'DEPLOY_UNHEALTHY' });
    expect(three.errors[0]).toContain('port 3001 refuses connections');
    expect(await both()).toEqual(['v2 3000', 'v2 3001']);

    const back = await app.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.stdout).not.toContain('::warning');
    expect(await both()).toEqual(['v1 3000', 'v1 3001']);
    expect(app.running().sort()).toEqual([...names(v1!), names(v2!)[0]].sort());
    for (const one of traffic) {
      const counted = await one.stop();
      expect(counted).toMatchObject({ lost: 0, errors5xx: 0 });
      expect([...counted.versions.keys()].sort()).toEqual(['v1', 'v2']);
    }
    const status = await app.run({ command: 'status' });
    expect(status.stdout).toContain(`ports: 127.0.0.1:${app.port} -> 3000, 127.0.0.1:${second} -> 3001`);
    const again = await deploy('v1');
    expect(again.outputs).toMatchObject({ state: 'unchanged', release: v1 });
  });
});

describe('several services of a compose file behind the edge', () => {
  it('are one release: switched and rolled back together, each meets its own fellow', async () => {
    const shop = await Shop.create();
    try {
      const admin = await freePort();
      const serve = (port: number, more: string) =>
        `const h=require('http'),v=process.env.VERSION;h.createServer(async(q,r)=>{r.setHeader('x-version',v);r.end(v+${more})}).listen(${port});process.on('SIGTERM',()=>process.exit(0))`;
      // A connection of its own each time: an idle one may be closed by the other side at the moment it is used.
      const asking = "' asks '+await(await fetch('http://api:4000/',{headers:{connection:'close'}})).text()";
      writeFileSync(
        join(shop.folder, 'compose.yaml'),
        JSON.stringify({
          services: {
            web: {
              ...{ image: 'seatrial.local/node:24', command: ['node', '-e', serve(3000, asking)], mem_limit: '64m' },
              ...{
                environment: { VERSION: '${VERSION}' },
                ports: [`127.0.0.1:${shop.port}:3000`],
                stop_grace_period: '1s',
              },
              depends_on: { api: { condition: 'service_healthy' } },
            },
            api: {
              ...{ image: 'seatrial.local/node:24', command: ['node', '-e', serve(4000, "''")], mem_limit: '64m' },
              ...{
                environment: { VERSION: '${VERSION}' },
                ports: [`127.0.0.1:${admin}:4000`],
                stop_grace_period: '1s',
              },
              healthcheck: {
                test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:4000/'],
                ...{ interval: '1s', retries: 20 },
              },
            },
          },
        }),
      );
      const publish = `127.0.0.1:${shop.port}:web:3000\n127.0.0.1:${admin}:api:4000`;
      const more = { publish, 'health-path': '/' };
      const unsure = await shop.deploy('v1', { 'health-path': '/', 'dry-run': 'true' });
      for (const line of publish.split('\n')) expect(unsure.errors[0]).toContain(line);

      const one = await shop.deploy('v1', more);
      expect(one.errors).toEqual([]);
      const answers = async () => [await shop.answer(), await ask(admin)];
      expect(await answers()).toEqual(['v1 asks v1', 'v1']);
      const traffic = [shop.port, admin].map((port) => startTraffic(`http://127.0.0.1:${port}/`, { rate: 50 }));
      const two = await shop.deploy('v2', more);
      expect(two.errors).toEqual([]);
      expect(await answers()).toEqual(['v2 asks v2', 'v2']);
      const slots = JSON.parse(two.outputs.deployment!).hosts[0].slots;
      const current = slots.find(({ role }: { role: string }) => role === 'current');
      expect(
        current.containers.map(({ name, service }: { name: string; service?: string }) => [name, service]),
      ).toEqual([
        [`${shop.name}-${two.outputs.release}-1`, undefined],
        [`${shop.name}-${two.outputs.release}-api-1`, 'api'],
      ]);
      const back = await shop.run({ command: 'rollback' });
      expect(back.errors).toEqual([]);
      expect(await answers()).toEqual(['v1 asks v1', 'v1']);
      for (const one of traffic) expect(await one.stop()).toMatchObject({ lost: 0, errors5xx: 0 });
      expect(shop.idOf('api')).toBe('');
    } finally {
      shop.remove();
    }
  });
});
