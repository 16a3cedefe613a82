import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import type { Pair } from '../input/pairs.ts';
import type { Backend } from './builder.ts';

/** What build-push-action's inputs of the same names say to the builder. */
export interface BuildOptions {
  'build-contexts': readonly Pair[];
  'no-cache': boolean;
  'no-cache-filters': readonly string[];
  pull: boolean;
  network?: string;
  'add-hosts': readonly string[];
  'shm-size'?: number;
  ulimit: readonly string[];
  ssh: readonly string[];
}

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);

/** What can be wrong with them before a builder is asked. Error: INPUT_INVALID. */
export function checkOptions(options: BuildOptions, root: string): void {
  for (const { name, value } of options['build-contexts']) {
    if (!/^[a-z0-9][\w./:-]*$/i.test(name)) throw invalid(`build-contexts: "${name}" is not a name.`);
    const elsewhere = /^(docker-image|oci-layout|https?|git|ssh):\/\//.test(value) || /^(target:|git@)/.test(value);
    if (!elsewhere && !existsSync(resolve(root, value))) {
      throw invalid(`build-contexts: there is no ${value} for "${name}"; mend the path, or write docker-image://…`);
    }
  }
  for (const entry of options['add-hosts']) {
    if (!/^[^\s:=]+[:=]\S+$/.test(entry)) throw invalid(`add-hosts: "${entry}" is not name:address.`);
  }
  for (const entry of options.ulimit) {
    if (!/^[a-z]+=-?\d+(:-?\d+)?$/.test(entry)) throw invalid(`ulimit: "${entry}" is not name=soft:hard.`);
  }
  if (options.network && !['default', 'none', 'host'].includes(options.network)) {
    throw invalid('network: choose default, none or host.');
  }
  for (const entry of options.ssh) {
    const [id = '', ...keys] = entry.split('=');
    if (!/^[\w.-]+$/.test(id)) throw invalid(`ssh: "${id}" is not an id; write default, or id=path.`);
    for (const key of keys.join('=').split(',').filter(Boolean)) {
      if (!existsSync(resolve(root, key))) throw invalid(`ssh: there is no key or socket ${key}.`);
    }
  }
}

/** Whether a file of `secret-files` is there and as large as the builder takes them (500 KiB). Error: INPUT_INVALID. */
export function checkSecretFile(id: string, path: string): void {
  if (!existsSync(path) || !statSync(path).isFile()) throw invalid(`secret-files: there is no file for "${id}".`);
  if (statSync(path).size > 500 * 1024) throw invalid(`secret-files: the file for "${id}" is larger than 500 KiB.`);
}

/** What only buildx does of all this; and what the classic builder can't. */
export function beyond(backend: Backend, options: BuildOptions): string | undefined {
  if (backend === 'buildx') return undefined;
  if (options['build-contexts'].length) return 'build-contexts';
  if (options['no-cache-filters'].length) return 'no-cache-filters';
  return backend === 'classic' && options.ssh.length ? 'ssh' : undefined;
}

/** The same as arguments of `docker`. */
export function optionArguments(options: BuildOptions, root: string): string[] {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const here = (value: string) => (existsSync(resolve(root, value)) ? resolve(root, value) : value);
  return [
    ...each(
      '--build-context',
      options['build-contexts'].map(({ name, value }) => `${name}=${here(value)}`),
    ),
    ...(options['no-cache'] ? ['--no-cache'] : []),
    ...each('--no-cache-filter', options['no-cache-filters']),
    ...(options.pull ? ['--pull'] : []),
    ...(options.network ? ['--network', options.network] : []),
    ...each('--add-host', options['add-hosts']),
    ...(options['shm-size'] ? ['--shm-size', String(options['shm-size'])] : []),
    ...each('--ulimit', options.ulimit),
    ...each(
      '--ssh',
      options.ssh.map((entry) => {
        const [id, ...keys] = entry.split('=');
        return keys.length ? `${id}=${keys.join('=').split(',').map(here).join(',')}` : entry;
      }),
    ),
  ];
}
