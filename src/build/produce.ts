import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SeatrialError } from '../lib/errors.ts';
import { runProcess } from '../lib/process.ts';
import { type BuildEffects, inspectImage, runBuild, tagImage } from './builder/build.ts';
import type { Builder } from './builder/builder.ts';
import type { BuildRequest, CachePlan } from './builder/plan.ts';
import { normalPlatform } from './input/platforms.ts';
import { attest, type Statement } from './layout/attest.ts';
import { imageConfig, readLayout, singleLayout } from './layout/layout.ts';
import { pushLayout } from './layout/upload.ts';
import { assignTags, type Held, lookUp, riskyFirst } from './registry/assign.ts';
import type { RegistryClient } from './registry/client.ts';
import { provePushed, pushTag } from './registry/push.ts';
import type { Subject } from './scan/scanner.ts';

/** What a build left behind, ready to be scanned and, if it passes, named and pushed. */
export interface Product {
  /** Id the scan and the proof of the push go by. */
  id: string;
  /** Digest of what was scanned, where one image stands in an index with its attestations. */
  image?: string;
  size: number;
  /** Digest of each image's manifest, in the order of `subjects`; empty where the engine has yet to make them. */
  manifests: string[];
  subjects: Subject[];
  /** The image stays in the engine under its tags. */
  inEngine: boolean;
  /** Gives the image its names in the engine; only what passed the gate gets them. */
  name(repository: string, tags: readonly string[]): Promise<void>;
  /** Pushes and proves each tag, and says so of each with its digest. */
  push(
    client: RegistryClient,
    repository: string,
    tags: readonly string[],
    done: (tag: string, digest: string) => void,
  ): Promise<void>;
  /** Says of each image what the scan found in it; only where `inEngine` is false. */
  attest(statements: readonly Statement[]): void;
  remove(): Promise<void>;
}

export interface Production {
  builder: Builder;
  request: Omit<BuildRequest, 'name'>;
  cache: CachePlan;
  effects: BuildEffects;
  temp: string;
}

/** Times in the layers no later than the epoch: files of a checkout bear the time it was made. */
const rewritten = ({ epoch }: BuildEffects) => (epoch ? ',rewrite-timestamp=true' : '');

/** Whether a manifest of the registry is that of an image of the engine, by its config or by itself. */
const isImage = async (client: RegistryClient, digest: string, id: string) =>
  digest === id || (await client.manifest(digest))?.manifest.config?.digest === id;

/** The digest under which one of the tags names this very image already: then there is nothing to push. */
async function alreadyThere(client: RegistryClient, held: readonly Held[], id: string): Promise<string | undefined> {
  for (const { before } of held) {
    if (before && (await isImage(client, before, id))) return before;
  }
  return undefined;
}

/** One platform: built into the engine under a name nobody knows, scanned there, pushed by the engine. */
export async function produceInEngine({ builder, request, cache, effects }: Production): Promise<Product> {
  const { env, signal, onLine } = effects;
  const own = `seatrial.local/build-${randomBytes(8).toString('hex')}:scan`;
  // Without this name a refused image leaves the engine; one that passed keeps its tags.
  const remove = async () => {
    await runProcess('docker', ['rmi', own], { env });
  };
  try {
    // A builder beside the engine can set the times in the layers as well; the engine's own can't.
    const output = builder.driver === 'docker' ? ['--load'] : ['--output', `type=docker${rewritten(effects)}`];
    await runBuild(builder, { ...request, name: own }, cache, [...output, '--tag', own], effects);
    const built = await inspectImage(own, env, signal);
    if (!built) {
      throw new SeatrialError(
        'BUILD_FAILED',
        'The builder ended well, but the engine has no image; check that it can --load.',
      );
    }
    const { id, size, platform, config } = built;
    /**
     * Pushes a tag and proves it. A name of the engine belongs to every build on it: one that was taken between naming
     * and pushing is pushed anew.
     */
    const pushOwn = async (client: RegistryClient, reference: string, before?: string): Promise<string> => {
      for (let tries = 3; ; tries--) {
        const digest = await pushTag(reference, before, { env, onLine, signal });
        try {
          await provePushed(client, digest, id);
          return digest;
        } catch (error) {
          if (tries === 1 || (await inspectImage(reference, env, signal))?.id === id) throw error;
        }
        onLine(`Another build here took the name ${reference}; pushing again`);
        await tagImage(id, reference, env, signal);
      }
    };
    return {
      id,
      size,
      manifests: [],
      subjects: [{ where: { engine: id }, imageId: id, platform, config }],
      inEngine: true,
      attest: () => undefined,
      remove,
      async name(repository, tags) {
        await Promise.all(tags.map((tag) => tagImage(id, `${repository}:${tag}`, env, signal)));
      },
      async push(client, repository, tags, done) {
        const held = await lookUp(client, tags);
        let digest = await alreadyThere(client, held, id);
        let first: Held | undefined;
        if (!digest) {
          // The engine can push by a tag only. One that could be refused goes first: then nothing is left half-way.
          first = riskyFirst(held)[0]!;
          digest = await pushOwn(client, `${repository}:${first.tag}`, first.before);
        } else {
          await provePushed(client, digest, id);
        }
        const rest = held.filter((one) => one !== first);
        const pushed = digest;
        await assignTags(client, pushed, rest, first ? [first] : [], (tag) => done(tag, pushed));
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Several platforms, or one with annotations or attestations: built to a layout, each image scanned by itself, the
 * layout's own bytes pushed.
 */
export async function produceLayout({ builder, request, cache, effects, temp }: Production): Promise<Product> {
  const folder = join(temp, 'layout');
  const output = `type=oci,tar=false,dest=${folder}${rewritten(effects)}`;
  await runBuild(builder, { ...request, name: '' }, cache, ['--output', output], effects);
  let layout = readLayout(folder);
  const built = layout.images.map(({ platform }) => normalPlatform(platform));
  const missing = request.platforms.filter((wanted) => !built.includes(wanted));
  if (missing.length) {
    throw new SeatrialError(
      'BUILD_FAILED',
      `The builder left out ${missing.join(', ')}; check what its driver can build.`,
    );
  }
  return {
    id: layout.root.digest,
    ...(layout.images.length === 1 ? { image: layout.images[0]!.descriptor.digest } : {}),
    size: layout.size,
    manifests: layout.images.map(({ descriptor }) => descriptor.digest),
    subjects: layout.images.map((image) => ({
      where: { layout: singleLayout(layout, image, join(temp, 'platforms', image.platform.replaceAll('/', '-'))) },
      imageId: image.manifest.config.digest,
      platform: image.platform,
      config: imageConfig(layout, image),
    })),
    inEngine: false,
    attest(statements) {
      layout = attest(layout, statements);
    },
    name: async () => undefined,
    remove: async () => undefined,
    async push(client, _repository, tags, done) {
      const { onLine: info, env, signal } = effects;
      const { digest } = layout.root;
      await pushLayout(client, layout, { info, env, signal });
      await assignTags(client, digest, await lookUp(client, tags), [], (tag) => done(tag, digest));
    },
  };
}
