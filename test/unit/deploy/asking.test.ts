import { describe, expect, it } from 'vitest';
import { askDoor, askHttp, askTcp, type Exchange } from '../../../src/deploy/asking.ts';

/** What a program beside the edge wrote, and whether it ended; `heard` is what it was given. */
function saying(text: string, ended = true) {
  const heard = { words: [] as string[], input: '' };
  const exchange: Exchange = async (words, input) => {
    Object.assign(heard, { words, input });
    return { text, ended };
  };
  return { exchange, heard };
}
const question = { ip: '10.0.0.3', port: 8080, path: '/healthz', timeoutMs: 500 };

describe('a question over HTTP', () => {
  it('bears the name and the headers that are given, else the address and our own name', async () => {
    const { exchange, heard } = saying('HTTP/1.1 200 OK\r\n');
    await askHttp(exchange, { ...question, host: 'shop.example', headers: ['User-Agent: kube-probe', 'X-Key: 1'] });
    expect(heard.words).toEqual(['nc', '10.0.0.3', '8080']);
    expect(heard.input.split('\r\n')).toEqual([
      'GET /healthz HTTP/1.1',
      'Host: shop.example',
      'User-Agent: kube-probe',
      'X-Key: 1',
      'Connection: close',
      '',
      '',
    ]);
    await askHttp(exchange, question);
    expect(heard.input).toContain('\r\nHost: 10.0.0.3\r\nUser-Agent: seatrial\r\n');
  });
  it.each<[string, string, string | undefined, boolean, string]>([
    ['well', 'HTTP/1.1 200 OK\r\n', undefined, true, '/healthz answered 200'],
    ['sick', 'HTTP/1.1 500 Oh\r\n', undefined, false, '/healthz answered 500'],
    [
      'a name it does not know',
      'HTTP/1.1 400 Bad Host\r\n',
      undefined,
      false,
      '/healthz answered 400 (an app that checks its host name needs health-host)',
    ],
    [
      'a way to somewhere else, without what may be personal in it',
      'HTTP/1.1 302 Found\r\nLocation: /install?error=db\r\n\r\n',
      '200-299',
      false,
      '/healthz answered 302 to /install',
    ],
    ['the way that is said to be well', 'HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n', '302', true, '302 to /x'],
  ])('that is answered: %s', async (_, text, status, ok, said) =>
    expect(await askHttp(saying(text).exchange, { ...question, status })).toEqual({
      ok,
      said: expect.stringContaining(said),
    }),
  );
  it.each([
    ['nc: connection refused', true, 'port 8080 refuses connections'],
    ['', true, '/healthz closed without an answer'],
    ['', false, '/healthz gave no answer within 500 ms'],
  ])('that is not answered: "%s", ended %s', async (text, ended, said) =>
    expect(await askHttp(saying(text, ended).exchange, question)).toEqual({ ok: false, said }),
  );
});

it.each([
  ['knock\n', true, 'port 8080 takes connections'],
  ['knock\nended 0', true, 'port 8080 takes connections'],
  ['knock\nended 1', false, 'port 8080 refuses connections'],
  ['', false, 'it could not be asked: the host is too busy'],
])('a knock that is told as %j', async (text, ok, said) =>
  expect(await askTcp(saying(text).exchange, question)).toEqual({ ok, said }),
);

it('the front door tells which server answered', async () => {
  const at = { ip: '127.0.0.1', port: 80, path: '/', serverHeader: 'x-seatrial-server' };
  const { exchange } = saying('HTTP/1.1 204 No Content\r\nX-Seatrial-Server: b1\r\n\r\n');
  expect(await askDoor(exchange, at)).toEqual({ server: 'b1', status: 204 });
  expect(await askDoor(saying('').exchange, at)).toEqual({ server: '', status: 0 });
});
