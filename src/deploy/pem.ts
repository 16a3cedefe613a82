import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SeatrialError } from '../lib/errors.ts';

const wrong = (why: string, cause?: unknown) =>
  new SeatrialError(
    'INPUT_INVALID',
    `${why}; give one PEM text: the certificate, its chain, and the private key without a passphrase.`,
    { cause },
  );

/** Checks that a PEM text holds a certificate and the key that belongs to it. No word of the text is in the error. */
export function checkPem(text: string): void {
  const block = (kind: RegExp) => kind.exec(text)?.[0];
  const first = block(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/);
  const secret = block(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/);
  if (!first) throw wrong('there is no certificate in it');
  if (!secret) throw wrong('there is no private key in it');
  let fits: boolean;
  try {
    fits = new X509Certificate(first).checkPrivateKey(createPrivateKey(secret));
  } catch (cause) {
    throw wrong('its certificate or its key can not be read', cause);
  }
  if (!fits) throw wrong('its key does not belong to its first certificate');
}

/** HAProxy wants every block to end with a line's end; a secret often comes without the last one. */
export const normalPem = (text: string) => `${text.replace(/\r\n/g, '\n').trim()}\n`;
