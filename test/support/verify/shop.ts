import Docker from 'dockerode';
import { recordLines, ringSection } from '../../../src/deploy/docker/edge/records.ts';
import { ENGINE_SOCKET } from '../engine.ts';
import { EDGE_IMAGE, NODE_IMAGE } from '../images.ts';
import { ownName } from '../run/id.ts';
import { untilOver } from '../run/scope.ts';

const docker = new Docker({ socketPath: ENGINE_SOCKET });

/** A tiny shop in a container; its behaviour is in its environment. */
const SERVER = `
const http = require('node:http');
const { FAIL = '0', SLOW = '0', LOG_ERROR = '0', EXIT_AT = '0', EAT = '0', LOG_LINE = '', QUIET = '', LEAK = '0' } = process.env;
let n = 0;
http.createServer((req, res) => {
  n++;
  const bad = (n * 37) % 100 < Number(FAIL);
  setTimeout(() => {
    res.statusCode = bad ? 500 : 200;
    res.end('ok');
  }, Number(SLOW) + Math.random() * 3);
}).listen(3000, '0.0.0.0', () => console.log('{"level":"info","msg":"listening"}'));
if (!QUIET) setInterval(() => console.log('{"level":"info","msg":"tick ' + n + '"}'), 500);
if (Number(EXIT_AT)) setTimeout(() => process.exit(3), Number(EXIT_AT));
if (LOG_LINE) setInterval(() => console.log(LOG_LINE), 300);
if (Number(LOG_ERROR)) setInterval(() => console.error('{"level":"error","msg":"payment gateway refused order ' + n + '"}'), 200);
if (Number(LEAK)) { const lost = []; setInterval(() => lost.push(Buffer.alloc(Number(LEAK) << 20, 1)), 1000); }
if (Number(EAT)) { const held = []; setTimeout(() => setInterval(() => held.push(Buffer.alloc(8 << 20, 1)), 20), Number(EAT)); }
`;

export interface Shop {
  id: string;
  name: string;
  ip: string;
  url: string;
  kill(): Promise<void>;
  pause(): Promise<void>;
}

export class Harbour {
  readonly #made: string[] = [];
  readonly #network = ownName('verify');
  #created: Promise<Docker.Network> | undefined;

  async shop(env: Record<string, string> = {}, host: Docker.HostConfig = {}, tty = false): Promise<Shop> {
    // A network of our own: the default bridge is not on every engine.
    this.#created ??= docker.createNetwork({ Name: this.#network });
    await this.#created;
    const name = ownName('verify');
    const container = await docker.createContainer({
      name,
      Image: NODE_IMAGE,
      Cmd: ['node', '-e', SERVER],
      Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      ExposedPorts: { '3000/tcp': {} },
      Tty: tty,
      HostConfig: { Memory: 128 << 20, MemorySwap: 128 << 20, NetworkMode: this.#network, ...host },
    });
    this.#own(container);
    await container.start();
    const ip = (await container.inspect()).NetworkSettings.Networks[this.#network]!.IPAddress;
    const url = `http://${ip}:3000`;
    await answers(`${url}/ready`);
    return {
      id: container.id,
      name,
      ip,
      url,
      kill: async () => container.kill(),
      pause: async () => container.pause(),
    };
  }

  /**
   * An edge as action-deploy makes it: backend `app`, a server a shop, and its admin socket on loopback; `recorded`: it
   * keeps records of requests, as one of an earlier form does not.
   */
  async edge(shops: Shop[], recorded = false): Promise<{ name: string; url: string }> {
    const name = ownName('verify');
    const servers = shops.map((shop, i) => `  server ${'ab'[i]}1 ${shop.name}:3000 weight 1`);
    const config = `global
  stats socket ipv4@127.0.0.1:9999 level admin
${recorded ? ringSection() : ''}resolvers docker
  nameserver dns 127.0.0.11:53
defaults
  mode http
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  default-server resolvers docker init-addr last,libc,none
frontend public
  bind :8080
${recorded ? `  ${recordLines({} as never).join('\n  ')}\n` : ''}  default_backend app
backend app
  balance roundrobin
${servers.join('\n')}
`;
    const container = await docker.createContainer({
      name,
      Image: EDGE_IMAGE,
      Cmd: ['sh', '-c', 'printf "%s" "$CONFIG" > /tmp/h.cfg; exec haproxy -W -db -f /tmp/h.cfg'],
      Env: [`CONFIG=${config}`],
      HostConfig: { NetworkMode: this.#network },
    });
    this.#own(container);
    await container.start();
    const ip = (await container.inspect()).NetworkSettings.Networks[this.#network]!.IPAddress;
    await answers(`http://${ip}:8080/ready`);
    return { name, url: `http://${ip}:8080` };
  }

  #own(container: Docker.Container): void {
    this.#made.push(container.id);
    untilOver('a container', () => container.remove({ force: true, v: true }).catch(() => undefined));
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#made.map((id) =>
        docker
          .getContainer(id)
          .remove({ force: true })
          .catch(() => undefined),
      ),
    );
    await (await this.#created)?.remove();
  }
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (tries > 1200) throw error;
      await new Promise((next) => setTimeout(next, 100));
    }
  }
}
