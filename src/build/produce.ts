import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SeatrialError } from '../lib/errors.ts';
import { runProcess } from '../lib/process.ts';
import { type BuildEffects, inspectImage, runBuild, tagImage } from './builder/build.ts';
import type { Builder } from './builder/builder.ts';
import type { BuildRequest, CachePlan } from './builder/plan.ts';
import { readLayout, singleLayout } from './layout/layout.ts';
import { pushLayout } from './layout/upload.ts';
import type { RegistryClient } from './registry/client.ts';
import { provePushed, pushTag } from './registry/push.ts';
import type { Subject } from './scan/scanner.ts';

/** What a build left behind, ready to be scanned and, if it passes, named and pushed. */
export interface Product {
  /** Id the scan and the proof of the push go by. */
  id: string;
  size: number;
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
  remove(): Promise<void>;
}

export interface Production {
  builder: Builder;
  request: Omit<BuildRequest, 'name'>;
  cache: CachePlan;
  effects: BuildEffects;
  temp: string;
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
    await runBuild(builder, { ...request, name: own }, cache, ['--load', '--tag', own], effects);
    const built = await inspectImage(own, env, signal);
    if (!built) {
      throw new SeatrialError(
        'BUILD_FAILED',
        'The builder ended well, but the engine has no image; check that it can --load.',
      );
    }
    const { id, size, platform } = built;
    return {
      id,
      size,
      subjects: [{ where: { engine: id }, imageId: id, platform }],
      inEngine: true,
      remove,
      async name(repository, tags) {
        for (const tag of tags) await tagImage(id, `${repository}:${tag}`, env, signal);
      },
      async push(client, repository, tags, done) {
        const [first = '', ...rest] = tags;
        // Another build on this engine may have taken the name since: it is ours at the moment it is pushed, and the
        // other names are given in the registry, to the digest that was proved.
        await tagImage(id, `${repository}:${first}`, env, signal);
        const digest = await pushTag(`${repository}:${first}`, { env, onLine, signal });
        await provePushed(client, digest, id);
        done(first, digest);
        for (const tag of rest) {
          await client.tag(digest, tag);
          onLine(`Tagged ${tag}`);
          done(tag, digest);
        }
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Several platforms: built to a layout, each scanned by itself, the layout's own bytes pushed. */
export async function produceLayout({ builder, request, cache, effects, temp }: Production): Promise<Product> {
  const folder = join(temp, 'layout');
  await runBuild(builder, { ...request, name: '' }, cache, ['--output', `type=oci,tar=false,dest=${folder}`], effects);
  const layout = readLayout(folder);
  const built = layout.images.map(({ platform }) => platform);
  const missing = request.platforms.filter(
    (wanted) => !built.some((got) => got === wanted || got.startsWith(`${wanted}/`)),
  );
  if (missing.length) {
    throw new SeatrialError(
      'BUILD_FAILED',
      `The builder left out ${missing.join(', ')}; check what its driver can build.`,
    );
  }
  return {
    id: layout.root.digest,
    size: layout.size,
    subjects: layout.images.map((image) => ({
      where: { layout: singleLayout(layout, image, join(temp, 'platforms', image.platform.replaceAll('/', '-'))) },
      imageId: image.manifest.config.digest,
      platform: image.platform,
    })),
    inEngine: false,
    name: async () => undefined,
    remove: async () => undefined,
    async push(client, _repository, tags, done) {
      const { onLine: info, env, signal } = effects;
      const { digest } = layout.root;
      await pushLayout(client, layout, { info, env, signal });
      for (const tag of tags) {
        await client.tag(digest, tag);
        done(tag, digest);
      }
    },
  };
}
