import { SeatrialError } from '../../lib/errors.ts';
import type { Refusal, RegistryClient } from './client.ts';

/** A tag and what it named before this run; undefined where it named nothing. */
export interface Held {
  tag: string;
  before?: string;
}

/** What the tags name now. */
export async function lookUp(client: RegistryClient, tags: readonly string[]): Promise<Held[]> {
  const held: Held[] = [];
  for (const tag of tags) held.push({ tag, before: (await client.manifest(tag))?.digest });
  return held;
}

/**
 * In the order to set them: first those that name another image, since only these can be refused as immutable; new ones
 * last, when nothing is left that could stop them.
 */
export const riskyFirst = (held: readonly Held[]) => [
  ...held.filter(({ before }) => before !== undefined),
  ...held.filter(({ before }) => before === undefined),
];

/** The error for a tag the registry would not move or make, in its own words. */
export function tagRefused({ tag, before }: Held, { status, said }: Refusal, left: readonly string[]): SeatrialError {
  const rest = left.length ? `Set nevertheless: ${left.join(', ')}.` : 'No tag was changed.';
  if (before === undefined) {
    return new SeatrialError(
      'PUSH_FAILED',
      `The tag ${tag} could not be set (${status ? `${status}: ` : ''}${said}). ${rest} Check the registry, then run again.`,
    );
  }
  return new SeatrialError(
    'TAG_IMMUTABLE',
    `${tag} names another image (${before.slice(0, 19)}…), and the registry refuses to move it: “${said}”. ${rest} Give a new tag, or let the registry's rule except this one.`,
  );
}

/**
 * Sets every tag to `digest`, or none: when one is refused, those set before are put back as they were. `begun` are
 * tags that name it already by an earlier step of this run. `done` hears of each tag that names it in the end.
 * Errors: TAG_IMMUTABLE, PUSH_FAILED, and the client's.
 */
export async function assignTags(
  client: RegistryClient,
  digest: string,
  held: readonly Held[],
  begun: readonly Held[],
  done: (tag: string) => void,
): Promise<void> {
  const set = [...begun];
  const same = held.filter(({ before }) => before === digest);
  const putBack = async ({ tag, before }: Held) => {
    try {
      return before ? !(await client.tag(before, tag)) : await client.untag(tag);
    } catch (error) {
      if (!(error instanceof SeatrialError)) throw error;
      return false; // told as left behind
    }
  };
  const takeBack = async () => {
    const left: string[] = [];
    for (const one of set.toReversed()) if (!(await putBack(one))) left.push(one.tag);
    return left;
  };
  for (const one of riskyFirst(held.filter((other) => !same.includes(other)))) {
    let refusal: Refusal | undefined;
    try {
      refusal = await client.tag(digest, one.tag);
    } catch (error) {
      for (const { tag } of [...same, ...set]) done(tag);
      throw error;
    }
    // Another run of the same commit may have set it since we looked.
    if (refusal && (await client.manifest(one.tag))?.digest === digest) refusal = undefined;
    if (refusal) {
      const left = await takeBack();
      for (const tag of [...same.map(({ tag }) => tag), ...left]) done(tag);
      throw tagRefused(one, refusal, left);
    }
    set.push(one);
  }
  const named = new Set([...same, ...set].map(({ tag }) => tag));
  for (const tag of named) done(tag);
}
