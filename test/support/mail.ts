import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface MailServer {
  port: number;
  /** Whole messages as they came, headers and all. */
  mails: string[];
  /** What was asked, e.g. `RCPT ops@example.com`. */
  log: string[];
  close(): Promise<void>;
}

export interface MailOptions extends SMTPServerOptions {
  /** Refusals by recipient, e.g. 550 for ever or 450 for the first time. */
  recipient?: (address: string, nth: number) => { code: number; text: string } | undefined;
  user?: string;
  password?: string;
}

const refusal = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

/** A real SMTP server on loopback. */
export async function startMail({ recipient, user, password, ...options }: MailOptions): Promise<MailServer> {
  const mails: string[] = [];
  const log: string[] = [];
  const seen = new Map<string, number>();
  const server = new SMTPServer({
    authOptional: !user,
    logger: false,
    onAuth({ username, password: given }, session, done) {
      log.push(`AUTH ${session.secure ? 'secure' : 'plain'}`);
      if (username === user && given === password) done(null, { user: username });
      else done(refusal(535, '5.7.8 Authentication credentials invalid'));
    },
    onRcptTo({ address }, session, done) {
      const nth = (seen.get(address) ?? 0) + 1;
      seen.set(address, nth);
      log.push(`RCPT ${address} ${session.secure ? 'secure' : 'plain'}`);
      const no = recipient?.(address, nth);
      done(no ? refusal(no.code, no.text) : null);
    },
    onData(stream, _, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
    ...options,
  });
  // A client that gives up breaks the line, which is no fault of the test.
  server.on('error', (error) => log.push(`ERROR ${error.message}`));
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    log,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
