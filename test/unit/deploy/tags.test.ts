import { describe, expect, it } from 'vitest';
import { parseDf } from '../../../src/deploy/docker/disk.ts';
import { looseTags } from '../../../src/deploy/docker/tags.ts';
import { history, record } from './samples.ts';

describe('tags that may go', () => {
  const [one, two, three] = ['20261101-000000-aaaaaaa', '20261102-000000-bbbbbbb', '20261103-000000-ccccccc'] as const;
  it('are those of releases without a container, and nothing that is not ours', () => {
    const past = history(three, record(three, 'good'), record(two, 'good'), record(one, 'good'));
    expect(looseTags(past, [one, two, three, '1', 'latest'], new Set([two, three]))).toEqual([one]);
  });
  it('keep an image that can not be pulled again, unless it was never good', () => {
    const local = { image: 'shop:latest' };
    const past = history(three, record(three, 'good'), record(two, 'bad', local), record(one, 'good', local));
    expect(looseTags(past, [one, two], new Set([three]))).toEqual([two]);
  });
  it('keep the release under way, and let one go that history has forgotten', () => {
    const open = { command: 'deploy', release: two, back: '', at: '', by: '', run: '', traffic: false } as const;
    const past = { ...history('', record(two, 'bad')), open };
    expect(looseTags(past, [one, two], new Set())).toEqual([one]);
  });
});

describe('df', () => {
  it('is read as POSIX prints it', () => {
    const text = (line: string) => `Filesystem           1024-blocks    Used Available Capacity Mounted on\n${line}\n`;
    expect(parseDf(text('overlay               61202244  20400748  37660072  35% /'))).toBe(37660072 * 1024);
    expect(parseDf(text('a disk with blanks    100  90  0 100% /'))).toBe(0);
    expect(parseDf('sh: df: not found')).toBeUndefined();
  });
});
