import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';

const files = command('git', ['ls-files', '-co', '--exclude-standard', 'src/**/*.ts']).stdout.trim().split('\n');
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((found) => found[1]!);
const room = (file: string) => file.split('/')[1]!;

function offenders(rule: (file: string, target: string) => boolean) {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => rule(file, target))
      .map((t) => `${file} → ${t}`),
  );
}

/** The room a relative import leads to, from `src/<room>/…`. */
function leadsTo(file: string, target: string): string | undefined {
  if (!target.startsWith('.')) return undefined;
  const path = new URL(target, `file:///${file}`).pathname.slice(1);
  return room(path);
}

describe('rooms of the house', () => {
  it('sees the sources', () => expect(files.length).toBeGreaterThan(20));
  it('no wing imports another wing, and lib imports no wing', () => {
    expect(
      offenders((file, target) => {
        const to = leadsTo(file, target);
        return to !== undefined && to !== room(file) && to !== 'lib';
      }),
    ).toEqual([]);
  });
  it('only lib/actions imports @actions/core', () => {
    expect(offenders((file, target) => target === '@actions/core' && file !== 'src/lib/actions.ts')).toEqual([]);
  });
  it('only lib/docker imports dockerode', () => {
    expect(
      offenders((file, target) => /^(dockerode|docker-modem)/.test(target) && !file.startsWith('src/lib/docker/')),
    ).toEqual([]);
  });
  it('main.ts of a wing stays within 30 lines', () => {
    const long = files.filter((f) => /\/main\.ts$/.test(f) && readFileSync(f, 'utf8').split('\n').length > 31);
    expect(long).toEqual([]);
  });
  it('no file has more than 300 lines', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301)).toEqual([]);
  });
});

/** Relative imports of a file, as files; types included. */
const importedBy = (file: string) =>
  importsOf(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => new URL(target, `file:///${file}`).pathname.slice(1));

/** Code without its comments. */
const code = (file: string) =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1');

/** Files that reach each other, in whatever way: each group is a circle. Tarjan, "Depth-first search and linear graph algorithms", 1972. */
function circles(names: readonly string[], next: (name: string) => string[]): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (name: string) => {
    index.set(name, index.size);
    low.set(name, index.get(name)!);
    stack.push(name);
    for (const other of next(name)) {
      if (!index.has(other)) visit(other);
      if (stack.includes(other)) low.set(name, Math.min(low.get(name)!, low.get(other)!));
    }
    if (low.get(name) !== index.get(name)) return;
    const group = stack.splice(stack.indexOf(name));
    if (group.length > 1 || next(name).includes(name)) found.push(group.sort());
  };
  for (const name of names) if (!index.has(name)) visit(name);
  return found;
}

describe('imports', () => {
  it('go in no circle, types included', () => expect(circles(files, importedBy)).toEqual([]));
  it('would be caught if they did', () => {
    const graph: Record<string, string[]> = { a: ['b'], b: ['c'], c: ['b', 'd'], d: [], e: ['e'] };
    expect(circles(Object.keys(graph), (name) => graph[name]!)).toEqual([['b', 'c'], ['e']]);
  });
});

describe('rooms of deploy', () => {
  /** What each may import of the wing, beside itself. Files at the root go by their names. */
  const asked = ['inputs', 'input/fields', 'input/compose-file', 'hosts', 'publish', 'workers', 'pem'];
  const port = [
    'target',
    'seen',
    'on-target',
    'scope',
    'kept-session',
    'heartbeat',
    'common-spec',
    'release',
    ...asked,
  ];
  const may: Record<string, string[]> = {
    release: [],
    inputs: ['input'],
    input: ['hosts', 'publish', 'workers', 'pem', 'release', 'front/domains', 'front/names'],
    hosts: [],
    publish: [],
    workers: [],
    pem: [],
    seen: [],
    asking: ['release'],
    'on-target': ['target'],
    scope: ['target'],
    'kept-session': [],
    heartbeat: [],
    target: ['inputs', 'release', 'seen'],
    'common-spec': ['inputs', 'release', 'publish', 'workers', 'front/domains'],
    rollout: port,
    // Domains, the table of a host's front door and what HAProxy is to read there, for every kind of target.
    front: ['inputs', 'publish', 'seen', 'release'],
    // What "well" means is the gate's word, for the services beside the one with the traffic too.
    docker: [...port, 'asking', 'rollout/gate', 'front'],
    // A Swarm is made of the same engines: their images, their probes and the edge's HAProxy are one thing on both.
    swarm: [
      ...port,
      ...['docker/edge/config', 'docker/edge/options', 'docker/edge/runtime', 'docker/edge/entrances', 'docker/model'],
      ...['docker/edge/dns', 'front', 'input/fields'],
      // A compose file is read as it is for a host; what the Swarm makes of it is its own.
      ...['check', 'facts', 'finish', 'kin', 'pin', 'project', 'secrets', 'spec', 'standing'].map(
        (name) => `docker/compose/${name}`,
      ),
      ...['docker/edge/testers', 'docker/image', 'docker/links', 'docker/probe', 'docker/state/mount'],
    ],
    // HAProxy's lines are the same there; where its servers are differs.
    kubernetes: [
      ...[...port, 'asking', 'docker/model', 'docker/state/mount', 'front/domains'],
      ...['config', 'entrances', 'options', 'runtime', 'testers', 'weights'].map((name) => `docker/edge/${name}`),
    ],
    report: [...port, 'rollout'],
    github: [...port, 'rollout'],
    targets: ['target', 'inputs', 'hosts', 'docker/open', 'swarm/open', 'kubernetes/open'],
    commands: [...port, 'rollout', 'report', 'github', 'targets'],
    main: ['inputs', 'input/compose-file', 'targets', 'rollout/outcome', 'commands'],
  };
  const mine = files.filter((file) => file.startsWith('src/deploy/'));
  const path = (file: string) => file.slice('src/deploy/'.length).replace(/\.ts$/, '');
  const top = (file: string) => path(file).split('/')[0]!;

  it('are known, each of them', () => {
    expect([...new Set(mine.map(top))].filter((name) => !(name in may))).toEqual([]);
  });
  it('import only what is below them', () => {
    const wrong = mine.flatMap((file) =>
      importedBy(file)
        .filter((target) => target.startsWith('src/deploy/') && top(target) !== top(file))
        .filter((target) => !may[top(file)]!.some((room) => room === top(target) || room === path(target)))
        .map((target) => `${path(file)} → ${path(target)}`),
    );
    expect(wrong).toEqual([]);
  });
  it('leave the engine to docker/: nothing else names a container, HAProxy or compose, or imports its client', () => {
    const words = /edged|\.compose\b|[Hh]aproxy|HAProxy|dockerode|[Cc]ontainer|lib\/docker/;
    const rooms = ['commands', 'rollout', 'release', 'github', 'report', 'target', 'on-target'];
    const named = mine
      .filter((file) => rooms.includes(top(file)))
      .flatMap((file) =>
        code(file)
          .split('\n')
          .map((line) => [path(file), line.trim()]),
      )
      .filter(([, line]) => words.test(line!))
      .map((found) => found.join(': '));
    // The one word of the contract: `deployment` calls what runs of a release its containers, on every target.
    const contract = 'report/deployment: containers: of(target, release).filter(isThere).map(entry),';
    expect(named).toEqual([contract]);
  });
});
