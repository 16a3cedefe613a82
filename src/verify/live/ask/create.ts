import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { expectationOf } from '../../input/expectation.ts';
import { parseHeader } from '../../input/specs.ts';
import type { VerifyInputs } from '../../inputs.ts';
import type { Phases } from '../phases.ts';
import { createGrpcAsk } from './grpc.ts';
import { createHttpAsk } from './http.ts';
import type { Ask } from './types.ts';
import { createWebSocketAsk } from './websocket.ts';

/** PEM as it stands, or the file it stands in. */
const pem = (given: string | undefined) =>
  given === undefined || given.includes('-----BEGIN') ? given : readFileSync(given.trim(), 'utf8');

/** How the inputs ask: by HTTP, gRPC's health check or a WebSocket, as each address says. */
export async function createAsk(
  inputs: Pick<
    VerifyInputs,
    | 'headers'
    | 'body'
    | 'expect-status'
    | 'expect-body'
    | 'expect-json'
    | 'follow-redirects'
    | 'client-cert'
    | 'client-key'
    | 'client-ca'
  >,
  {
    timeoutMs,
    phases,
    now,
    connections = 64,
  }: { timeoutMs: number; phases: Phases; now: () => number; connections?: number },
): Promise<{ ask: Ask; close(): void }> {
  const { Agent, buildConnector } = await import('undici');
  const tls: ConnectionOptions = {
    cert: pem(inputs['client-cert']),
    key: pem(inputs['client-key']),
    ca: pem(inputs['client-ca']),
  };
  const given = Object.fromEntries(inputs.headers.map((line, i) => parseHeader(line, i + 1)));
  const connect = phases.connector((options) => buildConnector({ ...tls, ...options } as never), now);
  const dispatcher = new Agent({ connections, pipelining: 1, keepAliveTimeout: 10_000, connect });
  const http = await createHttpAsk({
    dispatcher,
    timeoutMs,
    headers: given,
    body: inputs.body,
    expected: expectationOf(inputs),
    followRedirects: inputs['follow-redirects'],
    firstByte: (target, ms) => phases.firstByte(target.version, ms),
    now,
  });
  const grpc = createGrpcAsk(timeoutMs, given, tls);
  let webSocket: Promise<Ask> | undefined;
  return {
    async ask(target, signal) {
      const { protocol } = target.url;
      if (protocol === 'http:' || protocol === 'https:') return http(target, signal);
      if (protocol.startsWith('grpc')) return grpc.ask(target, signal);
      webSocket ??= createWebSocketAsk(dispatcher, timeoutMs, given);
      return (await webSocket)(target, signal);
    },
    close() {
      void dispatcher.destroy();
      grpc.close();
    },
  };
}
