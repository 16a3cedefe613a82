import { request } from 'node:http';
import type { EngineAddress } from '../docker/address.ts';
import { Wire } from '../docker/wire.ts';

/** What an engine's door said: `undefined` when it answered /_ping as an engine does, else why it didn't. */
export interface Refusal {
  /** Node's error code, `HTTP 400` or `timeout`. */
  code: string;
  detail: string;
}

/** Asks `/_ping` over a connection of its own; no client library, so that a bad address costs little. */
export async function probe(
  address: EngineAddress,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Refusal | undefined> {
  const wire = new Wire(address);
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await new Promise<Refusal | undefined>((resolve) => {
      const refuse = (error: NodeJS.ErrnoException) => {
        const code = deadline.aborted ? 'timeout' : (error.code ?? error.name);
        resolve({ code, detail: error.message });
      };
      const asked = request({
        agent: wire,
        path: '/_ping',
        headers: { host: 'docker' },
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
      });
      asked.once('error', refuse);
      asked.once('response', (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        answer.once('error', refuse);
        answer.once('end', () => {
          if (answer.statusCode === 200 && body.trim() === 'OK') resolve(undefined);
          else resolve({ code: `HTTP ${answer.statusCode}`, detail: body.trim().slice(0, 200) });
        });
      });
      asked.end();
    });
  } finally {
    wire.cut(new Error('probe done'));
  }
}
