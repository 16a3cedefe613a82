import { describe, expect, it } from 'vitest';
import { readHistory, writeHistory } from '../../../src/deploy/docker/state/store.ts';
import { emptyHistory } from '../../../src/deploy/release/history.ts';
import { FrontWorld, MemoryEngine } from '../../support/memory/front-host.ts';

const HISTORY = '/seatrial/history-production.json';
const SPARE = `${HISTORY}.new`;

/** A history on a host, and what is read of it while somebody does something before some of the reads. */
async function met(before: (read: number, files: Map<string, string>) => void) {
  const world = new FrontWorld();
  const { id, files } = world.make('shop-edge');
  const writer = new MemoryEngine(world);
  await writeHistory(writer, id, { ...emptyHistory('shop', 'production'), rev: 1 }, []);
  const names = [...files.keys()];
  let reads = 0;
  class Reader extends MemoryEngine {
    override call: MemoryEngine['call'] = (name, ...rest) => {
      if (name.startsWith('read ')) before(++reads, files);
      return super.call(name, ...rest);
    };
  }
  return { names, read: await readHistory(new Reader(world), id, 'production') };
}

describe('a history that is read while it is written', () => {
  it('lies in a file and in a spare of it', async () =>
    expect((await met(() => undefined)).names.sort()).toEqual([HISTORY, SPARE].sort()));

  // An engine takes a file away before it writes it anew.
  it.each<[string, (read: number, files: Map<string, string>) => void]>([
    ['the file is away', (read, files) => read === 1 && files.delete(HISTORY)],
    [
      'the file is away, and by the next write its spare',
      (() => {
        let kept = '';
        return (read: number, files: Map<string, string>) => {
          kept ||= files.get(HISTORY)!;
          if (read === 1) files.delete(HISTORY);
          // A file that is not there is asked for twice: an engine says the same of a container that is not.
          if (read === 3) files.set(HISTORY, kept) && files.delete(SPARE);
        };
      })(),
    ],
    ['the file is cut', (read, files) => read === 1 && files.set(HISTORY, '{"format":1,"app":"sh')],
  ])('is found: %s', async (_, before) => expect((await met(before)).read.kind).toBe('found'));

  it('is none where there is none', async () =>
    expect((await met((_, files) => files.clear())).read.kind).toBe('none'));
});
