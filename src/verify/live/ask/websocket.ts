import type { Dispatcher } from 'undici';
import { PROBE_AGENT } from '../../../lib/haproxy.ts';
import { credentials } from '../addresses.ts';
import type { Ask } from './types.ts';

/** Opens a WebSocket and closes it: the handshake is what is expected of it. */
export async function createWebSocketAsk(
  dispatcher: Dispatcher,
  timeoutMs: number,
  given: Record<string, string>,
): Promise<Ask> {
  const { WebSocket } = await import('undici');
  return (target, signal) =>
    new Promise((resolve, reject) => {
      const { url, headers } = credentials(target.url);
      const socket = new WebSocket(url.href, {
        dispatcher,
        headers: { 'user-agent': PROBE_AGENT, ...given, ...headers, ...target.headers },
      });
      const done = (end: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        socket.close();
        end();
      };
      const timer = setTimeout(
        () => done(() => reject(Object.assign(new Error('timeout'), { name: 'TimeoutError' }))),
        timeoutMs,
      );
      const abort = () => done(() => reject(signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      socket.addEventListener('open', () => done(() => resolve(undefined)));
      // undici tells no status here: the handshake failed, whatever the server said.
      socket.addEventListener('error', () => done(() => resolve('no WebSocket handshake')));
    });
}
