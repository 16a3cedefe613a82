import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { init } from '../../../src/cli/init/init.ts';
import { appName, remoteOf } from '../../../src/cli/init/look.ts';
import { readWords } from '../../../src/cli/words.ts';
import { compose } from '../../../src/notify/document.ts';
import { gather } from '../../../src/notify/gather.ts';
import { schema } from '../../../src/notify/inputs.ts';
import type { Locale } from '../../../src/notify/message.ts';
import { command } from '../../support/command.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function repository(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-init-'));
  made.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function run(folder: string, ...words: string[]) {
  const said: string[] = [];
  await init(readWords(['init', '--yes', '--folder', folder, ...words]), {
    out: (line) => said.push(line),
    err: (line) => said.push(line),
  });
  return { said: said.join('\n'), read: (path: string) => readFileSync(join(folder, path), 'utf8') };
}

const origin = (url: string) => `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n\tfetch = x\n`;

describe('seatrial init', () => {
  it('writes the workflows of a GitHub repository, and names the secrets', async () => {
    const folder = repository({
      Dockerfile: 'FROM node:24\nEXPOSE 3000\nHEALTHCHECK CMD true\n',
      'package.json': '{"name":"@acme/Web_Shop"}',
      '.git/config': origin('git@github.com:Acme/Shop.git'),
    });
    const { said, read } = await run(folder, '--hosts', 'ssh://d@h1,ssh://d@h2');
    const ship = parse(read('.github/workflows/ship.yml'));
    expect(ship.jobs.ship.with).toMatchObject({
      app: 'web-shop',
      image: 'ghcr.io/acme/shop',
      port: '3000',
      publish: '80',
      hosts: 'ssh://d@h1\nssh://d@h2\n',
    });
    expect(ship.jobs.ship.secrets).toBe('inherit');
    expect(parse(read('.github/workflows/rollback.yml')).on.workflow_dispatch.inputs).toHaveProperty('to');
    expect(parse(read('seatrial.yml'))).toMatchObject({
      app: 'web-shop',
      port: 3000,
      publish: '80',
      build: { image: 'ghcr.io/acme/shop' },
    });
    expect(said).toContain('SSH_KNOWN_HOSTS');
    expect(said).not.toContain('REGISTRY_PASSWORD'); // ghcr.io takes the job's own token
  });
  it('touches nothing that is there', async () => {
    const folder = repository({
      'seatrial.yml': 'app: mine\n',
      '.gitlab-ci.yml': 'stages: [x]\n',
      Dockerfile: 'FROM a\n',
    });
    const { said, read } = await run(folder);
    expect(read('seatrial.yml')).toBe('app: mine\n');
    expect(read('.gitlab-ci.yml')).toBe('stages: [x]\n');
    expect(said).toContain('kept     seatrial.yml');
    expect(parse(read('seatrial.gitlab-ci.yml')).ship.script[0]).toContain('ship --app');
  });
  it.each([
    ['jenkins', 'Jenkinsfile'],
    ['gitee', '.workflow/seatrial.yml'],
    ['gitlab', '.gitlab-ci.yml'],
  ])('writes for %s', async (ci, path) => {
    const folder = repository({ Dockerfile: 'FROM a\n' });
    const { read } = await run(folder, '--ci', ci, '--app', 'shop', '--image', 'r.example.com/shop');
    expect(read(path)).toContain('ship --app shop --environment production --image r.example.com/shop');
  });
  const [OLD, NEW] = ['20261129-101500-9abcdef', '20261130-063812-4f1c2d3'];
  const rollback = (state: string, code: string, release = OLD) =>
    JSON.stringify({
      ...{ state, 'error-code': code, 'rolled-back': String(state === 'good') },
      deployment: { app: 'shop', environment: 'production', release, previous: NEW, state, hosts: [] },
    });
  it.each([
    ['success', rollback('good', ''), '↩️ 已回滚', '↩️ rolled back', /orders fail/],
    [
      'failed',
      rollback('unchanged', 'LOCK_HELD'),
      '❌ 回滚失败，线上未动',
      '❌ rollback failed, no change',
      /another run/,
    ],
    [
      'failed',
      rollback('unchanged', 'NO_ROLLBACK_TARGET', ''),
      '❌ 回滚失败，线上未动',
      '❌ rollback failed, no change',
      /no good/,
    ],
    // No host was reached, so there is no deployment.
    [
      'failed',
      '{"state":"unchanged","error-code":"SSH_UNREACHABLE","deployment":null}',
      '❌ 回滚失败，线上未动',
      '❌ rollback failed, no change',
      /ssh/,
    ],
    [
      'failed',
      rollback('good', 'ROLLBACK_UNPROVEN'),
      '⚠️ 已回滚，但回滚任务失败',
      '⚠️ rolled back, rollback job failed',
      /facts/,
    ],
    // Killed before it wrote, or half-way through.
    ['canceled', '', '⏹️ 回滚已取消', '⏹️ rollback cancelled', /rollback was cancelled/],
    ['failed', '{"state":', '❌ 回滚失败', '❌ rollback failed', /did not come about/],
    ['failed', undefined, '❌ 回滚失败', '❌ rollback failed', /did not come about/],
  ])('GitLab tells how a rollback ended: %s %s', async (status, written, zh, en, why) => {
    const folder = repository({ Dockerfile: 'FROM a\n' });
    const { read } = await run(folder, '--ci', 'gitlab', '--app', 'shop', '--image', 'r.example.com/shop');
    const { after_script } = parse(read('.gitlab-ci.yml')).rollback as { after_script: string[] };
    // In the place of npx: what the command was given, as JSON.
    mkdirSync(join(folder, 'bin'));
    const npx = join(folder, 'bin', 'npx');
    writeFileSync(npx, `#!/bin/sh\nexec "${process.execPath}" -p 'JSON.stringify(process.argv.slice(1))' -- "$@"\n`);
    chmodSync(npx, 0o755);
    if (written !== undefined) writeFileSync(join(folder, 'seatrial.json'), written);
    const env = {
      ...{ PATH: `${join(folder, 'bin')}:${process.env.PATH}`, CI_JOB_STATUS: status },
      ...{ SEATRIAL_VERSION: '0.1.0', REASON: 'orders fail' },
    };
    const said = command('sh', ['-e', '-c', after_script.join('\n')], { cwd: folder, env });
    expect(said.status, said.stderr).toBe(0);
    const [yes, seatrial, ...words] = JSON.parse(said.stdout) as string[];
    expect([yes, seatrial, words[0]]).toEqual(['--yes', 'seatrial@0.1.0', 'notify']);
    const { inputs } = readWords(words);
    const given = Object.fromEntries([...inputs].filter(([, text]) => text !== ''));
    const told = (locale: Locale) => gather(schema.parse({ ...given, locale }), {}, 0, (text) => text);
    expect(compose(await told('zh-CN'), 'zh-CN').title).toBe(zh);
    const english = compose(await told('en'), 'en');
    expect(english.title).toBe(en);
    expect(english.story.join(' ')).toMatch(why);
  });
  it('refuses a wrong answer before it writes', async () => {
    const folder = repository({});
    await expect(run(folder, '--port', 'http')).rejects.toThrow('port: "http" is not a port.');
    await expect(run(folder, '--hosts', '10.0.0.1')).rejects.toThrow('write ssh://user@h');
    expect(() => readFileSync(join(folder, 'seatrial.yml'))).toThrow();
  });
  it('reads remotes of every spelling, without what is secret in them', () => {
    for (const url of ['git@gitee.com:a/b.git', 'https://u:p@gitee.com/a/b', 'ssh://git@gitee.com:22/a/b.git']) {
      expect(remoteOf(origin(url))).toEqual({ host: 'gitee.com', path: 'a/b' });
    }
    expect(appName('@acme/My_Shop.Web-')).toBe('my-shop-web');
  });
});
