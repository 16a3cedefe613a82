import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Descriptor, Manifest } from '../registry/client.ts';
import { blobPath, type Layout, type PlatformImage } from './layout.ts';

/** What is said of one image: a predicate of in-toto (https://github.com/in-toto/attestation). */
export interface Statement {
  /** Digest of the image's manifest. */
  subject: string;
  predicateType: string;
  predicate: unknown;
}

const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  statement: 'application/vnd.in-toto+json',
};
const REFERENCE = 'vnd.docker.reference.digest';

type Described = Descriptor & { annotations?: Record<string, string> };

function writeBlob(folder: string, mediaType: string, content: unknown): Descriptor {
  const bytes = Buffer.from(JSON.stringify(content));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  writeFileSync(blobPath(folder, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

const readJson = <T>(folder: string, { digest }: Descriptor): T =>
  JSON.parse(readFileSync(blobPath(folder, digest), 'utf8')) as T;

function platformOf({ platform }: PlatformImage): Descriptor['platform'] {
  const [os = '', architecture = '', variant] = platform.split('/');
  return { os, architecture, ...(variant ? { variant } : {}) };
}

/**
 * Adds statements to a layout as BuildKit stores its own (BuildKit, "Image attestation storage"): a manifest beside each
 * image in the index. The images' own manifests stay as they were scanned; the index is another.
 */
export function attest(layout: Layout, statements: readonly Statement[]): Layout {
  const { folder, root, images } = layout;
  const before = readJson<{ manifests?: Described[]; annotations?: unknown }>(folder, root);
  const children: Described[] = before.manifests
    ? [...before.manifests]
    : [{ ...root, platform: platformOf(images[0]!) }];
  for (const image of images) {
    const own = statements.filter(({ subject }) => subject === image.descriptor.digest);
    if (own.length === 0) continue;
    const at = children.findIndex((child) => child.annotations?.[REFERENCE] === image.descriptor.digest);
    const old = at >= 0 ? readJson<Manifest>(folder, children[at]!) : undefined;
    const added = own.map(({ subject, predicateType, predicate }) => ({
      ...writeBlob(folder, TYPES.statement, {
        _type: 'https://in-toto.io/Statement/v0.1',
        predicateType,
        subject: [{ name: '_', digest: { sha256: subject.replace('sha256:', '') } }],
        predicate,
      }),
      annotations: { 'in-toto.io/predicate-type': predicateType },
    }));
    const layers = [...(old?.layers ?? []), ...added];
    const config = writeBlob(folder, TYPES.config, {
      architecture: 'unknown',
      os: 'unknown',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    });
    const manifest: Described = {
      ...writeBlob(folder, TYPES.manifest, { schemaVersion: 2, mediaType: TYPES.manifest, config, layers }),
      annotations: { [REFERENCE]: image.descriptor.digest, 'vnd.docker.reference.type': 'attestation-manifest' },
      platform: { architecture: 'unknown', os: 'unknown' },
    };
    if (at >= 0) children[at] = manifest;
    else children.push(manifest);
  }
  const index = writeBlob(folder, TYPES.index, {
    schemaVersion: 2,
    mediaType: TYPES.index,
    manifests: children,
    ...(before.manifests && before.annotations ? { annotations: before.annotations } : {}),
  });
  return { ...layout, root: index };
}
