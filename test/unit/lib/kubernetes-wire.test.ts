import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Wire } from '../../../src/lib/kubernetes/wire.ts';
import { MemoryClock } from '../../support/memory/clock.ts';

type Said = { status: number; text?: string } | { code: string };
interface Sent {
  method: string;
  token: string;
}

const folder = mkdtempSync(join(tmpdir(), 'wire-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A wire to an API that answers from lists, as undici tells it. */
function wireTo(answers: Said[], upgrades: Said[] = [], after?: (sent: Sent) => void) {
  const clock = new MemoryClock();
  const [sent, told]: [Sent[], string[]] = [[], []];
  const date = new Date(clock.now()).toUTCString();
  const next = (list: Said[], method: string, headers: Record<string, string>) => {
    const one = { method, token: headers.authorization ?? '' };
    sent.push(one);
    after?.(one);
    const said = list.length > 1 ? list.shift()! : list[0]!;
    if ('code' in said) throw Object.assign(new Error(said.code), { code: said.code });
    return said;
  };
  const undici = {
    Agent: class {
      async destroy() {}
    },
    async request(_: string, { method, headers }: { method: string; headers: Record<string, string> }) {
      const { status, text = '{"ok":true}' } = next(answers, method, headers);
      return { statusCode: status, headers: { date }, body: { text: async () => text } };
    },
    async upgrade(_: string, { headers }: { headers: Record<string, string> }) {
      next(upgrades, 'UPGRADE', headers);
      return { socket: 'open' };
    },
  };
  const tokenFile = join(folder, `token-${Math.random()}`);
  writeFileSync(tokenFile, 'first');
  const access = { context: 'lab', namespace: 'shop', server: 'https://10.0.0.1', tokenFile };
  const context = { env: {}, clock, mask: () => undefined, tell: (line: string) => told.push(line) };
  return { wire: new Wire(access, context, undici as never), sent, told, clock, tokenFile };
}

const away: Said = { code: 'ECONNREFUSED' };
const ok: Said = { status: 200 };
const ask = { path: '/x', what: 'ask' };

describe('an API that is away for a while', () => {
  it('is waited for, and that is told once', async () => {
    const { wire, told } = wireTo([ok, away, away, away, ok]);
    await wire.json(ask);
    expect(await wire.json({ ...ask, method: 'POST' })).toEqual({ ok: true });
    expect(told).toEqual([
      expect.stringMatching(/^kubernetes:\/\/lab\/shop: the API does not answer \(ECONNREFUSED\)/),
    ]);
  });
  it('is told at once where it never answered: it may be a wrong address', async () => {
    const { wire, sent } = wireTo([away]);
    await expect(wire.json(ask)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(sent).toHaveLength(1);
  });
  it('is not waited for for ever', async () => {
    const { wire, clock } = wireTo([ok, away]);
    await wire.json(ask);
    const before = clock.mono();
    await expect(wire.json(ask)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(clock.mono() - before).toBeLessThan(30_000);
  });
  it('is asked nothing twice that may have been done', async () => {
    const { wire, sent } = wireTo([ok, { code: 'ECONNRESET' }, ok]);
    await wire.json(ask);
    await expect(wire.json({ ...ask, method: 'POST' })).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });
  it('keeps a command in a pod waiting too', async () => {
    const { wire } = wireTo([ok], [away, away, ok]);
    await wire.json(ask);
    expect(await wire.upgrade(ask, 'websocket', {})).toEqual({ socket: 'open' });
  });
});

describe('a token that ended', () => {
  it('is had anew for a command in a pod as for any other question', async () => {
    const lab = wireTo(
      [
        { status: 401, text: '{}' },
        { status: 400, text: '{}' },
      ],
      [{ code: 'UND_ERR_SOCKET' }, ok],
      () => {
        writeFileSync(lab.tokenFile, 'second');
      },
    );
    expect(await lab.wire.upgrade(ask, 'websocket', {})).toEqual({ socket: 'open' });
    expect(lab.sent.map(({ method, token }) => `${method} ${token}`)).toEqual([
      'UPGRADE Bearer first',
      'GET Bearer first',
      'GET Bearer second',
      'UPGRADE Bearer second',
    ]);
  });
  it('and can be had nowhere is told as such', async () => {
    const { wire } = wireTo([{ status: 401, text: '{}' }], [{ code: 'UND_ERR_SOCKET' }]);
    await expect(wire.upgrade(ask, 'websocket', {})).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });
});
