import { hookCommand, isList } from '../release/hook-command.ts';
import type { Host } from './host.ts';
import { imageCommand } from './one-off.ts';
import type { DockerSpec } from './spec.ts';

/** Words that need no shell: nothing in them is a shell's own, and the first sets no variable. */
const PLAIN = /^[\w@%+:,./-]+( +[\w@%+:=,./-]+)*$/;

/** Pure: a line of words runs as it stands, so that it hears its signals itself; what needs a shell gets one. */
export const asList = (command: string): string =>
  isList(command) || !PLAIN.test(command.trim()) ? command : JSON.stringify(command.trim().split(/ +/));

/** What the containers of a part run, where that is not what the image runs by itself. */
export async function workerCommand(host: Host, spec: DockerSpec, part: string) {
  const command = spec.parts?.find(({ name }) => name === part)?.command;
  if (command === undefined) return undefined;
  const how = hookCommand(asList(command), await imageCommand(host, spec), 'auto');
  return { ...how, entrypoint: how.entrypoint ?? (spec.entrypoint.length ? spec.entrypoint : undefined) };
}
