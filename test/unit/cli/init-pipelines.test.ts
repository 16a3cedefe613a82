import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { init } from '../../../src/cli/init/init.ts';
import { readWords } from '../../../src/cli/words.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What `init` says and writes for a repository of these files. */
async function written(files: Record<string, string>, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-init-'));
  made.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const said: string[] = [];
  const flags = ['--yes', '--folder', folder, '--app', 'shop', '--image', 'r.example.com/shop', ...words];
  const out = (line: string) => said.push(line);
  await init(readWords(['init', ...flags]), { out, err: out });
  return { folder, said: said.join('\n'), read: (path: string) => readFileSync(join(folder, path), 'utf8') };
}
const docker = { Dockerfile: 'FROM a\nHEALTHCHECK CMD true\n' };

/** Variables a Jenkinsfile binds, with the credential of each. */
const bound = (file: string) =>
  Object.fromEntries([...file.matchAll(/^ {4}(\w+) = credentials\('([\w-]+)'\)$/gm)].map((found) => found.slice(1, 3)));
/** The shell of its two stages. */
const stages = (file: string) => [...file.matchAll(/sh '''\n([\s\S]*?)'''/g)].map((found) => found[1]!);

/** Runs a stage as Jenkins does, with an `npx` that notes its words; those of a rollback print `json` and end so. */
function play(shell: string, env: Record<string, string>, json = '', status = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-stage-'));
  made.push(folder);
  const stub = `#!/bin/sh
printf '%s\\0' "$@" >>calls; printf '\\1' >>calls
[ "$3" = rollback ] || exit 0
cat json; exit ${status}
`;
  writeFileSync(join(folder, 'npx'), stub);
  chmodSync(join(folder, 'npx'), 0o755);
  writeFileSync(join(folder, 'json'), json);
  for (const [name, text] of Object.entries(env)) if (name.endsWith('_FILE')) writeFileSync(join(folder, name), text);
  const run = spawnSync('sh', ['-xe', '-c', shell], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...env,
      PATH: `${folder}:${dirname(process.execPath)}:${process.env.PATH}`,
      ...Object.fromEntries(Object.keys(env).flatMap((name) => (name.endsWith('_FILE') ? [[name, name]] : []))),
    },
  });
  const calls = existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '';
  const words = calls
    .split('\x01')
    .filter(Boolean)
    .map((call) => call.split('\0').slice(2, -1));
  // Every word is one the command takes.
  return { status: run.status, printed: run.stdout + run.stderr, asked: words.map((call) => readWords(call)) };
}
const files = { SSH_KEY_FILE: 'the-key', SSH_KNOWN_HOSTS_FILE: 'h ssh-ed25519 AAAA' };

describe('the Jenkinsfile of init', () => {
  const REGISTRY = ['username', 'password', 'dingtalk-webhook'];
  it.each([
    ['ssh://d@h', ['ssh-key', 'ssh-known-hosts', ...REGISTRY]],
    ['swarm+ssh://d@h', ['ssh-key', 'ssh-known-hosts', ...REGISTRY]],
    ['unix:///var/run/docker.sock', REGISTRY],
    ['tcp://h:2376', ['tls-ca', 'tls-cert', 'tls-key', ...REGISTRY]],
    ['kubernetes:///shop', ['kubeconfig', ...REGISTRY]],
  ])('binds what %s asks for, by the names that are said, and nothing else', async (host, secrets) => {
    const { said, read } = await written(docker, '--ci', 'jenkins', '--hosts', host);
    const file = read('Jenkinsfile');
    const ids = secrets.map((name) => `seatrial-${name}`);
    expect(Object.values(bound(file))).toEqual(ids);
    const listed = said
      .slice(said.indexOf('Secrets to set'))
      .matchAll(/^ {2}(seatrial-[\w-]+) +Secret (file|text): /gm);
    expect([...listed].map(([, id]) => id)).toEqual(ids);
    // What has lines is a file, whose path reaches the step; a text reaches the command as SEATRIAL_*.
    for (const [variable, id] of Object.entries<string>(bound(file))) {
      const isFile = new RegExp(`${id} +Secret file`).test(said);
      const input = id.replace('seatrial-', '').replaceAll('-', '_').toUpperCase();
      expect(variable).toBe(isFile ? `${input}_FILE` : `SEATRIAL_${input}`);
      if (isFile) for (const shell of stages(file)) expect(shell).toContain(`"$${variable}"`);
    }
  });
  it('ships with the secrets it binds, and prints none', async () => {
    const file = (await written(docker, '--ci', 'jenkins', '--hosts', 'ssh://d@h')).read('Jenkinsfile');
    const { status, asked, printed } = play(stages(file)[0]!, files);
    expect(status).toBe(0);
    const [{ what, inputs, files: given }] = asked as [(typeof asked)[0]];
    expect([what, inputs.get('image'), inputs.get('ssh-known-hosts')]).toEqual([
      'ship',
      'r.example.com/shop',
      'h ssh-ed25519 AAAA',
    ]);
    expect(given.get('ssh-key')).toBe('SSH_KEY_FILE');
    expect(printed).not.toContain('the-key');
  });
  const deployment = { app: 'shop', release: 'old', state: 'good' };
  it.each<[string, Record<string, unknown> | undefined, number, string, string]>([
    [
      'one that worked',
      { state: 'good', 'rolled-back': 'true', deployment, 'error-code': '' },
      0,
      'success',
      'orders fail',
    ],
    [
      'one that had nowhere to go',
      { state: 'unchanged', 'rolled-back': 'false', deployment: null, 'error-code': 'NO_ROLLBACK_TARGET' },
      1,
      'failure',
      'NO_ROLLBACK_TARGET',
    ],
    ['one that reached no host', { 'error-code': 'ENGINE_UNREACHABLE' }, 1, 'failure', 'ENGINE_UNREACHABLE'],
    ['one that was cut off', undefined, 137, 'failure', 'orders fail'],
  ])('tells of a rollback as it was: %s', async (_, json, ended, result, reason) => {
    const file = (await written(docker, '--ci', 'jenkins', '--hosts', 'ssh://d@h')).read('Jenkinsfile');
    const text = json ? JSON.stringify(json) : '';
    const { status, asked } = play(stages(file)[1]!, { ...files, TO: 'v1', REASON: 'orders fail' }, text, ended);
    expect(status).toBe(ended);
    const [back, told] = asked;
    expect([back!.inputs.get('command'), back!.inputs.get('to'), back!.json]).toEqual(['rollback', 'v1', true]);
    expect(back!.inputs.get('reason')).toBe('orders fail');
    expect(told!.what).toBe('notify');
    expect(JSON.parse(told!.inputs.get('needs')!)).toEqual({
      rollback: { result, outputs: { state: json?.state ?? '', 'rolled-back': json?.['rolled-back'] ?? '' } },
    });
    expect(told!.inputs.get('deployment')).toBe(json?.deployment ? JSON.stringify(deployment) : '');
    expect(told!.inputs.get('reason')).toBe(reason);
    expect(told!.inputs.has('event')).toBe(false);
  });
});

describe('the file of init for Gitee Go', () => {
  it('names its secrets and the way back, and asks for no key where no host has one', async () => {
    const { said, read } = await written(docker, '--ci', 'gitee', '--hosts', 'unix:///var/run/docker.sock');
    const file = read('.workflow/seatrial.yml');
    for (const name of ['SEATRIAL_USERNAME', 'SEATRIAL_PASSWORD', 'SEATRIAL_DINGTALK_WEBHOOK']) {
      expect(file).toContain(name);
      expect(said).toContain(name);
    }
    expect(file + said).not.toContain('SSH_KEY');
    const [, back] = /seatrial@\S+ (rollback .*)$/m.exec(file)!;
    expect(readWords(back!.replaceAll('"', '').replace('orders fail', 'slow').split(' ')).what).toBe('deploy');
  });
});

describe('where a compose file is all there is', () => {
  const compose = { 'compose.yaml': 'services: { web: { image: nginx } }\n' };
  it.each([
    ['jenkins', (read: (path: string) => string) => stages(read('Jenkinsfile'))[0]!],
    ['gitee', (read: (path: string) => string) => parse(read('.workflow/seatrial.yml')).stages[0].steps[0].commands[0]],
  ])('%s deploys it and builds nothing', async (ci, shellOf) => {
    const { said, read } = await written(compose, '--ci', ci, '--hosts', 'unix:///var/run/docker.sock');
    const [{ inputs }] = play(shellOf(read), {}).asked as [ReturnType<typeof readWords>];
    expect([inputs.get('compose-file'), inputs.has('image')]).toEqual(['compose.yaml', false]);
    expect(said).not.toContain('no Dockerfile');
  });
  it('GitLab deploys it and builds nothing', async () => {
    const { said, read } = await written(compose, '--ci', 'gitlab', '--hosts', 'unix:///var/run/docker.sock');
    const [line] = parse(read('.gitlab-ci.yml')).ship.script as [string];
    const [{ what, inputs }] = play(line, { SEATRIAL_VERSION: '0' }).asked as [ReturnType<typeof readWords>];
    expect([what, inputs.get('compose-file'), inputs.has('image')]).toEqual(['ship', 'compose.yaml', false]);
    expect(said).toContain('The gate asks /healthz of the service with the traffic');
  });
  it('GitHub calls deploy.yml with it, and with nothing that workflow does not take', async () => {
    const { read } = await written(compose, '--ci', 'github', '--hosts', 'ssh://d@h1,ssh://d@h2');
    const caller = parse(read('.github/workflows/ship.yml'));
    expect(caller.permissions).toEqual({ contents: 'read' });
    const { uses, with: given, secrets } = caller.jobs.ship;
    expect(uses).toMatch(/\/deploy\.yml@v/);
    expect(secrets).toBe('inherit');
    expect(given).toEqual({
      app: 'shop',
      'compose-file': 'compose.yaml',
      hosts: 'ssh://d@h1\nssh://d@h2\n',
      'health-path': '/healthz',
    });
    const { inputs } = parse(readFileSync('.github/workflows/deploy.yml', 'utf8')).on.workflow_call;
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    const needed = Object.entries<{ required?: boolean }>(inputs).flatMap(([name, { required }]) =>
      required ? [name] : [],
    );
    expect(needed.filter((name) => !(name in given))).toEqual([]);
  });
  it('says no port that the file says, unless it is given', async () => {
    const file = async (...words: string[]) => parse((await written(compose, ...words)).read('seatrial.yml'));
    expect(await file()).toEqual(expect.not.objectContaining({ port: expect.anything(), publish: expect.anything() }));
    expect(await file()).toMatchObject({ deploy: { 'compose-file': 'compose.yaml' } });
    expect(await file('--port', '80', '--publish', '8080')).toMatchObject({ port: 80, publish: '8080' });
  });
  it.each(['github', 'gitlab', 'jenkins', 'gitee'])(
    '%s: one that builds an image is built, and what to fill in is said',
    async (ci) => {
      const builds = { 'compose.yaml': 'services:\n  web:\n    build: ./web\n    ports: ["8080:80"]\n' };
      const { said, read } = await written(builds, '--ci', ci, '--hosts', 'unix:///var/run/docker.sock');
      expect(said).toMatch(/compose\.yaml builds an image itself.*context: .*service: .*fails at the build/);
      const file = { github: '.github/workflows/ship.yml', gitlab: '.gitlab-ci.yml', jenkins: 'Jenkinsfile' }[ci];
      expect(read(file ?? '.workflow/seatrial.yml')).toMatch(/(image:|--image) r\.example\.com\/shop/);
      expect(read('seatrial.yml')).toMatch(/# context: web[\s\S]*compose-file: compose\.yaml\n {2}# service: web/);
      expect((await written({ ...builds, ...docker }, '--ci', ci)).said).not.toContain('builds an image itself');
    },
  );
});
