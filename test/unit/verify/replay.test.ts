import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readReplay } from '../../../src/verify/replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => {
  const file = join(folder, 'replay.jsonl');
  writeFileSync(file, text);
  return readReplay(file);
};
const line = (t: number) => JSON.stringify({ t, version: 'new', kind: 'request', endpoint: '/pay', ok: true, ms: 4 });

describe('a replay file', () => {
  it('may begin with a byte order mark, end its lines as Windows does and itself with blank ones', async () => {
    expect(await read(`\ufeff${line(1795258800)}\r\n${line(1795258801)}\r\n\r\n  \n`)).toHaveLength(2);
  });

  it('has no blank line between others', () =>
    expect(read(`${line(1)}\n\n\n${line(2)}\n`)).rejects.toThrow('Line 2 of the replay file is empty'));

  it('may hold one version behind the other, at the same time', async () => {
    const at = (t: number, version: string) => line(t).replace('new', version);
    expect(await read(`${at(1000, 'old')}\n${at(4400, 'old')}\n${at(1050, 'new')}\n${at(4300, 'new')}\n`)).toHaveLength(
      4,
    );
  });

  it('whose clock was set back by an hour names the line, however long nothing came', () =>
    expect(read(`${line(9000)}\n${line(9010)}\n${line(5500)}\n`)).rejects.toThrow(
      'Line 3 of the replay file goes back in time by an hour',
    ));

  it.each([1e17, 1795258800123])('with times not in seconds (%d) names the line', (t) =>
    expect(read(`${line(t)}\n`)).rejects.toThrow(/^Line 1 .*seconds/),
  );
});
