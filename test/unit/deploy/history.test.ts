import { describe, expect, it } from 'vitest';
import { parseHistory } from '../../../src/deploy/docker/state/store.ts';
import { destination } from '../../../src/deploy/release/destination.ts';
import { change, giveWay, lastGood, match, publicHistory, trim, waiting } from '../../../src/deploy/release/history.ts';
import { superfluous } from '../../../src/deploy/rollout/prune.ts';
import { history, record, spec } from './samples.ts';

describe('the release before', () => {
  it('is the newest good one that is not the current, never merely the second newest', () => {
    const h = history(
      'r4',
      record('r4', 'good'),
      record('r3', 'bad'),
      record('r2', 'rolled-back'),
      record('r1', 'good'),
    );
    expect(lastGood(h)?.release).toBe('r1');
    expect(destination(h, undefined, false)).toMatchObject({ from: 'r4', record: { release: 'r1' } });
  });

  it('is the current one while another waits for its promote', () => {
    const h = history('r1', record('r2', 'pending'), record('r1', 'good'));
    expect(waiting(h)?.release).toBe('r2');
    expect(destination(h, undefined, false)).toMatchObject({ from: 'r2', record: { release: 'r1' } });
  });

  it('no longer waits once another has its traffic', () => {
    const h = history('', record('r2', 'pending'), record('r1', 'pending'));
    giveWay(h, 'r2');
    expect(h.releases.map((r) => r.status)).toEqual(['pending', 'rolled-back']);
    expect(waiting(h)?.release).toBe('r2');
  });

  it('is nobody when there is none: an error, also for what serves already', () => {
    const h = history('r1', record('r2', 'bad'), record('r1', 'good'));
    expect(() => destination(h, undefined, false)).toThrow(/no good release/);
    expect(() => destination(h, 'r1', false)).toThrow(/serves already/);
    expect(() => destination(h, 'r9', false)).toThrow(/No release fits "r9"/);
    expect(() => destination(history(''), undefined, false)).toThrow(/no good release/);
  });

  it('may be a bad one only by force, and a rolled-back one by name', () => {
    const h = history(
      'r1',
      record('r3', 'bad', { reason: 'crashed' }),
      record('r2', 'rolled-back'),
      record('r1', 'good'),
    );
    expect(() => destination(h, 'r3', false)).toThrow(/marked bad \(crashed\)/);
    expect(destination(h, 'r3', true).record.release).toBe('r3');
    expect(destination(h, 'r2', false).record.release).toBe('r2');
  });
});

describe('to', () => {
  const h = history(
    'r3',
    record('r3', 'good', { image: 'registry.example/shop:1.3', commit: 'abcdef0123456789' }),
    record('r2', 'good', { image: `registry.example/shop@sha256:${'12ab'.repeat(16)}` }),
    record('r1', 'good', { image: 'registry.example/shop:1.1', commit: '0123456789abcdef' }),
  );
  it.each([
    ['r1', 'r1'],
    ['1.1', 'r1'],
    ['registry.example/shop:1.3', 'r3'],
    ['abcdef0', 'r3'],
    [`sha256:${'12ab'.repeat(16)}`, 'r2'],
    ['12ab12ab12ab', 'r2'],
  ])('%s means %s', (to, release) => expect(match(h, to)?.release).toBe(release));
  it('finds an image by the tag it was asked for, though it is kept by digest, and rather one that did not fail', () => {
    const pulled = (release: string, status: 'good' | 'bad', asked: string) =>
      record(release, status, { spec: { ...spec, asked } });
    const g = history(
      'r4',
      pulled('r4', 'good', 'registry.example/shop:2.1'),
      pulled('r3', 'bad', 'registry.example/shop:2.0'),
      pulled('r2', 'good', 'registry.example/shop:2.0'),
      pulled('r1', 'bad', 'registry.example/shop:1.9'),
    );
    expect(match(g, '2.1')?.release).toBe('r4');
    expect(match(g, '2.0')?.release).toBe('r2');
    expect(match(g, 'registry.example/shop:1.9')?.release).toBe('r1');
    expect(match(g, 'r3')?.release).toBe('r3');
  });
  it.each(['1', 'abc', '.3', 'sha256:', 'r'])('%s means nothing', (to) => expect(match(h, to)).toBeUndefined());
});

describe('the file', () => {
  it('is read as it was written', () => {
    const h = history('r1', record('r1', 'good'));
    expect(parseHistory(Buffer.from(JSON.stringify(h)))).toEqual({ kind: 'found', history: h });
  });
  it('that is newer or broken is strange, and says why', () => {
    expect(parseHistory(Buffer.from('{"format":2}'))).toMatchObject({
      kind: 'strange',
      why: expect.stringMatching(/newer/),
    });
    expect(parseHistory(Buffer.from('{oops'))).toMatchObject({ kind: 'strange', why: 'it is not JSON' });
    expect(parseHistory(Buffer.from('{"format":1,"rev":"x"}'))).toMatchObject({ kind: 'strange' });
    expect(parseHistory(Buffer.from('null'))).toMatchObject({ kind: 'strange' });
  });
  it('shows the public keys and no more', () => {
    const shown = publicHistory(history('r1', record('r1', 'good')));
    expect(Object.keys(shown)).toEqual(['app', 'environment', 'current', 'releases']);
    expect(Object.keys(shown.releases[0]!)).toEqual([
      'release',
      'image',
      'status',
      'at',
      'by',
      'run',
      'reason',
      'commit',
      'subject',
    ]);
  });
  it('changes only as a copy, and forgets the oldest but never what serves', () => {
    const h = history('r1', record('r3', 'good'), record('r2', 'bad'), record('r1', 'good'));
    const next = change(h, (draft) => trim(draft, 1));
    expect(next.releases.map((r) => r.release)).toEqual(['r3', 'r1']);
    expect(h.releases).toHaveLength(3);
  });
});

describe('prune', () => {
  it('keeps the newest, what serves, what waits, the last good and what has a place', () => {
    const h = history(
      'r5',
      record('r6', 'pending'),
      record('r5', 'good'),
      record('r4', 'bad'),
      record('r3', 'good'),
      record('r2', 'good'),
      record('r1', 'good'),
    );
    const present = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
    const kept = (keep: number, placed?: string) => superfluous(h, present, keep, (release) => release === placed);
    expect(kept(2)).toEqual(['r4', 'r2', 'r1']);
    expect(kept(2, 'r1')).toEqual(['r4', 'r2']);
    expect(kept(6)).toEqual([]);
  });
});
