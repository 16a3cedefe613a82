import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { docker } from './app.ts';
import { accepting, freePort } from './ports.ts';
import { started } from './run/scope.ts';

const TOOLS = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'seatrial/tools/pebble-2.10.3');

export interface Pebble {
  /** Address of its directory, from within a container. */
  server: string;
  /** The authority behind the server's own certificate. */
  ca: string;
  /** The authority it issues by; a new one each time. */
  root: string;
  /** Where a name leads to; loopback by default. */
  point(host: string, address: string): Promise<void>;
  stop(): void;
}

/** Pebble, the ACME authority of Let's Encrypt's own tests; it validates by HTTP on `port` of the loopback. */
export async function startPebble(port: number): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-pebble-'));
  const file = (name: string) => join(folder, name);
  // HAProxy asks for the name of a server, and that of an address is its common name.
  const host = docker(['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=ca');
  openssl('req', ...key, '-keyout', file('key.pem'), '-out', file('csr.pem'), '-subj', `/CN=${host}`);
  writeFileSync(file('extensions'), `subjectAltName=IP:${host},IP:127.0.0.1\n`);
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', file('csr.pem'), ...signed, '-extfile', file('extensions'), '-out', file('cert.pem'));
  const [directory, management, dns, hosts] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const pebble = {
    listenAddress: `${host}:${directory}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: file('cert.pem'),
    privateKey: file('key.pem'),
    httpPort: port,
    tlsPort: management,
    profiles: { default: { description: 'a test', validityPeriod: 90 * 86_400 } },
    retryAfter: { authz: 1, order: 1 },
  };
  writeFileSync(file('config.json'), JSON.stringify({ pebble }));
  const run = (name: string, args: string[]) => {
    const child = spawn(join(TOOLS, name), args, {
      stdio: 'ignore',
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' },
    });
    return { child, end: started(name, () => child.kill()) };
  };
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '', '-defaultIPv6', ''];
  const all = [
    run('pebble-challtestsrv', [...off, '-dnsserver', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${hosts}`]),
    run('pebble', ['-config', file('config.json'), '-dnsserver', `127.0.0.1:${dns}`]),
  ];
  for (const at of [hosts, management]) await accepting(at, () => all.every(({ child }) => child.exitCode === null));
  const ca = readFileSync(file('ca.pem'), 'utf8');
  const root = await new Promise<string>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: management, path: '/roots/0', ca }, (answer) => {
      buffer(answer).then((text) => resolve(text.toString('utf8')), reject);
    });
    asked.on('error', reject).end();
  });
  return {
    server: `https://${host}:${directory}/dir`,
    ca,
    root,
    async point(name, address) {
      const body = JSON.stringify({ host: name, addresses: [address] });
      await fetch(`http://127.0.0.1:${hosts}/add-a`, { method: 'POST', body });
    },
    stop() {
      for (const { child, end } of all) {
        end();
        child.kill();
      }
    },
  };
}
