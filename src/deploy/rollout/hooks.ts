import { SeatrialError } from '../../lib/errors.ts';
import { redact } from '../../lib/redact.ts';
import { formatDuration } from '../../lib/units.ts';
import type { ReleaseRecord } from '../release/history.ts';
import { isList } from '../release/hook-command.ts';
import type { Target } from '../target.ts';
import type { Run } from './run.ts';

/** A migration may take its time; one that takes an hour hangs. */
const HOOK_TIMEOUT_MS = 3_600_000;

/**
 * Runs a command once in an instance of the release's image, with its environment, secrets, volumes and networks, and
 * shows what it prints. HOOK_FAILED when it can't be run or exits with anything but 0.
 */
export async function runHook(
  run: Run,
  target: Target,
  record: ReleaseRecord,
  kind: 'pre-deploy' | 'post-deploy',
  command: string,
): Promise<void> {
  const once = await target.workload.oneOff(record, kind, command);
  try {
    await run.actions.group(`${kind}: ${redact(command)}`, async () => {
      const late = AbortSignal.timeout(HOOK_TIMEOUT_MS);
      await once.run((line) => run.actions.info(redact(line)), AbortSignal.any([run.signal, late]));
      run.signal.throwIfAborted();
      if (late.aborted) {
        const words = `${kind} did not end within ${formatDuration(HOOK_TIMEOUT_MS)} and was stopped; its output stands above.`;
        throw new SeatrialError('HOOK_FAILED', words);
      }
    });
    const code = await once.exitCode(run.signal);
    if (code !== 0)
      throw new SeatrialError('HOOK_FAILED', `${kind} exited with code ${code}; its output stands above.`);
    run.say(`${kind} is done`);
  } catch (error) {
    // An image without a shell, or without the program: the engine says so when it is to start it.
    if (!/executable file not found|no such file or directory/i.test(error instanceof Error ? error.message : ''))
      throw error;
    const cure = isList(command)
      ? 'name a program that is in the image'
      : 'an image without a shell takes a JSON list of words, e.g. ["node","migrate.js"]';
    throw new SeatrialError('HOOK_FAILED', `${kind} could not be started; ${cure}.`, { cause: error });
  } finally {
    await once.remove();
  }
}
