// A real proxy, which logs what it was asked for.

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createGate } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAction } from '../../support/action.ts';
import { selfSigned } from '../../support/certificate.ts';
import { type Daemon, startDaemon } from '../../support/daemon.ts';
import { freePort } from '../../support/ports.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { telegram } from '../../support/receivers/telegram.ts';

let proxy: Daemon;
let proxyUrl: string;
let server: ReceiverServer;
beforeAll(async () => {
  const port = await freePort();
  proxyUrl = `http://127.0.0.1:${port}`;
  server = await startReceivers([telegram()]);
  const opens = () =>
    new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => done(true));
      socket.once('error', () => done(false));
      socket.once('connect', () => socket.destroy());
    });
  proxy = await startDaemon(
    'tinyproxy',
    (folder) => {
      const lines = [
        `Port ${port}`,
        'Listen 127.0.0.1',
        'Timeout 30',
        `LogFile "${folder}/log"`,
        'LogLevel Connect',
        'Allow 127.0.0.1',
      ];
      writeFileSync(join(folder, 'conf'), `${lines.join('\n')}\n`);
      return ['-d', '-c', join(folder, 'conf')];
    },
    opens,
  );
});
afterAll(async () => {
  await proxy?.stop();
  await server?.close();
});

/** Hosts the proxy was asked for since the last look. */
let seen = 0;
function asked(): string[] {
  const all = [
    ...readFileSync(join(proxy.folder, 'log'), 'utf8').matchAll(/Request .*: (CONNECT|POST|GET) (\S+) HTTP/g),
  ];
  const fresh = all.slice(seen).map((found) => `${found[1]} ${found[2]}`);
  seen = all.length;
  return fresh;
}

const run = async (env: Record<string, string>, inputs: Record<string, string> = server.inputs) => {
  const result = await runAction('notify', { event: 'failure', timeout: '5s', ...inputs }, { env });
  return JSON.parse(result.outputs.receipts!)[0] as Record<string, unknown>;
};

describe('a proxy', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('%s is used', async (name) => {
    const before = server.received.length;
    expect(await run({ [name]: proxyUrl })).toMatchObject({ outcome: 'delivered' });
    expect(asked()).toHaveLength(1);
    expect(server.received.length).toBe(before + 1);
  });

  test.each(['NO_PROXY', 'no_proxy'])('%s goes past it', async (name) => {
    expect(await run({ HTTP_PROXY: proxyUrl, [name]: '127.0.0.1' })).toMatchObject({ outcome: 'delivered' });
    expect(asked()).toEqual([]);
  });

  test('a range in NO_PROXY goes past it, another does not', async () => {
    expect(await run({ HTTP_PROXY: proxyUrl, NO_PROXY: '10.0.0.0/8,127.0.0.0/8' })).toMatchObject({
      outcome: 'delivered',
    });
    expect(asked()).toEqual([]);
    await run({ HTTP_PROXY: proxyUrl, NO_PROXY: '10.0.0.0/8' });
    expect(asked()).toHaveLength(1);
  });

  test('HTTPS_PROXY carries TLS through a tunnel, so that the proxy sees a host and no secret', async () => {
    const certificate = selfSigned();
    const secure = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      request.resume().on('end', () => response.end('{"ok":true,"result":{"message_id":1}}'));
    });
    await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(secure.address() as AddressInfo).port}`;
    try {
      const receipt = await run(
        { HTTPS_PROXY: proxyUrl, NODE_EXTRA_CA_CERTS: certificate.path },
        { ...server.inputs, 'telegram-api-url': `https://${host}` },
      );
      expect(receipt).toMatchObject({ outcome: 'delivered' });
      expect(asked()).toEqual([`CONNECT ${host}`]);
    } finally {
      secure.closeAllConnections();
      secure.close();
      certificate.remove();
    }
  });

  test('a proxy that is not there: refused, and nothing was sent', async () => {
    const receipt = await run({ HTTP_PROXY: `http://127.0.0.1:${await freePort()}` });
    expect(receipt).toMatchObject({ outcome: 'refused', code: 'ECONNREFUSED' });
    expect(receipt.reason).toMatch(/Nothing was sent/);
  });

  test('a proxy that will not connect: refused, and nothing was sent', async () => {
    const gate = createGate((socket) =>
      socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')),
    );
    await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done));
    try {
      const { port } = gate.address() as AddressInfo;
      const receipt = await run(
        { HTTPS_PROXY: `http://127.0.0.1:${port}` },
        { ...server.inputs, 'telegram-api-url': 'https://telegram.invalid' },
      );
      expect(receipt).toMatchObject({ outcome: 'refused', code: 'UND_ERR_ABORTED' });
      expect(receipt.reason).toMatch(/^Nothing was sent: the proxy would not connect/);
    } finally {
      gate.close();
    }
  });

  test.each(['http', 'https'])(
    'a proxy that wants a login, asked for %s: refused once, and nothing was sent',
    async (scheme) => {
      const gate = createGate((socket) =>
        socket
          .on('error', () => {})
          .once('data', () => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')),
      );
      await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done));
      try {
        const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
        const receipt = await run(
          { HTTPS_PROXY: url, HTTP_PROXY: url },
          { ...server.inputs, 'telegram-api-url': `${scheme}://telegram.invalid` },
        );
        expect(receipt).toMatchObject({ outcome: 'refused', code: 'PROXY_AUTH', attempts: 1 });
        expect(receipt.reason).toMatch(/^Nothing was sent: the proxy wants a login/);
      } finally {
        gate.close();
      }
    },
  );

  test('an address that is none is told without its password', async () => {
    const result = await runAction(
      'notify',
      { event: 'failure', ...server.inputs },
      { env: { HTTPS_PROXY: 'u:prxpass99' } },
    );
    expect(result.errors).toEqual([expect.stringMatching(/^PROXY_INVALID: /)]);
    expect(result.stdout).not.toContain('prxpass99');
  });
});
