import { SeatrialError } from '../errors.ts';

/** `ssh://user@host:port/path` taken apart. */
export interface SshTarget {
  label: string;
  user: string;
  host: string;
  port: number;
  /** The engine's socket on that machine. */
  socket: string;
  /** True when the URL named the socket. */
  socketGiven: boolean;
}

/** Takes an ssh host apart; refuses a password, options in disguise (`-oProxyCommand=…`) and odd characters. */
export function parseSsh(host: string): SshTarget {
  const found = /^ssh:\/\/(?:([^@/]*)@)?(\[[0-9a-fA-F:.]+\]|[^@:/[\]]+)(?::(\d{1,5}))?(\/.*)?$/.exec(host);
  const [, user = '', name = '', port = '22', path = ''] = found ?? [];
  if (user.includes(':')) {
    throw new SeatrialError('INPUT_INVALID', 'hosts: an ssh host must hold no password; use ssh-key.');
  }
  const clean = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
  const socketGiven = path !== '' && path !== '/';
  const good =
    found &&
    (user === '' || clean.test(user)) &&
    (name.startsWith('[') || clean.test(name)) &&
    (!socketGiven || /^\/[\w./@+-]+$/.test(path));
  if (!good)
    throw new SeatrialError('INPUT_INVALID', `hosts: "${host}" is not ssh://user@host:port[/path/docker.sock].`);
  return {
    label: host,
    user,
    host: name.replace(/^\[|\]$/g, ''),
    port: Number(port),
    socket: socketGiven ? path : '/var/run/docker.sock',
    socketGiven,
  };
}

/** The known_hosts lines as a file; without one there is no connection, since the first key seen proves nothing. */
export function knownHosts(text: string | undefined, target: SshTarget): string {
  const lines = (text ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const port = target.port === 22 ? '' : `-p ${target.port} `;
  const scan = `ssh-keyscan ${port}${target.host}`;
  if (lines.length === 0) {
    throw new SeatrialError(
      'SSH_KNOWN_HOSTS_MISSING',
      `${target.label} needs ssh-known-hosts: run \`${scan}\`, compare its keys with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the server itself, and store the lines as that input.`,
    );
  }
  if (lines.some((line) => line.split(/\s+/).length < 3)) {
    throw new SeatrialError(
      'SSH_KNOWN_HOSTS_MISSING',
      `ssh-known-hosts must hold known_hosts lines ("host ssh-ed25519 AAAA…"), as \`${scan}\` prints them.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A private key as ssh reads it: pasted keys lose their last line end or gain carriage returns. */
export const keyFile = (key: string): string => `${key.replaceAll('\r\n', '\n').trim()}\n`;

/** What ssh said last, without this run's own paths: for messages. */
export function lastWords(stderr: string, folder: string): string {
  const lines = stderr
    .replaceAll(folder, '(private)')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^@+|^(Warning: Permanently|Authorized|debug\d)/.test(line));
  return (lines.at(-1) ?? '').slice(0, 300);
}

/** ssh's words (it exits 255 for all of this) as one of our codes. */
export function explainSsh(target: SshTarget, stderr: string, folder: string, keyGiven: boolean): SeatrialError {
  const { label } = target;
  const words = lastWords(stderr, folder);
  const cause = words || undefined;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
    return new SeatrialError(
      'SSH_HOST_KEY',
      `${label}: the server showed another key than ssh-known-hosts pins; unless it was reinstalled, someone stands between. Nothing was sent.`,
      { cause },
    );
  }
  if (/Host key verification failed|No .* host key is known|no matching host key type/.test(stderr)) {
    return new SeatrialError(
      'SSH_HOST_KEY',
      `${label}: ssh-known-hosts has no line for this host and port; add the ones ssh-keyscan prints after comparing them.`,
      { cause },
    );
  }
  if (/Load key .*(libcrypto|invalid format|passphrase|Permission)/.test(stderr)) {
    return new SeatrialError(
      'SSH_AUTH',
      `${label}: ssh can't read ssh-key; give the whole private key, BEGIN and END lines included, without a passphrase.`,
      { cause },
    );
  }
  if (/Permission denied|Too many authentication failures|no mutual signature|Authentication failed/.test(stderr)) {
    const advice = keyGiven
      ? "the server doesn't take ssh-key; add its public half to that user's authorized_keys"
      : 'no key was taken; give ssh-key, or start an ssh-agent with one';
    return new SeatrialError('SSH_AUTH', `${label}: ${advice}.`, { cause });
  }
  return new SeatrialError(
    'SSH_UNREACHABLE',
    `${label}: ${words || 'ssh ended without a word'}; check the address, the port, and that the firewall lets this runner in.`,
  );
}
