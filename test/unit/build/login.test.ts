import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dockerEnv, givenLogin, jobLogin, storedLogin } from '../../../src/build/registry/login.ts';
import { runProcess } from '../../../src/lib/process.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function home(config: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-login-'));
  folders.push(folder);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}
const PATH = process.env.PATH;
const auth = Buffer.from('sailor:pass:word').toString('base64');
const sailor = { username: 'sailor', password: 'pass:word' };
const registry = 'reg.example.com:5000';

describe('a login that docker push would take', () => {
  it.each<[string, object, object | undefined]>([
    ['the plain key', { auths: { [registry]: { auth } } }, sailor],
    ['https:// and a path', { auths: { [`https://${registry}/v2/`]: { auth } } }, sailor],
    ['http:// and a path', { auths: { [`http://${registry}/v1/`]: { auth } } }, sailor],
    ['username and password', { auths: { [registry]: sailor } }, sailor],
    ['a helper that is not installed', { credsStore: 'nowhere', auths: { [registry]: { auth } } }, sailor],
    [
      'an identity token (Azure)',
      { auths: { [registry]: { auth: Buffer.from('0000:').toString('base64'), identitytoken: 'refresh' } } },
      { username: '', password: '', identityToken: 'refresh' },
    ],
    ['another registry', { auths: { 'other.example.com': { auth } } }, undefined],
    ['nothing', { auths: { [registry]: {} } }, undefined],
  ])('%s', async (_, config, login) => {
    expect(await storedLogin({ PATH, DOCKER_CONFIG: home(config) }, registry)).toEqual(login);
  });

  it('is asked of its helper first, which may hold an identity token', async () => {
    const folder = home({ credHelpers: { [registry]: 'mine' }, auths: { [registry]: { auth } } });
    const answer = JSON.stringify({ Username: '<token>', Secret: 'refresh' });
    writeFileSync(join(folder, 'docker-credential-mine'), `#!/bin/sh\ncat >/dev/null\necho '${answer}'\n`);
    chmodSync(join(folder, 'docker-credential-mine'), 0o700);
    expect(await storedLogin({ PATH: `${folder}:${PATH}`, DOCKER_CONFIG: folder }, registry)).toEqual({
      username: '',
      password: '',
      identityToken: 'refresh',
    });
  });

  it('is Docker Hub’s by any of its names', async () => {
    const env = { PATH, DOCKER_CONFIG: home({ auths: { 'https://index.docker.io/v1/': { auth } } }) };
    expect(await storedLogin(env, 'docker.io')).toEqual(sailor);
  });
});

it('a password is given without the line end of its file', () => {
  expect(givenLogin('sailor ', 'pass word\r\n')).toEqual({ username: 'sailor', password: 'pass word' });
  expect(givenLogin('sailor', undefined)).toBeUndefined();
});

it('the job’s token is for GitHub’s registry in a job of GitHub, and for nobody else', () => {
  const job = { GITHUB_ACTIONS: 'true', GITHUB_ACTOR: 'octocat', GITHUB_SERVER_URL: 'https://github.com' };
  expect(jobLogin(job, 'ghcr.io', 'ghs_1')).toEqual({ username: 'octocat', password: 'ghs_1' });
  expect(jobLogin(job, 'quay.io', 'ghs_1')).toBeUndefined();
  expect(jobLogin({}, 'ghcr.io', 'ghs_1')).toBeUndefined();
  expect(jobLogin({ ...job, GITHUB_SERVER_URL: 'https://github.example.com' }, 'ghcr.io', 'ghs_1')).toBeUndefined();
  expect(jobLogin(job, 'ghcr.io', undefined)).toBeUndefined();
});

it('Docker is told of several logins by a helper that answers from its environment', async () => {
  const temp = home({});
  const logins = [
    { registry: 'ghcr.io', username: 'a', password: `p'"$x` },
    { registry: 'docker.io', username: 'b', password: 'q' },
  ];
  const env = dockerEnv({ PATH, DOCKER_CONFIG: home({}) }, temp, logins);
  const ask = async (asked: string) => {
    const answer = await runProcess('docker-credential-seatrial-build', ['get'], { env, input: asked });
    return answer.exitCode === 0 ? (JSON.parse(answer.stdout) as { Secret: string }).Secret : undefined;
  };
  expect(await ask('ghcr.io\n')).toBe(`p'"$x`);
  expect(await ask('https://index.docker.io/v1/\n')).toBe('q');
  expect(await ask('quay.io\n')).toBeUndefined();
});
