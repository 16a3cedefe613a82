import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepting, freePort } from './ports.ts';
import { RUN } from './run/id.ts';
import { started } from './run/scope.ts';

export interface Certificates {
  folder: string;
  ca: string;
  cert: string;
  key: string;
}

/** A CA, a server certificate for 127.0.0.1 and a client's, made by openssl as Docker's manual does. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-tls-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test CA');
  for (const [name, usage] of [
    ['server', 'serverAuth'],
    ['client', 'clientAuth'],
  ] as const) {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=IP:127.0.0.1\nextendedKeyUsage=${usage}\n`);
    openssl('req', ...newKey, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { folder, ca: read('ca.pem'), cert: read('client.pem'), key: read('client-key.pem') };
}

export interface TlsEngine extends Certificates {
  host: string;
  port: number;
  /** Ends the daemon as a power cut does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A second dockerd, with folders and a bridge of its own, that takes clients of its CA only. Without a bridge it would
 * remove docker0 on its start, which is the machine's engine's.
 */
export async function startTlsEngine(): Promise<TlsEngine> {
  const certificates = makeCertificates();
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-engine-'));
  const port = await freePort();
  const bridge = `st${RUN}${randomBytes(2).toString('hex')}`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
  ip('link', 'add', 'name', bridge, 'type', 'bridge');
  ip('addr', 'add', '172.31.254.1/24', 'dev', bridge);
  ip('link', 'set', bridge, 'up');
  const pem = (name: string) => join(certificates.folder, name);
  const args = [
    ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
    [
      '-H',
      `tcp://127.0.0.1:${port}`,
      `--bridge=${bridge}`,
      '--iptables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ],
    ['--tlsverify', '--tlscacert', pem('ca.pem'), '--tlscert', pem('server.pem'), '--tlskey', pem('server-key.pem')],
  ].flat();
  const stopped = started('an engine with TLS', () => stop());
  const child = spawn('dockerd', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-8192);
    });
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  const stop = async () => {
    stopped();
    await end('SIGTERM');
    ip('link', 'delete', bridge);
    rmSync(folder, { recursive: true, force: true });
    rmSync(certificates.folder, { recursive: true, force: true });
  };
  try {
    await accepting(port, () => child.exitCode === null);
  } catch (error) {
    await stop();
    throw new Error(`dockerd did not start: ${log}`, { cause: error });
  }
  return { ...certificates, host: `tcp://127.0.0.1:${port}`, port, kill: () => end('SIGTERM'), stop };
}
