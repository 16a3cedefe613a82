/** Whether a command is meant as a list of words, run without a shell. */
export const isList = (command: string): boolean => command.trimStart().startsWith('[');

/** The words of a command written as a JSON list; undefined where it is none. */
export function words(command: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(command);
    return Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** What an image runs by itself. */
export interface ImageCommand {
  entrypoint: readonly string[];
  command: readonly string[];
}

/**
 * Whether an entrypoint runs what stands behind it, as wrappers do that fetch secrets or wait for a database: it has a
 * command behind it, and is a script by its name, or ends in `--`. `node` before `server.js` is none.
 */
export function wraps({ entrypoint, command }: ImageCommand): boolean {
  const last = entrypoint.at(-1)?.split('/').at(-1) ?? '';
  return command.length > 0 && (last === '--' || /entry|\.sh$/.test(last));
}

/** Entrypoint and command of a container that runs a hook; an entrypoint left out is the image's own. */
export function hookCommand(
  text: string,
  image: ImageCommand,
  through: 'auto' | 'image' | 'none',
): { entrypoint?: string[]; command: string[] } {
  const whole = (isList(text) && words(text)) || ['sh', '-c', text];
  if (through === 'image' || (through === 'auto' && wraps(image))) return { command: whole };
  return { entrypoint: whole.slice(0, 1), command: whole.slice(1) };
}
