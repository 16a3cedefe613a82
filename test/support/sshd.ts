import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ENGINE_SOCKET } from './engine.ts';
import { accepting, freePort } from './ports.ts';
import { started } from './run/scope.ts';

export interface Sshd {
  /** `ssh://user@127.0.0.1:port` */
  host: string;
  port: number;
  /** The line a user's ssh-known-hosts input would hold. */
  knownHosts: string;
  /** Of its host key, as ssh-keygen -l prints it. */
  fingerprint: string;
  /** A private key the server takes. */
  key: string;
  pid: number;
  /** The server's log so far. */
  log(): string;
  /** Kills every open session, as a lost link does; the server itself lives on. */
  cut(): void;
  stop(): Promise<void>;
}

export function makeKey(folder: string, name: string): { privateKey: string; publicKey: string } {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
  return { privateKey: readFileSync(path, 'utf8'), publicKey: readFileSync(`${path}.pub`, 'utf8').trim() };
}

/** A real sshd on loopback with host keys, users' keys and a configuration of its own. */
export async function startSshd(extra: string[] = []): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-sshd-'));
  const port = await freePort();
  const hostKey = makeKey(folder, 'host');
  const userKey = makeKey(folder, 'user');
  writeFileSync(join(folder, 'authorized_keys'), `${userKey.publicKey}\n`);
  const config = [
    ...extra,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `PidFile ${join(folder, 'pid')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'LogLevel VERBOSE',
    '',
  ];
  writeFileSync(join(folder, 'config'), config.join('\n'));
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  let log = '';
  const stopped = started('sshd', () => stop());
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const cut = () => {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' });
    for (const pid of stdout.split(/\s+/).filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended by itself in between
      }
    }
  };
  const stop = async () => {
    stopped();
    cut();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await accepting(port, () => child.exitCode === null);
  } catch (error) {
    await stop();
    throw new Error(`sshd did not start: ${log}`, { cause: error });
  }
  return {
    // The default socket needs no path; a test without one is as users write it.
    host: `ssh://${userInfo().username}@127.0.0.1:${port}${process.env.DOCKER_HOST ? ENGINE_SOCKET : ''}`,
    port,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey}`,
    fingerprint: execFileSync('ssh-keygen', ['-lf', join(folder, 'host.pub')], { encoding: 'utf8' }),
    key: userKey.privateKey,
    pid: child.pid!,
    log: () => log,
    cut,
    stop,
  };
}
