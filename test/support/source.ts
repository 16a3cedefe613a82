import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A checkout with the files given, one commit, and on request a tag. */
export function makeSource(files: Record<string, string>, { git = true, tag = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-source-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const run = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args]);
  if (git) {
    run('init', '--quiet', '--initial-branch', 'main');
    run('add', '--all');
    run('commit', '--quiet', '--message', 'A shop');
    if (tag) run('tag', tag);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const pkg = (name: string, version: string) => JSON.stringify({ name, version, license: 'MIT' });

/** A Dockerfile without a finding, on no base at all: what it holds is what the files say. */
export const CLEAN_DOCKERFILE = [
  'FROM scratch',
  'COPY root/ /',
  'USER 1000:1000',
  'HEALTHCHECK CMD ["/app/health"]',
  '',
].join('\n');

/** Installed packages as npm leaves them: what the scanner goes by. */
export const npmPackages = (packages: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(packages).map(([name, version]) => [
      `root/app/node_modules/${name}/package.json`,
      pkg(name, version),
    ]),
  );

/** Source of an image with these npm packages. */
export const shop = (packages: Record<string, string>, more: Record<string, string> = {}) => ({
  Dockerfile: CLEAN_DOCKERFILE,
  '.dockerignore': '.git\n.env*\n',
  'root/app/server.js': 'listen()\n',
  ...npmPackages(packages),
  ...more,
});
