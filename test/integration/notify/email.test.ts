// A real SMTP server; Python's own parser reads the messages, so that a fault of ours is not read by one of ours.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { email } from '../../../src/notify/channels/email.ts';
import { runAction } from '../../support/action.ts';
import { selfSigned } from '../../support/certificate.ts';
import { command } from '../../support/command.ts';
import { type MailOptions, type MailServer, startMail } from '../../support/mail.ts';

const PASSWORD = 'p@ss/word:0123';
let certificate: ReturnType<typeof selfSigned>;
let server: MailServer | undefined;
beforeAll(() => {
  certificate = selfSigned();
});
afterAll(() => certificate.remove());
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const url = (port: number, { password = PASSWORD, scheme = 'smtp', query = '' } = {}) =>
  `${scheme}://deploys:${encodeURIComponent(password)}@127.0.0.1:${port}${query}`;

async function mailing(options: MailOptions = {}) {
  const { key, cert } = certificate;
  server = await startMail({ key, cert, user: 'deploys', password: PASSWORD, ...options });
  return server;
}

async function run(inputs: Record<string, string>, env: Record<string, string> = {}) {
  const result = await runAction(
    'notify',
    { event: 'failure', 'email-from': 'Deploys <deploys@example.com>', 'email-to': 'ops@example.com', ...inputs },
    { env: { NODE_EXTRA_CA_CERTS: certificate.path, ...env } },
  );
  const [receipt] = JSON.parse(result.outputs.receipts ?? '[]') as Record<string, unknown>[];
  const printed = result.stdout.replace(/^::add-mask::.*$/gm, '') + result.stderr + result.summary;
  expect(printed).not.toContain(PASSWORD);
  expect(printed).not.toContain(encodeURIComponent(PASSWORD));
  return { ...result, receipt: receipt ?? {}, printed };
}

/** What is said of a refusal, by the words alone. */
const failureOf = (words: string) =>
  email.classify(
    {
      ...{ kind: 'answer', status: 200, headers: {}, complete: true, ms: 0 },
      body: JSON.stringify({
        code: Number.parseInt(words, 10),
        words,
        accepted: 0,
        rejected: [],
        failure: 'EENVELOPE',
      }),
    },
    { url: 'smtp://h' },
  ).reason;

const PARSE = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
body = lambda kind: m.get_body(preferencelist=(kind,)).get_content()
print(json.dumps({"headers": {k.lower(): str(v) for k, v in m.items()}, "text": body("plain"), "html": body("html"), "defects": len(m.defects)}))
`;
function parse(mail: string): { headers: Record<string, string>; text: string; html: string; defects: number } {
  const { stdout, stderr, status } = command('python3', ['-c', PARSE], { input: mail });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('e-mail', () => {
  test('over STARTTLS and with a login it is accepted, which is all a 250 says', async () => {
    const { port, mails, log } = await mailing();
    const { receipt, exitCode, outputs } = await run({
      'smtp-url': url(port),
      'email-to': 'ops@example.com\n王梅 <mei@example.com>',
      title: '订单服务 部署失败 — <script>alert(1)</script>',
      text: '第一行 <b>\n.\nsecond',
    });
    expect(exitCode).toBe(0);
    expect(receipt).toMatchObject({ channel: 'email', outcome: 'accepted', code: '250', attempts: 1 });
    expect(receipt.reason).toMatch(/Queued/);
    expect(outputs).toMatchObject({ delivered: '0', accepted: '1' });
    expect(log).toEqual(['AUTH secure', 'RCPT ops@example.com secure', 'RCPT mei@example.com secure']);
    const { headers, text, html, defects } = parse(mails[0]!);
    expect(defects).toBe(0);
    expect(headers.subject).toBe('订单服务 部署失败 — <script>alert(1)</script>');
    expect(headers['auto-submitted']).toBe('auto-generated');
    expect(headers.date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
    expect(text).toContain('\n.\nsecond');
    expect(html).not.toMatch(/<script|<b>/);
    expect(html).toContain('&lt;script&gt;');
  });

  test('what follows answers in the thread of the first', async () => {
    const { port, mails } = await mailing();
    const start = await run({ 'smtp-url': url(port), event: 'start' });
    const success = await run({
      'smtp-url': url(port),
      event: 'success',
      'message-refs': start.outputs['message-refs']!,
    });
    await run({ 'smtp-url': url(port), 'message-refs': success.outputs['message-refs']! });
    const [first, second, third] = mails.map((mail) => parse(mail).headers);
    expect(first!['message-id']).toMatch(/^<seatrial\.[0-9a-f]{32}@example\.com>$/);
    expect(first!.references).toBeUndefined();
    for (const later of [second!, third!]) {
      expect(later['in-reply-to']).toBe(first!['message-id']);
      expect(later.references).toBe(first!['message-id']);
      expect(later['message-id']).not.toBe(first!['message-id']);
    }
  });

  test('an alert and its recovery share a reference nobody had to remember', async () => {
    const { port, mails } = await mailing();
    await run({ 'smtp-url': url(port), event: 'alert', 'dedup-key': 'pay' });
    await run({ 'smtp-url': url(port), event: 'recovered', 'dedup-key': 'pay' });
    const [alert, recovered] = mails.map((mail) => parse(mail).headers);
    expect(alert!.references).toBeTruthy();
    expect(recovered!.references).toBe(alert!.references);
    expect(alert!['x-priority']).toMatch(/^1/);
  });

  test('one refused recipient of two is a failure that says so, without the address', async () => {
    const { port, mails } = await mailing({
      recipient: (address) =>
        address.startsWith('gone') ? { code: 550, text: '5.1.1 <gone@example.com> no such user' } : undefined,
    });
    const { receipt, printed } = await run({ 'smtp-url': url(port), 'email-to': 'ops@example.com\ngone@example.com' });
    expect(receipt).toMatchObject({ outcome: 'refused', code: '550', attempts: 1 });
    expect(receipt.reason).toMatch(/^1 of 2 recipients was refused .*no such user.*email-to/);
    expect(printed).not.toContain('gone@example.com');
    expect(mails).toHaveLength(1);
  });

  test('all recipients refused', async () => {
    const { port, mails } = await mailing({ recipient: () => ({ code: 550, text: '5.7.1 relaying denied' }) });
    const { receipt, exitCode } = await run({ 'smtp-url': url(port) });
    expect([receipt.outcome, receipt.code, exitCode, mails.length]).toEqual(['refused', '550', 1, 0]);
  });

  test('greylisting is waited out where the time allows', async () => {
    const { port, mails } = await mailing({
      recipient: (_, nth) => (nth === 1 ? { code: 450, text: '4.2.0 greylisted, try again' } : undefined),
    });
    const { receipt } = await run({ 'smtp-url': url(port) });
    expect(receipt).toMatchObject({ outcome: 'accepted', attempts: 2 });
    expect(mails).toHaveLength(1);
  });

  test('greylisting beyond that is throttled', async () => {
    const { port } = await mailing({ recipient: () => ({ code: 451, text: '4.7.1 try again in five minutes' }) });
    const { receipt } = await run({ 'smtp-url': url(port), timeout: '3s' });
    expect(receipt).toMatchObject({ outcome: 'throttled', code: '451' });
    expect(receipt.attempts).toBeGreaterThan(1);
  });

  test('a wrong password is refused once and not quoted', async () => {
    const { port } = await mailing();
    const { receipt, printed } = await run({ 'smtp-url': url(port, { password: 'wrong-password-0123' }) });
    expect(receipt).toMatchObject({ outcome: 'refused', code: '535', attempts: 1 });
    expect(receipt.reason).toMatch(/user and password/);
    expect(printed).not.toContain('wrong-password');
  });

  test('no STARTTLS on offer: the password is not sent', async () => {
    const { port, log, mails } = await mailing({
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
    });
    const { receipt } = await run({ 'smtp-url': url(port) });
    expect(receipt).toMatchObject({ outcome: 'refused', code: expect.stringMatching(/ETLS|502|500/) });
    expect([log, mails]).toEqual([[], []]);
  });

  test('a certificate nobody vouches for: nothing is sent', async () => {
    const { port, log } = await mailing();
    const { receipt } = await run({ 'smtp-url': url(port) }, { NODE_EXTRA_CA_CERTS: '' });
    expect(receipt).toMatchObject({ outcome: 'refused' });
    expect(receipt.reason).toMatch(/Nothing was sent: .*certificate/);
    expect(log.filter((line) => !line.startsWith('ERROR'))).toEqual([]);
  });

  test('a server on this machine without login may do without TLS', async () => {
    const { port, mails } = await mailing({ user: '', hideSTARTTLS: true });
    const { receipt } = await run({ 'smtp-url': `smtp://127.0.0.1:${port}` });
    expect(receipt).toMatchObject({ outcome: 'accepted' });
    expect(mails).toHaveLength(1);
  });

  test('a server on this machine without login may have a certificate nobody vouches for', async () => {
    const { port, log } = await mailing({ user: '' });
    const { receipt } = await run({ 'smtp-url': `smtp://127.0.0.1:${port}` }, { NODE_EXTRA_CA_CERTS: '' });
    expect(receipt).toMatchObject({ outcome: 'accepted' });
    expect(log).toEqual(['RCPT ops@example.com secure']);
  });

  test('one recipient of two greylisted: throttled, and not sent twice to the other', async () => {
    const { port, mails } = await mailing({
      recipient: (address) => (address.startsWith('slow') ? { code: 450, text: '4.2.0 greylisted' } : undefined),
    });
    const { receipt } = await run({ 'smtp-url': url(port), 'email-to': 'ops@example.com\nslow@example.com' });
    expect(receipt).toMatchObject({ outcome: 'throttled', code: '450', attempts: 1 });
    expect(mails).toHaveLength(1);
  });

  test('smtp:// at a port that begins with TLS is told so at once', async () => {
    const { port } = await mailing({ secure: true });
    const { receipt } = await run({ 'smtp-url': url(port) });
    expect(receipt).toMatchObject({ outcome: 'refused', code: 'IMPLICIT_TLS', attempts: 1 });
    expect(receipt.reason).toMatch(/begins with TLS.*smtps:\/\//);
  });

  test('XOAUTH2 with a token, and a token that has run out', async () => {
    const seen: unknown[] = [];
    const { port, mails } = await mailing({
      authMethods: ['XOAUTH2'],
      onAuth: ({ method, username, accessToken }, session, done) => {
        seen.push([method, username, accessToken, session.secure]);
        // A server says more behind the code, in base64 (RFC 7628); smtp-server does it from `data`.
        if (accessToken === 'ya29.good-token') done(null, { user: username });
        else done(null, { data: { status: '401', schemes: 'bearer', scope: 'mail' } });
      },
    });
    const smtp = `smtp://deploys%40example.com@127.0.0.1:${port}`;
    const good = await run({ 'smtp-url': smtp, 'smtp-access-token': 'ya29.good-token' });
    expect(good.receipt, good.printed).toMatchObject({ outcome: 'accepted' });
    expect([mails.length, seen]).toEqual([1, [['XOAUTH2', 'deploys@example.com', 'ya29.good-token', true]]]);
    const bad = await run({ 'smtp-url': smtp, 'smtp-access-token': 'ya29.old-token' });
    expect(bad.receipt).toMatchObject({ outcome: 'refused' });
    expect(bad.receipt.reason).toMatch(/smtp-access-token has expired/);
    expect(bad.printed).not.toContain('ya29.old-token');
    const both = await run({ 'smtp-url': url(port), 'smtp-access-token': 'ya29.good-token' });
    expect(both.receipt.reason).toMatch(/takes the place of the password/);
  });

  test('Cc gets a copy, answers go to Reply-To, and the server hears the name it is to hear', async () => {
    const names: string[] = [];
    const { port, mails, log } = await mailing({
      onMailFrom: (_, session, done) => {
        names.push(session.hostNameAppearsAs || '');
        done();
      },
    });
    const { receipt } = await run({
      'smtp-url': url(port),
      'email-cc': 'lead@example.com\nQA <qa@example.com>',
      'email-reply-to': 'oncall@example.com',
      'smtp-ehlo': 'ci.example.com',
    });
    expect(receipt).toMatchObject({ outcome: 'accepted' });
    expect(log.filter((line) => line.startsWith('RCPT')).map((line) => line.split(' ')[1])).toEqual([
      'ops@example.com',
      'lead@example.com',
      'qa@example.com',
    ]);
    const { headers } = parse(mails[0]!);
    expect([headers.cc, headers['reply-to'], names]).toEqual([
      'lead@example.com, QA <qa@example.com>',
      'oncall@example.com',
      ['ci.example.com'],
    ]);
  });

  test('530 for want of a login, and for want of encryption', async () => {
    const { port } = await mailing();
    const { receipt } = await run({ 'smtp-url': `smtp://127.0.0.1:${port}` });
    expect(receipt).toMatchObject({ outcome: 'refused', code: '530' });
    expect(receipt.reason).toMatch(/user and password into smtp-url/);
    expect(failureOf('530 5.7.0 Must issue a STARTTLS command first')).toMatch(/requireTLS=false/);
  });

  test('smtps from the first byte', async () => {
    const { port, log } = await mailing({ secure: true });
    const { receipt } = await run({ 'smtp-url': url(port, { scheme: 'smtps' }) });
    expect(receipt).toMatchObject({ outcome: 'accepted' });
    expect(log[0]).toBe('AUTH secure');
  });

  test('nobody listens, and a server that never greets: nothing was sent', async () => {
    const dead = await run({ 'smtp-url': url(1), timeout: '2s' });
    expect(dead.receipt).toMatchObject({ outcome: 'refused', code: 'ECONNREFUSED' });
    const mute = createServer();
    await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
    const { port } = mute.address() as { port: number };
    const silent = await run({ 'smtp-url': url(port), timeout: '1500ms' });
    mute.close();
    expect(silent.receipt).toMatchObject({ outcome: 'refused', code: 'UND_ERR_CONNECT_TIMEOUT' });
    expect(silent.receipt.reason).toMatch(/Nothing was sent/);
  });

  test.each([
    [
      'a line that breaks before the message',
      '250 mx',
      ['EHLO'],
      undefined,
      'refused',
      'ECONNECTION',
      /^Nothing was sent/,
    ],
    ['silence before the message', '250 mx', [], 'RCPT', 'refused', 'timeout', /^Nothing was sent/],
    ['a line that breaks behind it', '250 mx', ['.'], undefined, 'unknown', 'ECONNECTION', /may or may not/],
    ['a last word that is none', 'banana', [], undefined, 'unknown', 'EMESSAGE', /may or may not/],
  ])('%s', async (_, last, breaks, mute, outcome, code, says) => {
    // As much of a mail server as it takes: it cuts the line at one word, or is mute at another.
    const odd = createServer((socket) => {
      socket.on('error', () => {}).write('220 mx\r\n');
      createInterface(socket).on('line', (line) => {
        const word = line.split(/[ :]/)[0]!;
        if ((breaks as string[]).includes(word)) socket.destroy();
        else if (word === 'DATA') socket.write('354 go\r\n');
        else if (word === '.') socket.write(`${last}\r\n`);
        else if (/^(EHLO|MAIL|RCPT)$/.test(word) && word !== mute) socket.write('250 mx\r\n');
      });
    });
    await new Promise<void>((done) => odd.listen(0, '127.0.0.1', done));
    const { port } = odd.address() as { port: number };
    // Only silence is worth waiting for; the rest is told as soon as it is met.
    const timeout = mute ? '1s' : '20s';
    const { receipt } = await run({ 'smtp-url': `smtp://127.0.0.1:${port}`, timeout });
    odd.close();
    expect(receipt).toMatchObject({ outcome, code, reason: expect.stringMatching(says) });
  });

  test('a server that falls silent after the message: unknown', async () => {
    const { port } = await mailing({ onData: (stream) => stream.resume() });
    // Time enough to get as far as the message.
    const { receipt } = await run({ 'smtp-url': url(port), timeout: '5s' });
    expect(receipt).toMatchObject({ outcome: 'unknown', code: 'timeout', attempts: 1 });
  });

  test('check proves the login and sends nothing', async () => {
    const { port, log, mails } = await mailing();
    const good = await run({ 'smtp-url': url(port), mode: 'check' });
    expect(good.receipt.reason).toMatch(/took the login/);
    expect([good.exitCode, mails, log]).toEqual([0, [], ['AUTH secure']]);
    const bad = await run({ 'smtp-url': url(port, { password: 'wrong-password-0123' }), mode: 'check' });
    expect([bad.exitCode, bad.receipt.outcome, bad.receipt.code]).toEqual([1, 'refused', '535']);
  });

  test.each([
    [{ 'smtp-url': 'https://127.0.0.1/' }, /smtp-url is smtp:/],
    [{ 'smtp-url': 'smtp://127.0.0.1:1?pool=true' }, /options only/],
    [{ 'smtp-url': 'smtp://127.0.0.1:1', 'email-from': 'nobody' }, /from is no e-mail address/],
    [{ 'smtp-url': 'smtp://127.0.0.1:1', 'email-to': 'ops@example.com\nnobody' }, /line 2 of to/],
  ])('%o is told before anything is sent', async (inputs, says) => {
    const { errors, exitCode } = await run(inputs);
    expect(exitCode).toBe(1);
    expect(errors[0]).toMatch(says);
  });
});
