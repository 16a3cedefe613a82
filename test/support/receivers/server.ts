import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, type Receiver } from './receiver.ts';

/** What a server may do instead of answering by its contract. */
export type Fault =
  | { do: 'hang' }
  | { do: 'reset' }
  | { do: 'slow'; ms: number }
  | { do: 'truncate'; status?: number; body: string }
  | { do: 'answer'; status: number; body: string; headers?: Record<string, string> };

export const HTML = '<!DOCTYPE html><html><head><title>Login</title></head><body>please log in</body></html>';

export interface Received {
  at: number;
  channel: string;
  method: string;
  /** Path and query as they came. */
  path: string;
  headers: Record<string, string>;
  taken: boolean;
  rings: string[];
  status: number;
  reply: string;
  /** The body as JSON, else as text. */
  message: unknown;
}

export interface ReceiverServer {
  url: string;
  inputs: Record<string, string>;
  received: Received[];
  /** Requests whose URL contains `part` get these in turn; the last one stays. */
  script(part: string, ...faults: Fault[]): void;
  close(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function commit(response: ServerResponse, fault: Extract<Fault, { do: 'truncate' | 'answer' }>) {
  const length = Buffer.byteLength(fault.body);
  if (fault.do === 'answer') {
    response.writeHead(fault.status, { 'content-length': length, ...fault.headers }).end(fault.body);
    return;
  }
  // Promises more than it gives, then breaks off.
  response.writeHead(fault.status ?? 200, { 'content-length': length + 100 });
  response.write(fault.body, () => response.socket?.destroy());
}

/** Contract receivers on one loopback port, with faults on demand. `now` is their clock. */
export async function startReceivers(
  receivers: readonly Receiver[],
  {
    now = Date.now,
    port = 0,
    onReceived,
  }: { now?: () => number; port?: number; onReceived?: (received: Received) => void } = {},
): Promise<ReceiverServer> {
  const received: Received[] = [];
  const scripts: { part: string; faults: Fault[] }[] = [];
  const next = (href: string) => {
    const script = scripts.find(({ part }) => href.includes(part));
    return script && (script.faults.length > 1 ? script.faults.shift() : script.faults[0]);
  };
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const url = new URL(request.url!, 'http://receiver');
    const at = now();
    const headers = request.headers as Record<string, string>;
    const receiver = receivers.find((one) => one.owns(url));
    const note = (status: number, reply: string, taken = false, rings: string[] = []) => {
      const entry: Received = {
        at,
        channel: receiver?.channel ?? '',
        method: request.method!,
        path: request.url!,
        headers,
        taken,
        rings,
        status,
        reply,
        message: parse(body) ?? body,
      };
      received.push(entry);
      onReceived?.(entry);
    };
    const fault = next(request.url!);
    if (fault?.do === 'hang') return note(0, 'hang');
    if (fault?.do === 'reset') {
      note(0, 'reset');
      request.socket.resetAndDestroy();
      return;
    }
    if (fault?.do === 'truncate' || fault?.do === 'answer') {
      note(fault.do === 'answer' ? fault.status : 0, fault.body);
      commit(response, fault);
      return;
    }
    if (fault?.do === 'slow') await new Promise((done) => setTimeout(done, fault.ms));
    if (!receiver) {
      note(404, 'nobody');
      response.writeHead(404).end('nobody here');
      return;
    }
    const reply = receiver.answer({ method: request.method!, url, headers, body, at });
    note(reply.status, reply.body, reply.taken, reply.rings);
    commit(response, { do: 'answer', status: reply.status, body: reply.body, headers: reply.headers });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    inputs: Object.assign({}, ...receivers.map((receiver) => receiver.inputs(url))),
    received,
    script: (part, ...faults) => scripts.unshift({ part, faults }),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
