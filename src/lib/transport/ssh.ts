import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, until } from '../clock.ts';
import type { EngineAddress } from '../docker/address.ts';
import { SeatrialError } from '../errors.ts';
import { bareEnv } from '../process.ts';
import { atExit } from './at-exit.ts';
import { bridge } from './dial-stdio.ts';
import { type PrivateFolder, privateFolder } from './private.ts';
import { probe } from './probe.ts';
import { explainSsh, keyFile, knownHosts, lastWords, parseSsh, type SshTarget } from './ssh-words.ts';
import type { Transport, TransportOptions } from './types.ts';

/** Seconds for TCP and the key exchange; the whole opening gets OPEN_MS. */
const CONNECT_SECONDS = 10;
const OPEN_MS = 25_000;

/**
 * Options before all of the user's own ssh config, where the first value wins: nothing is asked, no key is learned,
 * only the given known_hosts count. The user's config still brings ProxyJump, certificates and the like.
 */
function hardening(folder: PrivateFolder, keyGiven: boolean): string[] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile="${join(folder.path, 'known_hosts')}"`,
    'GlobalKnownHostsFile=/dev/null',
    'KnownHostsCommand=none',
    'VerifyHostKeyDNS=no',
    'UpdateHostKeys=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'ExitOnForwardFailure=yes',
    'StreamLocalBindMask=0177',
    'TCPKeepAlive=yes',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    'ConnectionAttempts=1',
    'LogLevel=INFO',
    ...(keyGiven ? [`IdentityFile="${join(folder.path, 'key')}"`, 'IdentitiesOnly=yes', 'IdentityAgent=none'] : []),
  ];
  return options.flatMap((option) => ['-o', option]);
}

const destination = (target: SshTarget) => [
  '-p',
  String(target.port),
  ...(target.user ? ['-l', target.user] : []),
  '--',
  target.host,
];

interface Master {
  child: ChildProcess;
  stderr(): string;
  /** Resolves when the process is gone (or could not be started: then with what Node said). */
  gone: Promise<Error | undefined>;
  ended(): boolean;
}

function start(args: string[], env: Record<string, string>): Master {
  // A group of its own: Ctrl-C in a terminal reaches every process of the group, and the tunnel must outlive it until
  // the weights are back.
  const child = spawn('ssh', args, { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let stderr = '';
  let ended = false;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-16_384);
  });
  const gone = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('close', () => resolve(undefined));
  }).finally(() => {
    ended = true;
  });
  return { child, stderr: () => stderr, gone, ended: () => ended };
}

/** Ends the master: TERM, and KILL when it won't. */
async function stop({ child, gone, ended }: Master): Promise<void> {
  if (ended()) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
  await gone;
  clearTimeout(timer);
}

/**
 * The engine behind ssh: one connection, its remote socket forwarded to a private local one. Where the server refuses
 * to forward sockets, each local connection becomes a `docker system dial-stdio` over that same connection.
 */
export async function openSsh(host: string, options: TransportOptions): Promise<Transport> {
  const target = parseSsh(host);
  const pinned = knownHosts(options.sshKnownHosts, target);
  const folder = privateFolder();
  const key = options.sshKey;
  folder.write('known_hosts', pinned);
  if (key) folder.write('key', keyFile(key));
  const control = join(folder.path, 'c');
  const socketPath = join(folder.path, 'd.sock');
  const env = { ...bareEnv(options.env, key ? [] : ['SSH_AUTH_SOCK']), LC_ALL: 'C' };
  const secure = hardening(folder, Boolean(key));
  const master = start(
    ['-N', '-T', '-M', '-S', control, ...secure, '-L', `${socketPath}:${target.socket}`, ...destination(target)],
    env,
  );
  const forget = atExit(() => master.child.kill('SIGTERM'));
  const lost = new AbortController();
  let closing = false;
  let unbridge: () => Promise<void> = async () => undefined;
  const close = async () => {
    closing = true;
    forget();
    await unbridge();
    await stop(master);
    folder.remove();
  };
  try {
    await listening(target, master, socketPath, folder, options);
    let address: EngineAddress = { label: host, socketPath, lost: lost.signal };
    const refused = await probe(address, 10_000, options.signal);
    options.signal?.throwIfAborted();
    if (refused) {
      const bridgePath = join(folder.path, 'b.sock');
      const remote = `docker ${target.socketGiven ? `-H unix://${target.socket} ` : ''}system dial-stdio`;
      const session = ['-T', '-S', control, ...secure, ...destination(target), remote];
      const link = await bridge(bridgePath, session, env);
      unbridge = link.close;
      address = { ...address, socketPath: bridgePath };
      const still = await probe(address, 15_000, options.signal);
      options.signal?.throwIfAborted();
      if (still) throw unreachable(target, `${master.stderr()}\n${link.stderr()}`, folder, master.ended());
    } else {
      // Logged in for good. A bridge keeps it: a server that won't share the connection makes each session log in.
      folder.erase('key');
    }
    void master.gone.then(() => {
      if (closing) return;
      const words = lastWords(master.stderr(), folder.path);
      lost.abort(
        new SeatrialError(
          'SSH_LOST',
          `${host}: the ssh connection broke off${words ? ` (${words})` : ''}; run it again when the host answers.`,
        ),
      );
    });
    return { address, dockerHost: `unix://${address.socketPath}`, env: {}, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until ssh has logged in and listens; its end, the deadline or a cancel come first otherwise. */
async function listening(
  target: SshTarget,
  master: Master,
  socketPath: string,
  folder: PrivateFolder,
  { sshKey, signal }: TransportOptions,
): Promise<void> {
  const up = await until(async () => (master.ended() || existsSync(socketPath) ? true : undefined), {
    every: 10,
    within: OPEN_MS,
    clock: systemClock,
    signal,
  });
  if (master.ended()) {
    const failure = await master.gone;
    if (failure) {
      throw new SeatrialError('TOOL_MISSING', 'ssh could not be started; install an OpenSSH client on this runner.', {
        cause: failure,
      });
    }
    throw explainSsh(target, master.stderr(), folder.path, Boolean(sshKey));
  }
  if (!up) {
    throw new SeatrialError(
      'SSH_UNREACHABLE',
      `${target.label}: no login within ${OPEN_MS / 1000} s; check the server's load and its sshd log.`,
      { cause: lastWords(master.stderr(), folder.path) },
    );
  }
}

function unreachable(target: SshTarget, stderr: string, folder: PrivateFolder, ended: boolean): SeatrialError {
  if (ended) return explainSsh(target, stderr, folder.path, true);
  const words = lastWords(stderr, folder.path);
  return new SeatrialError(
    'ENGINE_UNREACHABLE',
    `${target.label}: ssh works, but no engine answers at ${target.socket} (${words || 'no word from it'}); check that Docker runs there and that this user may use it.`,
  );
}
