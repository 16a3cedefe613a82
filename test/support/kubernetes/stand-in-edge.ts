import { Duplex } from 'node:stream';
import type { Pod } from '../../../src/lib/kubernetes/types.ts';
import type { StandIn } from './stand-in.ts';

export interface Server {
  ip: string;
  port: number;
  weight: number;
  maint: boolean;
}

/** HAProxy of one pod of the edge, as far as we speak to it. */
export type Haproxy = Record<string, Server>;

/** As it starts: by its configuration's lines. */
export function haproxyOf(config: string): Haproxy {
  const lines = [...config.matchAll(/^\s*server (\S+) (\S+):(\d+) weight (\d+)( disabled)?/gm)];
  return Object.fromEntries(
    lines.map(([, name, ip, port, weight, off]) => [
      name!,
      { ip: ip!, port: Number(port), weight: Number(weight), maint: off !== undefined },
    ]),
  );
}

function tell(haproxy: Haproxy, command: string): string {
  const [, name = '', what = '', value = ''] = /^set server app\/(\S+) (\S+) (.*)$/.exec(command) ?? [];
  const server = haproxy[name];
  if (server && what === 'weight') server.weight = Number(value);
  else if (server && what === 'state') server.maint = value === 'maint';
  else if (server && what === 'addr') {
    const [ip = '', , port] = value.split(' ');
    Object.assign(server, { ip, port: Number(port) });
    return 'IP changed';
  } else if (command === 'show stat app 6 -1') {
    const rows = Object.entries(haproxy).map(
      ([one, { weight, maint }]) => `app,${one},${weight},${maint ? 'MAINT' : 'no check'},0,0,0,0`,
    );
    return ['# pxname,svname,weight,status,scur,hrsp_2xx,hrsp_5xx,econ', ...rows, 'app,BACKEND,1,UP,0,0,0,0'].join(
      '\n',
    );
  } else if (command !== 'prompt' && !command.startsWith('set map ')) return 'Unknown command.';
  return '';
}

/** The answer to a request at an address: of a pod, by way of a Service or not; of the edge's own door with its server. */
function http(cluster: StandIn, at: Pod, ip: string): string {
  const say = (status: number, header = '') => `HTTP/1.1 ${status} X\r\n${header}content-length: 0\r\n\r\n`;
  if (ip === '127.0.0.1') {
    const [top] = Object.entries(cluster.haproxies.get(at.metadata.name) ?? {})
      .filter(([, { maint, weight }]) => !maint && weight > 0)
      .sort((x, y) => y[1].weight - x[1].weight);
    return top ? say(200, `x-seatrial-server: ${top[0]}\r\n`) : say(503);
  }
  const [pod] = cluster.at(ip);
  if (!pod?.status?.containerStatuses?.[0]?.state?.running) return '';
  if (pod.spec.containers[0]!.name === 'edge') return say(503);
  return say(pod.spec.containers[0]!.image.includes('sick') ? 500 : 200);
}

/** The payload of a client's masked frame; all of ours are short. */
function unmask(frame: Buffer): Buffer {
  const short = frame[1]! & 0x7f;
  const from = short === 126 ? 4 : 2;
  const mask = frame.subarray(from, from + 4);
  return Buffer.from(frame.subarray(from + 4).map((byte, i) => byte ^ mask[i & 3]!));
}

const framed = (payload: Buffer) =>
  payload.length < 126
    ? Buffer.concat([Buffer.from([0x82, payload.length]), payload])
    : Buffer.concat([Buffer.from([0x82, 126, payload.length >> 8, payload.length & 255]), payload]);

/** A command in a pod of the edge, behind a WebSocket: HAProxy's administrator, or a question to an address. */
export function shellIn(
  cluster: StandIn,
  pod: string,
  words: readonly string[],
  call: (command: string) => Promise<void> | undefined,
): Duplex {
  const out = (text: string) => socket.push(framed(Buffer.concat([Buffer.from([1]), Buffer.from(text)])));
  const shell = cluster.shells.get(pod);
  const hear = async (text: string) => {
    if (shell && words[0] === 'sh') out(shell(words[2]!, text.trim()));
    else if (words[0] === 'nc' && words[2] === '9999') {
      const command = text.trim();
      await call(command);
      if (cluster.silent.has(pod)) return void socket.destroy();
      const haproxy = cluster.haproxies.get(pod);
      if (haproxy) out(`${tell(haproxy, command)}\n> `);
      else socket.destroy();
    } else if (words[0] === 'nc') {
      const answer = http(cluster, cluster.find<Pod>('pods', pod)!, words[1]!);
      if (answer) out(answer);
      else socket.push(framed(Buffer.concat([Buffer.from([3]), Buffer.from('{"status":"Success"}')])));
    }
  };
  const socket: Duplex = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _, done) {
      if ((chunk[0]! & 15) === 2) void hear(unmask(chunk).toString('utf8', 1));
      done();
    },
  });
  if (shell && words[0] === 'sh') queueMicrotask(() => out(shell(words[2]!)));
  else if (words[0] === 'sh') queueMicrotask(() => out(`knock\nended ${cluster.at(words[3]!).length ? 0 : 1}\n`));
  return socket;
}
