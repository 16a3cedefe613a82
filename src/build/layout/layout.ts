import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import type { ImageConfig } from '../lint/process.ts';
import type { Descriptor, Manifest } from '../registry/client.ts';

/** One platform's image in a layout. */
export interface PlatformImage {
  descriptor: Descriptor;
  manifest: Manifest & { config: Descriptor };
  /** `linux/arm64/v8` */
  platform: string;
}

export interface Layout {
  folder: string;
  /** What is pushed under the tags: the index, or the manifest of a single image. */
  root: Descriptor;
  images: PlatformImage[];
  /** Bytes of all layers and configs, each once. */
  size: number;
}

export const blobPath = (folder: string, digest: string) => join(folder, 'blobs', ...digest.split(':'));

const broken = (why: string) =>
  new SeatrialError(
    'BUILD_FAILED',
    `The builder wrote a layout that can't be used (${why}); check its version. Nothing was pushed.`,
  );

/** A blob of JSON whose bytes are what its digest says. */
function readBlob<T>(folder: string, { digest }: Descriptor): T {
  if (!existsSync(blobPath(folder, digest))) throw broken(`${digest.slice(0, 19)}… is missing`);
  const bytes = readFileSync(blobPath(folder, digest));
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
    throw broken(`${digest.slice(0, 19)}… has other bytes`);
  return JSON.parse(bytes.toString('utf8')) as T;
}

const name = ({ os, architecture, variant }: NonNullable<Descriptor['platform']>) =>
  [os, architecture, variant].filter(Boolean).join('/');

/** Reads what `--output type=oci,tar=false` wrote. Attestations (platform unknown/unknown) are no images. */
export function readLayout(folder: string): Layout {
  const index = join(folder, 'index.json');
  if (!existsSync(index)) throw broken('no index.json');
  const { manifests } = JSON.parse(readFileSync(index, 'utf8')) as { manifests: Descriptor[] };
  const root = manifests[0];
  if (!root || manifests.length !== 1) throw broken(`${manifests.length} images at its top`);
  const top = readBlob<Manifest>(folder, root);
  const children = top.manifests?.filter((child) => child.platform?.os !== 'unknown') ?? [root];
  const images = children.map((descriptor) => {
    const manifest = readBlob<Manifest>(folder, descriptor);
    if (!manifest.config) throw broken('a manifest without a config');
    return {
      descriptor,
      manifest: { ...manifest, config: manifest.config },
      platform: name(descriptor.platform ?? readBlob(folder, manifest.config)),
    };
  });
  const blobs = new Map(
    images.flatMap(({ manifest }) =>
      [manifest.config, ...(manifest.layers ?? [])].map(({ digest, size }) => [digest, size] as const),
    ),
  );
  return { folder, root, images, size: [...blobs.values()].reduce((sum, size) => sum + size, 0) };
}

/** What an image says of how it runs. */
export function imageConfig({ folder }: Layout, { manifest }: PlatformImage): ImageConfig {
  const { os, config } = readBlob<{ os?: string; config?: Omit<ImageConfig, 'os'> }>(folder, manifest.config);
  return { os, ...config };
}

/**
 * A layout of one platform alone, its blobs shared by hard links. Trivy scans the first image of a layout whatever
 * `--platform` says (0.74.0), so each platform needs a layout that names nothing else.
 */
export function singleLayout({ folder }: Layout, { descriptor, manifest }: PlatformImage, target: string): string {
  const link = (digest: string) => {
    const to = blobPath(target, digest);
    mkdirSync(dirname(to), { recursive: true });
    linkSync(blobPath(folder, digest), to);
  };
  const digests = [descriptor, manifest.config, ...(manifest.layers ?? [])].map(({ digest }) => digest);
  for (const digest of new Set(digests)) link(digest);
  writeFileSync(join(target, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(target, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  return target;
}
