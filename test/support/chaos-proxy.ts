import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { ENGINE_SOCKET } from './engine.ts';
import { started } from './run/scope.ts';

/** One thing the client asked of the engine: an API call, or a chunk it wrote into an exec's or attach's stream. */
export interface Call {
  /** 1-based, in the order they came. */
  n: number;
  /** `POST /containers/create?name=x`, or `WRITE set server app/a1 weight 0`. */
  what: string;
}

/** What may be done to a call instead of passing it on. */
export type Fault =
  /** The client process gets the signal before the engine sees the call, or after the engine did it, unanswered. */
  | { kind: 'kill'; when: 'before' | 'after' }
  /** The client process gets a signal; the call goes on as ever. */
  | { kind: 'signal'; signal: NodeJS.Signals }
  /** The connection is cut: before the call, with half of its body sent, or after the engine did it. */
  | { kind: 'cut'; when: 'before' | 'midway' | 'after' }
  | { kind: 'refuse'; status: number; message: string }
  | { kind: 'delay'; ms: number }
  /** The call waits for something else to be done. */
  | { kind: 'hold'; until: Promise<unknown> }
  /** Every connection is cut and none is taken for a while, as when the engine restarts. */
  | { kind: 'down'; forMs: number };

export interface EngineProxy {
  /** For the input `hosts`. */
  host: string;
  calls: Call[];
  /** Asked at each call; set it before the client starts. */
  fault: (call: Call) => Fault | undefined;
  /** The process that `kill` and `signal` mean. */
  victim: { kill(signal: NodeJS.Signals): boolean } | undefined;
  /** Forgets what was counted, does no more harm, and is there again. */
  reset(): void;
  close(): Promise<void>;
}

const AFTER_MS = 250;

/**
 * A unix socket in front of an engine's own that counts what is asked and does harm where it is told to. Ordinary calls
 * are proxied by HTTP; a hijacked stream (exec, attach) is passed byte by byte. Behind a `leader`, the calls to several
 * engines are counted together, and its faults and victim hold for all.
 */
export async function startEngineProxy(upstream = ENGINE_SOCKET, leader?: EngineProxy): Promise<EngineProxy> {
  const socketPath = join(tmpdir(), `seatrial-proxy-${randomBytes(4).toString('hex')}.sock`);
  const agent = new Agent({ keepAlive: true });
  const live = new Set<Socket>();
  let downUntil = 0;

  const count = (what: string): [Call, Fault | undefined] => {
    const { calls, fault: faultOf, victim } = leader ?? proxy;
    const call = { n: calls.length + 1, what };
    calls.push(call);
    const fault = faultOf(call);
    if (fault?.kind === 'signal') victim?.kill(fault.signal);
    if (fault?.kind === 'kill' && fault.when === 'before') victim?.kill('SIGKILL');
    if (fault?.kind === 'down') {
      downUntil = performance.now() + fault.forMs;
      for (const socket of live) socket.destroy();
    }
    return [call, fault];
  };

  const forward = (from: IncomingMessage, to: ServerResponse, fault: Fault | undefined) => {
    const silent = fault?.kind === 'kill' || fault?.kind === 'cut';
    const { method, url: path, headers } = from;
    const out = request({ socketPath: upstream, agent, method, path, headers });
    out.on('error', () => to.destroy());
    to.on('close', () => {
      if (!to.writableEnded && !silent) out.destroy();
    });
    out.on('response', (answer) => {
      if (silent) {
        const { victim } = leader ?? proxy; // by the time this one is dead there may be another
        const end = () => {
          if (fault.kind === 'kill') victim?.kill('SIGKILL');
          to.destroy();
        };
        answer.resume().once('end', end).once('error', end);
        setTimeout(end, AFTER_MS).unref();
        return;
      }
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      to.flushHeaders();
      answer.pipe(to);
      answer.on('error', () => to.destroy());
    });
    if (fault?.kind !== 'cut' || fault.when !== 'midway') return void from.pipe(out);
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('end', () => {
      const body = Buffer.concat(chunks);
      out.write(body.subarray(0, body.length >> 1), () => {
        // The engine shall have read its half before the line goes dead.
        setTimeout(() => {
          out.destroy();
          to.destroy();
        }, 50);
      });
    });
  };

  const harmed = (fault: Fault | undefined, drop: () => void): boolean => {
    if (fault?.kind === 'down' || ((fault?.kind === 'cut' || fault?.kind === 'kill') && fault.when === 'before')) {
      drop();
      return true;
    }
    return false;
  };

  const server = createServer((from, to) => {
    const [, fault] = count(`${from.method} ${from.url}`);
    if (harmed(fault, () => to.destroy())) return;
    if (fault?.kind === 'refuse') {
      from.resume();
      to.writeHead(fault.status, { 'content-type': 'application/json' }).end(
        JSON.stringify({ message: fault.message }),
      );
    } else if (fault?.kind === 'delay') setTimeout(() => forward(from, to, undefined), fault.ms);
    else if (fault?.kind === 'hold') void fault.until.finally(() => forward(from, to, undefined));
    else forward(from, to, fault);
  });

  /** Passes a hijacked stream on; what the client writes into it counts, but for the body of the call itself. */
  const hijack = (from: IncomingMessage, client: Duplex, head: Buffer) => {
    const [, fault] = count(`${from.method} ${from.url}`);
    if (harmed(fault, () => client.destroy())) return;
    if (fault?.kind === 'refuse') {
      const body = JSON.stringify({ message: fault.message });
      client.end(
        `HTTP/1.1 ${fault.status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    const engine = connect(upstream);
    const drop = () => {
      engine.destroy();
      client.destroy();
    };
    // An HTTP server's sockets stay half open when the client is gone: its end must be passed on.
    engine.on('error', drop).on('close', drop);
    client
      .on('error', drop)
      .on('close', drop)
      .on('end', () => engine.end());
    const fields = from.rawHeaders.flatMap((value, i, all) => (i % 2 ? [`${all[i - 1]}: ${value}\r\n`] : []));
    engine.write(`${from.method} ${from.url} HTTP/1.1\r\n${fields.join('')}\r\n`);
    let muted: Fault | undefined = fault?.kind === 'kill' || fault?.kind === 'cut' ? fault : undefined;
    let { victim } = leader ?? proxy;
    const finish = () => {
      if (muted?.kind === 'kill') victim?.kill('SIGKILL');
      drop();
    };
    engine.on('data', (chunk: Buffer) => {
      if (muted) finish();
      else client.write(chunk);
    });
    let body = Number(from.headers['content-length'] ?? 0);
    const pass = (chunk: Buffer) => {
      const own = Math.min(body, chunk.length);
      body -= own;
      if (own) engine.write(chunk.subarray(0, own));
      const rest = chunk.subarray(own);
      if (!rest.length) return;
      // Several lines may come in one write; each is a call, and what harms one of them leaves those before it done.
      const lines = rest.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
      const sent: string[] = [];
      const write = (all: readonly string[], then?: () => void) =>
        all.length ? engine.write(Buffer.from(all.join(''), 'latin1'), then) : then?.();
      for (const [i, line] of lines.entries()) {
        const [, harm] = count(`WRITE ${Buffer.from(line, 'latin1').toString('utf8').trimEnd()}`);
        if (harm?.kind === 'delay' || harm?.kind === 'hold') {
          const later = [...sent, ...lines.slice(i)];
          if (harm.kind === 'delay') setTimeout(() => write(later), harm.ms);
          else void harm.until.finally(() => write(later));
          return;
        }
        if (harmed(harm, () => undefined)) {
          write(sent, drop);
          return;
        }
        sent.push(line);
        if (harm?.kind === 'kill' || harm?.kind === 'cut') {
          muted = harm;
          victim = (leader ?? proxy).victim;
          setTimeout(finish, AFTER_MS).unref();
          break;
        }
      }
      write(sent);
    };
    if (head.length) pass(head);
    client.on('data', pass);
  };
  server.on('upgrade', hijack);
  server.on('connection', (socket) => {
    if (performance.now() < downUntil) return void socket.destroy();
    live.add(socket);
    socket.on('close', () => live.delete(socket)).on('error', () => socket.destroy());
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;

  const closed = started('an engine’s proxy', () => proxy.close());
  const proxy: EngineProxy = {
    host: `unix://${socketPath}`,
    calls: [],
    fault: () => undefined,
    victim: undefined,
    reset() {
      proxy.calls = [];
      proxy.fault = () => undefined;
      proxy.victim = undefined;
      downUntil = 0;
    },
    async close() {
      closed();
      for (const socket of live) socket.destroy();
      agent.destroy();
      await new Promise<void>((done) => server.close(() => done()));
      rmSync(socketPath, { force: true });
    },
  };
  await new Promise<void>((done) => server.listen(socketPath, done));
  return proxy;
}
