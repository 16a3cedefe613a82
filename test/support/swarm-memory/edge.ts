import { X509Certificate } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { Task } from '../../../src/lib/docker/swarm.ts';
import type { StandInSwarm } from './stand-in.ts';

export interface Server {
  host: string;
  weight: number;
  maint: boolean;
}

/** HAProxy of one task of the edge, as far as we speak to it. */
export interface Haproxy {
  servers: Record<string, Server>;
  map: Record<string, string>;
  config: string;
}

/** As it starts: by its configuration's lines and its map. */
export function haproxyOf(config: string, map: string): Haproxy {
  const lines = [...config.matchAll(/^\s*server ([ab]\d+) (\S+):\d+ weight (\d+)( disabled)?/gm)];
  return {
    servers: Object.fromEntries(
      lines.map(([, name, host, weight, off]) => [
        name!,
        { host: host!, weight: Number(weight), maint: off !== undefined },
      ]),
    ),
    map: Object.fromEntries(map.split('\n').map((line) => line.split(' ') as [string, string])),
    config,
  };
}

/** The host that a file is ordered for. */
const orderedFor = (file: string) => /\/cert-(.+)\.pem$/.exec(file)?.[1];

/** What orders certificates says of its orders. */
function tellOfOrders(swarm: StandInSwarm, config: string, command: string): string | undefined {
  if (command === 'acme status') {
    const files = [...config.matchAll(/load crt "([^"]+)" acme/g)].map(([, file]) => file!);
    const state = (file: string) => (swarm.authority.issued.has(orderedFor(file)!) ? 'Scheduled' : 'Stopped');
    return ['# certificate\tsection\tstate', ...files.map((file) => `${file}\tx\t${state(file)}`)].join('\n');
  }
  const [, file] = /^acme renew (\S+)$/.exec(command) ?? [];
  if (!file) return undefined;
  swarm.order(orderedFor(file)!);
  return '';
}

/** What a door of the front says: of an app's edge, and of a certificate. */
function tellOfDoor(swarm: StandInSwarm, { config }: Haproxy, command: string): string | undefined {
  const [, app = ''] = /^show stat app-(\S+) 4 -1$/.exec(command) ?? [];
  if (app) {
    const has = config.includes(`backend app-${app}\n`);
    const tasks = swarm
      .tasksOf(`${app}-edge`)
      .filter(({ NetworksAttachments = [] }) =>
        NetworksAttachments.some(({ Network }) => Network.Spec.Name === 'seatrial-front-net'),
      );
    const rows = has ? [`app-${app},edge1,1,${tasks.length ? 'UP' : 'MAINT (resolution)'},0,0,0,0`] : [];
    return ['# pxname,svname,weight,status,scur,hrsp_2xx,hrsp_5xx,econ', ...rows].join('\n');
  }
  const [, file = ''] = /^show ssl cert (\S+)$/.exec(command) ?? [];
  if (!file) return tellOfOrders(swarm, config, command);
  const host = orderedFor(file);
  if (host) {
    const serial = swarm.authority.issued.get(host);
    // What a door has until it is handed one bears no name; what orders has a certificate without a number.
    const names = serial ? `Subject Alternative Name: DNS:${host}` : '';
    const number = serial ?? (config.includes('\nacme ') ? '' : '01');
    return `Serial: ${number}\nnotAfter: ${new Date(swarm.clock.now() + 90 * 86_400_000).toUTCString()}\n${names}`;
  }
  const pem = swarm.fileOf(file);
  if (pem === undefined) return 'No certificate found.';
  const { validTo, subjectAltName, serialNumber } = new X509Certificate(pem);
  return `Serial: ${serialNumber}\nnotAfter: ${validTo}\nSubject Alternative Name: ${subjectAltName ?? ''}`;
}

function tell(swarm: StandInSwarm, haproxy: Haproxy, command: string): string {
  const { servers, map } = haproxy;
  const ofDoor = tellOfDoor(swarm, haproxy, command);
  if (ofDoor !== undefined) return ofDoor;
  const [, name = '', what = '', value = ''] = /^set server \w+\/(\S+) (\S+) (.*)$/.exec(command) ?? [];
  const server = servers[name];
  const rows = Object.entries(servers);
  if (server && what === 'weight') server.weight = Number(value);
  else if (server && what === 'state') server.maint = value === 'maint';
  else if (server && what === 'fqdn') server.host = value;
  else if (server && what === 'addr') return 'no need to change the addr, port changed';
  else if (command.startsWith('set map ')) {
    const [, , , key = '', to = ''] = command.split(' ');
    map[key] = to;
  } else if (command === 'show stat app 6 -1') {
    const said = rows.map(([one, { weight, maint }]) => `app,${one},${weight},${maint ? 'MAINT' : 'no check'},0,0,0,0`);
    return ['# pxname,svname,weight,status,scur,hrsp_2xx,hrsp_5xx,econ', ...said, 'app,BACKEND,1,UP,0,0,0,0'].join(
      '\n',
    );
  } else if (command.startsWith('show servers state ')) {
    const ip = (host: string) => swarm.addressOf(host.replace('tasks.', '')) ?? '-';
    const said = rows.map(([one, { host, maint, weight }]) => `${one} ${maint ? 1 : 0} ${host} ${ip(host)} ${weight}`);
    return ['1', '# srv_name srv_admin_state srv_fqdn srv_addr srv_uweight', ...said].join('\n');
  } else if (command !== 'prompt' && command !== 'show info') return 'Unknown command.';
  return '';
}

/** A chunk of an attached stream, https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach */
export function framed(text: string): Buffer {
  const data = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(data.length, 4);
  return Buffer.concat([head, data]);
}

/** The answer to a request at an address: of a task, or of an edge's own door with the server it chose. */
function http(swarm: StandInSwarm, at: Task | undefined): string {
  const say = (status: number, header = '') => `HTTP/1.1 ${status} X\r\n${header}content-length: 0\r\n\r\n`;
  if (at?.Status.State !== 'running') return '';
  const haproxy = swarm.haproxies.get(at.ID);
  if (!haproxy) return say(at.Spec!.ContainerSpec!.Image!.includes('sick') ? 500 : 200);
  const [top] = Object.entries(haproxy.servers)
    .filter(([, { maint, weight }]) => !maint && weight > 0)
    .sort((x, y) => y[1].weight - x[1].weight);
  return top ? say(200, `x-seatrial-server: ${top[0]}\r\n`) : say(503);
}

/** `nc` in a container of the app's networks: HAProxy's administrator, or a question to an address. */
export function netcat(
  swarm: StandInSwarm,
  words: readonly string[],
  call: (command: string) => Promise<void> | undefined,
): Duplex {
  const [, ip = '', port] = words;
  const hear = async (text: string) => {
    const at = swarm.at(ip);
    if (port !== '9998') {
      const answer = http(swarm, at);
      if (answer) socket.push(framed(answer));
      else socket.destroy();
      return;
    }
    const haproxy = at && swarm.haproxies.get(at.ID);
    for (const command of text.trim().split('\n')) {
      await call(command);
      if (haproxy && at.Status.State === 'running') socket.push(framed(`${tell(swarm, haproxy, command)}\n> `));
      else socket.destroy();
    }
  };
  const socket: Duplex = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _, done) {
      void hear(chunk.toString());
      done();
    },
  });
  return socket;
}
