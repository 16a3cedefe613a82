import { actions, deployCommands, WINGS, type Wing } from './catalog.ts';
import { OWN } from './words.ts';

const MANUAL = 'https://github.com/seatrial/seatrial';

const pad = (rows: [string, string][]) => {
  const width = Math.min(30, Math.max(...rows.map(([name]) => name.length)));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
};

function general(version: string): string[] {
  return [
    `seatrial ${version}: build, deploy, verify and notify, as the actions of those names do`,
    '',
    'Usage: seatrial COMMAND [--input VALUE …] [--json]',
    '',
    ...pad([
      ...WINGS.map((wing): [string, string] => [wing, actions[wing].description]),
      [deployCommands.join(', '), 'short for deploy --command …'],
      ['init', "Write a caller's workflow and seatrial.yml for this repository."],
      ['doctor', 'Say whether the first deploy can work, and what to mend.'],
      ['help COMMAND', 'The inputs of a command.'],
      ['version', 'The version of this command.'],
    ]),
    '',
    'Inputs are flags, or stand in seatrial.yml; a list takes its flag several times. A secret is never a flag: it comes',
    'as SEATRIAL_SSH_KEY (its name in capitals) or by --ssh-key-file PATH. --json prints the outputs as one JSON object on',
    `stdout, and progress on stderr. Manuals: ${MANUAL}`,
  ];
}

function ofWing(wing: Wing): string[] {
  const { description, inputs, outputs } = actions[wing];
  const rows = Object.entries(inputs).map(([name, known]): [string, string] => {
    const flag = known.secret
      ? `--${name}-file PATH`
      : known.kind === 'boolean'
        ? `--${name}`
        : `--${name} ${known.kind.toUpperCase()}`;
    const extra = [
      known.required ? 'required' : '',
      known.values ? known.values.join(' | ') : '',
      known.default ? `default ${known.default.replaceAll('\n', ' ')}` : '',
    ].filter(Boolean);
    return [flag, `${known.description}${extra.length ? ` [${extra.join('; ')}]` : ''}`];
  });
  return [
    `seatrial ${wing}: ${description}`,
    '',
    ...pad(rows),
    '',
    `Outputs (--json): ${Object.keys(outputs).join(', ')}`,
    `Manual: ${MANUAL}/tree/main/action-${wing}`,
  ];
}

/** The pages of help, as lines. */
export function help(what: string, version: string): string[] {
  if ((WINGS as readonly string[]).includes(what)) return ofWing(what as Wing);
  if (what === 'doctor') {
    return [
      'seatrial doctor: says, before the first deploy, whether it can work; every line with its cure.',
      '',
      'It takes the inputs of seatrial deploy, and asks every channel of notify that has its secrets set. Nothing is changed.',
    ];
  }
  const own = OWN[what];
  if (!own) return general(version);
  return [
    `seatrial ${what}:`,
    '',
    ...pad(Object.entries(own).map(([name, text]): [string, string] => [`--${name}`, text])),
  ];
}
