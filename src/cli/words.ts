import { SeatrialError } from '../lib/errors.ts';
import { nearest } from '../lib/nearest.ts';
import { actions, deployCommands, type Known, WINGS, type Wing } from './catalog.ts';

/** What the words after `seatrial` ask for. */
export interface Asked {
  what: Wing | 'ship' | 'init' | 'doctor' | 'help' | 'version';
  /** Inputs by name; never a secret. */
  inputs: Map<string, string>;
  /** Names of secret inputs and the files that hold them. */
  files: Map<string, string>;
  /** Switches that are the command's own, of `init` and `doctor` too. */
  options: Map<string, string>;
  json: boolean;
  help: boolean;
}

export const COMMANDS = [...WINGS, ...deployCommands, 'ship', 'init', 'doctor', 'help', 'version'];

/** Options of the commands that are no action. */
export const OWN: Record<string, Record<string, string>> = {
  ship: {
    'on-inconclusive': 'promote (usual) or rollback: what an inconclusive verdict leads to',
    'baseline-duration': 'how long the old release is measured; the duration of the verdict when left out',
  },
  init: {
    ci: 'github, gitlab, jenkins or gitee; told from the files that are there when left out',
    app: 'name of the app',
    image: 'repository of the image, without a tag',
    hosts: 'Docker hosts, one a line or with commas',
    port: 'port in the container',
    publish: 'port on the host',
    'health-path': 'path that answers when the app is well',
    locale: 'zh-CN or en',
    folder: 'repository to look at; here when left out',
    yes: 'ask nothing',
  },
};

/** The inputs a command takes; `ship` takes those of all four, `doctor` what reaches the hosts and the channels. */
function known(what: string): Record<string, Known> {
  const { build, deploy, verify, notify } = actions;
  if (what === 'ship') return { ...notify.inputs, ...verify.inputs, ...build.inputs, ...deploy.inputs };
  if (what === 'doctor') return { ...notify.inputs, ...deploy.inputs };
  return actions[what as Wing]?.inputs ?? {};
}

const unknownFlag = (flag: string, names: readonly string[]) => {
  const guess = nearest(flag, names);
  return new SeatrialError(
    'INPUT_UNKNOWN',
    `There is no flag --${flag}${guess ? `; did you mean --${guess}?` : '.'} See seatrial help.`,
  );
};

/** A secret on a command line stands in the list of processes and in the shell's history. */
const secretArgument = (name: string) =>
  new SeatrialError(
    'INPUT_INVALID',
    `--${name} would put a secret on the command line: set SEATRIAL_${name.replaceAll('-', '_').toUpperCase()}, or give --${name}-file PATH.`,
  );

function command(word: string | undefined): { what: Asked['what']; inputs: [string, string][] } {
  if (word === undefined) return { what: 'help', inputs: [] };
  if (deployCommands.includes(word)) return { what: 'deploy', inputs: [['command', word]] };
  if (COMMANDS.includes(word)) return { what: word as Asked['what'], inputs: [] };
  const guess = nearest(word, COMMANDS);
  throw new SeatrialError(
    'INPUT_UNKNOWN',
    `There is no command "${word}"${guess ? `; did you mean "${guess}"?` : '.'} See seatrial help.`,
  );
}

/** Reads `build --image … --tags a --tags b --push`. Errors: INPUT_UNKNOWN, INPUT_INVALID. Pure. */
export function readWords(words: readonly string[]): Asked {
  if (['--version', '-v'].includes(words[0] ?? '')) return readWords(['version']);
  if (['--help', '-h'].includes(words[0] ?? '')) return readWords(['help', ...words.slice(1)]);
  const { what, inputs } = command(words[0]);
  const asked: Asked = {
    what,
    inputs: new Map(inputs),
    files: new Map(),
    options: new Map(),
    json: false,
    help: what === 'help',
  };
  const left = [...words.slice(1)];
  // A command that is an input as well takes its value as a word: `seatrial maintenance on`.
  const switched = words[0]!;
  if (
    what === 'deploy' &&
    deployCommands.includes(switched) &&
    actions.deploy.inputs[switched] &&
    /^[^-]/.test(left[0] ?? '')
  ) {
    asked.inputs.set(switched, left.shift()!);
  }
  if (what === 'help') {
    // `seatrial help deploy` is `seatrial deploy --help`.
    if (left[0] && !left[0].startsWith('-')) return { ...readWords([left[0]]), help: true };
    return asked;
  }
  const mine = known(what);
  const own = OWN[what] ?? {};
  const names = [
    ...Object.keys(own),
    ...Object.entries(mine).map(([name, { secret }]) => (secret ? `${name}-file` : name)),
    'json',
    'help',
  ];
  while (left.length) {
    const word = left.shift()!;
    if (word === '-h') {
      asked.help = true;
      continue;
    }
    if (!word.startsWith('--') || word === '--') throw stray(word, asked, mine);
    const at = word.indexOf('=');
    const flag = at < 0 ? word.slice(2) : word.slice(2, at);
    const glued = at < 0 ? undefined : word.slice(at + 1);
    if (flag === 'json' || flag === 'help') {
      if (glued !== undefined) throw new SeatrialError('INPUT_INVALID', `--${flag} takes no value.`);
      asked[flag] = true;
      continue;
    }
    const kind = own[flag] === undefined ? mine[flag]?.kind : flag === 'yes' ? 'boolean' : 'text';
    const taken = (name: string) => glued ?? value(name, kind, left);
    if (own[flag] !== undefined) asked.options.set(flag, taken(flag));
    else if (mine[flag]?.secret) throw secretArgument(flag);
    else if (mine[flag]) add(asked.inputs, flag, taken(flag), kind === 'lines');
    else if (flag.startsWith('no-') && mine[flag.slice(3)]?.kind === 'boolean' && glued === undefined) {
      add(asked.inputs, flag.slice(3), 'false', false);
    } else if (flag.endsWith('-file') && mine[flag.slice(0, -5)]?.secret) {
      add(asked.files, flag.slice(0, -5), taken(flag), false);
    } else throw unknownFlag(flag, names);
  }
  return asked;
}

/** A word that belongs to no flag: `seatrial maintenance on`, and nothing else. */
function stray(word: string, asked: Asked, mine: Record<string, Known>): SeatrialError {
  const hint =
    asked.inputs.size && mine[word]
      ? ` Did you mean --${word}?`
      : ' Inputs are flags: --app shop. A value with blanks goes in quotes.';
  return new SeatrialError('INPUT_UNKNOWN', `"${word}" belongs to no flag.${hint}`);
}

function value(flag: string, kind: Known['kind'] | undefined, left: string[]): string {
  const next = left[0];
  if (kind === 'boolean') return next === 'true' || next === 'false' ? left.shift()! : 'true';
  if (next === undefined || /^--[a-z]/.test(next)) {
    throw new SeatrialError('INPUT_INVALID', `--${flag} needs a value: --${flag} VALUE.`);
  }
  return left.shift()!;
}

function add(to: Map<string, string>, name: string, text: string, many: boolean): void {
  const before = to.get(name);
  if (before !== undefined && !many) throw new SeatrialError('INPUT_INVALID', `--${name} is given twice.`);
  to.set(name, before === undefined ? text : `${before}\n${text}`);
}
