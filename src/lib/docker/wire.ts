import { subscribe } from 'node:diagnostics_channel';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { inspect } from 'node:util';
import type { EngineAddress } from './address.ts';

function dial({ socketPath, tcp }: EngineAddress): Socket {
  if (socketPath) return connect(socketPath);
  if (!tcp) throw new TypeError('an engine address needs a socket path or a TCP host');
  const { host, port, ca, cert, key } = tcp;
  // SNI must be a name; the certificate is checked against `host` in either case.
  const servername = isIP(host) ? undefined : host;
  const secure = tcp.tls || ca || cert;
  const socket = secure ? connectTls({ host, port, ca, cert, key, servername }) : connect({ host, port });
  return socket.setNoDelay(true);
}

/**
 * The connections to one engine, kept alive between calls. It decides where to connect, so that the HTTP client above
 * it sees a socket path whatever the transport; and it can cut them all, streams and sessions included.
 */
export class Wire extends Agent {
  readonly #address: EngineAddress;
  readonly #open = new Set<Socket>();

  constructor(address: EngineAddress) {
    super({ keepAlive: true });
    this.#address = address;
  }

  override createConnection(): Socket {
    const socket = dial(this.#address);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  }

  /**
   * docker-modem prints each call for its debug log, its agent with all hidden properties included, whether or not there
   * is such a log (`util.inspect(options, { showHidden: true, depth: null })`): a fifth of a deploy's CPU without this.
   */
  [inspect.custom](): string {
    return 'Wire';
  }

  /** Ends every connection with `reason`: calls, followed logs and attached sessions fail at once. */
  cut(reason: Error): void {
    for (const socket of this.#open) socket.destroy(reason);
    this.destroy();
  }
}

// docker-modem never hears of a connection lost in mid-answer (it listens for 'end' alone) and its promise then never
// settles. It does listen for the request's error, so a half answer is told as one.
subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: ClientRequest };
  if (!('agent' in request && request.agent instanceof Wire)) return;
  request.once('response', (response: IncomingMessage) => {
    response.once('close', () => {
      if (!response.complete && request.listenerCount('error') > 0) {
        request.emit('error', Object.assign(new Error('connection lost in mid-answer'), { code: 'ECONNRESET' }));
      }
    });
  });
});
