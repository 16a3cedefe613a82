import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { command } from './command.ts';
import type { Sshd } from './sshd.ts';

/** A page's blocks of one language, as they stand. */
export const blocks = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => found[1]!);

/** The files a page has its reader write: a path in backquotes at the head of the line before a block. */
export const filesOf = (page: string): Map<string, string> =>
  new Map([...page.matchAll(/^`([\w./-]+)`[^\n]*\n\n```\w+\n([\s\S]*?)^```/gm)].map((found) => [found[1]!, found[2]!]));

/**
 * What stands here for what a newcomer has and this machine has not. Every other word of the page's commands runs as it is
 * written: ssh-keygen, git, the shell.
 *
 * | The page's | Here |
 * | --- | --- |
 * | `ssh you@shop-1.example.com COMMAND` | runs COMMAND on this machine, as that login would; any other use fails |
 * | `sudo`, `sudo -u deploy` on it | the same without `sudo`, at home in the folder of `deploy` |
 * | `useradd -m -G docker deploy` | makes that folder and no user; any other words fail |
 * | `ssh-keyscan shop-1.example.com` | the real one, at the port on which the real sshd of the test listens |
 * | `gh repo create acme/shop --private --source . --push` | names a bare repository `origin` and pushes to it; any other words fail |
 * | `gh secret set NAME` | keeps what it reads, or what its reader would type, for the run; any other word fails |
 * | `git push` to GitHub | a push to a bare repository, whose branch is then run by act |
 */
const standIns = (
  home: string,
  bare: string,
  secrets: string,
  typed: string,
  port: number,
): Record<string, string> => ({
  ssh: `[ $# = 2 ] && [ "$1" = you@shop-1.example.com ] || { echo "ssh: not on the page: $*" >&2; exit 64; }
exec sh -euc "$2"`,
  sudo: `if [ "$1" = -u ]; then [ "$2" = deploy ] && [ -d '${home}' ] || exit 64; shift 2; HOME='${home}' exec "$@"; fi
exec "$@"`,
  useradd: `[ "$*" = '-m -G docker deploy' ] || { echo "useradd: not on the page: $*" >&2; exit 64; }
mkdir '${home}'`,
  'ssh-keyscan': `[ "$*" = shop-1.example.com ] || { echo "ssh-keyscan: not on the page: $*" >&2; exit 64; }
exec /usr/bin/ssh-keyscan -p ${port} 127.0.0.1`,
  gh: `if [ "$*" = 'repo create acme/shop --private --source . --push' ]; then
  git remote add origin '${bare}'
  exec git push --quiet --set-upstream origin HEAD
fi
[ $# = 3 ] && [ "$1 $2" = 'secret set' ] || { echo "gh: not on the page: $*" >&2; exit 64; }
cat >'${secrets}'/"$3"
[ -s '${secrets}'/"$3" ] || printf %s '${typed}' >'${secrets}'/"$3"`,
});

export class Newcomer {
  readonly #root = mkdtempSync(join(tmpdir(), 'seatrial-newcomer-'));
  /** Home of the user `deploy` on the machine. */
  readonly home = join(this.#root, 'deploy');
  readonly repository = join(this.#root, 'repository');
  readonly #bin = join(this.#root, 'bin');
  readonly #secrets = join(this.#root, 'secrets');
  readonly #bare = join(this.#root, 'shop.git');

  /** An empty folder, and GitHub with nothing of theirs on it. */
  constructor() {
    for (const folder of [this.#bin, this.#secrets, this.repository]) mkdirSync(folder);
    this.#git(['init', '--quiet', '--bare', '--initial-branch=main', this.#bare], this.#root);
  }

  #git(args: string[], cwd = this.repository): void {
    const { status, said } = command('git', args, { cwd, env: this.#env() });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${said}`);
  }

  #env(): NodeJS.ProcessEnv {
    return {
      PATH: `${this.#bin}:${process.env.PATH}`,
      HOME: this.#root,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'newcomer',
      GIT_AUTHOR_EMAIL: 'newcomer@example.com',
      GIT_COMMITTER_NAME: 'newcomer',
      GIT_COMMITTER_EMAIL: 'newcomer@example.com',
    };
  }

  /** Runs a block of the page, each line as it stands; what its last line printed is answered. */
  type(block: string, sshd: Pick<Sshd, 'port'>, typed: string): string {
    for (const [name, body] of Object.entries(standIns(this.home, this.#bare, this.#secrets, typed, sshd.port))) {
      writeFileSync(join(this.#bin, name), `#!/bin/sh\nset -eu\n${body}\n`);
      chmodSync(join(this.#bin, name), 0o755);
    }
    let said = '';
    for (const line of block.trim().split('\n')) {
      const run = spawnSync('bash', ['-euo', 'pipefail', '-c', line], {
        cwd: this.repository,
        env: this.#env(),
        input: '',
        encoding: 'utf8',
      });
      if (run.status !== 0) throw new Error(`${line}\nends with ${run.status}: ${run.stdout}${run.stderr}`);
      said = run.stdout;
    }
    return said;
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.repository, file)), { recursive: true });
    writeFileSync(join(this.repository, file), text);
  }

  /** What `gh secret set` was given. */
  secret(name: string): string {
    return readFileSync(join(this.#secrets, name), 'utf8');
  }

  /** What GitHub has now: a clone of what was pushed, with the address GitHub would have. */
  pushed(): string {
    const folder = mkdtempSync(join(this.#root, 'pushed-'));
    this.#git(['clone', '--quiet', this.#bare, folder], this.#root);
    this.#git(['remote', 'set-url', 'origin', 'https://github.com/acme/shop.git'], folder);
    return folder;
  }

  leave(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
