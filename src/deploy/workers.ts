import { SeatrialError } from '../lib/errors.ts';
import { parseLines } from '../lib/units.ts';

export interface Worker {
  name: string;
  replicas: number;
  command: string;
}

const LINE = /^([a-z]([a-z0-9-]{0,18}[a-z0-9])?)(?:=(\d{1,2}))?:\s+(\S.*)$/;

/**
 * Roles of the image beside the one with the traffic, as a Procfile has them: `queue: node worker.js`; `queue=2: …`
 * runs two. INPUT_INVALID.
 */
export function parseWorkers(lines: readonly string[]): Worker[] {
  const invalid = (message: string) => new SeatrialError('INPUT_INVALID', `workers: ${message}`);
  const found = lines.flatMap(parseLines).map((line): Worker => {
    const [, name, , count, command] = LINE.exec(line) ?? [];
    const replicas = Number(count ?? 1);
    if (name === undefined || command === undefined || replicas < 1 || replicas > 32) {
      throw invalid(`"${line}" is not of the form queue: node worker.js, or queue=2: node worker.js for two.`);
    }
    return { name, replicas, command };
  });
  const twice = found.find(({ name }, i) => found.findIndex((other) => other.name === name) !== i);
  if (twice) throw invalid(`${twice.name} stands there twice; write ${twice.name}=2: … for two of them.`);
  const own = found.find(({ name }) => ['edge', 'lock', 'prober', 'net', 'pre-deploy', 'post-deploy'].includes(name));
  if (own) throw invalid(`"${own.name}" is a name of Seatrial's own; choose another.`);
  return found;
}
