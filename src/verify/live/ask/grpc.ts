import type { ClientHttp2Session } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';
import { PROBE_AGENT } from '../../../lib/haproxy.ts';
import type { Ask } from './types.ts';

/** Statuses of grpc.health.v1.HealthCheckResponse. */
const STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const SERVING = 1;

/** A message in gRPC's frame: not compressed, its length in four bytes. */
function frame(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  // Field 1 of HealthCheckRequest, a text shorter than 128 bytes; an empty one is left out.
  const message = name.length > 0 ? Buffer.concat([Buffer.from([0x0a, name.length]), name]) : Buffer.alloc(0);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Field 1 of HealthCheckResponse; 0 is not written. */
const statusIn = (data: Buffer) => (data.length >= 7 && data[5] === 0x08 ? data[6]! : 0);

/**
 * gRPC's health check (grpc.health.v1.Health/Check): `grpc://host:port/service`, `grpcs://` with TLS. One connection an
 * address, kept open; `close` ends them.
 */
export function createGrpcAsk(
  timeoutMs: number,
  headers: Record<string, string>,
  tls: ConnectionOptions,
): { ask: Ask; close(): void } {
  const sessions = new Map<string, Promise<ClientHttp2Session>>();
  const sessionOf = async (url: URL): Promise<ClientHttp2Session> => {
    const address = `${url.protocol === 'grpcs:' ? 'https' : 'http'}://${url.host}`;
    const open = await sessions.get(address);
    if (open && !open.closed && !open.destroyed) return open;
    const made = import('node:http2').then(({ connect }) => {
      const session = connect(address, tls);
      session.on('error', () => undefined); // told by the request that meets it
      session.unref();
      return session;
    });
    sessions.set(address, made);
    return made;
  };
  return {
    async ask({ url }, signal) {
      const session = await sessionOf(url);
      return new Promise((resolve, reject) => {
        const stream = session.request({
          'user-agent': PROBE_AGENT,
          ...headers,
          ':method': 'POST',
          ':path': '/grpc.health.v1.Health/Check',
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        const chunks: Buffer[] = [];
        let code: string | undefined;
        const abort = () => stream.close();
        signal.addEventListener('abort', abort, { once: true });
        const lost = (error: Error) => {
          signal.removeEventListener('abort', abort);
          reject(error);
        };
        session.once('error', lost);
        stream.setTimeout(timeoutMs, () =>
          stream.destroy(Object.assign(new Error('timeout'), { name: 'TimeoutError' })),
        );
        // A refusal may come at once, with the headers.
        for (const event of ['response', 'trailers'] as const)
          stream.on(event, (head: Record<string, unknown>) => {
            if (head['grpc-status'] !== undefined) code = String(head['grpc-status']);
          });
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.once('error', lost);
        stream.once('close', () => {
          signal.removeEventListener('abort', abort);
          session.removeListener('error', lost);
          const status = statusIn(Buffer.concat(chunks));
          if (code !== '0') resolve(code === undefined ? 'no gRPC answer' : `gRPC status ${code}`);
          else resolve(status === SERVING ? undefined : `gRPC health ${STATUS[status] ?? status}`);
        });
        stream.end(frame(decodeURIComponent(url.pathname.slice(1))));
      });
    },
    close() {
      for (const made of sessions.values()) void made.then((session) => session.destroy());
    },
  };
}
