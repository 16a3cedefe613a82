import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/lib/docker/engine.ts';
import { openTransport, type Transport, type TransportOptions } from '../../../src/lib/transport/open.ts';
import { freePort } from '../../support/ports.ts';
import { startTlsEngine, type TlsEngine } from '../../support/tls-engine.ts';

describe('an engine behind TCP with TLS', () => {
  let server: TlsEngine;
  const open: Transport[] = [];
  const files = () => ({ tlsCa: server.ca, tlsCert: server.cert, tlsKey: server.key });
  async function reach(host: string, options: Partial<TransportOptions>) {
    const transport = await openTransport(host, { env: process.env, ...options });
    open.push(transport);
    return transport;
  }
  beforeAll(async () => {
    server = await startTlsEngine();
  });
  afterEach(async () => {
    for (const transport of open.splice(0)) await transport.close();
  });
  afterAll(() => server.stop());

  it('is reached by the API and by the docker CLI, and its files are private and go with it', async () => {
    const transport = await reach(server.host, files());
    const engine = new Engine(transport.address);
    expect((await engine.ping()).version).not.toBe('');
    engine.close();
    const cli = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      env: { ...process.env, DOCKER_HOST: transport.dockerHost, ...transport.env },
      encoding: 'utf8',
    });
    expect(cli.status, cli.stderr).toBe(0);
    const key = join(transport.env.DOCKER_CERT_PATH!, 'key.pem');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    await transport.close();
    expect(existsSync(key)).toBe(false);
  });

  it.each([
    ['without a client certificate', () => ({ tlsCa: server.ca }), 'tls-cert'],
    ['with a CA that did not sign the server', () => ({ ...files(), tlsCa: server.cert }), 'tls-ca'],
    ['with files that are no PEM', () => ({ ...files(), tlsKey: 'no key' }), 'PEM'],
    ['in the clear', () => ({}), 'speaks TLS'],
  ])('refuses %s, in so many words', async (_, options, words) => {
    await expect(reach(server.host, options())).rejects.toMatchObject({
      code: 'TLS_REFUSED',
      message: expect.stringContaining(words),
    });
  });

  it('takes a certificate without its key for the mistake it is', async () => {
    await expect(reach(server.host, { tlsCert: server.cert })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('says that nobody listens', async () => {
    const host = `tcp://127.0.0.1:${await freePort()}`;
    await expect(reach(host, files())).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('warns of plain TCP to other machines, and only to them', async () => {
    const warnings: string[] = [];
    const warn = (line: string) => warnings.push(line);
    await expect(reach(`tcp://0.0.0.0:${await freePort()}`, { warn })).rejects.toThrow(); // no loopback by name
    expect(warnings).toEqual([expect.stringContaining('plain TCP')]);
    await expect(reach(`tcp://127.0.0.1:${await freePort()}`, { warn })).rejects.toThrow();
    expect(warnings).toHaveLength(1);
  });

  // The last: the engine is gone afterwards.
  it('fails pending calls at once when the engine dies', async () => {
    const transport = await reach(server.host, files());
    const engine = new Engine(transport.address);
    const events = await engine.call('follow events', (docker, abortSignal) => docker.getEvents({ abortSignal }));
    const ended = new Promise<void>((resolve) => {
      events.once('error', () => resolve()).once('close', resolve);
      events.resume();
    });
    await server.kill();
    await ended;
    await expect(engine.ping()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    engine.close();
  });
});
