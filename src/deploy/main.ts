import { type Actions, run } from '../lib/actions.ts';
import { loadInputs } from '../lib/inputs.ts';
import { withComposeFile } from './input/compose-file.ts';
import { schema } from './inputs.ts';
import { nothingBegun } from './rollout/outcome.ts';
import { reach } from './targets.ts';

/** The commands are loaded once the inputs are found good, and while the targets are being reached. */
async function main(actions: Actions): Promise<void> {
  const inputs = await loadInputs('deploy', schema, withComposeFile(actions)).catch((error: unknown) => {
    nothingBegun(actions);
    throw error;
  });
  const reaching = reach(actions, inputs);
  reaching.catch(() => undefined); // heard by the command, which awaits it
  const { runCommand } = await import('./commands/index.ts');
  await runCommand(actions, inputs, reaching);
}

async function post(actions: Actions): Promise<void> {
  if (['', '[]'].includes(actions.state('locks'))) return;
  const inputs = await loadInputs('deploy', schema, actions);
  const { finishCutOff, heldLocks } = await import('./commands/post.ts');
  await finishCutOff(actions, inputs, heldLocks(actions));
}

await run(main, post);
