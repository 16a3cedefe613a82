import type { Instruction } from './dockerfile.ts';
import type { LintFinding } from './secrets.ts';
import { type Command, commandsOf } from './shell.ts';

/** `a/./b/../c` without its turns. */
function normal(path: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** `/var/{cache,lib/apt}` as the paths it stands for. */
function braces(path: string): string[] {
  const found = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(path);
  if (!found) return [path];
  const [, before = '', choices = '', after = ''] = found;
  return choices.split(',').flatMap((choice) => braces(`${before}${choice}${after}`));
}

/** Folders a command removes or empties: `rm -rf /var/lib/apt/lists/*`, `find … -delete`. */
function emptied({ name, args, folder }: Command): string[] {
  if (name !== 'rm' && name !== 'find' && name !== 'rmdir') return [];
  if (name === 'find' && !args.some((arg) => /^-(delete|exec|execdir)$/.test(arg))) return [];
  return (
    args
      .filter((arg) => !arg.startsWith('-'))
      .flatMap(braces)
      // `lists/*`, `lists/*_*` and `lists/[a-z]*` empty the folder as well as its own name does.
      .map((arg) => normal(arg.replace(/\/[^/]*[*?[][^/]*$/, ''), folder).replace(/^\/\$\{?\w+\}?(?=\/)/, ''))
  );
}

/** `--mount=type=cache|tmpfs` at the folder or above it: what is written there is not in the layer. */
const mounted = ({ flags }: Instruction, folders: RegExp) =>
  flags.some(([name, value]) => {
    if (name !== 'mount' || !/(^|,)type=["']?(cache|tmpfs)\b/.test(value)) return false;
    const target = /(?:^|,)(?:target|dst|destination)=["']?([^,"']+)/.exec(value)?.[1] ?? '';
    return folders.test(target.replace(/\/+$/, ''));
  });

interface Manager {
  /** What the finding calls it. */
  name: string;
  rule: 'apt-lists' | 'package-cache';
  /** A mount here keeps it out of the layer. */
  mounts: RegExp;
  /** Whether a command leaves files behind. */
  fills(command: Command): boolean;
  /** Whether one takes them away. */
  clears(command: Command): boolean;
  why: string;
  mend: string;
}

const covers = (command: Command, folders: RegExp) => emptied(command).some((path) => folders.test(path));
const has = ({ args }: Command, words: RegExp) => args.some((arg) => words.test(arg));
/** `/scripts/cleanup.sh`: what it does can't be seen from here, and its name says that it does. */
const cleansUp = ({ name }: Command) => /clean/i.test(name);
const elsewhere = (command: Command) =>
  has(command, /^(--root(=|$)|--installroot|-p$|-o=?Dir|Dir::State|--initdb|-s$|--simulate|--print-uris)/);

/** `apk add ./glibc.apk`: a file that is there needs no index. */
const addsFiles = ({ args }: Command) => {
  const names = args.filter((arg) => !arg.startsWith('-') && arg !== 'add');
  return names.length > 0 && names.every((name) => name.endsWith('.apk'));
};

const APT_LISTS = /^\/var(\/lib(\/apt(\/lists)?)?)?$/;
const PIP = /^pip[\d.]*$/;

function isPipInstall({ name, args }: Command): boolean {
  const words = PIP.test(name)
    ? args
    : /^python[\d.]*$/.test(name) && args[0] === '-m' && PIP.test(args[1] ?? '')
      ? args.slice(2)
      : [];
  return words.includes('install') && !words.some((word) => /^(--no-index|--no-cache|--cache-dir)/.test(word));
}

const MANAGERS: Manager[] = [
  {
    name: 'apt',
    rule: 'apt-lists',
    mounts: /^\/var\/lib(\/apt(\/lists)?)?$/,
    fills: (command) =>
      /^(apt|apt-get|aptitude)$/.test(command.name) && has(command, /^update$/) && !elsewhere(command),
    clears: (command) =>
      covers(command, APT_LISTS) || (/^apt(-get)?$/.test(command.name) && has(command, /^distclean$/)),
    why: 'The package lists stay in the layer: tens of megabytes nobody uses.',
    mend: 'End the same RUN with && rm -rf /var/lib/apt/lists/*.',
  },
  {
    name: 'apk',
    rule: 'package-cache',
    mounts: /^(\/var\/cache(\/apk)?|\/etc\/apk\/cache)$/,
    fills: (command) =>
      command.name === 'apk' &&
      has(command, /^(add|update|upgrade)$/) &&
      !addsFiles(command) &&
      !has(command, /^(--no-cache|--cache-dir.*|--no-network)$/) &&
      !elsewhere(command),
    clears: (command) =>
      covers(command, /^\/(var(\/cache(\/apk)?)?|etc\/apk\/cache)$/) ||
      (command.name === 'apk' && has(command, /^cache$/)),
    why: 'The package index of apk stays in the layer.',
    mend: 'Use apk add --no-cache; apk update is then not needed.',
  },
  {
    name: 'yum',
    rule: 'package-cache',
    mounts: /^\/var\/cache(\/(yum|dnf|libdnf5|tdnf))?$/,
    fills: (command) =>
      /^(yum|dnf5?|microdnf|tdnf)$/.test(command.name) &&
      has(
        command,
        /^(install|localinstall|groupinstall|update|upgrade|makecache|reinstall|distro-sync|swap|builddep)$/,
      ) &&
      !elsewhere(command),
    clears: (command) =>
      covers(command, /^\/var(\/cache(\/(yum|dnf|libdnf5|tdnf))?)?$/) ||
      (/^(yum|dnf5?|microdnf|tdnf)$/.test(command.name) && has(command, /^clean$/)),
    why: 'The metadata and packages of yum or dnf stay in the layer.',
    mend: 'End the same RUN with && dnf clean all (yum clean all, microdnf clean all).',
  },
  {
    name: 'pip',
    rule: 'package-cache',
    mounts: /cache|^\/root$/,
    fills: (command) =>
      isPipInstall(command) &&
      !elsewhere(command) &&
      !command.env.get('PIP_NO_CACHE_DIR') &&
      !command.env.get('PIP_CACHE_DIR'),
    clears: (command) =>
      emptied(command).some((path) =>
        /^\/(root|~|home\/\w+)?(\/?\.cache|\/?\.cache\/pip)?$|\/\.cache(\/pip)?$/.test(path),
      ) ||
      ((PIP.test(command.name) || /^python[\d.]*$/.test(command.name)) &&
        has(command, /^(cache|no-cache-dir|global\.no-cache-dir)$/)),
    why: 'The download cache of pip stays in the layer.',
    mend: 'Use pip install --no-cache-dir, or RUN --mount=type=cache,target=/root/.cache/pip.',
  },
];

/** `ENV PIP_NO_CACHE_DIR=1`, or `off`, which pip takes for the same: any value switches its cache off. */
const withoutPipCache = (instructions: readonly Instruction[]) =>
  instructions.some(
    ({ keyword, pairs, onbuild }) =>
      !onbuild &&
      (keyword === 'ENV' || keyword === 'ARG') &&
      pairs.some(([name, value]) => (name === 'PIP_NO_CACHE_DIR' || name === 'PIP_CACHE_DIR') && value),
  );

/**
 * What package managers leave in the layers of the image. A RUN is read as a script, in its order: what is removed
 * before it is downloaded stays, and what a later RUN removes is in the earlier layer all the same.
 */
export function packageLeftovers(shipped: readonly Instruction[]): LintFinding[] {
  return shipped.flatMap((instruction, i): LintFinding[] => {
    if (instruction.keyword !== 'RUN' || instruction.onbuild) return [];
    const commands = commandsOf(instruction);
    return MANAGERS.flatMap((manager) => {
      if (mounted(instruction, manager.mounts)) return [];
      if (manager.name === 'pip' && withoutPipCache(shipped.slice(0, i))) return [];
      let left = false;
      for (const command of commands) {
        if (manager.fills(command)) left = true;
        else if (left && (cleansUp(command) || manager.clears(command))) left = false;
        else if (manager.name === 'pip' && manager.clears(command)) return []; // pip config set global.no-cache-dir
      }
      return left ? [{ rule: manager.rule, line: instruction.line, why: manager.why, mend: manager.mend }] : [];
    });
  });
}
