import { describe, expect, it } from 'vitest';
import { WINGS } from '../../../src/cli/catalog.ts';
import { readable, readCommandFile } from '../../../src/cli/command-file.ts';
import { filesFor } from '../../../src/cli/init/files.ts';
import { bundleEnv } from '../../../src/cli/run.ts';
import { readWords } from '../../../src/cli/words.ts';

const inputs = (...words: string[]) => Object.fromEntries(readWords(words).inputs);
const refused = (...words: string[]) => {
  try {
    readWords(words);
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return 'taken';
};

describe('the words of a command line', () => {
  it('are inputs by their names', () => {
    expect(inputs('deploy', '--app', 'shop', '--port=8080')).toEqual({ app: 'shop', port: '8080' });
  });
  it('name commands of action-deploy in short', () => {
    for (const word of ['rollback', 'promote', 'status', 'plan', 'unlock', 'prune']) {
      expect(inputs(word, '--app', 'shop')).toEqual({ command: word, app: 'shop' });
    }
  });
  it('give a list by a flag said several times, and nothing else twice', () => {
    expect(inputs('deploy', '--hosts', 'ssh://a@b', '--hosts', 'ssh://c@d').hosts).toBe('ssh://a@b\nssh://c@d');
    expect(refused('deploy', '--app', 'a', '--app', 'b')).toMatch(/^INPUT_INVALID: --app is given twice/);
  });
  it('switch a boolean on by its flag alone, and off by no-', () => {
    expect(inputs('deploy', '--force', '--app', 'shop')).toEqual({ force: 'true', app: 'shop' });
    expect(inputs('deploy', '--force', 'false')).toEqual({ force: 'false' });
    expect(inputs('build', '--no-push')).toEqual({ push: 'false' });
  });
  it('take a value that begins with a dash, and miss one that is not there', () => {
    expect(inputs('deploy', '--args', '-e')).toEqual({ args: '-e' });
    expect(refused('deploy', '--app', '--port', '1')).toMatch(/^INPUT_INVALID: --app needs a value/);
    expect(refused('deploy', '--app')).toMatch(/^INPUT_INVALID: --app needs a value/);
  });
  it.each([
    [['rolback'], 'INPUT_UNKNOWN: There is no command "rolback"; did you mean "rollback"?'],
    [['deploy', '--helth-path', '/'], 'INPUT_UNKNOWN: There is no flag --helth-path; did you mean --health-path?'],
    [['deploy', 'shop'], 'INPUT_UNKNOWN: "shop" belongs to no flag.'],
    [['deploy', '--ssh-key-fil', 'k'], 'INPUT_UNKNOWN: There is no flag --ssh-key-fil; did you mean --ssh-key-file?'],
  ])('refuse %j and name the nearest', (words, said) => expect(refused(...words)).toContain(said));
  it('hold no secret, and take the file of one', () => {
    expect(refused('deploy', '--password', 'x')).toMatch(/^INPUT_INVALID: --password would put a secret/);
    expect(refused('notify', '--dingtalk-webhook=https://x')).toContain('SEATRIAL_DINGTALK_WEBHOOK');
    expect(refused('deploy', '--password', 'hunter2')).not.toContain('hunter2');
    expect([...readWords(['deploy', '--ssh-key-file', 'id']).files]).toEqual([['ssh-key', 'id']]);
  });
});

describe('the environment of a bundle', () => {
  const none = { inputs: new Map<string, string>(), files: new Map<string, string>() };
  const answers = {
    app: 'shop',
    image: 'registry.example.com/shop',
    hosts: ['ssh://deploy@shop-1.example.com'],
    port: '8080',
    publish: '80',
    healthPath: '/healthz',
    locale: 'en',
    builds: true,
  };
  it('takes what a CI keeps beside its secrets, as the pipelines of init name it', () => {
    const named = (['github', 'gitlab', 'jenkins', 'gitee'] as const).flatMap((ci) =>
      filesFor({ ...answers, ci }, () => false).flatMap(({ text }) => text.match(/SEATRIAL_(?!VERSION)[A-Z_]+/g) ?? []),
    );
    expect(named).toContain('SEATRIAL_SSH_KNOWN_HOSTS');
    for (const name of named) {
      const input = `INPUT_${name.slice('SEATRIAL_'.length).replaceAll('_', '-')}`;
      const reached = WINGS.some((wing) => bundleEnv(wing, none, { [name]: 'v' })[input] === 'v');
      expect(reached, name).toBe(true);
    }
  });
  it('has secrets by their INPUT_ name, and by no other', () => {
    const env = bundleEnv('deploy', none, { SEATRIAL_SSH_KEY: 'k', SEATRIAL_DINGTALK_WEBHOOK: 'w', PATH: '/bin' });
    expect(env).toEqual({ 'INPUT_SSH-KEY': 'k', PATH: '/bin' });
  });
  it('prefers a flag to SEATRIAL_, and that to INPUT_', () => {
    const env = { INPUT_SSH_KEY: 'a', SEATRIAL_SSH_KEY: 'b', INPUT_APP: 'old', INPUT_HEALTH_PATH: '/a' };
    const asked = {
      inputs: new Map([
        ['app', 'new'],
        ['health-path', '/b'],
      ]),
      files: new Map<string, string>(),
    };
    expect(bundleEnv('deploy', asked, env)).toEqual({
      'INPUT_SSH-KEY': 'b',
      INPUT_APP: 'new',
      'INPUT_HEALTH-PATH': '/b',
    });
  });
  it('says which file of a secret can not be read, and nothing of others', () => {
    const asked = { inputs: new Map<string, string>(), files: new Map([['password', '/no/such/file']]) };
    expect(() => bundleEnv('deploy', asked, {})).toThrow('--password-file: "/no/such/file" can\'t be read');
  });
});

describe("a runner's own lines", () => {
  it('are words in a terminal', () => {
    expect(readable('::error::CODE: a%0Ab 100%25')).toBe('error: CODE: a\nb 100%');
    expect(readable('::warning file=a.yml,line=3::look')).toBe('warning: look');
    expect(readable('::group::last lines of x')).toBe('last lines of x');
    expect(readable('::add-mask::secret')).toBeUndefined();
    expect(readable('::endgroup::')).toBeUndefined();
    expect(readable('an app says a::b')).toBe('an app says a::b');
  });
  it('are read from its files', () => {
    expect(readCommandFile('a<<END\n{"x":1}\ntwo\nEND\nb=c=d\n')).toEqual({ a: '{"x":1}\ntwo', b: 'c=d' });
  });
});
