import { spawnSync } from 'node:child_process';

/** Runs a command to its end and answers everything it said. */
export function command(
  name: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
) {
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (error) throw error;
  return { status, stdout, stderr, said: `${stdout}${stderr}` };
}
