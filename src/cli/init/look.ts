import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export const CIS = ['github', 'gitlab', 'jenkins', 'gitee'] as const;
export type Ci = (typeof CIS)[number];

/** What a repository says of itself; only what its files hold. */
export interface Seen {
  dockerfile?: string;
  composeFile?: string;
  /** The compose file makes an image itself (`build:`), which somebody has to build and push before a host can run it. */
  composeBuilds: boolean;
  /** Whether the Dockerfile has a HEALTHCHECK. */
  healthcheck: boolean;
  port?: number;
  /** A name fit for an app. */
  app: string;
  /** `host/owner/name` of the remote. */
  remote?: { host: string; path: string };
  ci: Ci[];
}

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Lower-case letters, digits and dashes, at most 30: what an app may be called. */
export function appName(text: string): string {
  return text
    .toLowerCase()
    .replace(/^@[^/]+\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '');
}

/** `git@host:owner/name.git` and `https://user:token@host/owner/name.git`, without what is secret in them. */
export function remoteOf(config: string): Seen['remote'] {
  const url = /\[remote "origin"\][^[]*?\burl\s*=\s*(\S+)/.exec(config)?.[1];
  const found = url && (/^(?:\w+:\/\/)?(?:[^@/]+@)?([^:/]+)(?::\d+\/|[:/])(.+?)(?:\.git)?\/?$/.exec(url) ?? undefined);
  return found ? { host: found[1]!, path: found[2]!.replace(/^\/+/, '') } : undefined;
}

/** The port of the last EXPOSE that names a number. */
function exposed(dockerfile: string): number | undefined {
  const ports = [...dockerfile.matchAll(/^\s*EXPOSE\s+(\d+)/gim)].map((found) => Number(found[1]));
  return ports.at(-1);
}

/** Looks at a folder; changes nothing and runs nothing. */
export function look(folder: string): Seen {
  const at = (name: string) => join(folder, name);
  const first = (names: string[]) => names.find((name) => existsSync(at(name)));
  const dockerfile = first(['Dockerfile', 'docker/Dockerfile', 'deploy/Dockerfile']);
  const composeFile = first(['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']);
  const text = dockerfile ? read(at(dockerfile))! : '';
  const remote = remoteOf(read(at('.git/config')) ?? '');
  let named: string | undefined;
  try {
    named = (JSON.parse(read(at('package.json')) ?? '{}') as { name?: string }).name;
  } catch {
    named = undefined; // a package file that is no JSON names nothing
  }
  named ??= /^module\s+(\S+)/m
    .exec(read(at('go.mod')) ?? '')?.[1]
    ?.split('/')
    .at(-1);
  named ??= remote?.path.split('/').at(-1);
  const workflows = existsSync(at('.github')) ? readdirSync(at('.github')) : [];
  const ci: Ci[] = [];
  if (workflows.includes('workflows') || remote?.host === 'github.com') ci.push('github');
  if (existsSync(at('.gitlab-ci.yml')) || remote?.host.includes('gitlab')) ci.push('gitlab');
  if (existsSync(at('Jenkinsfile'))) ci.push('jenkins');
  if (existsSync(at('.workflow')) || remote?.host === 'gitee.com') ci.push('gitee');
  return {
    dockerfile,
    composeFile,
    composeBuilds: composeFile !== undefined && /^[ \t]+['"]?build['"]?:/m.test(read(at(composeFile))!),
    healthcheck: /^\s*HEALTHCHECK\s+(?!NONE)/im.test(text),
    port: exposed(text),
    app: appName(named ?? basename(resolve(folder))) || 'app',
    remote,
    ci,
  };
}
