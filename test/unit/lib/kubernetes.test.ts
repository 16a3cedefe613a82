import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { Credentials } from '../../../src/lib/kubernetes/credentials.ts';
import { readEnd } from '../../../src/lib/kubernetes/exec.ts';
import { accessTo } from '../../../src/lib/kubernetes/in-cluster.ts';
import { parseAddress, parseKubeconfig } from '../../../src/lib/kubernetes/kubeconfig.ts';
import { credentialsIn } from '../../../src/lib/kubernetes/secrets-in.ts';
import { createReader, frame } from '../../../src/lib/kubernetes/websocket.ts';
import { Wire } from '../../../src/lib/kubernetes/wire.ts';

const PEM = Buffer.from('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n').toString('base64');
const file = (user: string, cluster = `certificate-authority-data: ${PEM}`) => `
apiVersion: v1
kind: Config
current-context: prod
contexts:
- name: prod
  context: {cluster: c, user: u, namespace: shop}
- name: arn:aws:eks:eu:1:cluster/blue
  context: {cluster: c, user: u}
clusters:
- name: c
  cluster:
    server: https://10.0.0.1:6443/
    ${cluster}
users:
- name: u
  user:
    ${user}
`;
const read = (user: string, address = 'kubernetes:///', cluster?: string) =>
  parseKubeconfig(file(user, cluster), address);
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => '',
    (error) => `${error.code}: ${error.message}`,
  );

describe('a kubeconfig', () => {
  it('gives what the address leaves empty', async () => {
    expect(await read('token: secret-token')).toMatchObject({
      context: 'prod',
      namespace: 'shop',
      server: 'https://10.0.0.1:6443',
      token: 'secret-token',
      ca: expect.stringContaining('BEGIN CERTIFICATE'),
    });
    expect(await read('token: t', 'kubernetes://prod/other')).toMatchObject({ context: 'prod', namespace: 'other' });
    expect(await read('token: t', 'kubernetes://arn:aws:eks:eu:1:cluster/blue')).toMatchObject({
      namespace: 'default',
    });
    expect(await read('token: t', 'kubernetes://arn:aws:eks:eu:1:cluster/blue/shop')).toMatchObject({
      namespace: 'shop',
    });
  });
  it.each([
    ['token: t', 'insecure-skip-tls-verify: true', 'insecure-skip-tls-verify'],
    ['token: t', 'certificate-authority: /home/me/ca.crt', 'is a path'],
    ['client-certificate: /home/me/client.crt', undefined, 'is a path'],
    ['username: me', undefined, 'no token'],
    ['exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}', undefined, 'v1alpha1'],
    ['auth-provider: {name: gcp}', undefined, 'auth-provider is gone'],
  ])('with %s, %s is refused', async (user, cluster, words) => {
    // What a user lacks is told after what a file of another machine is.
    expect(await code(read(user, 'kubernetes:///', cluster))).toContain(words);
  });
  it('is its text and never a path', async () => {
    expect(await code(parseKubeconfig('/home/me/.kube/config', 'kubernetes:///'))).toContain('not its path');
    expect(await code(read('token: t', 'kubernetes://stage/shop'))).toContain('it has prod, arn:aws');
  });
  it('leads to https, and by plain http to this machine alone', async () => {
    const at = (server: string) =>
      parseKubeconfig(file('token: t').replace('https://10.0.0.1:6443/', server), 'kubernetes:///');
    expect((await at('http://127.0.0.1:8001')).server).toBe('http://127.0.0.1:8001');
    expect(await code(at('http://10.0.0.1:8001'))).toContain('no https address');
    expect(await code(at('http://127.0.0.1.evil.example'))).toContain('no https address');
  });
  it('is masked as it is sent, however the file had it', async () => {
    const hidden: string[] = [];
    const access = await read(
      'token: >-\n      folded-token',
      'kubernetes:///',
      'proxy-url: http://me:p%40ss@proxy:3128',
    );
    const wire = await Wire.open(access, { env: {}, clock: systemClock, mask: (secret) => hidden.push(secret) });
    await wire.close();
    expect(hidden).toEqual(['folded-token', 'p%40ss', 'p@ss']);
  });
  it('names an exec plugin with what it is asked', async () => {
    const exec =
      'exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, args: [eks, get-token], env: [{name: A, value: b}]}';
    expect((await read(exec)).exec).toMatchObject({ command: 'aws', args: ['eks', 'get-token'], env: { A: 'b' } });
  });
  it('hides its credentials and not each of its lines', () => {
    const text = file('token: secret-token\n    client-key-data: c2VjcmV0LWtleQ==');
    expect(credentialsIn(text)).toEqual(['secret-token', 'c2VjcmV0LWtleQ==']);
    expect(credentialsIn(JSON.stringify({ users: [{ user: { token: 'json-token' } }] }))).toEqual(['json-token']);
  });
  it('is not needed in a cluster, and said to be elsewhere', async () => {
    expect(await code(accessTo('kubernetes:///', undefined, {}))).toContain('KUBECONFIG_INVALID');
  });
});

it('no namespace is anything but one', () => {
  expect(parseAddress('kubernetes:///')).toEqual({ context: '', namespace: '' });
  expect(() => parseAddress('kubernetes://a/Not_one')).toThrow('is no namespace');
});

describe('credentials', () => {
  const plugin = (script: string) => ({
    context: 'c',
    namespace: 'n',
    server: 'https://h',
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      env: { N: '1' },
      installHint: 'get it',
      provideClusterInfo: true,
    },
  });
  const context = (now: () => number) => {
    const masked: string[] = [];
    const clock = { now, mono: now, sleep: async () => undefined };
    return { masked, env: { PATH: process.env.PATH }, clock, mask: (secret: string) => void masked.push(secret) };
  };
  const answer = (until: string) =>
    `printf '{"kind":"ExecCredential","status":{"token":"t-%s","expirationTimestamp":"${until}"}}' "$(date +%N)"; test -n "$KUBERNETES_EXEC_INFO"`;

  it('of a plugin are kept until they end, and had anew after a refusal', async () => {
    let now = Date.parse('2026-11-30T08:00:00Z');
    const told = context(() => now);
    const credentials = new Credentials(plugin(answer('2026-11-30T08:15:00Z')), told);
    const first = await credentials.get();
    expect(first.token).toMatch(/^t-/);
    expect(told.masked).toEqual([first.token]);
    expect(await credentials.get()).toBe(first);
    await credentials.renew(first);
    const second = await credentials.get();
    expect(second).not.toBe(first);
    now += 15 * 60_000;
    expect(await credentials.get()).not.toBe(second);
  });
  it.each([
    ['exit 3', 'exit code 3'],
    ['echo hello', 'answered no JSON'],
    ["echo '{}'", 'answered no ExecCredential'],
  ])('of a plugin that does "%s"', async (script, words) => {
    expect(
      await code(
        new Credentials(
          plugin(script),
          context(() => 0),
        ).get(),
      ),
    ).toContain(words);
  });
  it('of a plugin that is not there', async () => {
    const access = plugin('');
    access.exec.command = 'no-such-plugin';
    expect(
      await code(
        new Credentials(
          access,
          context(() => 0),
        ).get(),
      ),
    ).toContain('TOOL_MISSING');
  });
});

describe('frames', () => {
  /** A server's frame is not masked. */
  const unmasked = (length: number) => {
    const masked = frame(2, Buffer.alloc(length, 7));
    const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const bare = Buffer.concat([masked.subarray(0, head), Buffer.alloc(length, 7)]);
    bare[1]! &= 0x7f;
    return bare;
  };
  it.each([0, 125, 126, 65_535, 65_536])('of %i bytes come whole, however they are cut', (length) => {
    const whole = Buffer.concat([unmasked(length), unmasked(3)]);
    const reader = createReader();
    const found = [whole.subarray(0, 1), whole.subarray(1, 7), whole.subarray(7)].flatMap((part) => reader(part));
    expect(found.map(({ payload }) => payload.length)).toEqual([length, 3]);
    expect(found[0]!.payload.every((byte) => byte === 7)).toBe(true);
  });
  it('tell how a command ended', () => {
    expect(readEnd('{"status":"Success"}')).toEqual({ exitCode: 0, words: '' });
    const failed = {
      status: 'Failure',
      message: 'command terminated',
      details: { causes: [{ reason: 'ExitCode', message: '2' }] },
    };
    expect(readEnd(JSON.stringify(failed))).toMatchObject({ exitCode: 2 });
  });
});
