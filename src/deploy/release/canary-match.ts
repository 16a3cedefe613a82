import { SeatrialError } from '../../lib/errors.ts';

/** Whose requests reach a candidate whatever its weight: those with a header, or a cookie, of just this value. */
export interface CanaryMatch {
  kind: 'header' | 'cookie';
  name: string;
  value: string;
}

const HOW = 'write header X-Canary: 1 or cookie canary=1';
/** What any proxy takes without quoting. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const VALUE = /^[A-Za-z0-9._~:/+=@-]{1,200}$/;

/** `header Name: value` or `cookie name=value`. INPUT_INVALID where it is neither. */
export function parseMatch(line: string): CanaryMatch {
  const refuse = (why: string): never => {
    throw new SeatrialError('INPUT_INVALID', `canary-match: ${why}`);
  };
  const found = /^(\S+)[ \t]+([^\r\n]*)$/.exec(line);
  const [, kind, rest = ''] = found ?? [];
  if (kind !== 'header' && kind !== 'cookie') return refuse(`"${line}" is neither a header nor a cookie; ${HOW}.`);
  const cut = rest.indexOf(kind === 'header' ? ':' : '=');
  if (cut < 0) return refuse(`"${line}" has no value; ${HOW}.`);
  const name = rest.slice(0, cut);
  const value = kind === 'header' ? rest.slice(cut + 1).trim() : rest.slice(cut + 1);
  if (!NAME.test(name)) refuse(`"${name}" is no name of a ${kind}; letters, digits, dots and dashes, at most 64.`);
  if (!VALUE.test(value)) {
    refuse(`"${line}": the value may have letters, digits and . _ ~ : / + = @ - only, at most 200; ${HOW}.`);
  }
  return { kind, name, value };
}

/** All lines; INPUT_INVALID also where one says what another has said. Names of headers are the same in any case. */
export function parseMatches(lines: readonly string[]): CanaryMatch[] {
  const matches = lines.map(parseMatch);
  const keys = matches.map(({ kind, name, value }) =>
    JSON.stringify([kind, kind === 'header' ? name.toLowerCase() : name, value]),
  );
  const again = keys.findIndex((key, i) => keys.indexOf(key) < i);
  if (again >= 0) throw new SeatrialError('INPUT_INVALID', `canary-match: "${lines[again]}" stands there twice.`);
  return matches;
}
