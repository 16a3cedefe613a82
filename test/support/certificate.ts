import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for 127.0.0.1 and more names that is its own authority; trust it by NODE_EXTRA_CA_CERTS=`path`. */
export function selfSigned(...names: string[]): { key: string; cert: string; path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-cert-'));
  const [key, path] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = [
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    `subjectAltName=${['IP:127.0.0.1', 'DNS:localhost', ...names.map((one) => `DNS:${one}`)]}`,
  ];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', path, ...subject],
    { stdio: 'ignore' },
  );
  return {
    key: readFileSync(key, 'utf8'),
    cert: readFileSync(path, 'utf8'),
    path,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
