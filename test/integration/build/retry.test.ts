import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../../support/house.ts';
import { shop } from '../../support/source.ts';

/** A way to the registry that answers the first manifests it is given with a status of its own. */
class Way {
  refusals: number[] = [];
  asked = 0;
  readonly #server: Server;

  constructor(port: number) {
    this.#server = createServer((from, to) => {
      if (from.method === 'PUT' && from.url?.includes('/manifests/')) {
        this.asked++;
        const status = this.refusals.shift();
        if (status) {
          from.resume();
          to.writeHead(status, { 'content-type': 'application/json' });
          to.end(
            `{"errors":[{"code":"${status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN'}","message":"status ${status}"}]}`,
          );
          return;
        }
      }
      const on = request(
        { port, host: '127.0.0.1', method: from.method, path: from.url, headers: from.headers },
        (answer) => {
          to.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(to);
        },
      );
      on.on('error', () => to.destroy());
      from.pipe(on);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('a push', () => {
  let house: House;
  let way: Way;
  let host: string;
  beforeAll(async () => {
    house = await openHouse();
    way = new Way(Number(house.registry.host.split(':')[1]));
    host = await way.start();
  });
  afterAll(async () => {
    way.stop();
    await house.close();
  });
  const own = () => {
    const { path } = house.repository();
    return { path, image: house.adopt(`${host}/${path}`) };
  };

  it('is tried again when the registry is busy', async () => {
    const { path, image } = own();
    Object.assign(way, { refusals: [503, 429], asked: 0 });
    const result = await house.build(house.source(shop({})), image, { tags: 'v1' });
    expect(result.errors, result.stdout).toEqual([]);
    expect(way.asked).toBe(3);
    expect((await house.registry.manifest(path, 'v1')).digest).toBe(result.outputs.digest);
  });

  it('is not tried again when the registry says no', async () => {
    const { path, image } = own();
    Object.assign(way, { refusals: [400, 400], asked: 0 });
    const result = await house.build(house.source(shop({})), image, { tags: 'v1' });
    expect(result.outputs['error-code'], result.stdout).toBe('PUSH_FAILED');
    expect(way.asked).toBe(1);
    expect(result.outputs).toMatchObject({ image: '', digest: '', blocked: 'false' });
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('of a second tag that fails leaves the first, and says so', async () => {
    const { path, image } = own();
    Object.assign(way, { refusals: [0, 400], asked: 0 });
    const result = await house.build(house.source(shop({})), image, { tags: 'v1\nv2' });
    expect(result.outputs['error-code'], result.stdout).toBe('PUSH_FAILED');
    expect(await house.registry.tags(path)).toEqual(['v1']);
    const { digest } = await house.registry.manifest(path, 'v1');
    expect(result.outputs).toMatchObject({ image: `${image}@${digest}`, digest, tags: 'v1' });
    expect(result.summary).toContain('The image is in the registry as v1, but not as v2.');
  });
});
