import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { attest } from '../../../src/build/layout/attest.ts';
import { blobPath, readLayout } from '../../../src/build/layout/layout.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-layout-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });

function blob(content: object, mediaType: string) {
  const bytes = JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  writeFileSync(blobPath(folder, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}
const read = (digest: string) => JSON.parse(readFileSync(blobPath(folder, digest), 'utf8'));

it('an image gets its statements beside it, and stays the image it was', () => {
  const config = blob(
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
    'application/vnd.oci.image.config.v1+json',
  );
  const image = blob({ schemaVersion: 2, config, layers: [] }, 'application/vnd.oci.image.manifest.v1+json');
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [image] }));
  const layout = readLayout(folder);
  expect(layout.images.map(({ platform }) => platform)).toEqual(['linux/arm64/v8']);
  const once = attest(layout, [
    { subject: image.digest, predicateType: 'https://cyclonedx.org/bom', predicate: { a: 1 } },
  ]);
  const index = read(once.root.digest);
  expect(index.manifests[0]).toMatchObject({ digest: image.digest, platform: { os: 'linux', architecture: 'arm64' } });
  expect(index.manifests[1]).toMatchObject({
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest },
  });
  // One with statements of the builder's own keeps them.
  const twice = attest(once, [{ subject: image.digest, predicateType: 'https://example.com/x', predicate: {} }]);
  const manifests = read(twice.root.digest).manifests;
  expect(manifests).toHaveLength(2);
  const { layers } = read(manifests[1].digest);
  expect(layers.map((layer: { annotations: object }) => Object.values(layer.annotations)[0])).toEqual([
    'https://cyclonedx.org/bom',
    'https://example.com/x',
  ]);
  expect(read(layers[0].digest)).toMatchObject({
    predicateType: 'https://cyclonedx.org/bom',
    subject: [{ digest: { sha256: image.digest.slice(7) } }],
    predicate: { a: 1 },
  });
});
