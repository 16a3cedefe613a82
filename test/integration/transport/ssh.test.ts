import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/lib/docker/engine.ts';
import { openTransport, type Transport, type TransportOptions } from '../../../src/lib/transport/open.ts';
import { ENGINE_SOCKET } from '../../support/engine.ts';
import { makeKey, type Sshd, startSshd } from '../../support/sshd.ts';

const open: Transport[] = [];
const engines: Engine[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'seatrial-keys-'));
const other = makeKey(scratch, 'other');

async function reach(host: string, options: Partial<TransportOptions>) {
  const transport = await openTransport(host, { env: process.env, ...options });
  open.push(transport);
  const engine = new Engine(transport.address);
  engines.push(engine);
  return { transport, engine };
}

/** The command lines of all ssh processes of ours. */
const commandLines = () =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return []; // ended in between
      }
    })
    .filter((line) => line.startsWith('ssh '));

afterEach(async () => {
  for (const engine of engines.splice(0)) engine.close();
  for (const transport of open.splice(0)) await transport.close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('an engine behind ssh', () => {
  let sshd: Sshd;
  const trusted = () => ({ sshKey: sshd.key, sshKnownHosts: sshd.knownHosts });
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it('is reached over one connection, by the API and by the docker CLI', async () => {
    const before = sshd.log().match(/Accepted publickey/g)?.length ?? 0;
    const { transport, engine } = await reach(sshd.host, trusted());
    await Promise.all(Array.from({ length: 20 }, () => engine.ping()));
    const cli = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      env: { ...process.env, DOCKER_HOST: transport.dockerHost },
      encoding: 'utf8',
    });
    expect(cli.status, cli.stderr).toBe(0);
    expect((sshd.log().match(/Accepted publickey/g)?.length ?? 0) - before).toBe(1);
  });

  it('is reached with a key whose line ends were lost on the way', async () => {
    const pasted = sshd.key.trim().replaceAll('\n', '\r\n');
    const { engine } = await reach(sshd.host, { ...trusted(), sshKey: pasted });
    expect((await engine.ping()).apiVersion).toMatch(/^1\./);
  });

  it('is reached by the agent when no key is given', async () => {
    const agent = spawnSync('ssh-agent', ['-s'], { encoding: 'utf8' }).stdout;
    const value = (name: string) => new RegExp(`${name}=([^;]+)`).exec(agent)![1]!;
    const env = { ...process.env, SSH_AUTH_SOCK: value('SSH_AUTH_SOCK') };
    try {
      expect(spawnSync('ssh-add', ['-q', '-'], { env, input: sshd.key }).status).toBe(0);
      const { engine } = await reach(sshd.host, { sshKnownHosts: sshd.knownHosts, env });
      expect((await engine.ping()).apiVersion).toMatch(/^1\./);
    } finally {
      process.kill(Number(value('SSH_AGENT_PID')));
    }
  });

  it('takes the socket from the path of the host', async () => {
    const { engine } = await reach(new URL(ENGINE_SOCKET, sshd.host).href, trusted());
    expect((await engine.ping()).apiVersion).toMatch(/^1\./);
  });

  it('leaves no key on disk once logged in, and nothing at all once closed', async () => {
    const { transport } = await reach(sshd.host, trusted());
    const folder = dirname(transport.dockerHost.slice('unix://'.length));
    expect(readdirSync(folder)).not.toContain('key');
    expect(commandLines().some((line) => line.includes(folder))).toBe(true);
    await transport.close();
    expect(existsSync(folder)).toBe(false);
    expect(commandLines().filter((line) => line.includes(folder))).toEqual([]);
  });

  it('is not reached without known hosts, and the error says how to make them', async () => {
    await expect(reach(sshd.host, { sshKey: sshd.key })).rejects.toMatchObject({
      code: 'SSH_KNOWN_HOSTS_MISSING',
      message: expect.stringContaining(`ssh-keyscan -p ${sshd.port} 127.0.0.1`),
    });
    await expect(reach(sshd.host, { ...trusted(), sshKnownHosts: 'SHA256:abc' })).rejects.toMatchObject({
      code: 'SSH_KNOWN_HOSTS_MISSING',
    });
  });

  it('is not reached with another host key, nor with one for another host', async () => {
    const wrong = `[127.0.0.1]:${sshd.port} ${other.publicKey}`;
    await expect(reach(sshd.host, { ...trusted(), sshKnownHosts: wrong })).rejects.toMatchObject({
      code: 'SSH_HOST_KEY',
      message: expect.stringContaining('another key'),
    });
    const elsewhere = `example.org ${other.publicKey}`;
    await expect(reach(sshd.host, { ...trusted(), sshKnownHosts: elsewhere })).rejects.toMatchObject({
      code: 'SSH_HOST_KEY',
      message: expect.stringContaining('no line for this host'),
    });
  });

  it('says what is wrong with a key', async () => {
    await expect(reach(sshd.host, { ...trusted(), sshKey: other.privateKey })).rejects.toMatchObject({
      code: 'SSH_AUTH',
      message: expect.stringContaining('authorized_keys'),
    });
    await expect(reach(sshd.host, { ...trusted(), sshKey: 'half a key' })).rejects.toMatchObject({
      code: 'SSH_AUTH',
      message: expect.stringContaining('whole private key'),
    });
  });

  it('says so when nobody listens, and when no engine is behind', async () => {
    const dead = await startSshd();
    await dead.stop();
    await expect(reach(dead.host, { sshKey: dead.key, sshKnownHosts: dead.knownHosts })).rejects.toMatchObject({
      code: 'SSH_UNREACHABLE',
    });
    await expect(reach(`${sshd.host}/nowhere/docker.sock`, trusted())).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: expect.stringContaining('/nowhere/docker.sock'),
    });
  });

  it('leaves nothing behind when the opening failed', async () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('st-'));
    const before = folders();
    await expect(reach(sshd.host, { ...trusted(), sshKey: other.privateKey })).rejects.toThrow();
    expect(folders()).toEqual(before);
  });

  // At once: one that waited for the deadline of the call would be an ENGINE_TIMEOUT.
  it('fails pending calls, streams and later calls at once when the connection is cut', async () => {
    const { engine } = await reach(sshd.host, trusted());
    const events = await engine.call('follow events', (docker, abortSignal) => docker.getEvents({ abortSignal }));
    const ended = new Promise<Error | undefined>((resolve) => {
      events.once('error', resolve).once('close', () => resolve(undefined));
      events.resume();
    });
    const waiting = engine.call('wait for ever', () => new Promise(() => undefined));
    sshd.cut();
    await expect(waiting).rejects.toMatchObject({ code: 'SSH_LOST' });
    await ended;
    await expect(engine.ping()).rejects.toMatchObject({ code: 'SSH_LOST' });
  });

  it('gives up when cancelled in the middle', async () => {
    const cancel = new AbortController();
    const opening = reach(sshd.host, { ...trusted(), signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(opening).rejects.toThrow('cancelled');
  });
});

describe('a server that refuses to forward sockets', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd(['AllowStreamLocalForwarding no']);
  });
  afterAll(() => sshd.stop());

  it('is worked through docker system dial-stdio, on the one connection', async () => {
    const { engine } = await reach(sshd.host, { sshKey: sshd.key, sshKnownHosts: sshd.knownHosts });
    for (let n = 0; n < 20; n++) await engine.ping();
    await Promise.all(Array.from({ length: 3 }, () => engine.ping()));
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
    expect(sshd.log().match(/Starting session/g)!.length).toBeLessThan(10); // 46 calls: the connections are kept
  });

  it('gets a burst through that is beyond what the server shares on one connection', async () => {
    const { engine } = await reach(sshd.host, { sshKey: sshd.key, sshKnownHosts: sshd.knownHosts });
    const answers = await Promise.all(Array.from({ length: 7 }, () => engine.ping()));
    expect(answers.every((answer) => answer.version !== '')).toBe(true);
  });

  it('fails pending calls when the connection is cut', async () => {
    const { engine } = await reach(sshd.host, { sshKey: sshd.key, sshKnownHosts: sshd.knownHosts });
    const waiting = engine.call('wait for ever', () => new Promise(() => undefined));
    sshd.cut();
    await expect(waiting).rejects.toMatchObject({ code: 'SSH_LOST' });
  });
});
