import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import * as tar from 'tar-stream';
import { parse } from 'yaml';
import { type Bucket, boltFile } from './bolt.ts';

interface Fixture {
  sources: Record<string, object>;
  advisories: Record<string, Record<string, Record<string, object>>>;
  vulnerabilities: Record<string, object>;
}

const asJson = (map: Record<string, object>): Bucket =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, JSON.stringify(value)]));

/** The fixture as trivy.db: a bucket per source, in it one per package, in it the advisories. */
export function trivyDb(fixture: Fixture): Buffer {
  const advisories = Object.entries(fixture.advisories).map(([source, packages]) => [
    source,
    Object.fromEntries(Object.entries(packages).map(([name, known]) => [name, asJson(known)])),
  ]);
  return boltFile({
    ...Object.fromEntries(advisories),
    'data-source': asJson(fixture.sources),
    vulnerability: asJson(vulnerabilitiesOf(fixture)),
  });
}

const LEVELS = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

/** Trivy stores a severity as its name; a fixture with a misspelt one would read as UNKNOWN and test nothing. */
function vulnerabilitiesOf({ vulnerabilities, advisories }: Fixture): Record<string, object> {
  for (const [id, entry] of Object.entries(vulnerabilities)) {
    const level = (entry as { Severity?: string }).Severity ?? '';
    if (!LEVELS.includes(level)) throw new Error(`fixture.yaml: ${id} has no known Severity ("${level}")`);
  }
  for (const packages of Object.values(advisories)) {
    for (const id of Object.values(packages).flatMap((known) => Object.keys(known))) {
      if (!(id in vulnerabilities)) throw new Error(`fixture.yaml: ${id} is not described under vulnerabilities`);
    }
  }
  return vulnerabilities;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (body: Buffer) => `sha256:${createHash('sha256').update(body).digest('hex')}`;

async function archive(now: Date): Promise<Buffer> {
  const fixture = parse(readFileSync(new URL('fixture.yaml', import.meta.url), 'utf8')) as Fixture;
  const metadata = {
    Version: 2,
    UpdatedAt: now.toISOString(),
    NextUpdate: new Date(now.getTime() + 24 * 3_600_000).toISOString(),
  };
  const pack = tar.pack();
  pack.entry({ name: 'trivy.db', mode: 0o600 }, trivyDb(fixture));
  pack.entry({ name: 'metadata.json', mode: 0o600 }, JSON.stringify(metadata));
  pack.finalize();
  return gzipSync(await buffer(pack));
}

async function putBlob(base: string, blob: Buffer): Promise<void> {
  const opened = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const location = opened.headers.get('location');
  if (opened.status !== 202 || !location) throw new Error(`${base}: an upload was refused with ${opened.status}`);
  const url = new URL(location, base);
  url.searchParams.set('digest', digestOf(blob));
  const done = await fetch(url, {
    method: 'PUT',
    body: new Uint8Array(blob),
    headers: { 'content-type': 'application/octet-stream' },
  });
  if (done.status !== 201) throw new Error(`${base}: a blob was refused with ${done.status}`);
}

/**
 * Pushes the fixture as the OCI artifact Trivy expects (one layer, db.tar.gz) to `registry/repository[:tag]` of a
 * plain-http registry; answers the manifest's digest. `now` is the database's own date.
 */
export async function pushDatabase(reference: string, now = new Date()): Promise<string> {
  const found = /^([^/]+)\/(.+?)(?::([\w.-]+))?$/.exec(reference);
  if (!found) throw new Error(`"${reference}" is not REGISTRY/REPOSITORY[:TAG]`);
  const [, registry, repository, tag = '2'] = found;
  const base = `http://${registry}/v2/${repository}`;
  const layer = await archive(now);
  const config = Buffer.from('{}');
  for (const blob of [layer, config]) await putBlob(base, blob);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: {
        mediaType: 'application/vnd.aquasec.trivy.config.v1+json',
        digest: digestOf(config),
        size: config.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip',
          digest: digestOf(layer),
          size: layer.length,
          annotations: { 'org.opencontainers.image.title': 'db.tar.gz' },
        },
      ],
    }),
  );
  const put = await fetch(`${base}/manifests/${tag}`, {
    method: 'PUT',
    body: new Uint8Array(manifest),
    headers: { 'content-type': MANIFEST },
  });
  if (put.status !== 201) throw new Error(`${base}: the manifest was refused with ${put.status}`);
  return digestOf(manifest);
}
