import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { blobPath, readLayout } from '../../../src/build/layout/layout.ts';
import { pushLayout } from '../../../src/build/layout/upload.ts';
import type { RegistryClient } from '../../../src/build/registry/client.ts';

it('the bytes of a layout end in the words of a registry that stays broken, and no manifest is sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-upload-'));
  const blob = (value: object) => {
    const text = JSON.stringify(value);
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    mkdirSync(dirname(blobPath(folder, digest)), { recursive: true });
    writeFileSync(blobPath(folder, digest), text);
    return { digest, size: text.length, mediaType: 'application/json' };
  };
  const config = blob({ os: 'linux', architecture: 'amd64' });
  const root = blob({ schemaVersion: 2, config, layers: [] });
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ manifests: [root] }));

  const asked: string[] = [];
  const registry = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/sha256.*/, 'sha256…')}`);
    request.resume();
    if (request.method === 'HEAD') return void response.writeHead(404).end();
    const errors = [{ code: 'UNKNOWN', message: 'the storage is full' }];
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
  });
  await new Promise<void>((done) => registry.listen(0, '127.0.0.1', done));
  const base = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/v2/shop`;
  const client = { base, headers: () => ({}), renew: async () => undefined } as unknown as RegistryClient;
  try {
    const retry = { tries: 3, budgetMs: 60_000, baseMs: 1 };
    await expect(
      pushLayout(client, readLayout(folder), { info: () => undefined, env: {}, retry }),
    ).rejects.toMatchObject({
      code: 'PUSH_FAILED',
      message: expect.stringMatching(/^blob \w+ could not be pushed \(status 500: UNKNOWN: the storage is full\)/),
    });
    expect(asked).toEqual(['HEAD /v2/shop/blobs/sha256…', ...Array(3).fill('POST /v2/shop/blobs/uploads/')]);
  } finally {
    registry.closeAllConnections();
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
