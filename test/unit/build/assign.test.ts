import { describe, expect, it } from 'vitest';
import { assignTags, lookUp } from '../../../src/build/registry/assign.ts';
import type { RegistryClient } from '../../../src/build/registry/client.ts';

const OLD = `sha256:${'a'.repeat(64)}`;
const NEW = `sha256:${'b'.repeat(64)}`;

/** A repository in memory: `locked` tags are never moved (ECR), `closed` takes no new tag, deleting is optional. */
function repository(tags: Record<string, string>, { locked = [] as string[], closed = '', deletes = false } = {}) {
  const held = new Map(Object.entries(tags));
  const moves: string[] = [];
  const client: RegistryClient = {
    base: '',
    headers: () => ({}),
    renew: async () => undefined,
    manifest: async (name) => (held.has(name) ? { digest: held.get(name)!, manifest: {} } : undefined),
    async tag(digest, name) {
      moves.push(name);
      if (locked.includes(name) && held.has(name)) return { status: 400, said: 'TAG_INVALID: the tag is immutable' };
      if (name === closed) return { status: 400, said: 'DENIED: no' };
      held.set(name, digest);
      return undefined;
    },
    async untag(name) {
      return deletes && held.delete(name);
    },
  };
  return { client, held, moves };
}

async function assign(tags: string[], place: ReturnType<typeof repository>) {
  const done: string[] = [];
  const held = await lookUp(place.client, tags);
  await assignTags(place.client, NEW, held, [], (tag) => done.push(tag));
  return done;
}

describe('tags', () => {
  it('that name the image already are success, and left alone', async () => {
    const place = repository({ v1: NEW }, { locked: ['v1'] });
    expect(await assign(['v1', 'v2'], place)).toEqual(['v1', 'v2']);
    expect(place.moves).toEqual(['v2']);
  });

  it('that may not move stop the run before any other is set, in the registry’s words', async () => {
    const place = repository({ main: OLD, v1: OLD }, { locked: ['v1'] });
    await expect(assign(['new', 'main', 'v1'], place)).rejects.toMatchObject({
      code: 'TAG_IMMUTABLE',
      message: expect.stringMatching(/v1 names another image.*“TAG_INVALID: the tag is immutable”. No tag was changed/),
    });
    expect(Object.fromEntries(place.held)).toEqual({ main: OLD, v1: OLD });
  });

  it('that a run beside this one set meanwhile are success', async () => {
    const place = repository({}, { locked: ['v1'] });
    const held = await lookUp(place.client, ['v1']);
    place.held.set('v1', NEW);
    await assignTags(place.client, NEW, held, [], () => undefined);
    expect(place.held.get('v1')).toBe(NEW);
  });

  it('are taken away again when a later one is refused, where the registry can', async () => {
    const place = repository({}, { closed: 'v2', deletes: true });
    await expect(assign(['v1', 'v2'], place)).rejects.toMatchObject({ code: 'PUSH_FAILED' });
    expect([...place.held.keys()]).toEqual([]);
  });

  it('are told when they can’t be taken away', async () => {
    const place = repository({}, { closed: 'v2' });
    const done: string[] = [];
    const held = await lookUp(place.client, ['v1', 'v2']);
    await expect(assignTags(place.client, NEW, held, [], (tag) => done.push(tag))).rejects.toThrow(
      /Set nevertheless: v1/,
    );
    expect(done).toEqual(['v1']);
  });
});
